"""`ingest status --watch`: on a terminal, in a pipe, beside a daemon that comes and goes."""

import json
import os
import re
import select
import shutil
import signal
import time
from contextlib import contextmanager

import pytest

from ingest.daemon.control import in_flight
from storage.lock import holder_of
from tests.builders_feeds import item, rss
from tests.command_run import CHECKOUT, read_lines, until

pytest.importorskip("termios")


class Terminal:
    """A terminal of 80 columns and 24 lines, and all that was written to it."""

    def __init__(self, main):
        self.main = main
        self.text = ""

    def shows(self, pattern, *, within_s=20):
        deadline = time.monotonic() + within_s
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, self.text[-4000:]
            if select.select([self.main], [], [], 0.1)[0]:
                self.text += os.read(self.main, 65536).decode(errors="replace")

    def forget(self):
        self.text = ""


@contextmanager
def watching(folder):
    main, end = os.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24", "PYTHONPATH": str(CHECKOUT)}
    with folder.start("status", "--watch", stdin=end, stdout=end, env=environment) as process:
        os.close(end)
        yield process, Terminal(main)
        process.kill()
    os.close(main)


def test_a_terminal_sees_what_the_daemon_does_until_q(feeds, site):
    site.hang("/slow")
    site.page("/one.xml", rss(item(1), f"<item><title>S</title><link>{site.url('/slow')}</link></item>"))
    feeds.set_up(site.url("/one.xml"), article="page")
    with feeds.daemon() as daemon:
        until(lambda: site.requests_of("/slow"))
        flight = in_flight(holder_of(feeds.archive))
        assert (flight["polls"], flight["feeds"], site.url("/slow") in flight["addresses"]) == (0, [], True)
        with watching(feeds) as (process, terminal):
            terminal.shows(rf"`ingest daemon` \(process {daemon.process.pid}\) is writing")
            terminal.shows(r"0 polls and [12] pages? in flight")
            terminal.shows(rf"page being fetched(?s:.+){re.escape(site.url('/slow'))}")
            terminal.shows(r"last poll(?s:.+)parsed +2 +\d+ s ago")
            assert terminal.text.startswith("\x1b[?1049h")  # a screen of its own
            assert "\x1b[2J" not in terminal.text  # no line is ever blank for a moment
            terminal.forget()
            assert daemon.end() == 0
            terminal.shows(r"UTC: nothing is writing")
            assert process.poll() is None
            os.write(terminal.main, b"q")
            terminal.shows(r"\x1b\[\?1049l")
            assert process.wait(timeout=10) == 0


def test_ctrl_c_ends_it_like_other_followers_and_leaves_the_terminal_as_it_was(archived):
    with watching(archived) as (process, terminal):
        terminal.shows("last article")
        process.send_signal(signal.SIGINT)
        terminal.shows(r"\x1b\[\?1049l")
        assert process.wait(timeout=10) == 130


def test_a_pipe_gets_a_line_of_json_for_each_change(feeds, site):
    feeds.set_up(site.url("/one.xml"))
    feeds.ingest("now", "-q")
    with feeds.start("status", "--watch", "--json") as process:
        (first,) = map(json.loads, read_lines(process, 1))
        assert (first["in_flight"], first["writer"], len(first["polls"])) == (None, {}, 1)
        site.page("/one.xml", rss(item(1), item(2)))
        feeds.ingest("now", "-q")
        until(lambda: json.loads(read_lines(process, 1)[-1])["articles"][0]["id"] == 2)
        process.terminate()
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == b""


def test_an_archive_that_is_replaced_ends_it_with_its_sentence(archived, tmp_path):
    path = tmp_path / "news.db"
    shutil.copy(archived.archive, path)
    with archived.start("status", "--watch", "--archive", path) as process:
        (line,) = read_lines(process, 1)
        assert re.match(r"\d\d:\d\d:\d\d nothing is writing; 1 entry pending; last article \d+: ", line)
        shutil.copy(path, tmp_path / "other.db")
        (tmp_path / "other.db").rename(path)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 3
    assert re.fullmatch(rb"ingest: .+: removed, renamed or replaced while it was being read; run this again\n", err)


def test_without_an_archive_it_says_what_status_says(folder):
    folder.set_up()
    assert folder.ingest("status", "--watch") == folder.ingest("status")


def test_nobody_is_asked_where_no_daemon_answers(tmp_path):
    assert in_flight(None) is None
    assert in_flight({"pid": "1", "command": "now"}) is None
    assert in_flight({"pid": "1", "command": "daemon", "control": str(tmp_path / "control")}) is None
