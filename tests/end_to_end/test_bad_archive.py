"""An archive that cannot be read or written: one sentence, exit code 3, and nothing lost or overwritten."""

import os
import re
import resource
import sqlite3
from functools import partial
from pathlib import Path

import pytest

import storage.connection
from storage.archive import Archive
from storage.connection import SCHEMA_VERSION
from tests.builders_feeds import item, rss
from tests.command_run import sentence


@pytest.fixture
def feeds(site, folder):
    site.page("/one.xml", rss(item(1), item(2)))
    return folder.set_up(site.url("/one.xml"))


@pytest.mark.parametrize(
    "words", [["status"], ["search", "x"], ["show", "1"], ["changes"], ["export"], ["explain", "http://a.example"]]
)
def test_a_reading_command_without_an_archive_says_how_to_make_one(feeds, words):
    assert sentence(feeds.ingest(*words), code=3) == f"{feeds.archive}: there is no archive yet; `ingest now` makes it"


@pytest.mark.parametrize("words", [["now", "-q"], ["status"], ["daemon", "-q"]])
def test_a_file_that_is_no_archive_is_left_alone(feeds, words):
    feeds.archive.write_text("Dear diary, " * 100)
    assert re.fullmatch(rf"{feeds.archive}: not an SQLite file; .+ --archive", sentence(feeds.run(*words), code=3))
    assert feeds.archive.read_text() == "Dear diary, " * 100


@pytest.mark.parametrize("words", [["now", "-q"], ["status"]])
def test_another_programs_file_is_left_alone(feeds, words):
    database = sqlite3.connect(feeds.archive)
    database.execute("CREATE TABLE theirs (x)")
    database.close()
    before = feeds.archive.read_bytes()
    assert "an SQLite file of another program" in sentence(feeds.ingest(*words), code=3)
    assert feeds.archive.read_bytes() == before


@pytest.mark.parametrize("words", [["now", "-q"], ["status"]])
def test_a_later_versions_archive_asks_for_an_upgrade(feeds, words):
    feeds.ingest("now", "-q")
    database = sqlite3.connect(feeds.archive)
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    database.close()
    assert sentence(feeds.ingest(*words), code=3).endswith("upgrade ingest")


@pytest.mark.parametrize("words", [["now", "-q"], ["search", "commission"], ["export"]])
def test_a_damaged_archive_is_named_as_such(feeds, words):
    feeds.ingest("now", "-q")
    size = feeds.archive.stat().st_size
    with feeds.archive.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    result = feeds.ingest(*words)
    assert result.code == 3
    assert re.fullmatch(rf"ingest: {feeds.archive}: the file is damaged \(.+\); restore it .+\n", result.err)


def test_a_file_that_another_program_locks_is_waited_for_and_then_named(feeds, monkeypatch):
    monkeypatch.setattr(storage.connection, "BUSY_TIMEOUT_MS", 50)
    feeds.ingest("now", "-q")
    other = sqlite3.connect(feeds.archive, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        result = feeds.ingest("now", "-q")
        assert feeds.ingest("status").code == 0  # readers are not in its way
    finally:
        other.close()
    assert sentence(result, code=3).startswith(f"{feeds.archive}: another program holds a lock on the file; close it")


ALL_COMMANDS = [
    *(["now", "-q"], ["daemon", "-q"], ["reclean"], ["split", "1"], ["merge", "1", "2"], ["fingerprint"]),
    *(["status"], ["search", "x"], ["show", "1"], ["changes"], ["export"], ["explain", "http://a.example"]),
    ["backup", "copy.db"],
]


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/null")])
def test_every_command_refuses_what_is_not_a_regular_file_and_makes_nothing_beside_it(feeds, monkeypatch, make):
    monkeypatch.chdir(feeds.path)
    make(feeds.archive)
    for words in ALL_COMMANDS:
        assert re.match(rf"{feeds.archive}: .+, not a file; name a file, such", sentence(feeds.ingest(*words), code=3))
    assert {path.name for path in feeds.path.iterdir()} == {"config", "news.db"}
    assert not Path("/dev/null-lock").exists()


@pytest.mark.parametrize(
    "make",
    [
        lambda lock, file: lock.symlink_to(file),
        lambda lock, file: lock.hardlink_to(file),
        lambda lock, _: os.mkfifo(lock),
        lambda lock, _: lock.mkdir(),
        lambda lock, _: lock.symlink_to("nowhere"),
    ],
    ids=["symbolic link", "hard link", "pipe", "folder", "link to nothing"],
)
def test_a_lock_that_is_not_a_regular_file_is_refused_and_not_followed(feeds, make):
    lock, file = feeds.path / "news.db-lock", feeds.config / "feeds.toml"
    before = file.read_bytes()
    make(lock, file)
    assert sentence(feeds.ingest("now", "-q"), code=3).startswith(f"{lock}: a link, folder, device or pipe, not the")
    assert file.read_bytes() == before
    assert not feeds.archive.exists()
    assert not (feeds.path / "nowhere").exists()


@pytest.mark.parametrize("name", ["news.db", "second.db"])
def test_an_archive_with_two_names_is_written_by_neither_and_read_by_both(feeds, name):
    feeds.ingest("now", "-q")
    second = feeds.path / "second.db"
    second.hardlink_to(feeds.archive)
    before = feeds.archive.read_bytes()
    for words in (["now", "-q"], ["daemon", "-q"], ["reclean"], ["split", "1"], ["merge", "1", "2"], ["fingerprint"]):
        said = sentence(feeds.ingest(*words, "--archive", feeds.path / name), code=3)
        assert said.startswith(f"{feeds.path / name}: the file has 2 names (hard links), and")
    assert feeds.ingest("status", "--archive", feeds.path / name).code == 0
    assert feeds.archive.read_bytes() == before
    second.unlink()
    assert feeds.ingest("now", "-q").code == 0


def test_a_file_that_is_a_mount_point_is_not_written(feeds, monkeypatch):
    monkeypatch.setattr("storage.connection.mount_points", lambda: {str(feeds.archive)})
    feeds.archive.touch()
    said = sentence(feeds.ingest("now", "-q"), code=3)
    assert said.startswith(f"{feeds.archive}: the file is mounted by itself, and its log would stay outside")


def test_symbolic_links_to_one_archive_meet_at_one_lock(feeds):
    links = [feeds.path / name for name in ("one", "two")]
    for link in links:
        (feeds.path / link).mkdir()
        (link / "link.db").symlink_to(feeds.archive)
    with Archive(links[0] / "link.db", "reclean"):
        said = sentence(feeds.ingest("now", "-q", "--archive", links[1] / "link.db"), code=3)
    assert "`ingest reclean` (process" in said
    assert [path.name for path in links[1].iterdir()] == ["link.db"]


@pytest.mark.parametrize("command", ["now", "daemon"])
def test_an_empty_file_of_the_configuration_does_not_become_an_archive(feeds, command):
    settings = feeds.config / "settings.toml"
    settings.write_text("")
    said = sentence(feeds.ingest(command, "-q", "--archive", settings), code=2)
    assert said == f"{settings}: a file of the configuration, not an archive; name another with --archive"
    assert settings.read_bytes() == b""


def test_an_archive_in_a_folder_that_is_not_there_names_the_folder(feeds):
    path = feeds.path / "no" / "such" / "news.db"
    assert f"there is no folder {path.parent}; make it" in sentence(
        feeds.ingest("now", "-q", "--archive", path), code=3
    )
    file = feeds.config / "feeds.toml"
    assert f"there is no folder {file}" in sentence(feeds.ingest("now", "-q", "--archive", file / "news.db"), code=3)


def test_a_read_only_folder_gets_no_archive(powerless, site):
    folder, options = powerless
    folder.set_up(site.url("/one.xml"))
    folder.path.chmod(0o555)
    result = folder.run("now", "-q", **options)
    assert re.fullmatch(
        rf"{folder.archive}: the file or its folder cannot be written \(Permission denied\); make both writable, or .+",
        sentence(result, code=3),
    )


def test_a_read_only_archive_is_read_but_not_written(powerless, site):
    folder, options = powerless
    site.page("/one.xml", rss(item(1)))
    folder.set_up(site.url("/one.xml"))
    folder.ingest("now", "-q")
    for path in folder.path.glob("news.db*"):
        path.chmod(0o444)
    folder.path.chmod(0o555)
    assert "writ" in sentence(folder.run("now", "-q", **options), code=3)
    assert "articles: 1" in folder.run("status", **options).out


def test_a_read_only_feed_list_stays_as_it_is(powerless):
    folder, options = powerless
    folder.set_up("http://a.example/f")
    folder.config.chmod(0o555)
    result = folder.run("feeds", "add", "--unchecked", "http://b.example/f", **options)
    assert sentence(result, code=2) == f"{folder.config / 'feeds.toml'}: cannot be written: Permission denied"


def test_a_full_disk_loses_nothing_once_there_is_room_again(feeds, site):
    site.page("/one.xml", rss(*(item(n, text=f"Long text {n}. " * 800) for n in range(40))))
    assert feeds.ingest("now", "-q").code == 0  # the tables, and all 40
    archive = feeds.archive.read_bytes()
    feeds.archive.unlink()

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(archive) // 2,) * 2)

    result = feeds.run("now", "-q", preexec_fn=little_room)
    assert sentence(result, code=3).endswith("then run this again: nothing is lost")
    result = feeds.run("now", "-q")
    assert result.code == 0
    assert feeds.column("SELECT count(*) FROM articles") == [40]
    assert feeds.column("SELECT count(*) FROM entries WHERE outcome <> 'archived'") == [0]
    assert feeds.column("PRAGMA integrity_check") == ["ok"]


def test_a_full_disk_that_sqlite_reports_is_one_sentence(feeds, monkeypatch):
    feeds.ingest("now", "-q")
    connect = storage.connection.connect

    def connect_to_a_full_disk(path):
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 1")  # no less than it has already
        return connection

    monkeypatch.setattr("storage.archive.connect", connect_to_a_full_disk)
    listing = feeds.config / "feeds.toml"
    listing.write_text("".join(f'[[feeds]]\nurl = "http://{n}.invalid/{"x" * 2000}"\n' for n in range(20)))
    result = sentence(feeds.ingest("now", "-q"), code=3)
    assert result == f"{feeds.archive}: the disk is full; make room, then run this again: nothing is lost"


class Failing(sqlite3.Connection):
    """Every `nth` commit meets a failing disk."""

    nth = commits = 0

    def execute(self, sql, *parameters):
        if sql == "COMMIT":
            Failing.commits += 1
            if Failing.commits % Failing.nth == 0:
                super().execute("ROLLBACK")  # as SQLite itself does
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
                raise error
        return super().execute(sql, *parameters)


def test_a_disk_that_fails_at_every_nth_commit_is_one_sentence_and_loses_nothing(feeds, site, monkeypatch):
    connect = sqlite3.connect
    announced = []
    for Failing.nth in (1, 2, 3, 5, 8):
        announced.append(item(Failing.nth))
        site.page("/one.xml", rss(*announced))
        with monkeypatch.context() as failing:
            failing.setattr("storage.connection.sqlite3.connect", partial(connect, factory=Failing))
            result = feeds.ingest("now", "-q")
        assert sentence(result, code=3).endswith(
            "the disk failed (disk I/O error); check it, then run this again: nothing is lost"
        )
        assert feeds.ingest("now", "-q").code == 0
        assert feeds.column("PRAGMA integrity_check") == ["ok"]
        assert feeds.column("SELECT count(*) FROM articles") == [len(announced)]
        assert feeds.column("SELECT count(*) FROM entries WHERE outcome = 'archived'") == [len(announced)]


def test_output_that_finds_no_room_is_one_sentence(feeds):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    feeds.ingest("now", "-q")
    with Path("/dev/full").open("wb") as full:
        result = feeds.run("export", stdout=full)
    assert sentence(result, code=1) == "the output cannot be written: No space left on device; send it to another place"


@pytest.mark.parametrize(
    "words",
    [
        ["export"],
        ["export", "--format", "csv"],
        ["export", "--format", "parquet"],
        ["export", "--format", "html"],
        ["feeds", "export"],
    ],
)
def test_an_export_that_cannot_be_written_names_its_path(feeds, words):
    feeds.ingest("now", "-q")
    path = feeds.config / "feeds.toml" / "out"
    result = feeds.ingest(*words, "--output", path)
    assert sentence(result, code=1) == f"{path}: cannot be written: Not a directory; name another file"
