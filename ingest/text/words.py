"""Texts as words: counted, folded, compared."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import filterfalse

# Scripts written without spaces, where a character stands for about a word: kana, Han.
_WORD = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿]|[^\W぀-ヿ㐀-䶿一-鿿豈-﫿]+")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_APOSTROPHES = "'\u2018\u2019`"
_NO_WORD = bytes(byte if chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(128)) + bytes(128)


def length(text: str) -> int:
    """In characters; one of Chinese, Japanese or Korean counts thrice, as it says about as much as three letters."""
    return len(text) if text.isascii() else len(text) + 2 * len(_DENSE.findall(text))


@lru_cache(maxsize=4)  # the verdict, the feed's text and the article ask for the same
def word_count(text: str) -> int:
    return len(text.encode().translate(_NO_WORD).split() if text.isascii() else _WORD.findall(text))


def words(text: str) -> list[str]:
    """The words of `text` without case."""
    if text.isascii():  # three times faster than the pattern
        return text.lower().encode().translate(_NO_WORD).decode().split()
    return _WORD.findall(text.casefold())


def fold(text: str) -> str:
    """The words of `text` without case, accents and punctuation, one space between."""
    for apostrophe in _APOSTROPHES:
        text = text.replace(apostrophe, "")
    if not text.isascii():
        text = "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text)))
    return " ".join(words(text))


def first_of_fold(text: str) -> str | None:
    """The first character of `fold(text)`; None where only `fold` tells."""
    first = text[:1]
    return first.lower() if first.isascii() and first.isalnum() else None


def likeness(a: str, b: str) -> float:
    """Of two folded texts: the share of words they have in common (F1), 0 to 1."""
    first, second = Counter(a.split()), Counter(b.split())
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0
