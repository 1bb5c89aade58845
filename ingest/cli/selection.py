"""The filters of `search`, `export` and `changes`: one set of options, one Selection."""

import re
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ingest.cli.arguments import INSTANT, Instant, Text
from ingest.cli.options import Options
from ingest.errors import IngestError

if TYPE_CHECKING:
    from storage.blocks import Ranges
    from storage.reader import Reader
    from storage.selection import Selection

F = TypeVar("F", bound=Callable[..., Any])

ACCESS = ("free", "metered", "partial")
MAX_ID = 2**63 - 1  # SQLite's integers end there
_ID = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|today|yesterday")


class Until(Instant):
    """An instant; a day is its last second."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        at = super().convert(value, param, ctx)
        return at + timedelta(days=1, seconds=-1) if _DAY.fullmatch(str(value).strip().lower()) else at


class Ids(click.ParamType[Any]):
    name = "ids"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> "Ranges":
        text = sys.stdin.read() if value == "-" else str(value)
        found = []
        for word in re.findall(r"[^,\s]+", text):
            match = _ID.fullmatch(word)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if not first <= last <= MAX_ID:
                self.fail(f"{word!r} is no id: name ids such as 1,5,10-20, or - to read them from stdin", param, ctx)
            found.append((first, last))
        return tuple(found)


_UNTIL, _IDS, _TEXT = Until(), Ids(), Text()
_SEVERAL = {"multiple": True}
_NAMES = {"type": _TEXT} | _SEVERAL
_OPTIONS = (
    ("--site", "sites", {"metavar": "HOST", "help": "Of this site."} | _NAMES),
    ("--feed", "feeds", {"metavar": "NAME_OR_URL", "help": "That this feed announced."} | _NAMES),
    ("--tag", "tags", {"metavar": "TAG", "help": "With this tag, or from a feed with it."} | _NAMES),
    ("--author", "authors", {"metavar": "NAME", "help": "By this author."} | _NAMES),
    ("--language", "languages", {"metavar": "CODE", "help": "In this language: fr is also fr-FR."} | _NAMES),
    ("--access", "access", {"type": click.Choice(ACCESS), "help": "Of which everybody may read so much."} | _SEVERAL),
    ("--since", "since", {"metavar": "DATE", "type": INSTANT, "help": "Published since: 2026-03-01 (UTC), 7d, today."}),
    ("--until", "until", {"metavar": "DATE", "type": _UNTIL, "help": "Published until; a day is included."}),
    ("--archived-since", "archived_since", {"metavar": "DATE", "type": INSTANT, "help": "Archived since then."}),
    ("--min-words", "min_words", {"metavar": "N", "type": click.IntRange(0, MAX_ID), "help": "With so many words."}),
    ("--match", "match", {"metavar": "QUERY", "type": _TEXT, "help": "With these words, as in a search."}),
    ("--ids", "ids", {"metavar": "IDS", "type": _IDS, "help": "With these ids: 1,5,10-20, or - for stdin."} | _SEVERAL),
)


def selection_options(function: F) -> F:
    """Add the filters to a command. It gets them as `chosen`, for `selection_of`."""

    @wraps(function)
    def command(*arguments: Any, **values: Any) -> Any:  # noqa: ANN401 (click's values)
        chosen = {name: values.pop(name) for _, name, _ in _OPTIONS}
        return function(*arguments, chosen=chosen, **values)

    for option, name, settings in reversed(_OPTIONS):
        command = click.option(option, name, **settings)(command)
    return command  # type: ignore[return-value]  # with other parameters


def selection_of(chosen: dict[str, Any], archive: "Reader", options: Options, *, strict: bool = True) -> "Selection":
    """Return the selection. Raise IngestError if the archive has no such site, feed, tag, author or language.

    Unless `strict`, say so on stderr, and go on: the first article of it may be still to come, or the last one be
    forgotten.
    """
    from ingest.names import known_author, known_feed, known_language, known_site, known_tag
    from storage.blocks import joined
    from storage.selection import Selection

    def known(check: Callable[["Reader", str], str], names: Iterable[str]) -> tuple[str, ...]:
        found = []
        for name in names:
            try:
                found.append(check(archive, name))
            except IngestError as error:
                if strict:
                    raise
                options.note(str(error))
                found.append(name)
        return tuple(found)

    ids = [pair for ranges in chosen["ids"] for pair in ranges]
    if chosen["since"] and chosen["until"] and chosen["since"] > chosen["until"]:
        raise click.UsageError("--since is after --until; swap them")
    return Selection(
        **chosen
        | {
            "sites": known(known_site, chosen["sites"]),
            "feeds": known(known_feed, chosen["feeds"]),
            "tags": known(known_tag, chosen["tags"]),
            "authors": known(known_author, chosen["authors"]),
            "languages": known(known_language, chosen["languages"]),
            "ids": joined(ids) if chosen["ids"] else None,
        }
    )
