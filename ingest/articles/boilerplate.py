"""Finds boilerplate, the lines that a site repeats in several articles, and removes it from texts.

A wrong line of boilerplate is lost to its articles, so most repeated lines are kept: lines that are short, ask, open a
list or look like code; lines that only near-copies and weekly reports share; lines on the subject of their articles,
such as the background of a running story.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, compress

from ingest.text.words import word_count

MIN_ARTICLES = 3  # that have a line of boilerplate
# In columns. Of the 239 lines that bodies of different sites share in 788 marked pages ("Frequently asked questions"),
# two are as wide: a question, and boilerplate. The widest line that two articles of one site share has 25 columns.
MIN_WIDTH = 40
NEAR_COPY_SHARE = 0.5  # of the shorter text: two texts that share more are copies, or reports of one template
# Of a line's words that its article has in other lines too: such a line is on the article's subject. 85 % of the lines
# of marked bodies have so many, and 35 % of the lines that are marked as not the article's.
TOPICAL_SHARE = 0.5
SURE_ARTICLES = 8  # a line in so many articles, and in half of all, is boilerplate whatever its subject
MAX_SHARE = 0.4  # of a text's words; if more would be removed, nothing is

_DIGITS = re.compile(r"\d+")
_CODE = re.compile(r"[{}=<>|\\`_]|[;(]$|->|::|\w\(|^(?:from|import|using|package)\s+\w+[./:]\w")
_WORD = re.compile(r"[぀-ヿ㐀-䶿一-鿿가-힣]{2}|[^\W\d_぀-ヿ㐀-䶿一-鿿가-힣]{5,}")


def line_key(line: str) -> str:
    """Return a line's key: without case, width of characters and extra spaces, with 0 for every number."""
    return " ".join(_DIGITS.sub("0", unicodedata.normalize("NFKC", line).casefold()).split())


def repeated(bodies: Sequence[str]) -> dict[str, int]:
    """Find the boilerplate in texts of one site: the keys of its lines → how many texts have each.

    Lines with different numbers count apart: a number may be the news.
    """
    counts = Counter(chain.from_iterable(set(body.split("\n")) for body in bodies))
    often = {line for line, count in counts.items() if count >= MIN_ARTICLES and _may_repeat(line)}
    if not often:
        return {}
    texts = _without_near_copies(body for body in bodies if not often.isdisjoint(body.split("\n")))
    found: dict[str, int] = {}
    for line in often:
        having = [text for text in texts if line in text.split("\n")]
        sure = len(having) >= SURE_ARTICLES and 2 * len(having) >= len(bodies)
        if len(having) >= MIN_ARTICLES and (sure or not _is_topical(line, having)):
            found[line_key(line)] = len(having)
    return found


def without(body: str, boilerplate: frozenset[str]) -> str:
    """Remove lines whose keys are in `boilerplate`. Return `body` unchanged if they are too much or all of it."""
    lines = body.split("\n")
    return "\n".join(compress(lines, kept(lines, boilerplate)))


def kept(lines: Sequence[str], boilerplate: frozenset[str]) -> list[bool]:
    """Return for each line of a text whether it stays: its key is not in `boilerplate`.

    All stay if those that would not are too much of the text.
    """
    stays = [not (boilerplate and _may_repeat(line) and line_key(line) in boilerplate) for line in lines]
    if all(stays):
        return stays
    text = "\n".join(compress(lines, stays))
    is_enough = text.strip() and word_count(text) >= (1 - MAX_SHARE) * word_count("\n".join(lines))
    return stays if is_enough else [True] * len(lines)


def _may_repeat(line: str) -> bool:
    if 2 * len(line) < MIN_WIDTH or line.endswith(("?", ":", "？", "：")):  # noqa: RUF001 (full width)
        return False
    wide = 0 if line.isascii() else sum(unicodedata.east_asian_width(character) in "WF" for character in line)
    return len(line) + wide >= MIN_WIDTH and not _CODE.search(line)


def _without_near_copies(bodies: Iterable[str]) -> list[str]:
    """Drop near-copies of earlier texts, by the characters of the lines that they share."""
    texts: list[tuple[str, Counter[str]]] = []
    for body in bodies:
        sizes: Counter[str] = Counter()
        for key in map(line_key, body.split("\n")):
            sizes[key] += len(key)
        if not any((sizes & other).total() > NEAR_COPY_SHARE * min(sizes.total(), other.total()) for _, other in texts):
            texts.append((body, sizes))
    return [body for body, _ in texts]


def _is_topical(line: str, bodies: Iterable[str]) -> bool:
    """Return whether the line is on the subject of the texts: they have its words in other lines too."""
    words = set(_WORD.findall(line.casefold()))
    rests = (body.replace(line, "").casefold() for body in bodies)
    shares = [sum(word in rest for word in words) / max(len(words), 1) for rest in rests]
    return sum(shares) >= TOPICAL_SHARE * len(shares)
