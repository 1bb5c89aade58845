"""Finds the names of people and desks in the texts of bylines."""

import re
from collections.abc import Collection, Iterable, Iterator

from ingest.articles.metadata.dates import without_dates
from ingest.text.markup import clean_line
from ingest.text.months import months, weekdays
from ingest.text.words import fold

MAX_AUTHORS = 12
MAX_CLAIM_CHARS = 500
MAX_NAME_WORDS = 6
MAX_NAME_CHARS = 60

_LEAD = re.compile(
    r"^\W*(?:(?:written|posted|words|story|article|text|texte|reported|published|authored|geschrieben|erstellt|verfasst"
    r"|eine? \w+|kommentar|propos recueillis|escrito|scritto)\s*)?"
    r"(?:(?:by|von|par|por|di|da|door|author|authors|auteur|autor|autore)\b[\s:]+|(?-i:[Bb]y(?=[A-Z]))"
    r"|(?:著者|筆者|作者|撰文|執筆|记者|記者|文)\s*[：:●／/])",  # noqa: RUF001
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[,;|/&\n•·⋅、\uff0c]"
    r"|\s(?:(?i:and|und|et|en|with|avec|mit)|y|e|og|och|ja|oraz|és|ve|dan|и|і|та)\s)\s*"  # noqa: RUF001
)
# The rest of a byline after its names: a date, a place, an address, the author's profession.
_TAIL = re.compile(
    r"\s*(?:\((?![^()]*\)\s+[^\W\d_])|[\[<–—]|\s-\s|\sin$|\bon\s+\w+\s+\d"
    r"|\b(?:publi(?:shed|ée?s?|cad[oa]|cerad)|updated|posted|last|reviewed|edited|view|fact|medically|categor(?:y|ies))\b"
    r"|\s(?:기자|記者|记者)\b|\bin\s+[A-Z].*$|\bfor\s+|https?:|@\w+(?![\w-]*\.)|\S+@\S+\.\w|\d{1,4}[./ -]\d|\s\d+\s+\w"
    rf"|\s(?:{'|'.join(name[:3] for name in months('en'))})[a-z]*\.?\s+\d).*$",
    re.IGNORECASE | re.DOTALL,
)
_CREDENTIALS = frozenset(
    "phd md jr sr dr mba rdn rd ms ma cpa esq rn bsc msc ba do np pharmd dds mph cfa cfp ldn fand jd ii iii".split()
)
_ROLE = re.compile(
    r"\b(?:(?:staff|deputy|assistant|associate|contributing|digital|news|features|lifestyle|political|sports)\s+)*"
    r"(?:editor|writer|reporter|correspondent|contributor|journalist|columnist|producer|manager|director|founder"
    r"|author|officer|specialist|expert|ceo|cto|president|administrator|admin|webmaster|followers?|minutes?|posts"
    r"|articles|reviewer|executive|former|senior|journaliste|rédact(?:eur|rice)|envoyée?|correspondante?"
    r"|(?:chef)?redakteur(?:in)?|korrespondent(?:in)?|reporterin|autorin|kolumnist(?:in)?|volontär(?:in)?"
    r"|periodista|redactora?|corresponsal|enviad[oa]|giornalista|redattor[ei]|redattrice|corrispondente|inviat[oa]"
    r"|jornalista|repórter|correspondente|redacteur|verslaggever|skribent|redaktør|redaktör|toimittaja"
    r"|dziennikar(?:z|ka)|redaktor(?:ka)?|novinář(?:ka)?|újságíró|jurnalist|muhabir|editör|gazeteci"
    r"|корреспондент|журналист|редактор|обозреватель|кореспондент|журналіст|δημοσιογράφος|συντάκτης)\b"
    r"|^(?:min read|view all|comments?|share|e-?mail|website|profile|follow|more|read|bio|guest|unknown|undefined|user"
    r"|by|written|home|guide|register|my|video|see|log|sign|none|null"
    r"|about|著者|作者|topics?|tags?|date|press release|categor\w+"
    r"|save|print|republish|social|subscribe|newsletter|advertisement|anzeige|werbung|publicidad|publicité|source"
    r"|quelle|fuente|photo|foto|image|credit|copyright|facebook|twitter|instagram|linkedin|youtube|bluesky|mastodon"
    r"|whatsapp|telegram)\b|^medium$",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"\W*(?:(?:photo|foto|bild|image|picture|credit)\w*\s*(?::|(?:by|von|de|di)\b)|©)", re.IGNORECASE)
# After the name of a person: a profession or an employer, not another person.
_LINE_OF_WORK = re.compile(
    r"\b(?:security|marketing|analyst|coach|nutritionist|di[ea]ti[tc]ian|physician|attorney|lawyer|consultant|engineer"
    r"|scientist|professor|strategist|researcher|principal|managing|head|lead|chief|vice|staff|team|university"
    r"|institute|school|college|hospital|health|news|times|post|magazine|media|group|inc|llc|ltd|gmbh|about)\b|\.$",
    re.IGNORECASE,
)
_AGENCIES = frozenset(
    "aap afp aljazeera ani anp ansa ap apa ats belga cna cnn dpa efe epd interfax kna kyodo lusa ntb pa pap pti reuters"
    " ritzau rnd sda sid stt tass tt tanjug unian upi xinhua yonhap".split()
)
_INVERTED = re.compile(r"(?P<family>[^\W\d_][\w'’-]+), (?P<given>[^\W\d_][\w'’-]*\.?(?: [^\W\d_]\w*\.?)?)")
_DESKS = frozenset("desk editors editorial staff team redaktion rédaction redazione".split())
_PARTICLES = frozenset(
    "a af al and av ben bin da das de del della den der di do dos du e el en het ibn la le of o ten ter the und van von"
    " y zu".split()
)
_NO_NAME = re.compile(r"\b\d|(?-i:[a-z]\d)|@|://|[?!]$|\b(?:the|of|for|and)$", re.IGNORECASE)
_DATE_WORDS = {day for language in ("fr", "de", "es", "it", "pt", "nl") for day in weekdays(language)} | {"sept"}
_DATE_WORDS |= {form for name in (*months("en"), *weekdays("en")) for form in (name, name[:3])}


def names_in(claims: Iterable[str], desks: Collection[str] = ()) -> tuple[str, ...]:
    """Return the people and desks that the texts of bylines name, each once. Take a text in `desks` as one name."""
    found: dict[str, str] = {}
    for claim in claims:
        if claim in desks and len(claim) <= MAX_NAME_CHARS:
            found.setdefault(_key(claim), clean_line(claim))
            continue
        for name in _names(claim):
            if [*_names(name)] == [name]:  # else a byline within a byline
                found.setdefault(_key(name), name)
    return tuple(found.values())[:MAX_AUTHORS]


def is_agency(name: str) -> bool:
    """Return whether the name is a news agency's. Pages name agencies beside their own authors."""
    return name.casefold() in _AGENCIES


def _names(claim: str) -> Iterator[str]:
    text = clean_line(claim)[:MAX_CLAIM_CHARS]
    if _PICTURE.match(text):
        return
    text = without_dates(_TAIL.sub("", _LEAD.sub("", text)), "\n")
    pieces = list(_pieces(text.partition("\n")[0]))  # before the first date
    for number, name in enumerate(pieces):
        # After a full name and a comma, the next piece is another name, or a title of the first.
        if is_agency(name) or (_is_name(name) and not (number and " " in pieces[0] and _is_title(name))):
            yield name


def _pieces(text: str) -> Iterator[str]:
    if (inverted := _INVERTED.fullmatch(text)) and not is_agency(inverted["given"]):
        yield f"{inverted['given']} {inverted['family']}"
        return
    for piece in _SPLIT.split(text):
        name = _LEAD.sub("", piece)
        role = _ROLE.search(name)
        if role and len(name[: role.start()].split()) > 1:
            name = name[: role.start()]
        if name := _once(name.strip(" .,:;-–—|*_")):
            yield name


def _once(name: str) -> str:
    """Return the first half of a name that is given twice: once for a link, once for its tooltip."""
    words = name.split()
    half = len(words) // 2
    return " ".join(words[:half]) if half and words[:half] == words[half:] else name


def _key(name: str) -> str:
    """Return a key that is equal for a name with and without initials."""
    folded = fold(name)
    return " ".join(word for word in folded.split() if len(word) > 1 or not word.isascii()) or folded


def _is_title(text: str) -> bool:
    """Return whether a piece of a byline is a degree or a profession, not another name."""
    words = text.split()
    if (len(words) == 1 and text.isascii()) or _LINE_OF_WORK.search(text):
        return True
    return any(word[0].islower() and word not in _PARTICLES and word.isascii() for word in words)


def _is_name(text: str) -> bool:
    words = text.split()
    if not 0 < len(words) <= MAX_NAME_WORDS or not 1 < len(text) <= MAX_NAME_CHARS:
        return False
    if fold(text).replace(" ", "") in _CREDENTIALS or words[-1] in _PARTICLES or text.casefold() in _DATE_WORDS:
        return False
    if len(words) > 1 and not text.islower() and any(w[0].islower() and w not in _PARTICLES | _DESKS for w in words):
        return False
    return not (_NO_NAME.search(text) or _ROLE.search(text))
