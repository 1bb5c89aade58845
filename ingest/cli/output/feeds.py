"""Feeds as `ingest status` prints them, with a sparkline each: the new entries of its last days."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from ingest.cli.output.text import distance, length, short, table, terminal_columns
from ingest.text.markup import count

NO_DATA = " "  # a day before the feed was added
BLOCKS = "·▁▂▃▄▅▆▇█"  # none, then up to the feed's best day
ASCII = "._-:=+*%#"
NARROW_DAYS = 14
MAX_GAPS = 5
WIDE_COLUMNS = 110  # from here on a terminal has room for everything


def sparkline(counts: Sequence[int | None], marks: str = BLOCKS) -> str:
    """Return a mark for each count, on a scale of their own. The greatest gets the last mark, and only 0 the first."""
    most = max((count or 0 for count in counts), default=0)
    levels = len(marks) - 1
    return "".join(NO_DATA if count is None else marks[-(-count * levels // most) if count else 0] for count in counts)


def marks() -> str:
    """Return the marks that stdout can show."""
    if os.environ.get("LC_ALL", os.environ.get("LANG")) in ("C", "POSIX") or os.environ.get("TERM") == "dumb":
        return ASCII
    try:
        BLOCKS.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return ASCII
    return BLOCKS


def feeds_table(feeds: Sequence[Mapping[str, Any]]) -> None:
    """Print a line for each feed. A terminal of 80 columns sees the last two weeks, and no column for `pending`."""
    columns, shown = terminal_columns(), marks()
    wide = columns is None or columns >= WIDE_COLUMNS
    days = len(feeds[0]["new_by_day"]) if wide else NARROW_DAYS
    sparks = f"new, {days} days"
    header = ["feed", "state", sparks, "articles", *(["pending"] if wide else []), "last new", "next poll", "trouble"]
    rows = []
    for feed in feeds:
        spark, last_new = sparkline(feed["new_by_day"][-days:], shown), distance(feed["changed_at"])
        row = [feed["name"], feed["state"], spark, feed["articles"]]
        row += [feed["pending"], last_new] if wide else [last_new.removesuffix(" ago")]
        rows.append([*row, next_poll(feed), trouble(feed)])
    table(rows, header, right={sparks})


def next_poll(feed: Mapping[str, Any]) -> str:
    """Return the time to the next poll; "due" if it has passed: nothing polls, or the poll is in flight."""
    if feed["state"] in ("gone", "off"):
        return ""
    return ahead(feed["due_at"])


def ahead(instant: str | None) -> str:
    """Return the time to an instant; "due" if it has passed."""
    to_go = distance(instant)
    return to_go if to_go.startswith("in ") else "due"


def trouble(feed: Mapping[str, Any]) -> str:
    """Return what is wrong: since when the feed is silent or empty, its last error, that it only repeats another."""
    said = []
    if feed["state"] == "silent":
        said.append(f"silent for {_since(feed['silent_at'])}")
    if feed["state"] == "empty":  # its last error says no more
        said.append(f"empty for {_since(feed['empty_at'])}")
    elif feed["last_error"]:
        times = f"{feed['failures']} × " if feed["failures"] > 1 else ""
        said.append(f"{times}{feed['last_error']}")
    if feed["repeats"]:
        said.append(f"repeats {feed['repeats']}")
    return "; ".join(said)


def print_reasons(feeds: Sequence[Mapping[str, Any]]) -> int:
    """Print, for each feed that is polled, why it is due when it is, and when it counts as silent. Count the lines."""
    lines = 0
    for feed in feeds:
        if feed["state"] in ("gone", "off"):
            continue
        said = [feed["due_reason"]] if feed["due_reason"] else []
        if feed["silence_s"]:
            said.append(f"It is silent after {length(feed['silence_s'])} without a new entry.")
        if said:
            at = next_poll(feed)
            click.echo(f"{short(feed['name'])}: {'due' if at == 'due' else f'next poll {at}'}. {short(' '.join(said))}")
            lines += 1
    return lines


def print_gaps(gaps: Sequence[Mapping[str, Any]], number: int) -> None:
    """Print a line for each of the first open gaps, and how many of the `number` there are more."""
    for gap in gaps[:MAX_GAPS]:
        found = f", {gap['found']} of them found" if gap["found"] else ""
        times = f"from {_minute(gap['from_at'])} to {_minute(gap['to_at'])} UTC"
        click.echo(f"gap: {short(gap['feed'])}: {times}, perhaps {count(gap['entries'], 'entry', 'entries')}{found}")
    if number > MAX_GAPS:
        click.echo(f"and {count(number - MAX_GAPS, 'more gap')}: `ingest status --coverage` has them by feed")


def _since(instant: str | None) -> str:
    return distance(instant).removesuffix(" ago")


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ")
