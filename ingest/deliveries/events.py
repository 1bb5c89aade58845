"""Rows of the archive as events, as receivers get them.

An event has the same id however often and through whichever hook it is sent. The instant in the id tells the events of
an archive that was restored from a backup, which gives its numbers again, from those of the one that was lost.
"""

from collections.abc import Iterator
from datetime import datetime

from ingest.deliveries.transport import Event
from storage.deliveries import Source
from storage.reader import Reader
from storage.records import to_instant
from storage.rows import Row

ALERT_FIELDS = ("kind", "subject", "reason", "began_at", "ended_at")


def events_of(archive: Reader, source: Source, seqs: tuple[int, ...]) -> Iterator[Event]:
    """Yield the events of these rows, as they are now."""
    archive_id = archive.archive_id()
    if source == "changes":
        yield from (change_event(archive_id, change) for change in archive.changes_numbered(seqs))
    elif seqs:
        rows = archive.alert_events(seqs[0] - 1, seqs[-1] - seqs[0] + 1)
        yield from (alert_event(archive_id, row) for row in rows if row["seq"] in seqs)


def change_event(archive_id: str, change: Row) -> Event:
    """Return the event of a change as `ingest changes` prints it."""
    event_id = f"{archive_id}-{change['seq']}-{_unix(change['at'])}"
    return {"id": event_id, "type": change["kind"], "timestamp": change["at"], "data": change}


def alert_event(archive_id: str, row: Row) -> Event:
    """Return the event of an alert's beginning or end: a row of `alert_events`, with its alert as `alert`."""
    event_id = f"{archive_id}-alert-{row['seq']}-{_unix(row['at'])}"
    data = {name: row["alert"][name] for name in ALERT_FIELDS}
    return {"id": event_id, "type": f"alert.{row['kind']}", "timestamp": row["at"], "data": data}


def _unix(at: str) -> int:
    instant = to_instant(at)
    assert isinstance(instant, datetime)
    return int(instant.timestamp())
