"""How near a text, a title, authors and a date come to the marked ones."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

# A Thai, kana or Han character counts as a word: these scripts have no spaces.
_DENSE = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_DENSE}]|(?:(?![{_DENSE}])\w)+")
_APOSTROPHES = re.compile("['\u2018\u2019`]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME_SPLIT = re.compile(r"\s*(?:[,;|/&\n•·]|\band\b|\bund\b|\bet\b|\by\b)\s*", re.IGNORECASE)
_BY = re.compile(r"^(?:(?:written |posted |words |story |article |text )?by|von|par|por|author)[:\s]+", re.IGNORECASE)
_NO_NAMES = frozenset("phd md jr sr dr mba rdn rd cpa esq ms ma".split())

Scores = tuple[float, float, float]
"""Precision, recall and F1."""


def words(text: str | None) -> list[str]:
    return _WORD.findall((text or "").lower())


def word_scores(found: str | None, marked: str | None) -> Scores:
    """Compare two texts as bags of words. Two empty texts are equal."""
    one, other = Counter(words(found)), Counter(words(marked))
    if not one or not other:
        return (1.0, 1.0, 1.0) if not one and not other else (0.0, 0.0, 0.0)
    hits = (one & other).total()
    return scores(hits, one.total() - hits, other.total() - hits)


def snippet_counts(text: str | None, wanted: Sequence[str], unwanted: Sequence[str]) -> tuple[int, int, int]:
    """Count the wanted snippets in the text, the unwanted ones in it, and the wanted ones that are missing."""
    flat = _flat(text or "")
    hits = sum(_flat(snippet) in flat for snippet in wanted) if text else 0
    extra = sum(_flat(snippet) in flat for snippet in unwanted) if text else 0
    return hits, extra, len(wanted) - hits


def scores(hits: float, extra: float, missing: float) -> Scores:
    return hits / ((hits + extra) or 1), hits / ((hits + missing) or 1), 2 * hits / ((2 * hits + extra + missing) or 1)


def is_title(found: str | None, marked: str | None) -> bool:
    """Return whether the titles are the same words, whatever their case, accents and punctuation."""
    return _fold(found) == _fold(marked) != ""


def is_author(found: str | None, marked: str | None) -> bool:
    """Return whether the bylines have the same names."""
    return _names(found) == _names(marked) != set()


def is_date(found: str | None, marked: str | None) -> bool:
    return day(found) == day(marked) is not None


def day(text: str | None) -> str | None:
    """Return the YYYY-MM-DD in a text. Return None if there is none: a year or a month is not a day."""
    match = _DAY.search(text or "")
    return match[0] if match else None


def _flat(text: str) -> str:
    return " ".join(text.split())


def _fold(text: str | None) -> str:
    text = unicodedata.normalize("NFKD", html.unescape(text or ""))
    text = "".join(letter for letter in text if not unicodedata.combining(letter)).casefold()
    return " ".join(_WORD.findall(_APOSTROPHES.sub("", text)))


def _names(text: str | None) -> set[str]:
    pieces = _NAME_SPLIT.split(_BY.sub("", html.unescape(text or "").strip()))
    folded = (" ".join(word for word in _fold(_BY.sub("", piece)).split() if word not in _NO_NAMES) for piece in pieces)
    return set(folded) - {""}
