"""The dated files that the calendar's jobs write into folders, and which of them stay."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.files import OutputRefused, Protected

INSTANT = r"\d{8}T\d{6}Z"
LOCK = "-lock"  # beside a copy that `ingest` has written to: it is somebody's archive now
PART = re.compile(r"\.ingest-[0-9a-f]{16}\.part")  # as storage.files names what is being written
MAX_PART_AGE = timedelta(hours=1)  # since its last byte; a slow export writes more often
LEFT_BY_READERS = ("-wal", "-shm")


def stamp(at: datetime) -> str:
    """Return the instant as it stands in the names of files."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def remove_parts(folder: Path, now: datetime) -> None:
    """Remove what killed processes left of files. Raises OSError."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another job has just ended it
            if PART.fullmatch(path.name) and now.timestamp() - path.lstat().st_mtime > MAX_PART_AGE.total_seconds():
                path.unlink()


def prune(latest: Path, pattern: "re.Pattern[str]", keep: int, protected: Protected) -> None:
    """Remove the regular files beside `latest` whose names match, but for the last `keep` by name. 0 keeps all.

    `latest` is kept, also if a clock was ahead when others were written. The archive, its companions, the configuration
    and archives that somebody writes to are left alone. Raises OSError.
    """
    if not keep:
        return
    found = sorted(
        path
        for path in latest.parent.iterdir()
        if pattern.fullmatch(path.name) and path.is_file() and not path.is_symlink() and _is_ours(path, protected)
    )
    others = [path for path in found if path.name != latest.name]
    for path in others[: max(len(others) - (keep - 1), 0)]:
        path.unlink(missing_ok=True)
        for end in LEFT_BY_READERS:
            Path(f"{path}{end}").unlink(missing_ok=True)


def _is_ours(path: Path, protected: Protected) -> bool:
    with suppress(OutputRefused):
        protected.check(path)
        return not Path(f"{path}{LOCK}").exists()
    return False
