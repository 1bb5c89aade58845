"""What `ingest status --coverage` prints: how much of what feeds announced is in the archive."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from ingest.cli.output.text import length, short, table, terminal_columns
from ingest.report.coverage import percent
from ingest.text.markup import count

WIDE_COLUMNS = 150  # from here on a terminal has room for each outcome
MAX_NAMED = 5
_RIGHT = ("share", "delay", "95 %")
Row = Mapping[str, Any]


def print_coverage(coverage: Mapping[str, Any], weeks: int) -> None:
    """Print a line for each feed and one for all; of feeds that were named, a table each with a line for each week."""
    if coverage["total"]:
        rows = [("" if row["feed_id"] is None else row["feed"], row) for row in coverage["feeds"]]
        _table("feed", [*rows, (f"all {coverage['total']['feeds']}", coverage["total"])])
    else:
        for feed in coverage["feeds"]:
            of_feed = [(row["week"], row) for row in coverage["weeks"] if row["feed_id"] == feed["feed_id"]]
            _table(feed["feed"], [*of_feed, ("in all", feed)])
            click.echo()
    if quiet := coverage["quiet"]:
        named = ", ".join(short(name, 60) for name in quiet[:MAX_NAMED])
        more = f" and {len(quiet) - MAX_NAMED} more" if len(quiet) > MAX_NAMED else ""
        click.echo(f"nothing new in {count(weeks, 'week')}: {named}{more}")
    elif not coverage["feeds"]:
        click.echo(f"nothing new in {count(weeks, 'week')}, and no feed is polled")


def _table(heading: str, rows: Sequence[tuple[str, Row]]) -> None:
    columns = terminal_columns()
    if columns is None or columns >= WIDE_COLUMNS:
        header = "entries archived known copies walled no_text failed refused filtered pending gaps missed".split()
        cells = [[_shown(row, name) for name in header] for _, row in rows]
    else:
        header = ["entries", "lacking", "gaps", "missed"]
        cells = [[_shown(row, name) for name in header] for _, row in rows]
    header = [heading, *(name.replace("_", " ") for name in header), *_RIGHT]
    lines = zip(rows, cells, strict=True)
    table([[name, *numbers, *_measures(row)] for (name, row), numbers in lines], header, right=_RIGHT)


def _shown(row: Row, name: str) -> int | str:
    """Return a number of the row; "" for none, so that holes stand out."""
    if name == "archived":
        return row["archived"] + row["revised"] or ""
    return row[name] or ""


def _measures(row: Row) -> list[str]:
    delays = (row["delay_median_minutes"], row["delay_p95_minutes"])
    return [percent(row["share"]), *("" if minutes is None else length(60 * minutes) for minutes in delays)]
