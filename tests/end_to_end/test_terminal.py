"""What is said where: bars, lines, errors, help; and never what a stranger wants a terminal to do."""

import logging
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from ingest.cli.logs import log_to_stderr
from tests.builders_feeds import item, rss
from tests.command_run import Folder, ingest_here, until

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def test_a_terminal_sees_bars_and_a_pipe_the_summary(site, folder):
    pty = pytest.importorskip("pty")
    site.page("/plain.xml", rss(item(1)))
    folder.set_up(site.url("/plain.xml"))
    master, terminal = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)}
    with folder.start("now", stderr=terminal, env=environment) as process:
        os.close(terminal)
        shown = b""
        with suppress(OSError):  # EIO: the other end is closed
            while piece := os.read(master, 65536):  # read before stdout: a slow run fills a terminal's buffer
                shown += piece
        out = process.stdout.read().decode()
    os.close(master)
    assert out.startswith("1 feed polled: 1 parsed; 1 new entry\n")
    assert "\x1b" not in out
    assert re.search(rb"feeds.*1/1", shown)
    assert re.search(rb"entries.*1/1", shown)


def test_quiet_says_nothing_but_results(site, folder):
    site.page("/plain.xml", rss(item(1)))
    folder.set_up(site.url("/plain.xml"), site.url("/dead.xml"))
    told = folder.ingest("now", "-q")
    assert (told.err, bool(told.out)) == ("", True)


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["search", "alert"],
        ["search", "alert", "--json"],
        ["show", "3"],
        ["explain", "/evil"],
        ["explain", "/evil", "--json"],
        ["feeds", "check"],
        ["feeds", "check", "--json"],
        ["export"],
        ["changes"],
        ["feeds", "add", "/"],
        ["feeds", "add", "/feed.json"],
        ["feeds", "list"],
        ["now"],
    ],
)
def test_a_strangers_control_characters_never_reach_the_terminal(archived, paper, tmp_path, words):
    folder = Folder(tmp_path)
    folder.set_up(paper.url("/feed.json"))
    if words[:2] == ["feeds", "add"]:
        folder.set_up()
    elif words != ["now"]:
        folder = archived
    told = folder.ingest(*(paper.url(word) if word.startswith("/") else word for word in words))
    assert told.code == 0
    assert not CONTROLS.search(told.out.replace("\r\n", "\n") + told.err)


@pytest.mark.parametrize("tracebacks", [False, True])
def test_a_fault_of_ours_is_one_line_and_its_traceback_is_for_who_asks(capsys, monkeypatch, tracebacks):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    log_to_stderr(logging.INFO, tracebacks=tracebacks)
    fault = RuntimeError("\x1b[31mred")
    logging.getLogger("ingest.test").error("polling %s", "\x1b[31mx", exc_info=fault)
    first, *more = capsys.readouterr().err.splitlines()
    assert first == "polling [31mx: RuntimeError('\\x1b[31mred')"
    assert bool(more) is tracebacks


def test_an_interrupted_run_says_nothing_of_its_inside_and_the_next_goes_on(site, folder):
    site.page("/plain.xml", rss(item(1)))
    site.hang("/slow.xml")
    folder.set_up(site.url("/plain.xml"), site.url("/slow.xml"))
    with folder.start("now", start_new_session=True) as process:
        until(lambda: site.requests_of("/slow.xml") and folder.archive.exists() and holds_an_entry(folder))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    site.page("/slow.xml", rss(item(2)))
    assert folder.ingest("now", "-q").code == 0
    assert folder.column("SELECT title FROM articles ORDER BY title") == ["Title 1", "Title 2"]


def holds_an_entry(folder):
    with suppress(Exception):  # the tables are not there yet
        return folder.column("SELECT count(*) FROM entries") != [0]
    return False


# usage


@pytest.mark.parametrize(
    "words",
    [
        ["nope"],
        ["status", "--nope"],
        ["show"],
        ["export", "--format", "nope"],
        ["export", "--format", "txt"],
        ["changes", "--after", "-1"],
        ["changes", "--after", "9" * 30],
        ["explain", "nonsense"],
        ["feeds", "nope"],
        ["feeds", "import", "/no/such/file"],
        ["now", "--feed", "No such feed"],
    ],
)
def test_a_wrong_word_is_one_sentence_and_exit_code_2(archived, words):
    told = archived.ingest(*words)
    assert (told.code, told.out) == (2, "")
    assert re.fullmatch(r"ingest: .+; .+\n", told.err)


@pytest.mark.parametrize("words", [[], ["feeds"]])
def test_without_a_command_the_help_is_shown(words):
    told = ingest_here(*words)
    assert (told.code, told.out) == (2, "")
    assert "Commands:" in told.err


def test_very_verbose_shows_the_traceback_of_an_error(folder):
    folder.set_up()
    assert "Traceback" not in folder.ingest("-v", "show", "1").err
    assert "Traceback" in folder.ingest("-v", "show", "1", "-v").err
    assert "Traceback" in folder.ingest("show", "1", "-vv").err


def test_start_up_imports_no_heavy_library():
    script = "import sys, ingest.cli; ingest.cli.run(['--version']); print(*sys.modules)"
    modules = set(subprocess.check_output([sys.executable, "-c", script], text=True).split())
    assert not modules & {"trafilatura", "pydantic", "aiohttp", "rich", "lxml", "feedparser", "asyncio", "sqlite3"}


def test_looking_into_the_archive_imports_no_network_and_no_extractor(archived):
    script = "import sys, ingest.cli; ingest.cli.run(sys.argv[1:]); print(*sys.modules)"
    words = [sys.executable, "-c", script, *archived.arguments("status", "-q")]
    modules = set(subprocess.check_output(words, text=True).split())
    assert not modules & {"trafilatura", "pydantic", "aiohttp", "rich", "lxml", "feedparser", "asyncio"}
