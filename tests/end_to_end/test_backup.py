"""`ingest backup`: a complete copy of one instant, or none."""

import os
import re
import sqlite3
import stat
import threading
from contextlib import closing, suppress

import pytest

import storage.backup
from storage.archive import Archive
from storage.backup import back_up
from tests import builders as make
from tests.command_run import sentence, until


@pytest.fixture
def filled(folder):
    """Some 12 MB: two steps of the copying."""
    with Archive(folder.archive, "now") as archive, archive.transaction():
        archive.subscribe([make.feed()], make.NOW)
        for n in range(40):
            pages = [make.page(os.urandom(300_000))]
            archive.add_article(make.article(f"https://news.example/{n}", f"Text {n}."), pages, make.NOW)
    return folder


@pytest.fixture
def copy(folder):
    return folder.path / "copy.db"


def count(path):
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return db.execute("SELECT count(*) FROM articles").fetchone()[0]


def beside(path):
    return sorted(file.name for file in path.parent.glob(f"{path.name}*"))


def test_the_copy_is_an_archive_like_the_first(filled, copy):
    filled.archive.chmod(0o640)
    result = filled.ingest("backup", copy, "--json")
    assert (result.code, result.err, result.json) == (0, "", {"path": str(copy), "bytes": copy.stat().st_size})
    assert count(copy) == 40
    assert beside(copy) == ["copy.db"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640
    assert filled.ingest("status", "--archive", copy).code == 0
    result = filled.ingest("backup", filled.path / "second.db")
    assert re.fullmatch(rf"{filled.archive} copied to {filled.path}/second\.db, 1\d\.\d MB\n", result.out)


def test_a_read_only_archive_is_copied_too(powerless):
    folder, options = powerless
    Archive(folder.archive, "now").close()
    folder.archive.chmod(0o444)
    assert folder.run("backup", folder.path / "copy.db", **options).code == 0
    assert stat.S_IMODE((folder.path / "copy.db").stat().st_mode) == 0o644


def test_an_existing_file_is_never_overwritten(filled, copy):
    copy.write_text("mine")
    said = f"{copy}: there is such a file already; remove it, or name another"
    assert sentence(filled.ingest("backup", copy), code=3) == said
    assert copy.read_text() == "mine"
    assert beside(copy) == ["copy.db"]


@pytest.mark.parametrize("name", [".", "", "..", "/"])
def test_a_folder_is_refused(filled, name):
    assert "a folder, not a file" in sentence(filled.ingest("backup", name), code=3)


def test_a_file_that_appears_meanwhile_stays(filled, copy):
    with pytest.raises(storage.backup.ArchiveUnwritable, match="already"):
        back_up(filled.archive, copy, lambda *_: copy.write_text("theirs"))
    assert copy.read_text() == "theirs"
    assert beside(copy) == ["copy.db"]


def test_the_copy_is_of_one_instant_and_the_writer_goes_on(filled, copy, monkeypatch):
    monkeypatch.setattr(storage.backup, "PAGES_A_STEP", 100)
    steps = []
    with Archive(filled.archive, "daemon") as archive:

        def step(done, total):
            steps.append((done, total))
            with archive.transaction():
                archive.add_article(
                    make.article(f"https://late.example/{len(steps)}", f"Late {len(steps)}."), (), make.NOW
                )

        back_up(filled.archive, copy, step)
    assert len(steps) > 20
    assert steps[-1][0] == steps[-1][1]
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert (count(copy), count(filled.archive)) == (40, 40 + len(steps))


def test_a_killed_backup_leaves_no_file_of_the_name_and_the_next_one_is_complete(filled, copy):
    part = copy.with_name("copy.db.part")
    with filled.start("backup", copy) as process:
        until(lambda: (part.exists() and part.stat().st_size) or process.poll() is not None)
        process.kill()
    assert process.returncode == 0 or not copy.exists()
    copy.unlink(missing_ok=True)
    part.write_bytes(b"half" * 5000)
    assert filled.ingest("backup", copy).code == 0
    assert count(copy) == 40
    assert beside(copy) == ["copy.db"]


def test_a_second_backup_of_one_name_is_refused(filled, copy):
    other = []
    back_up(filled.archive, copy, lambda *_: other or other.append(filled.run("backup", copy)))
    assert sentence(other[0], code=3).startswith(f"{copy}: another `ingest backup` is writing it")
    assert count(copy) == 40


def test_a_backup_that_fails_is_one_sentence_and_leaves_nothing(filled, copy, powerless):
    assert f"there is no folder {copy.parent / 'no'}" in sentence(filled.ingest("backup", copy.parent / "no/a"), code=3)
    assert "name a file" in sentence(filled.ingest("backup", copy.parent), code=3)
    assert "no archive yet" in sentence(filled.ingest("backup", copy, "--archive", copy.parent / "none.db"), code=3)
    folder, options = powerless
    folder.path.chmod(0o555)
    assert sentence(folder.run("backup", copy, **options), code=3).startswith(f"{copy}: the file or its folder cannot")
    folder.path.chmod(0o755)
    with filled.archive.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * 100_000)
    assert f"{filled.archive}: the file is damaged" in sentence(filled.ingest("backup", copy), code=3)
    assert beside(copy) == []


def test_a_terminal_shows_the_progress(filled, copy):
    pty = pytest.importorskip("pty")
    master, terminal = pty.openpty()
    shown = bytearray()

    def read():
        with suppress(OSError):  # EIO: the other end is closed
            while piece := os.read(master, 65536):
                shown.extend(piece)

    reading = threading.Thread(target=read)
    with filled.start("backup", copy, stderr=terminal) as process:
        os.close(terminal)
        reading.start()
        assert b"copied to" in process.stdout.read()
    reading.join()
    os.close(master)
    total = copy.stat().st_size // 4096
    assert re.search(rf"pages.*{total}/{total}".encode(), shown)
