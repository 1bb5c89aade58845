"""Feeds as `ingest status` prints them, with a sparkline each: the new entries of its last days."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.cli.output.text import distance, table, terminal_columns

NO_DATA = " "  # a day before the feed was added
BLOCKS = "·▁▂▃▄▅▆▇█"  # none, then up to the feed's best day
ASCII = "._-:=+*%#"
NARROW_DAYS = 14
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
    if not feed["last_error"]:
        return ""
    return f"{feed['failures']} × {feed['last_error']}" if feed["failures"] > 1 else str(feed["last_error"])
