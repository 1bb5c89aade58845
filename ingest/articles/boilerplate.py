"""What a site repeats: lines that stand in several of its articles (boilerplate), and texts without them.

A line that is taken for boilerplate and is none is lost to its article, so most that repeats is left alone: what is
short, asks, opens a list or looks like code; what only near-copies and weekly reports share; what speaks of the
same things as the text around it, as the background of a running story does.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from ingest.text.words import word_count

ARTICLES = 3  # that a line stands in, to be boilerplate
# Columns. Of the 239 lines that bodies of different sites share in 788 marked pages ("Frequently asked questions"),
# two are as long: a question, and boilerplate. The longest that two articles of one site share has 25.
LEAST_WIDTH = 40
NEAR_COPY_SHARE = 0.5  # of the shorter text, from which two are one article told twice, or one template's reports
# Of a line's words, from which it speaks of what its article speaks of. 85 % of the lines of marked bodies do, and
# 35 % of those marked as not the article's.
TOPICAL_SHARE = 0.5
SURELY = 8  # articles with a line, at least half of those looked at, whatever it speaks of
MOST_SHARE = 0.4  # of a text's words that may be boilerplate; where it would be more, the text stays whole

_DIGITS = re.compile(r"\d+")
_CODE = re.compile(r"[{}=<>|\\`_]|[;(]$|->|::|\w\(|^(?:from|import|using|package)\s+\w+[./:]\w")
_WORD = re.compile(r"[぀-ヿ㐀-䶿一-鿿가-힣]{2}|[^\W\d_぀-ヿ㐀-䶿一-鿿가-힣]{5,}")


def line_key(line: str) -> str:
    """As lines are compared: without case, width of characters and spaces; every figure is 0."""
    return " ".join(_DIGITS.sub("0", unicodedata.normalize("NFKC", line).casefold()).split())


def repeated(bodies: Sequence[str]) -> dict[str, int]:
    """The boilerplate of a site, of whose articles these are the texts: `line_key` → how many of them have it.

    A line counts where it stands with the same figures: other figures say something of their own.
    """
    counts = Counter(line for body in bodies for line in set(body.split("\n")))
    often = {line for line, count in counts.items() if count >= ARTICLES and _may_repeat(line)}
    if not often:
        return {}
    texts = _one_of_each(body for body in bodies if not often.isdisjoint(body.split("\n")))
    found: dict[str, int] = {}
    for line in often:
        having = [text for text in texts if line in text.split("\n")]
        sure = len(having) >= SURELY and 2 * len(having) >= len(bodies)
        if len(having) >= ARTICLES and (sure or not _is_topical(line, having)):
            found[line_key(line)] = len(having)
    return found


def without(body: str, boilerplate: frozenset[str]) -> str:
    """The text without those of its lines, or as it is when they are too much of it; never empty if `body` is not."""
    if not boilerplate:
        return body
    lines = body.split("\n")
    kept = [line for line in lines if not (_may_repeat(line) and line_key(line) in boilerplate)]
    text = "\n".join(kept)
    if len(kept) == len(lines) or not text.strip():
        return body
    return text if word_count(text) >= (1 - MOST_SHARE) * word_count(body) else body


def _may_repeat(line: str) -> bool:
    if 2 * len(line) < LEAST_WIDTH or line.endswith(("?", ":", "？", "：")):  # noqa: RUF001 (full width)
        return False
    wide = sum(map(_is_wide, line)) if not line.isascii() else 0
    return len(line) + wide >= LEAST_WIDTH and not _CODE.search(line)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")


def _one_of_each(bodies: Iterable[str]) -> list[str]:
    """The texts without those that are near-copies of one before."""
    texts: list[tuple[str, Counter[str]]] = []
    for body in bodies:
        sizes: Counter[str] = Counter()
        for key in map(line_key, body.split("\n")):
            sizes[key] += len(key)
        if not any(_are_near(sizes, other) for _, other in texts):
            texts.append((body, sizes))
    return [body for body, _ in texts]


def _are_near(one: Counter[str], other: Counter[str]) -> bool:
    """By their lines' characters."""
    return (one & other).total() > NEAR_COPY_SHARE * min(one.total(), other.total())


def _is_topical(line: str, bodies: Iterable[str]) -> bool:
    words = set(_WORD.findall(line.casefold()))
    shares = []
    for body in bodies:
        rest = body.replace(line, "").casefold()
        shares.append(sum(word in rest for word in words) / max(len(words), 1))
    return sum(shares) >= TOPICAL_SHARE * len(shares)
