"""Whether two texts of one frame are about two things: next week's figures are told apart by figures, these by words.

A title names what its text is about. Where each of two titles has a word that stands in its own text, and nowhere in
the other text and title, the two texts are about two things: two firms that raise their prices, two events with one
background. Of a copy, under whatever headline, at most one of the titles has such a word.

Within hours a text is sent again with another beginning and headline, so only names count then: words that are always
capitalised, or that recur.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from ingest.dedupe.figures import is_figure
from ingest.dedupe.fingerprint import normalise
from ingest.dedupe.shingles import is_dense, tokens

TITLES_AGREE = 0.3  # of the words of the shorter title are in both
RECURRING = 2  # times in a text, as what it is about does
MOST_ARE_NO_NAMES = 0.75  # of the words begin with a small letter, where capitals mark names

_WORD = re.compile(r"[^\W\d_]\w+")


class Subject:
    """What a text, in tokens, is about, by its title; `body` is the text as it is written, on `site`."""

    def __init__(self, title: str | None, tokens_of_text: list[str], body: str, site: str) -> None:
        self.title = frozenset(_words(tokens(normalise(title or ""))))
        self.site = site
        self._tokens = tokens_of_text
        self._body = body

    def is_another(self, other: "Subject", *, by_names: bool) -> bool:
        """Whether both titles have such a word; if they must be told `by_names`, a name in an agreeing title."""
        agreeing = len(self.title & other.title) >= TITLES_AGREE * min(len(self.title), len(other.title))
        if by_names and not agreeing:
            return False
        return self._has_own(other, by_names=by_names) and other._has_own(self, by_names=by_names)  # noqa: SLF001 (ours)

    def has_another_title(self, other: "Subject") -> bool:
        """Whether each title has a word that the other has not."""
        return bool(self.title - other.title and other.title - self.title)

    def _has_own(self, other: "Subject", *, by_names: bool) -> bool:
        own = {word for word in self.title - other.title if word not in self.site}
        own = {word for word in own if word in self.words and word not in other.words}
        return any(not by_names or self._is_name(word) for word in own)

    def _is_name(self, word: str) -> bool:
        return not is_figure(word) and (self.words[word] >= RECURRING or word in self.names)

    @cached_property
    def words(self) -> Counter[str]:
        """How often the text has each."""
        return Counter(_words(self._tokens))

    @cached_property
    def names(self) -> frozenset[str]:
        """The text's words that are always capitalised; none where most words are."""
        words = _WORD.findall(self._body)
        small = [word for word in words if not word[0].isupper()]
        if len(small) < MOST_ARE_NO_NAMES * len(words):
            return frozenset()
        return frozenset(map(normalise, set(words))) - frozenset(map(normalise, set(small)))


def _words(some: Iterable[str]) -> Iterator[str]:
    """Of a text's tokens: words, and of scripts written without spaces each two characters."""
    before = ""
    for token in some:
        if not is_dense(token):
            yield token
            before = ""
            continue
        if before:
            yield before + token
        before = token
