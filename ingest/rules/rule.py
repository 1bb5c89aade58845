"""The user's rules: what is archived and what is not."""

from dataclasses import dataclass
from typing import Literal

Action = Literal["keep", "drop"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of `rules.toml`."""

    name: str
    action: Action


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in their order: the first that applies decides. What no rule applies to is kept."""

    rules: tuple[Rule, ...] = ()


NO_RULES = Rules()
