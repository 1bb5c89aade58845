"""The jobs of the calendar: backups, reports and exports. Each runs in a thread, and gives up when it is stopped.

A run that is killed runs again. So a backup or report is complete under its name, or not there; and the file of an
export of changes is named by where it begins: the next run writes the same file, with what has changed since besides.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from ingest.configuration.jobs import BackupSettings, ExportSettings, ReportSettings
from ingest.configuration.settings import Settings
from ingest.deliveries.folders import INSTANT, prune, remove_parts, stamp
from ingest.deliveries.job_command import CommandStopped, run_command
from ingest.errors import IngestError
from ingest.report.page import written_report
from ingest.text.markup import count
from storage.backup import BackupStopped, back_up, remove_parts_of_copies
from storage.compression import PageTable
from storage.errors import ArchiveError
from storage.exports import FORMATS, write_export
from storage.exports.formats import FolderFormat
from storage.files import Protected, writing
from storage.reader import Reader, StoredPage
from storage.rows import Row

NOTHING_NEW = "nothing has changed"
ID_LENGTH = 8  # of an archive, in the names of its copies


@dataclass(frozen=True, slots=True)
class Run:
    """What a run gets. `change_seq` is the cursor of an export of changes; `stop` is set when the daemon ends."""

    archive: Path
    protected: Protected
    at: datetime
    change_seq: int
    stop: threading.Event


@dataclass(frozen=True, slots=True)
class Done:
    """What a run came to: in words or as the name of its file, and the new cursor of an export of changes."""

    result: str
    change_seq: int | None = None


class Stopped(Exception):
    """A run gave up because the daemon ends. It is still due."""


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    schedule: str
    time_zone: str
    run: Callable[[Run], Done]


def jobs_of(settings: Settings) -> list[Job]:
    """Return the jobs of the settings that have a schedule."""
    wanted: list[tuple[str, BackupSettings | ReportSettings | ExportSettings, Callable[[Run], Done]]] = [
        ("backup", settings.backups, partial(_back_up, settings.backups)),
        ("report", settings.reports, partial(_report, settings.reports)),
        *((f"export {each.name}", each, partial(_export, each)) for each in settings.exports),
    ]
    return [Job(name, part.schedule, part.time_zone, run) for name, part, run in wanted if part.schedule]


def _back_up(settings: BackupSettings, run: Run) -> Done:
    settings.folder.mkdir(parents=True, exist_ok=True)
    with Reader(run.archive) as archive:  # the id: others may have archives of this name and the same folder
        stem, suffix = f"{run.archive.stem}-{archive.archive_id()[:ID_LENGTH]}", run.archive.suffix or ".db"
    pattern = re.compile(rf"{re.escape(stem)}-{INSTANT}{re.escape(suffix)}")
    remove_parts_of_copies(settings.folder, lambda name: pattern.fullmatch(name) is not None)
    target = settings.folder / f"{stem}-{stamp(run.at)}{suffix}"
    try:
        back_up(run.archive, target, protected=run.protected, is_stopped=run.stop.is_set)
    except BackupStopped:
        raise Stopped from None
    prune(target, pattern, settings.keep, run.protected)
    return Done(str(target))


def _report(settings: ReportSettings, run: Run) -> Done:
    settings.folder.mkdir(parents=True, exist_ok=True)
    remove_parts(settings.folder, run.at)
    target = settings.folder / f"report-{stamp(run.at)}.{settings.format}"
    since, stopped = run.at - timedelta(days=settings.days), run.stop.is_set
    try:
        data = written_report(run.archive, since, run.at, settings.format, is_stopped=stopped)
    except (ArchiveError, IngestError):
        if stopped():
            raise Stopped from None
        raise
    with writing(target, run.protected) as file:
        file.write(data)
    prune(target, re.compile(rf"report-{INSTANT}\.{settings.format}"), settings.keep, run.protected)
    if settings.command:
        try:
            run_command([*settings.command, str(target.absolute())], settings.timeout_s, stopped)
        except CommandStopped:
            raise Stopped from None
    return Done(str(target))


class _StoppableReader(Reader):
    """Reads the articles of an export until the daemon ends."""

    stop: threading.Event

    def rows_of(self, ids: Sequence[int], *, newest_first: bool = False) -> Iterator[Row]:
        for row in super().rows_of(ids, newest_first=newest_first):
            if self.stop.is_set():
                raise Stopped
            yield row

    def page_kept(self, table: PageTable, owner_id: int, part: int) -> StoredPage | None:
        if self.stop.is_set():
            raise Stopped
        return super().page_kept(table, owner_id, part)


def _export(settings: ExportSettings, run: Run) -> Done:
    settings.folder.mkdir(parents=True, exist_ok=True)
    remove_parts(settings.folder, run.at)
    kind = FORMATS[settings.format]
    selection, after = settings.selection.selection(), run.change_seq if settings.changes else None
    with _StoppableReader(run.archive) as archive:
        archive.stop = run.stop
        gone: list[int] = []
        if after is not None:
            found = archive.to_export(selection, changes_after=after)
            gone = found.gone if after else []
            if not found.ids and not gone:
                return Done(NOTHING_NEW, found.last_seq)
        if isinstance(kind, FolderFormat):
            done = write_export(
                archive, settings.format, settings.folder, run.protected, selection=selection, changes_after=after
            )
            return Done(str(settings.folder), done.next_seq)
        instant = rf"{re.escape(settings.name)}-{INSTANT}"
        changes = rf"{re.escape(settings.name)}-after-\d{{10,}}"
        form = instant if after is None else changes
        name = f"{settings.name}-{stamp(run.at)}" if after is None else f"{settings.name}-after-{after:010d}"
        target = settings.folder / f"{name}{kind.suffix}"
        done = write_export(archive, settings.format, target, run.protected, selection=selection, changes_after=after)
        gone_path = settings.folder / f"{name}.gone.json"
        if done.gone and after:
            with writing(gone_path, run.protected) as file:
                file.write(json.dumps(done.gone).encode() + b"\n")
        elif after:
            gone_path.unlink(missing_ok=True)  # of a run that was killed, before a merge was undone
    for path in (target, gone_path):
        prune(path, re.compile(form + re.escape(path.name.removeprefix(name))), settings.keep, run.protected)
    left_out = f", without {count(len(done.damaged), 'damaged page')}" if done.damaged else ""
    return Done(f"{target}{left_out}", done.next_seq if settings.changes else None)
