"""What the writer does when others change, move or remove the archive's files."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.errors import ArchiveGone, ArchiveOverwritten, ArchiveUnwritable
from tests import builders as make

NOW = make.NOW


@pytest.fixture
def other(tmp_path):
    """Make another archive."""
    path = tmp_path / "other" / "other.db"
    path.parent.mkdir()
    with Archive(path, "now") as archive:
        add(archive, "other", "another")
    return path


def add(archive, *titles):
    for title in titles:
        with archive.transaction():
            archive.add_article(make.article(f"https://news.example/{title}", title=title), (), NOW)


def titles(path):
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [title for (title,) in db.execute("SELECT title FROM articles ORDER BY id")]


def beside(path):
    return {file.name for file in path.parent.glob(f"{path.name}*") if file.stat().st_size}


def write_over(source, target):
    """Do as `cat source > target`: the inode stays."""
    target.write_bytes(source.read_bytes())


def sqlite(path, *statements):
    """Run statements in another process: POSIX locks belong to a process."""
    script = "import sqlite3, sys\nfor s in sys.argv[2:]: sqlite3.connect(sys.argv[1], isolation_level=None).execute(s)"
    subprocess.run([sys.executable, "-c", script, path, *statements], check=True)


def stopped(archive, error):
    """Check that the archive raises the error at the next write, again, and at the close. Return its sentence."""
    with pytest.raises(error) as first:
        add(archive, "lost")
    with pytest.raises(error):
        archive.check()
    with pytest.raises(error):
        archive.close()
    return str(first.value)


REMOVED = {
    "all": ["news.db", "news.db-wal", "news.db-shm", "news.db-lock"],
    "the file alone": ["news.db"],
}


@pytest.mark.parametrize("names", REMOVED.values(), ids=REMOVED)
def test_a_removed_archive_stops_its_writer_and_leaves_no_log_for_a_new_one(path, names):
    archive = Archive(path, "now")
    add(archive, "first", "second")
    for name in names:
        path.with_name(name).unlink()
    assert f"{path}: removed or renamed" in stopped(archive, ArchiveGone)
    assert "news.db-wal" not in beside(path)
    with Archive(path, "now") as archive:
        add(archive, "third")
    assert titles(path) == ["third"]


def test_the_old_writers_end_does_not_harm_a_new_archive_of_the_name(path):
    old = Archive(path, "daemon")
    add(old, "first")
    for name in REMOVED["all"]:
        path.with_name(name).unlink()
    with Archive(path, "now") as new:
        add(new, "second")
        stopped(old, ArchiveGone)
        add(new, "third")
    assert titles(path) == ["second", "third"]


def test_a_renamed_archive_has_everything_that_was_written_before(path):
    archive = Archive(path, "now")
    add(archive, "first", "second")
    moved = path.rename(path.with_name("moved.db"))
    assert "renamed" in stopped(archive, ArchiveGone)
    assert titles(moved) == ["first", "second"]
    assert not path.exists()


def test_another_archive_that_gets_the_name_stays_unchanged(path, other):
    archive = Archive(path, "now")
    add(archive, "first", "second")
    before = other.read_bytes()
    other.rename(path)
    assert "replaced by another file" in stopped(archive, ArchiveGone)
    assert path.read_bytes() == before
    assert titles(path) == ["other", "another"]


def test_a_link_that_now_leads_to_another_archive_stops_the_writer(path, other):
    link = path.with_name("current.db")
    link.symlink_to(path)
    archive = Archive(link, "now")
    add(archive, "first")
    link.unlink()
    link.symlink_to(other)
    assert f"{link}: replaced by another file" in stopped(archive, ArchiveGone)
    assert (titles(path), titles(link)) == (["first"], ["other", "another"])


@pytest.mark.parametrize("commits", [1, 2, 30])
@pytest.mark.parametrize("log", ["stays", "goes"])
def test_an_archive_that_is_copied_over_the_file_stays_unchanged(path, other, commits, log):
    archive = Archive(path, "now")
    add(archive, *map(str, range(commits)))
    before = other.read_bytes()
    write_over(other, path)
    if log == "goes":
        for end in ("-wal", "-shm"):
            Path(f"{path}{end}").unlink()
    stopped(archive, ArchiveOverwritten if log == "stays" else ArchiveGone)
    assert path.read_bytes() == before
    assert beside(path) == {"news.db", "news.db-lock"}
    assert titles(path) == ["other", "another"]


def test_an_earlier_copy_that_is_restored_stays(path):
    with Archive(path, "now") as archive:
        archive.subscribe([make.feed()], NOW)
        add(archive, "first")
    copy = shutil.copy(path, path.with_name("copy.db"))
    archive = Archive(path, "daemon")
    with archive.transaction():  # no page of the file is new
        archive.record_poll(make.poll(), make.state(failures=1))
    write_over(Path(copy), path)
    stopped(archive, ArchiveOverwritten)
    assert path.read_bytes() == Path(copy).read_bytes()
    assert titles(path) == ["first"]


def test_a_file_that_is_written_over_within_a_transaction_is_not_called_damaged(path):
    archive = Archive(path, "now")
    add(archive, *map(str, range(30)))

    def read():
        with archive.transaction():
            path.write_bytes(b"\xa5" * path.stat().st_size)
            archive.db.execute("PRAGMA shrink_memory")
            archive.db.execute("SELECT * FROM articles ORDER BY body").fetchall()

    with pytest.raises(ArchiveOverwritten):
        read()
    with pytest.raises(ArchiveOverwritten):
        archive.close()


def test_a_restore_by_sql_stops_the_writer_and_stays(path, other):
    archive = Archive(path, "now")
    add(archive, "first", "second", "third")
    with closing(sqlite3.connect(other)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    assert "restored it" in stopped(archive, ArchiveOverwritten)
    assert titles(path) == ["other", "another"]


@pytest.mark.parametrize("end", ["-wal", "-shm", "-lock"])
def test_a_removed_companion_stops_the_writer_and_loses_nothing(path, end):
    archive = Archive(path, "now")
    add(archive, "first", "second")
    companion = Path(f"{path}{end}")
    companion.unlink()
    assert f"{companion}: removed or renamed while the archive" in stopped(archive, ArchiveGone)
    assert titles(path) == ["first", "second"]


def test_a_hard_link_that_is_made_later_stops_the_writer(path):
    archive = Archive(path, "daemon")
    add(archive, "first")
    path.with_name("second.db").hardlink_to(path)
    assert "has 2 names (hard links)" in stopped(archive, ArchiveUnwritable)
    assert titles(path) == ["first"]


HARMLESS = {
    "reading": lambda path: sqlite(path, "SELECT count(*) FROM articles"),
    "rows by hand": lambda path: sqlite(path, "UPDATE articles SET title = 'by hand'", "PRAGMA wal_checkpoint"),
    "checkpoints": lambda path: sqlite(path, "PRAGMA wal_checkpoint(TRUNCATE)"),
    "VACUUM": lambda path: sqlite(path, "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"),
    "touch": lambda path: path.touch(),
    "a time put back": lambda path: os.utime(path, (0, 0)),
    "rights": lambda path: path.chmod(0o600),
    "a copy": lambda path: shutil.copy2(path, path.with_name("copy.db")),
}


@pytest.mark.parametrize("act", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_act_of_another_program_does_not_stop_the_writer(path, act):
    with Archive(path, "daemon") as archive:
        for n in range(3):
            add(archive, f"before {n}")
            act(path)
            archive.check()
        add(archive, "after")
    assert len(titles(path)) == 4


def test_a_commit_reaches_the_file_once_nothing_more_is_written(path, monkeypatch):
    monkeypatch.setattr("storage.file_watch.CHECKPOINT_S", 0)
    with Archive(path, "daemon") as archive:
        archive.add_article(make.article(title="quiet"), (), NOW)
        archive.check()
        copy = shutil.copy(path, path.with_name("copy.db"))
    assert titles(copy) == ["quiet"]
