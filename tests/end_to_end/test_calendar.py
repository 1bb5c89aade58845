"""The calendar's jobs: backups, reports and exports at their times, once, through downtime and kills."""

import asyncio
import json
import logging
import os
import signal
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from types import SimpleNamespace

import pytest

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.deliveries.calendar import Calendar
from ingest.deliveries.jobs import Job, Stopped, jobs_of
from ingest.pipeline import open_pipeline
from storage.archive import Archive
from storage.files import Protected
from storage.reader import Reader
from storage.records import to_instant, to_text
from tests import builders as make
from tests.archive_run import QUICK, START
from tests.command_run import LOOPBACK, until

NIGHTLY = "30 3 * * *"


def add(archive, *numbers):
    for n in numbers:
        archive.add_article(make.article(f"https://news.example/{n}", f"Text {n}."), [], make.NOW)


def with_articles(path, *numbers):
    with Archive(path, "now") as archive, archive.transaction():
        add(archive, *numbers)


class Days:
    """A daemon's calendar on an archive, with a clock that only the test moves."""

    def __init__(self, folder, **sections):
        self.archive = folder / "news.db"
        self.at = START
        self.settings = Settings(**QUICK, **sections)

    @asynccontextmanager
    async def daemon(self):
        async with open_pipeline(Config(self.settings), self.archive, "daemon", clock=lambda: self.at) as context:
            calendar = Calendar(jobs_of(self.settings), context, self.archive, Protected(self.archive))
            await calendar.open()
            self.context = context
            yield calendar
            await calendar.close()

    async def run_due(self, calendar):
        """Run what is due, and return the names."""
        names = [name for name, at in (await calendar.due()).items() if at <= self.at]
        for name in names:
            await calendar.start(name)
        while set(names) - set(await calendar.due()):  # noqa: ASYNC110 (the rows say when)
            await asyncio.sleep(0.005)
        return names

    def at_times(self, *instants, then=lambda _: None):
        """Run what is due at each of the instants, with a daemon that runs through. Return the names, by instant."""

        async def days():
            ran = []
            async with self.daemon() as calendar:
                for n, instant in enumerate(instants):
                    self.at = to_instant(instant)
                    ran.append(await self.run_due(calendar))
                    await self.context.writer(lambda archive, n=n: then(archive) if n < len(instants) - 1 else None)
            return ran

        return asyncio.run(days())

    def jobs(self):
        with Archive(self.archive, "now") as archive:
            return {row["name"]: row for row in archive.job_rows()}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def stem(path):
    """Return what the names of the archive's copies begin with."""
    with Reader(path) as archive:
        return f"{path.stem}-{archive.archive_id()[:8]}"


def count(path):
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return db.execute("SELECT count(*) FROM articles").fetchone()[0]


def test_a_backup_is_made_at_its_times_and_the_newest_stay(tmp_path):
    backups = tmp_path / "backups"
    backups.mkdir()
    theirs = [
        "news-20200101T000000Z.db.old",
        "news.db",
        "news-20200101T000000Z.db",
        "news-0123abcd-20200101T000000Z.db",
    ]
    for name in theirs:
        (backups / name).write_text("mine")
    with_articles(tmp_path / "news.db", 1, 2)
    news = stem(tmp_path / "news.db")
    (backups / f"{news}-20210101T000000Z.db.part").write_text("left by a killed process")
    with_articles(backups / f"{news}-20200101T000000Z.db", 1)  # somebody writes to it: it has a lock
    days = Days(tmp_path, backups={"schedule": NIGHTLY, "time_zone": "Europe/Paris", "folder": backups, "keep": 2})
    instants = ["2026-03-01T12:00:00Z", "2026-03-02T02:29:59Z"]
    instants += [f"2026-03-0{day}T02:30:00Z" for day in (2, 3, 4)]
    assert days.at_times(*instants) == [[], [], ["backup"], ["backup"], ["backup"]]
    made = [f"{news}-20260303T023000Z.db", f"{news}-20260304T023000Z.db"]
    kept = [f"{news}-20200101T000000Z.db", f"{news}-20200101T000000Z.db-lock"]
    assert names(backups) == sorted([*theirs, *made, *kept])
    assert count(backups / made[1]) == 2
    job = days.jobs()["backup"]
    assert (job["due_at"], job["ended_at"]) == ("2026-03-05T02:30:00Z", "2026-03-04T02:30:00Z")
    assert (job["result"], job["error"]) == (str(backups / made[1]), None)


def test_archives_of_one_name_have_copies_in_one_folder(tmp_path):
    backups = tmp_path / "backups"
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with_articles(tmp_path / name / "news.db", 1)
        with closing(sqlite3.connect(tmp_path / name / "news.db")) as db, db:
            db.execute("UPDATE identity SET archive_id = ?", [name * 16])
        days = Days(tmp_path / name, backups={"schedule": NIGHTLY, "folder": backups, "keep": 2})
        days.at_times(*(f"2026-03-0{day}T03:30:00Z" for day in (2, 3, 4)))
        assert days.jobs()["backup"]["error"] is None
    made = [f"news-{name * 8}-2026030{day}T033000Z.db" for name in ("a", "b") for day in (3, 4)]
    assert names(backups) == made


def test_a_copy_without_room_is_not_begun(tmp_path, monkeypatch):
    with_articles(tmp_path / "news.db", 1)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100_000))
    days = Days(tmp_path, backups={"schedule": NIGHTLY, "folder": tmp_path / "backups"})
    days.at_times("2026-03-02T03:30:00Z")
    assert "its disk has 0.1 MB free and the copy needs 0." in days.jobs()["backup"]["error"]
    assert names(tmp_path / "backups") == []


def test_after_days_without_a_daemon_it_is_made_up_for_once(tmp_path):
    with_articles(tmp_path / "news.db", 1)
    days = Days(tmp_path, backups={"schedule": "*/5 * * * *", "folder": tmp_path / "backups"})
    assert days.at_times("2026-03-01T12:05:00Z") == [["backup"]]
    assert days.at_times("2026-03-08T11:11:11Z", "2026-03-08T11:11:12Z", "2026-03-08T11:15:00Z") == [
        ["backup"],
        [],
        ["backup"],
    ]


def test_a_clock_that_is_set_back_repeats_no_backup_and_delays_none_by_years(tmp_path):
    with_articles(tmp_path / "news.db", 1)
    days = Days(tmp_path, backups={"schedule": NIGHTLY, "folder": tmp_path / "backups"})
    instants = ["2036-03-02T03:30:00Z", "2036-03-02T03:29:58Z", "2036-03-02T03:30:00Z", "2026-03-01T12:00:00Z"]
    assert days.at_times(*instants, "2026-03-02T03:30:00Z") == [["backup"], [], [], [], ["backup"]]


def test_a_job_that_is_new_waits_for_its_time_and_one_that_has_left_is_not_made_up_for(tmp_path):
    with_articles(tmp_path / "news.db", 1)
    days = Days(tmp_path, reports={"schedule": NIGHTLY, "folder": tmp_path / "reports"})
    settings, days.settings = days.settings, Settings(**QUICK)
    days.at_times("2026-03-01T12:00:00Z")
    days.settings = settings
    days.at_times("2026-03-02T03:00:00Z")
    days.settings = Settings(**QUICK)
    days.at_times("2026-03-02T03:10:00Z")
    assert days.jobs() == {}
    days.settings = settings
    days.at += timedelta(days=2, hours=8)
    assert days.at_times("2026-03-04T12:00:00Z") == [[]]
    assert days.jobs()["report"]["due_at"] == "2026-03-05T03:30:00Z"


def test_a_report_is_of_the_last_days_and_a_command_gets_its_path(tmp_path):
    with_articles(tmp_path / "news.db", 1)
    command = ["sh", "-c", f'cp "$1" {tmp_path}/mailed', "sh"]
    reports = {"schedule": NIGHTLY, "folder": tmp_path / "reports", "keep": 1, "format": "json", "command": command}
    days = Days(tmp_path, reports=reports)
    days.at_times("2026-03-02T03:30:00Z", "2026-03-03T03:30:00Z")
    (path,) = (tmp_path / "reports").iterdir()
    said = json.loads(path.read_text())
    assert (path.name, said["since"], said["until"]) == (
        "report-20260303T033000Z.json",
        "2026-02-24T03:30:00Z",
        "2026-03-03T03:30:00Z",
    )
    assert said["at_a_glance"]["articles"] == {"period": 1, "before": 0}
    assert (tmp_path / "mailed").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (["sh", "-c", "echo no such mailbox; exit 3"], "sh: exit code 3: no such mailbox"),
        (["sh", "-c", "sleep 60"], "sh: not done within 0.2 s (timeout_s), and ended"),
        (["/no/such/program"], "/no/such/program: cannot be started: No such file"),
    ],
)
def test_a_command_that_fails_is_the_jobs_error_and_the_report_stays(tmp_path, command, error):
    with_articles(tmp_path / "news.db", 1)
    reports = {"schedule": NIGHTLY, "folder": tmp_path / "reports", "format": "json", "command": command}
    days = Days(tmp_path, reports=reports | {"timeout_s": 0.2})
    days.at_times("2026-03-02T03:30:00Z")
    assert names(tmp_path / "reports") == ["report-20260302T033000Z.json"]
    assert days.jobs()["report"]["error"].startswith(error)


@pytest.mark.parametrize("at", ["figures", "command"])
def test_a_report_gives_up_at_once_when_the_daemon_ends_and_is_still_due(tmp_path, monkeypatch, at):
    with_articles(tmp_path / "news.db", 1)
    monkeypatch.setattr("ingest.report.figures.STEPS", 1)
    begun = tmp_path / "begun"
    command = ["sh", "-c", f"touch {begun}; sleep 60"]
    reports = {"schedule": NIGHTLY, "folder": tmp_path / "reports", "format": "json", "command": command}
    days = Days(tmp_path, reports=reports)
    days.at_times("2026-03-01T12:00:00Z")
    days.at += timedelta(days=1)

    async def ended():
        async with days.daemon() as calendar:
            if at == "figures":
                calendar.stop_soon()
            await calendar.start("report")
            while at == "command" and not begun.exists():  # noqa: ASYNC110 (a file tells of it)
                await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(ended(), 10))
    assert (days.jobs()["report"]["due_at"], days.jobs()["report"]["error"]) == ("2026-03-02T03:30:00Z", None)
    assert len(names(tmp_path / "reports")) == (at == "command")


def test_exports_of_changes_add_up_to_everything_and_nothing_is_written_without_one(tmp_path):
    with_articles(tmp_path / "news.db", 1, 2)
    exports = tmp_path / "exports"
    days = Days(
        tmp_path,
        exports=(
            {"name": "new", "schedule": NIGHTLY, "folder": exports, "changes": True},
            {"name": "all", "schedule": NIGHTLY, "folder": exports, "keep": 1},
        ),
    )
    exports.mkdir()
    (exports / f".ingest-{'0' * 16}.part").write_text("left by a killed process")
    os.utime(exports / f".ingest-{'0' * 16}.part", (0, START.timestamp()))
    more = iter([(3, 4), (5,), (), ()])
    nights = [f"2026-03-0{day}T03:30:00Z" for day in (2, 3, 4, 5)]
    days.at_times(*nights, then=lambda archive: add(archive, *next(more)))
    assert names(exports) == [
        "all-20260305T033000Z.jsonl",
        "new-after-0000000000.jsonl",
        "new-after-0000000002.jsonl",
        "new-after-0000000004.jsonl",
    ]
    (whole,) = exports.glob("all-*")
    assert "".join(path.read_text() for path in sorted(exports.glob("new-*"))) == whole.read_text()
    assert len(whole.read_text().splitlines()) == 5
    assert days.jobs()["export new"]["result"] == "nothing has changed"


def test_an_export_of_files_keeps_its_folder_up_to_date(tmp_path):
    with_articles(tmp_path / "news.db", 1, 2)
    exports = tmp_path / "exports"
    days = Days(
        tmp_path,
        exports=(
            {"name": "m", "schedule": NIGHTLY, "format": "markdown", "folder": exports, "changes": True},
            {"name": "p", "schedule": NIGHTLY, "format": "parquet", "folder": tmp_path / "tables", "keep": 1},
        ),
    )
    more = iter([(3,), ()])
    nights = [f"2026-03-0{day}T03:30:00Z" for day in (2, 3, 4)]
    days.at_times(*nights, then=lambda archive: add(archive, *next(more)))
    assert len(list(exports.rglob("*.md"))) == 3
    assert names(tmp_path / "tables") == ["p-20260304T033000Z.parquet"]
    assert days.jobs()["export m"]["result"] == "nothing has changed"


def test_a_run_that_was_cut_short_runs_again_and_writes_the_same_file(tmp_path):
    with_articles(tmp_path / "news.db", 1, 2)
    exports = tmp_path / "exports"
    days = Days(tmp_path, exports=({"name": "new", "schedule": NIGHTLY, "folder": exports, "changes": True},))
    days.at_times("2026-03-02T03:30:00Z")
    with closing(sqlite3.connect(days.archive)) as db, db:  # as if it had been killed before its end
        db.execute(
            "UPDATE jobs SET ended_at = NULL, change_seq = NULL, due_at = ?", [days.jobs()["export new"]["began_at"]]
        )
    before = (exports / "new-after-0000000000.jsonl").read_bytes()
    assert days.at_times("2026-03-02T03:31:00Z") == [["export new"]]
    assert names(exports) == ["new-after-0000000000.jsonl"]
    assert (exports / "new-after-0000000000.jsonl").read_bytes() == before


def test_a_backup_gives_up_at_once_when_the_daemon_ends_and_is_still_due(tmp_path, monkeypatch):
    with_articles(tmp_path / "news.db", 1)
    monkeypatch.setattr("storage.backup.PAGES_A_STEP", 1)
    days = Days(tmp_path, backups={"schedule": NIGHTLY, "folder": tmp_path / "backups"})
    days.at_times("2026-03-01T12:00:00Z")
    days.at += timedelta(days=1)

    async def ended():
        async with days.daemon() as calendar:
            calendar.stop_soon()
            await calendar.start("backup")

    asyncio.run(ended())
    assert days.jobs()["backup"]["due_at"] == "2026-03-02T03:30:00Z"
    assert not (tmp_path / "backups").exists() or names(tmp_path / "backups") == []


def test_a_job_that_fails_is_reported_and_runs_again_at_its_next_time(folder, caplog):
    with_articles(folder.archive, 1)
    backups = folder.path / "backups"
    backups.write_text("a file")
    days = Days(folder.path, backups={"schedule": NIGHTLY, "folder": backups})
    days.at_times("2026-03-02T03:30:00Z")
    error = f"{backups}: cannot be written: File exists"
    assert (days.jobs()["backup"]["error"], days.jobs()["backup"]["due_at"]) == (error, "2026-03-03T03:30:00Z")
    assert [(record.levelno, record.getMessage()) for record in caplog.records if record.name.startswith("ingest")] == [
        (logging.ERROR, f"backup failed: {error}")
    ]
    lines = folder.ingest("status").out.splitlines()
    assert [line.split() for line in lines[:1]] == [["job", "next", "run", "last", "run", "result"]]
    assert f"failed: {error}" in lines[1]
    backups.unlink()
    days.at_times("2026-03-03T03:30:00Z")
    assert days.jobs()["backup"]["error"] is None


def test_a_job_whose_time_comes_while_it_runs_is_not_started_twice(tmp_path):
    with_articles(tmp_path / "news.db", 1)
    days = Days(tmp_path, backups={"schedule": NIGHTLY, "folder": tmp_path / "backups"})

    async def twice():
        async with days.daemon() as calendar:
            days.at += timedelta(days=1)
            await calendar.start("backup")
            await calendar.start("backup")
            while "backup" not in await calendar.due():  # noqa: ASYNC110 (the rows say when)
                await asyncio.sleep(0.005)

    asyncio.run(twice())
    assert len(names(tmp_path / "backups")) == 1


def test_many_jobs_at_once_hold_up_nothing_else(tmp_path):
    days = Days(tmp_path)

    def long(run):
        run.stop.wait()
        raise Stopped

    async def busy():
        async with days.daemon():
            jobs = [Job(f"export {n}", NIGHTLY, "UTC", long) for n in range(40)]
            calendar = Calendar(jobs, days.context, days.archive, Protected(days.archive))
            await calendar.open()
            days.at += timedelta(days=1)
            for job in jobs:
                await calendar.start(job.name)
            await asyncio.sleep(0.05)
            try:
                await asyncio.wait_for(asyncio.to_thread(int), 5)
            finally:
                await calendar.close()

    asyncio.run(busy())
    assert {job["began_at"] for job in days.jobs().values()} == {to_text(days.at)}


# with a real daemon


@pytest.fixture
def overdue(folder):
    """A folder whose backup has been due for days, and an archive of some 60 MB."""
    with Archive(folder.archive, "now") as archive, archive.transaction():
        for n in range(60):
            pages = [make.page(os.urandom(1_000_000))]
            archive.add_article(make.article(f"https://news.example/{n}", f"Text {n}."), pages, make.NOW)
        archive.db.execute(
            "INSERT INTO jobs (name, schedule, time_zone, due_at) VALUES ('backup', '30 3 1 1 *', 'UTC', ?)",
            [to_text(START)],
        )
    settings = f'{LOOPBACK}[backups]\nschedule = "30 3 1 1 *"\nfolder = "{folder.path}/backups"\n'
    folder.set_up(settings=settings)
    return folder


def test_a_daemon_that_was_down_makes_one_backup_whatever_kills_it(overdue):
    backups = overdue.path / "backups"
    with overdue.daemon() as daemon:
        until(lambda: list(backups.glob("*.part")) or overdue.column("SELECT ended_at FROM jobs") != [None])
        daemon.end(signal.SIGKILL)
    with overdue.daemon() as daemon:
        until(lambda: overdue.column("SELECT ended_at FROM jobs") != [None])
        assert daemon.end() == 0
    assert overdue.column("SELECT error FROM jobs") == [None]
    assert "Traceback" not in daemon.text()
    made = names(backups)
    assert [name for name in made if name.endswith(".part")] == []
    assert count(backups / made[-1]) == 60


def test_a_daemon_that_ends_during_a_backup_ends_in_time_and_leaves_nothing_of_it(overdue):
    backups = overdue.path / "backups"
    with overdue.daemon() as daemon:
        until(lambda: list(backups.glob("*.part")) or overdue.column("SELECT ended_at FROM jobs") != [None])
        assert daemon.end() == 0
    assert list(backups.glob("*.part")) == []
    (due_at,) = overdue.column("SELECT due_at FROM jobs")
    assert len(names(backups)) == (0 if due_at == to_text(START) else 1)
    assert "Traceback" not in daemon.text()
