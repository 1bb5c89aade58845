"""The alert of an archive that cannot be written. It cannot be a row, so hooks get it past the archive.

notify    before the process ends, the hooks for alerts get the event, all within NOTIFY_TIMEOUT_S
note      a small file beside the archive, or else in the folder for temporary files, has the event and the hooks that
          have taken it: the daemon may be started again every 30 seconds, and each hook gets it once
record    when the archive can be written again, the alert becomes a row, before any other. Its event has the id that
          was sent: hooks that have taken it get it once more, by the ordinary way
end       when `ingest now` has come to its end, or the daemon has run for STABLE: a disk that is full again at once is
          the same trouble
"""

import asyncio
import json
import os
import stat
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from ingest.configuration.config import Config
from ingest.configuration.hooks import HookSettings
from ingest.deliveries.events import alert_event
from ingest.deliveries.transport import Event, open_transport
from ingest.pipeline import utc_now
from storage.alerts import AlertKind
from storage.archive import Archive
from storage.errors import ArchiveError, ArchiveMissing, ArchiveUnwritable
from storage.reader import Reader
from storage.records import to_instant, to_text

KIND: AlertKind = "archive_unwritable"
NOTIFY_TIMEOUT_S = 10.0
STABLE = timedelta(minutes=5)
MAX_NOTE_BYTES = 65536

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Note:
    """`event` is what was sent, None if there was no room to note it; `notified` are the hooks that have taken it, None
    for all of them. `began_at` is the event's.
    """

    began_at: datetime
    event: Event | None
    notified: tuple[str, ...] | None


async def notifying_unwritable(work: Awaitable[T], config: Config, archive: Path) -> T:
    """Return the result of `work`. If the archive cannot be written, notify the hooks and raise the error."""
    try:
        return await work
    except ArchiveUnwritable as error:
        await notify_unwritable(config, archive, error)
        raise


async def notify_unwritable(
    config: Config, archive: Path, error: ArchiveUnwritable, clock: Callable[[], datetime] = utc_now
) -> None:
    """Send each hook for alerts the event once. Do nothing if there is no archive yet. Raise no ArchiveError."""
    note = await asyncio.to_thread(read_note, archive)
    if note and note.notified is None:
        return
    event = note.event if note else await asyncio.to_thread(_event, archive, str(error), clock())
    if event is None:
        return
    notified = (note.notified or ()) if note else ()
    hooks = [hook for hook in config.settings.hooks if "alert" in hook.kinds and hook.name not in notified]
    taken = await asyncio.gather(*(_notify(hook, config, event, clock) for hook in hooks))
    names = tuple(sorted({*notified, *filter(None, taken)}))
    if note is None or names != notified:
        began_at = to_instant(event["timestamp"]) or clock()
        await asyncio.to_thread(write_note, archive, Note(began_at, event, names), anywhere=bool(names))


async def _notify(hook: HookSettings, config: Config, event: Event, clock: Callable[[], datetime]) -> str | None:
    """Return the hook's name if it has taken the event."""
    with suppress(TimeoutError):
        async with asyncio.timeout(NOTIFY_TIMEOUT_S), open_transport(hook, config, None, clock) as transport:
            if (await transport.send([event])).taken:
                return hook.name
    return None


def _event(archive: Path, reason: str, now: datetime) -> Event | None:
    """Return the event that the archive will give the alert when it can be written. Return None without an archive.

    Nothing can be written meanwhile: the next number, and the instant of what was written last, stay what they are.
    """
    archive_id, seq, began_at = "", 0, now
    try:
        with closing(Reader(archive)) as reader:
            archive_id, seq = reader.archive_id(), reader.last_alert_seq() + 1
            began_at = reader.written_at() or now
    except ArchiveMissing:
        return None
    except ArchiveError:
        pass  # it cannot be read either; the event says the same
    at = to_text(began_at)
    alert = {"kind": KIND, "subject": str(archive), "reason": reason, "began_at": at, "ended_at": None}
    return alert_event(archive_id or _digest(archive), {"seq": seq, "at": at, "kind": "began", "alert": alert})


# the row


def record_noted(archive: Archive) -> None:
    """Begin the noted alert, inside a transaction, unless it is recorded already."""
    note = read_note(archive.path)
    if note is None:
        return
    if not archive.has_alert(KIND, note.began_at):
        data = note.event["data"] if note.event else {}
        reason = data.get("reason", "the archive could not be written")
        archive.begin_alert(KIND, data.get("subject", str(archive.path)), reason, note.began_at)


# the note


def read_note(archive: Path) -> Note | None:
    """Return the note of a trouble that has not ended, None without one."""
    for path in _places(archive):
        with suppress(OSError):
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                found = os.fstat(fd)
                text = os.read(fd, MAX_NOTE_BYTES)
            finally:
                os.close(fd)
            if stat.S_ISREG(found.st_mode) and found.st_uid in (os.geteuid(), 0):
                return _parsed(text, datetime.fromtimestamp(int(found.st_mtime), UTC))
    return None


def _parsed(text: bytes, changed_at: datetime) -> Note:
    """Return the note. A file that is empty or cut short, for want of room, says that all hooks have taken it."""
    try:
        read = json.loads(text)
        return Note(changed_at, read["event"], None if read["notified"] is None else tuple(read["notified"]))
    except (ValueError, KeyError, TypeError):
        return Note(changed_at, None, None)


def write_note(archive: Path, note: Note, *, anywhere: bool) -> None:
    """Write the note beside the archive, or else, if `anywhere`, to the folder for temporary files. Do the best."""
    text = json.dumps({"event": note.event, "notified": note.notified}).encode()
    for path in list(_places(archive))[: 2 if anywhere else 1]:
        with suppress(OSError):
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
            with suppress(OSError):  # an empty file with its instant says enough
                os.pwrite(fd, text, 0)
                os.ftruncate(fd, len(text))
            os.utime(fd, (note.began_at.timestamp(),) * 2)
            os.close(fd)
            return


def remove_note(archive: Path) -> None:
    for path in _places(archive):
        with suppress(OSError):
            path.unlink()


def _places(archive: Path) -> Iterator[Path]:
    yield Path(f"{os.path.realpath(archive)}-unwritable")
    yield Path(tempfile.gettempdir()) / f"ingest-unwritable-{os.geteuid()}-{_digest(archive)}"


def _digest(archive: Path) -> str:
    return blake2b(os.path.realpath(archive).encode(errors="surrogateescape"), digest_size=8).hexdigest()
