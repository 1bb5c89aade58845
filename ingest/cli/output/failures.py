"""Failed feeds, grouped by the cause."""

import re
from collections.abc import Mapping

from ingest.cli.output.text import short
from ingest.text.markup import count

MAX_NAMED = 3  # feeds with the same cause that have a line each
_VARYING = re.compile(
    r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"  # an instant,
    r"|\[[0-9a-f:.]+\](?::\d+)?"  # a host,
    r"|(?:\b(?!web\.|articles\.)[\w-]+(?:\.[\w-]+)+|\blocalhost)(?::\d+)?\b"  # but not a setting
)
_OFFLINE = ("cannot be resolved", "network is unreachable")


def group_failures(failures: Mapping[str, str], *, name_all: bool = False) -> list[tuple[str, str]]:
    """Return (feed, error), or ("68 feeds", error) for more than MAX_NAMED feeds with the same cause.

    Errors that differ only in hosts or instants have the same cause. With `name_all` nothing is grouped.
    """
    by_cause: dict[str, dict[str, str]] = {}
    for feed, error in sorted(failures.items()):
        by_cause.setdefault(_VARYING.sub("…", error), {})[feed] = error
    groups = []
    for cause, errors in by_cause.items():
        if name_all or len(errors) <= MAX_NAMED:
            groups += [(short(feed), short(error)) for feed, error in errors.items()]
        else:
            (error, *others) = set(errors.values())
            groups.append((count(len(errors), "feed"), short(cause if others else error)))
    return groups


def is_offline(failures: Mapping[str, str]) -> bool:
    """Return whether every failure is a name that cannot be resolved or a network that cannot be reached."""
    return bool(failures) and all(any(words in error for words in _OFFLINE) for error in failures.values())
