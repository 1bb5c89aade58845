"""Which feeds failed and why, where many that failed alike are one line."""

import re
from collections.abc import Mapping

from ingest.cli.output import short
from ingest.text.markup import count

MAX_NAMED = 3  # feeds of one cause that have a line each
_OWN = re.compile(
    r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"  # what tells one feed's error from another's: an instant,
    r"|\[[0-9a-f:.]+\](?::\d+)?"  # a host
    r"|(?:\b(?!web\.|articles\.)[\w-]+(?:\.[\w-]+)+|\blocalhost)(?::\d+)?\b"  # but no setting
)
_OFFLINE = ("cannot be resolved", "network is unreachable")


def by_cause(failures: Mapping[str, str], *, each: bool = False) -> list[tuple[str, str]]:
    """Who failed, and why: (feed, error), or ("68 feeds", error) for many of one cause unless `each` is to be named.

    Errors that differ in hosts or instants alone have one cause.
    """
    alike: dict[str, dict[str, str]] = {}
    for feed, error in sorted(failures.items()):
        alike.setdefault(_OWN.sub("…", error), {})[feed] = error
    found = []
    for cause, errors in alike.items():
        if each or len(errors) <= MAX_NAMED:
            found += [(short(feed), short(error)) for feed, error in errors.items()]
        else:
            (error, *others) = set(errors.values())
            found.append((count(len(errors), "feed"), short(cause if others else error)))
    return found


def is_offline(failures: Mapping[str, str]) -> bool:
    """Whether every one is a name or a network that cannot be reached."""
    return bool(failures) and all(any(words in error for words in _OFFLINE) for error in failures.values())
