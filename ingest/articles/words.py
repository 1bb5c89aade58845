"""Texts as words: counted, folded, compared."""

import re
import unicodedata
from collections import Counter

# Scripts written without spaces, where a character stands for about a word: kana, Han.
_WORD = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿]|[^\W぀-ヿ㐀-䶿一-鿿豈-﫿]+")
_APOSTROPHES = re.compile("['\u2018\u2019`]")


def word_count(text: str) -> int:
    return len(_WORD.findall(text))


def fold(text: str) -> str:
    """The words of `text` without case, accents and punctuation, one space between."""
    bare = _APOSTROPHES.sub("", text)
    if not bare.isascii():
        decomposed = unicodedata.normalize("NFKD", bare)
        bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(_WORD.findall(bare.casefold()))


def likeness(a: str, b: str) -> float:
    """Of two folded texts: the share of words they have in common (F1), 0 to 1."""
    first, second = Counter(a.split()), Counter(b.split())
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0
