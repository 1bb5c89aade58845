"""The user's rules: what is archived and what is not."""

from dataclasses import dataclass
from typing import Literal

from ingest.rules.matching import Matcher

Action = Literal["keep", "drop"]
Key = Literal["sites", "url", "language", "title", "author", "tag", "summary", "text"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A key of a rule that compares texts. One of an entry's texts for this key must match."""

    key: Key
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of `rules.toml`. It applies to an entry if all of its conditions hold.

    `feed_urls` are the feeds in its scope, None for all of them: the names and tags of feeds are looked up when the
    rule is read. `min_words` and `max_words` limit the length of the text.
    """

    name: str
    action: Action
    feed_urls: frozenset[str] | None = None
    conditions: tuple[Condition, ...] = ()
    min_words: int | None = None
    max_words: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in their order: the first that applies decides. What no rule applies to is kept."""

    rules: tuple[Rule, ...] = ()


NO_RULES = Rules()
