"""Who wrote it: names of people or desks out of what pages put into their bylines."""

import re

from ingest.articles.words import fold
from ingest.text import clean_line

MAX_AUTHORS = 12
MAX_CLAIM_CHARS = 500
MAX_NAME_WORDS = 6
MAX_NAME_CHARS = 60

_LEAD = re.compile(
    r"^\W*(?:(?:written|posted|words|story|article|text|texte|reported|published|geschrieben"
    r"|propos recueillis|escrito|scritto)\s+)?"
    r"(?:by|von|par|por|di|da|door|author|authors|auteur|autor|autore)\b[\s:]+",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"\s*(?:[,;|/&\n•·]|\s(?:(?i:and|und|et|en|with|avec|mit)|y|e)\s)\s*")
# From here on a byline speaks of something else: a date, a place, an address, what the author is.
_TAIL = re.compile(
    r"\s*(?:[(\[<–—]|\s-\s|\bon\s+\w+\s+\d|\bpublished\b|\bupdated\b|\bposted\b|\blast\b|\bin\s+\w+$"
    r"|\bfor\s+|https?:|\S+@\S+|\d{1,4}[./ -]\d).*$",
    re.IGNORECASE | re.DOTALL,
)
_CREDENTIALS = frozenset(
    "phd md jr sr dr mba rdn rd ms ma cpa esq rn bsc msc ba do np pharmd dds mph cfa cfp ldn fand jd ii iii".split()
)
_ROLE = re.compile(
    r"\b(?:editor|writer|reporter|correspondent|contributor|journalist|columnist|producer|manager|director|founder"
    r"|author|officer|specialist|expert|ceo|cto|president|administrator|admin|followers?|minutes?|posts|articles"
    r"|journaliste|rédacteur|rédactrice|redakteur|redakteurin|redaktor)\b"
    r"|^(?:min read|view all|comments?|share|email|website|profile|follow|more|read|bio|guest|unknown|user)\b",
    re.IGNORECASE,
)
_MONTH_OR_DIGIT = re.compile(r"\d|^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*$", re.IGNORECASE)


def names(claims: list[str]) -> tuple[str, ...]:
    """The people or desks that byline texts name, each once."""
    found: dict[str, str] = {}
    for claim in claims:
        text = _TAIL.sub("", _LEAD.sub("", clean_line(claim)[:MAX_CLAIM_CHARS]))
        for part in _SPLIT.split(text):
            name = _LEAD.sub("", part).strip(" .,:;-–—|")
            if _is_name(name):
                found.setdefault(fold(name), name)
    return tuple(found.values())[:MAX_AUTHORS]


def _is_name(text: str) -> bool:
    words = text.split()
    if not 0 < len(words) <= MAX_NAME_WORDS or len(text) > MAX_NAME_CHARS:
        return False
    if fold(text).replace(" ", "") in _CREDENTIALS or _MONTH_OR_DIGIT.search(text) or "://" in text or "@" in text:
        return False
    return not _ROLE.search(text)
