"""What the archive of `month_of_feeds.py` has, by source, and its score. Instants are seconds since the start."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from proofs.month_documents import START
from proofs.month_entries import DAY_S
from proofs.month_sources import Source

from storage.reader import Reader
from storage.records import to_instant

Row = dict[str, Any]
Rows = dict[int, list[Row]]


@dataclass
class Score:
    lines: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    unknowable: int = 0  # gaps of documents that shared nothing because as many entries had come as the window holds

    def add(self, name: str, value: str) -> None:
        self.lines.append((name, value))

    def check(self, name: str, found: int, of: int, faults: Iterable[str] = ()) -> None:
        self.add(name, f"{found} of {of}")
        self.faults += faults

    def table(self) -> str:
        lines = [f"{name:<44}{value}" for name, value in self.lines]
        lines += [f"false alarm: {each}" for each in self.false_alarms] + [f"FAULT: {each}" for each in self.faults]
        return "\n".join(lines)


@dataclass(frozen=True)
class Known:
    """The archive's rows by the source's number."""

    feeds: dict[int, Row]
    gaps: Rows
    alerts: Rows
    entries: Rows
    polls: int

    def alerts_of(self, source: Source, kind: str) -> list[Row]:
        return [row for row in self.alerts[source.number] if row["kind"] == kind]


def read(reader: Reader, sources: Sequence[Source]) -> Known:
    urls = {source.url: source.number for source in sources}
    feeds = {urls[row["url"]]: row for row in reader.rows("SELECT f.*, state FROM feeds f JOIN feed_health USING (id)")}
    numbers = {row["id"]: number for number, row in feeds.items()}
    gaps: Rows = defaultdict(list)
    for row in reader.rows("SELECT * FROM gaps ORDER BY id"):
        gaps[numbers[row["feed_id"]]].append(_with_seconds(row))
    alerts: Rows = defaultdict(list)
    for row in reader.rows("SELECT * FROM alerts ORDER BY id"):
        if row["subject"] in urls:
            alerts[urls[row["subject"]]].append(_with_seconds(row))
    entries: Rows = defaultdict(list)
    for row in reader.rows("SELECT feed_id, url, first_seen_at FROM entries"):
        entries[numbers[row["feed_id"]]].append(_with_seconds(row))
    polls = reader.row("SELECT count(*) AS count FROM polls")
    assert polls
    return Known(feeds, gaps, alerts, entries, polls["count"])


def _with_seconds(row: Row) -> Row:
    return {name: _seconds(value) if name.endswith("_at") else value for name, value in row.items()}


def _seconds(text: str | None) -> float | None:
    at = to_instant(text)
    return (at - START).total_seconds() if at else None


def day(at_s: float) -> str:
    return f"day {at_s / DAY_S:.2f}"


def named(source: Source) -> str:
    return f"source {source.number} ({source.role}, {source.habit.per_day:.2g} a day, window {source.window})"
