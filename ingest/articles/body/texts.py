"""The text of each block as numbers: the first columns of its row for the model (see `features`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.articles.body import labels
from ingest.articles.body.blocks import Blocks
from ingest.articles.body.names import TAG_NUMBERS
from ingest.text.words import fold, squeeze, words

Matrix: TypeAlias = NDArray[np.float32]

WORDS = 1  # the column with the number of words
SAMPLE_CHARS = 240  # of a block's text, enough to see its subject
MAX_CLAIM_CHARS = 2000
TITLE_SLACK_CHARS = 20  # by which a block with the title may be longer: white space, punctuation
MIN_DATA_CHARS = 200  # of the text that page or feed give; a shorter text is a teaser
MIN_SAME_CHARS = 12  # of a block in that text; a shorter block may be there by chance
STAMP_CHARS = 80  # of a block, searched for dates and times
CACHE_SIZE = 4096  # short texts: the pages of a site share most of theirs
MAX_CACHED_CHARS = 80

_ENDS = frozenset('.!?…。\uff01\uff1f"”»:;')
_COLONS = frozenset(":\uff1a")
_QUESTIONS = frozenset("?\uff1f")
_DENSE_STOPS = "…。\uff01\uff1f"
_DENSE_COMMAS = "\uff0c、"
_STAMP = re.compile(r"\d{1,2}[:.]\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\b(?:19|20)\d\d\b")
_BULLETS = frozenset("-–—•·*►»>|")
_QUOTES = frozenset("\"'«„“”\u2018「『")
_DIGITS = b"0123456789"
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Claims:
    """What feed and page say of the article. A field is empty if they do not say it."""

    titles: Sequence[str]
    summary: str = ""
    text: str = ""


def text_rows(page: Blocks, claims: Claims) -> Matrix:
    """Return a row for each feature of the texts: by themselves, and compared with the claims.

    Rows 0 to 5 are length, words, share of links, links, tag, and whether the text ends like a sentence.
    """
    folded = {fold(title) for title in claims.titles} - {""}
    longest = max(map(len, claims.titles), default=0) + TITLE_SLACK_CHARS
    title_words = {word for title in claims.titles for word in words(title)}
    known = set(words((claims.text or claims.summary)[:MAX_CLAIM_CHARS]))
    summary = set(words(claims.summary[:MAX_CLAIM_CHARS]))
    data = squeeze(claims.text)
    texts = page.texts
    read = [_cached(text) if len(text) <= MAX_CACHED_CHARS else _read(text) for text in texts]
    samples = [one[1] for one in read]
    found = np.frombuffer(b"".join([one[0] for one in read]), np.float32).reshape(len(read), -1).T
    counts = [[len(one), len(title_words & one), len(known & one), len(summary & one)] for one in samples]
    many, of_title, of_known, of_summary = np.array(counts).T
    is_title = np.zeros(len(texts))
    for number in np.flatnonzero(of_title):
        is_title[number] = len(texts[number]) <= longest and fold(texts[number]) in folded
    chars = np.array(page.chars)
    dense = (chars - np.array([len(text) for text in texts])) // 2  # see `length`
    none = np.full(len(texts), -1)
    return matrix([
        chars, found[0] + dense, np.array(page.linked) / chars, page.links,
        [TAG_NUMBERS.get(page.elements[place].tag, 0) for place in page.places], *found[1:8], is_title,
        of_title / len(title_words) if title_words else none,
        np.where(many, of_known / np.maximum(1, many), -1) if known else none,
        of_known / len(known) if known else none,
        np.where(many, of_summary / np.maximum(1, many), -1) if summary else none,
        of_summary / len(summary) if summary else none,
        [_is_in(text, data) for text in texts] if len(data) >= MIN_DATA_CHARS else none,
        *found[8:],
    ], len(texts)).T  # fmt: skip


def _read(text: str) -> tuple[bytes, frozenset[str]]:
    """Return the features of a text by itself, packed, and the words of its beginning."""
    stops, commas = text.count(".") + text.count("!") + text.count("?"), text.count(",")
    is_ascii = text.isascii()
    if not is_ascii:
        stops += sum(map(text.count, _DENSE_STOPS))
        commas += sum(map(text.count, _DENSE_COMMAS))
    sample = text[:SAMPLE_CHARS]
    raw = sample.encode("utf-8", "replace")
    sample_words = frozenset(words(sample))
    digits = len(raw) - len(raw.translate(None, _DIGITS))
    first, last = text[0], text[-1]
    numbers = _NUMBERS.pack(
        text.count(" ") + 1, last in _ENDS, stops, commas,
        1 - (len(raw) - digits) / len(raw), 1 - len(raw.translate(None, _CAPITALS)) / len(raw),
        text.count("\n"), labels.has_hint(text, sample_words),
        last in _COLONS, last in _QUESTIONS, last == "…" or text.endswith("..."),
        first.islower(), first.isdigit(), first in _BULLETS, first in _QUOTES,
        len(_STAMP.findall(text[:STAMP_CHARS])) if digits or not is_ascii else 0,
    )  # fmt: skip
    return numbers, sample_words


_NUMBERS = Struct("16f")
_cached = lru_cache(maxsize=CACHE_SIZE)(_read)


def _is_in(text: str, data: str) -> bool:
    """Return whether both ends of a text are in `data`, which has no white space."""
    flat = squeeze(text)
    return len(flat) > MIN_SAME_CHARS and flat[:60] in data and flat[-40:] in data


def matrix(columns: Sequence[Any], count: int) -> Matrix:
    """Make a matrix that stores each column in one piece. A column may be one number for all `count` rows."""
    table = np.empty((len(columns), count), np.float32)
    for number, column in enumerate(columns):
        table[number] = column
    return table.T
