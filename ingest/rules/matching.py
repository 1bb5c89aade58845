"""What a condition of a rule is compared with: words and patterns, sites, languages.

A word or phrase matches as a complete word, in any case. In scripts without spaces, and in Korean, it matches anywhere.
A pattern is RE2's (https://github.com/google/re2/wiki/Syntax): its time is linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re2

PATTERN = "re:"
MAX_WORD_CHARS = 1000
MAX_PATTERN_SIZE = 10_000  # of RE2's program: where RE2 has no memory for a faster way, its time is size × text
MAX_MEMORY_BYTES = 1024 * 1024  # of one compiled list of patterns

# Thai, Lao, Tibetan, Burmese, Khmer, Kana, Bopomofo, Hangul, Han.
_DENSE = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[^\W{_DENSE}]+")
_IS_DENSE = re.compile(f"[{_DENSE}]")
# As it is typed: one i for the Turkish two, straight quotes (Hebrew has its own), hyphens. What only lays a text out is
# left out: soft hyphens, joiners of words, directions, forms of emoji.
_TYPED = {"i\u0307": "i", "\u0131": "i", "\u2010": "-"}
_TYPED |= dict.fromkeys("\u2018\u2019\u02bc\u05f3", "'") | dict.fromkeys("\u201c\u201d\u201e\u05f4", '"')
_TYPED |= dict.fromkeys("\xad\u200b\u200e\u200f\u2060\ufe0e\ufe0f\ufeff", "")
_TYPOGRAPHY = re.compile("|".join(_TYPED))
_ASCII_ONLY = re.compile(r"(?<!\\)(?:\\\\)*\\[bBw]")  # `\b`, `\B`, `\w`


@dataclass(frozen=True)
class Text:
    """A text that conditions search. What they need of it is computed once, for all rules."""

    written: str

    @cached_property
    def folded(self) -> str:
        return _folded(self.written)

    @cached_property
    def tokens(self) -> frozenset[str]:
        return frozenset(_TOKEN.findall(self.folded))

    @cached_property
    def encoded(self) -> bytes:
        return self.written.encode(errors="replace")


@dataclass(frozen=True)
class Words:
    """Words, phrases and patterns. One of them must occur. `anywhere`: also inside of words."""

    written: tuple[str, ...]
    anywhere: bool = False

    def match(self, text: Text) -> bool:
        return any(word.occurs_in(text) for word in self._words) or any(
            pattern.search(text.encoded) for pattern in self._patterns
        )

    @cached_property
    def _words(self) -> "tuple[_Word, ...]":
        plain = (word for word in self.written if not word.startswith(PATTERN))
        return tuple(_Word(_folded(" ".join(word.split())), self.anywhere) for word in plain)

    @cached_property
    def _patterns(self) -> "tuple[re2._Regexp, ...]":
        """Return the patterns as one, which is faster, or one by one if RE2 cannot join them."""
        patterns = [word.removeprefix(PATTERN) for word in self.written if word.startswith(PATTERN)]
        if not patterns:
            return ()
        if not any("\\Q" in pattern for pattern in patterns):  # its quotation may not end before the next pattern
            with suppress(ValueError):
                return (_compiled("|".join(f"(?:{pattern})" for pattern in patterns)),)
        return tuple(map(_compiled, patterns))


@dataclass(frozen=True)
class Sites:
    """Hosts without `www.`. A host below one of them matches too."""

    written: tuple[str, ...]

    def match(self, text: Text) -> bool:
        return any(f".{text.written}".endswith(f".{site}") for site in self.written)


@dataclass(frozen=True)
class Languages:
    """Language tags. "de" matches "de-AT" too."""

    written: tuple[str, ...]

    def match(self, text: Text) -> bool:
        return any(f"{text.written}-".casefold().startswith(f"{tag}-".casefold()) for tag in self.written)


Matcher = Words | Sites | Languages


def fault_of(word: str) -> str | None:
    """Return what is wrong with a word or pattern, with the remedy."""
    if len(word) > MAX_WORD_CHARS:
        return f"is longer than {MAX_WORD_CHARS} characters; split it"
    if not word.startswith(PATTERN):
        return None if _folded(word).strip() else "has no character that can be seen; write one, or take it out"
    pattern = word.removeprefix(PATTERN)
    if not pattern.strip():
        return f'is an empty pattern; write one after "{PATTERN}"'
    if _ASCII_ONLY.search(pattern) and any(character.isalpha() and not character.isascii() for character in pattern):
        return (
            r"would miss matches: \b, \B and \w know only ASCII letters, and the pattern has others;"
            r" write the word without re:, or \pL for a letter"
        )
    try:
        size = _compiled(pattern).programsize
    except ValueError as error:
        if "too large" not in str(error):
            return f"is not a pattern of RE2: {error}; RE2 has no lookahead, no lookbehind and no back-references"
        size = MAX_PATTERN_SIZE + 1
    return "is too large a pattern; repeat less in it, or split it" if size > MAX_PATTERN_SIZE else None


def _compiled(pattern: str) -> "re2._Regexp":
    """Raise ValueError with the cause if RE2 does not take the pattern."""
    import re2  # takes 20 ms

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    options.max_mem = MAX_MEMORY_BYTES
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        cause = error.args[0]
        raise ValueError(cause.decode(errors="replace") if isinstance(cause, bytes) else str(cause)) from error
    except UnicodeEncodeError as error:
        raise ValueError("it is not Unicode text") from error


@dataclass(frozen=True)
class _Word:
    """A folded word or phrase."""

    folded: str
    anywhere: bool

    @cached_property
    def _tokens(self) -> frozenset[str]:
        return frozenset() if self.anywhere else frozenset(_TOKEN.findall(self.folded))

    @cached_property
    def _is_open(self) -> tuple[bool, bool]:
        """Return whether another letter may stand directly before, and after, the word."""
        if self.anywhere:
            return True, True
        return not _is_letter(self.folded[:1]), not _is_letter(self.folded[-1:])

    def occurs_in(self, text: Text) -> bool:
        if not self._tokens <= text.tokens:  # rules out most words without a search
            return False
        opens, ends = self._is_open
        folded, length = text.folded, len(self.folded)
        return any(
            (opens or not _is_letter(folded[max(start - 1, 0) : start]))
            and (ends or not _is_letter(folded[start + length : start + length + 1]))
            for start in self._places(folded)
        )

    def _places(self, folded: str) -> Iterator[int]:
        start = folded.find(self.folded)
        while start >= 0:
            yield start
            start = folded.find(self.folded, start + 1)


def _is_letter(character: str) -> bool:
    """Return whether a character is one of a word: a letter, digit, mark or "_" of a script with spaces."""
    if not character or _IS_DENSE.match(character):
        return False
    return character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")


def _folded(text: str) -> str:
    """Return `text` without case, and without differences of typography that nobody types into a rule."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _TYPOGRAPHY.sub(lambda found: _TYPED[found[0]], folded)
