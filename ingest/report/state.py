"""The state of an archive, as `ingest status --json` prints it and the calendar's reports have it."""

from pathlib import Path
from typing import Any

from storage.lock import holder_of
from storage.reader import Reader


def state_of(archive: Path) -> dict[str, Any]:
    """Return the state of the archive. Raises ArchiveError."""
    with Reader(archive) as reader, reader.one_instant():
        state = {
            "archive": str(archive),
            "totals": reader.totals(),
            "rechecks_due": reader.rechecks_due(),
            "feeds": reader.feed_health(),
            "waiting": reader.pending_reasons(),
            "alerts": reader.alert_rows(),
            "hooks": reader.hook_health(),
            "jobs": reader.job_rows(),
        }
    return state | {"writer": holder_of(archive)}
