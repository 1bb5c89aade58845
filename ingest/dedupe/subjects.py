"""Whether two texts of one template are about two subjects. Next week's report differs in figures, these in words.

A title names its subject. Two texts have two subjects if each title has a word that is in its own text but not in the
other text and title: two firms that raise their prices, two events with one background. Of an article and its copy,
under any headline, at most one title has such a word.

Within hours a text is sent again with another beginning and headline. Then only names count: words that are always
capitalised, or that recur.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from ingest.dedupe.figures import is_figure
from ingest.dedupe.fingerprint import is_dense, normalise, tokens

MIN_SHARED_TITLE = 0.3  # of the words of the shorter title, for two titles to agree
MIN_RECURRENCE = 2  # times in a text, for a subject's word
MIN_LOWER_CASE = 0.75  # of the words, where capitals mark names

_WORD = re.compile(r"[^\W\d_]\w+")


class Subject:
    """The subject of a text, by its title. `body` is the text as written, on `site`."""

    def __init__(self, title: str | None, tokens_of_text: list[str], body: str, site: str) -> None:
        self.title = frozenset(_words(tokens(normalise(title or ""))))
        self.site = site
        self._tokens = tokens_of_text
        self._body = body

    def is_another(self, other: "Subject", *, by_names: bool) -> bool:
        """Return whether each title has a word of its own. If `by_names`, titles must agree, and the words be names."""
        if by_names and len(self.title & other.title) < MIN_SHARED_TITLE * min(len(self.title), len(other.title)):
            return False
        return self.has_own_word(other, by_names=by_names) and other.has_own_word(self, by_names=by_names)

    def has_another_title(self, other: "Subject") -> bool:
        """Return whether each title has a word that the other lacks."""
        return bool(self.title - other.title and other.title - self.title)

    def has_own_word(self, other: "Subject", *, by_names: bool) -> bool:
        own = {word for word in self.title - other.title if word not in self.site}
        own = {word for word in own if word in self.words and word not in other.words}
        return any(not by_names or self._is_name(word) for word in own)

    def _is_name(self, word: str) -> bool:
        return not is_figure(word) and (self.words[word] >= MIN_RECURRENCE or word in self.names)

    @cached_property
    def words(self) -> Counter[str]:
        return Counter(_words(self._tokens))

    @cached_property
    def names(self) -> frozenset[str]:
        """The words that are always capitalised. There are none in a text where most words are."""
        words = _WORD.findall(self._body)
        lower = [word for word in words if not word[0].isupper()]
        if len(lower) < MIN_LOWER_CASE * len(words):
            return frozenset()
        return frozenset(map(normalise, set(words))) - frozenset(map(normalise, set(lower)))


def _words(some: Iterable[str]) -> Iterator[str]:
    """Yield the words of a text's tokens, and each two adjacent characters of scripts written without spaces."""
    before = ""
    for token in some:
        if not is_dense(token):
            yield token
            before = ""
            continue
        if before:
            yield before + token
        before = token
