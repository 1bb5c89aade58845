"""The change log: what follows it sees each change once, whatever happens to it, to the writer or to the file."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.errors import ArchiveError
from storage.reader import Changes, Reader
from tests.builders import NOW, article, content
from tests.command_run import CHECKOUT, Process, read_lines, until
from tests.documents import room


def add(archive, *numbers):
    """Each in a transaction of its own."""
    for number in numbers:
        with archive.transaction():
            archive.add_article(article(f"https://news.example/{number}", f"Text {number}"), (), NOW)


def seqs(path, after=0):
    with Reader(path) as reader:
        return [change["seq"] for change in reader.change_rows(after=after)]


def read_seqs(follower, count):
    return [json.loads(line)["seq"] for line in read_lines(follower, count)]


# the numbers


@pytest.mark.parametrize("lost", ["seq > 1", "true"])
def test_no_number_is_given_twice_though_rows_are_deleted_and_the_file_is_vacuumed(folder, lost):
    with Archive(folder.archive, "test") as archive:
        add(archive, 1, 2, 3)
    with closing(sqlite3.connect(folder.archive, isolation_level=None)) as db:
        db.execute(f"DELETE FROM changes WHERE {lost}")
        db.execute("VACUUM")
    with Archive(folder.archive, "test") as archive:
        add(archive, 4)
    assert seqs(folder.archive)[-1] == 4
    assert seqs(folder.archive, after=3) == [4]


def test_a_copy_of_the_archive_goes_on_with_its_numbers(folder, tmp_path):
    with Archive(folder.archive, "test") as archive:
        add(archive, 1, 2)
    with closing(sqlite3.connect(folder.archive, isolation_level=None)) as db:
        db.execute("DELETE FROM changes")
        db.execute("VACUUM INTO ?", [str(tmp_path / "copy.db")])
    with Archive(tmp_path / "copy.db", "test") as archive:
        add(archive, 3)
    assert seqs(tmp_path / "copy.db") == [3]


def test_a_transaction_that_failed_shows_nothing_and_leaves_no_number_behind(folder):
    def fail(archive, reader):
        with archive.transaction():
            archive.add_article(article("https://news.example/2", "Text 2"), (), NOW)
            assert [change["seq"] for change in reader.change_rows(after=0)] == [1]
            raise ArchiveError

    with Archive(folder.archive, "test") as archive, Reader(folder.archive) as reader:
        add(archive, 1)
        with pytest.raises(ArchiveError):
            fail(archive, reader)
        add(archive, 3)
        urls = [(change["seq"], change["record"]["url"][-1]) for change in reader.change_rows(after=0)]
        assert urls == [(1, "1"), (2, "3")]


def test_writers_that_take_turns_and_are_killed_number_their_changes_in_commit_order(folder):
    script = """
import os, signal, sys
from pathlib import Path
from storage.archive import Archive
from tests.builders import NOW, article
archive = Archive(Path(sys.argv[1]), "test")
for number in range(3):
    with archive.transaction():
        archive.add_article(article(f"https://news.example/{sys.argv[2]}-{number}", f"{sys.argv[2]} {number}"), (), NOW)
archive.db.execute("BEGIN IMMEDIATE")
archive.add_article(article("https://news.example/never", "never"), (), NOW)
os.kill(os.getpid(), signal.SIGKILL)
"""
    seen = []
    for turn in range(3):
        command = [sys.executable, "-c", script, folder.archive, str(turn)]
        subprocess.run(command, check=False, cwd=CHECKOUT)
        with Reader(folder.archive) as reader:
            found = reader.change_rows(after=len(seen))
        seen += [(change["seq"], change["record"]["url"].rpartition("/")[2]) for change in found]
    assert seen == [(3 * turn + n + 1, f"{turn}-{n}") for turn in range(3) for n in range(3)]


# followers


def test_several_followers_each_see_every_change_from_their_own_place_across_writers(folder):
    with Archive(folder.archive, "test") as archive:
        add(archive, 1, 2, 3)
    with (
        folder.start("changes", "--follow") as one,
        folder.start("changes", "--follow", "--after", 2) as two,
        folder.start("changes", "--follow", "--after", 9) as ahead,
    ):
        assert (read_seqs(one, 3), read_seqs(two, 1)) == ([1, 2, 3], [3])
        for number in (4, 5, 6, 7, 8, 9, 10):
            with Archive(folder.archive, "test") as archive:
                add(archive, number)
        with Archive(folder.archive, "test") as archive, archive.transaction():
            archive.revise(1, content("B", title="T", content_hash="1:x"), NOW)
        assert (read_seqs(one, 8), read_seqs(two, 8)) == ([*range(4, 12)], [*range(4, 12)])
        assert read_seqs(ahead, 2) == [10, 11]
        for follower in (one, two, ahead):
            follower.terminate()
            assert follower.wait(timeout=10) == 0
            assert follower.stderr.read() == b"ended: go on with --after 11\n"


def test_a_follower_that_leaves_out_what_reclean_changed_reads_on_past_it(folder):
    with Archive(folder.archive, "test") as archive:
        add(archive, 1)
        with folder.start("changes", "--follow", "--without-reclean") as follower:
            assert read_seqs(follower, 1) == [1]
            with archive.transaction():
                for cause in ("reclean", "edit", "reclean"):
                    archive.revise(1, content("B", content_hash="1:x"), NOW, cause=cause)
            (change,) = map(json.loads, read_lines(follower, 1))
            assert (change["seq"], change["cause"], change["record"]["cause"]) == (3, "edit", "edit")
            follower.terminate()
            assert follower.wait(timeout=10) == 0
            assert follower.stderr.read() == b"ended: go on with --after 4\n"
    assert folder.ingest("changes", "--without-reclean", "--after", 3).out == ""
    assert [row["seq"] for row in folder.ingest("changes", "--after", 1).rows] == [2, 3, 4]
    with Reader(folder.archive) as reader:
        assert [row["seq"] for row in reader.change_rows(after=0, limit=2, without_reclean=True)] == [1, 3]
        changes = reader.changes(after=0, without_reclean=True)
        assert ([change.seq for change in changes], changes.after) == ([1, 3], 4)


def test_what_is_committed_before_the_first_page_is_read_is_read_past_too(folder):
    with Archive(folder.archive, "test") as archive, Reader(folder.archive) as reader:
        add(archive, 1)

        def read_page(*, after):
            if after == 0:
                with archive.transaction():
                    for cause in ("edit", "reclean"):
                        archive.revise(1, content("B", content_hash="1:x"), NOW, cause=cause)
            return reader.change_rows(after=after, without_reclean=True)

        changes = Changes(reader, read_page, dict, after=0, follow=False, until=None)
        assert ([change["seq"] for change in changes], changes.after) == ([1, 2], 3)


def test_a_change_is_printed_at_once(folder):
    with Archive(folder.archive, "test") as archive, folder.start("changes", "--follow") as follower:
        add(archive, 1)
        read_lines(follower, 1)
        took = []
        for number in (2, 3, 4):
            add(archive, number)
            committed_at = time.monotonic()
            read_lines(follower, 1)
            took.append(time.monotonic() - committed_at)
        follower.kill()
    assert min(took) < 0.5


@pytest.mark.parametrize("busy", [False, True])
def test_a_follower_whose_reader_has_gone_ends_by_itself(folder, busy):
    with Archive(folder.archive, "test") as archive, folder.start("changes", "--follow") as follower:
        add(archive, 1)
        read_lines(follower, 1)
        follower.stdout.close()
        if busy:
            add(archive, *range(2, 9))
        assert follower.wait(timeout=10) == 0
        assert follower.stderr.read() == b""


@pytest.mark.parametrize("words", [["changes"], ["changes", "--follow"], ["search", "text"]])
def test_a_command_whose_output_is_closed_ends_without_a_word(folder, words):
    with Archive(folder.archive, "test") as archive:
        add(archive, 1)
    with folder.start(*words, stdout=None, preexec_fn=lambda: os.close(1)) as process:
        assert process.wait(timeout=20) == 0
        assert process.stderr.read() == b""


# the README's consumer


@contextmanager
def consumer(folder):
    """The README's, verbatim, in the archive's folder, with `ingest` on its path."""
    code = room("storage").section("The change log").partition("```python\n")[2].partition("```")[0]
    assert len(code.splitlines()) <= 12
    programs = folder.path / "bin"
    programs.mkdir(exist_ok=True)
    ingest = programs / "ingest"
    ingest.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ingest "$@"\n')
    ingest.chmod(0o755)
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=folder.path, env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_the_readmes_program_follows_from_python_and_goes_on_where_it_was_ended(folder):
    section = room("storage").section("From Python")
    code = section.split("```python\n")[2].partition("```")[0]
    place = folder.path / "place.txt"
    with Archive(folder.archive, "test") as archive:
        for numbers, seqs_printed, last in (((1, 2), "12", "2"), ((3, 4), "34", "4")):
            add(archive, *numbers)
            command = [sys.executable, "-u", "-c", code]
            environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
            with Process(command, cwd=folder.path, env=environment, stdout=subprocess.PIPE) as follower:
                printed = [line.split()[0] for line in read_lines(follower, 2)]
                until(lambda last=last: place.exists() and place.read_text() >= str(int(last) - 1))
                follower.terminate()
                assert follower.wait(timeout=10) == 0
            assert ("".join(printed), place.read_text()) == (seqs_printed, last)


def consumed(path: Path):
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as mine:
            return [seq for (seq,) in mine.execute("SELECT seq FROM headlines ORDER BY rowid")]
    except sqlite3.OperationalError:  # it is not there yet, or being made
        return []


def test_the_readmes_consumer_sees_each_change_once_though_it_is_killed_again_and_again(folder):
    mine = folder.path / "mine.db"
    with Archive(folder.archive, "test") as archive:
        add(archive, *range(60))
        with consumer(folder):
            pass  # before it has done anything
        for least in (1, 20, 50):
            with consumer(folder):
                until(lambda least=least: len(consumed(mine)) >= least)
        with consumer(folder):  # while the writer writes
            add(archive, *range(60, 200))
    with Archive(folder.archive, "test") as archive, consumer(folder):
        add(archive, *range(200, 230))
        with archive.transaction():
            archive.forget_articles([1, 229], NOW)
        until(lambda: len(consumed(mine)) >= 232)
    assert consumed(mine) == [*range(1, 233)]
