"""Output on terminals and pipes: bars, lines, errors, help; never a foreign control character."""

import logging
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from ingest.cli import Interruption, main
from ingest.cli.options import Options
from ingest.cli.output import text
from ingest.cli.output.logs import log_to_stderr
from tests.builders_feeds import item, rss
from tests.command_run import Folder, ingest_here, until
from tests.site import Site

LONG = "n" * 20_000
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def test_a_terminal_sees_bars_and_a_pipe_the_summary(site, folder):
    pty = pytest.importorskip("pty")
    site.page("/one.xml", rss(item(1)))
    folder.set_up(site.url("/one.xml"))
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
    site.page("/one.xml", rss(item(1)))
    folder.set_up(site.url("/one.xml"), site.url("/dead.xml"))
    result = folder.ingest("now", "-q")
    assert (result.err, bool(result.out)) == ("", True)


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
    result = folder.ingest(*(paper.url(word) if word.startswith("/") else word for word in words))
    assert result.code == 0
    assert not CONTROLS.search(result.out.replace("\r\n", "\n") + result.err)


@pytest.mark.parametrize("tracebacks", [False, True])
def test_a_fault_of_ours_is_one_line_and_its_traceback_is_for_who_asks(capsys, monkeypatch, tracebacks):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    log_to_stderr(Options(verbose=2 * tracebacks))
    fault = RuntimeError("\x1b[31mred")
    logging.getLogger("ingest.test").error("polling %s", "\x1b[31mx", exc_info=fault)
    first, *more = capsys.readouterr().err.splitlines()
    assert first == "polling [31mx: RuntimeError('\\x1b[31mred')"
    assert bool(more) is tracebacks


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_how_far_it_came_and_the_next_goes_on(site, folder, number, code):
    site.page("/one.xml", rss(item(1)))
    site.hang("/slow.xml")
    folder.set_up(site.url("/one.xml"), site.url("/slow.xml"))
    with folder.start("now", start_new_session=True) as process:
        until(lambda: site.requests_of("/slow.xml") and folder.archive.exists() and holds_an_entry(folder))
        os.killpg(process.pid, number)  # as a terminal does: to the workers too
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (code, b"")
    assert b"Traceback" not in err
    assert re.fullmatch(
        rb"ingest: interrupted: 1 of 2 feeds polled, 1 new entry, [01] archived; .+", err.splitlines()[-1]
    )
    site.page("/slow.xml", rss(item(2)))
    assert folder.ingest("now", "-q").code == 0
    assert folder.column("SELECT title FROM articles ORDER BY title") == ["Title 1", "Title 2"]


def test_a_sigterm_that_comes_twice_at_once_interrupts_once(monkeypatch):
    came = []
    monkeypatch.setattr("ingest.cli.signal.getsignal", lambda _: lambda number, _: came.append(number))
    interruption = Interruption()
    for _ in range(2):  # timeout(1) sends it to the process, and to its group
        interruption.on_sigterm(signal.SIGTERM, None)
    assert came == [signal.SIGTERM]
    assert interruption.exit_code == 143


def test_a_second_signal_at_the_very_end_is_no_traceback(monkeypatch):
    def interrupted(_number, handler):
        if handler is signal.SIG_DFL:
            raise KeyboardInterrupt

    monkeypatch.setattr("ingest.cli.signal.signal", interrupted)
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0


def holds_an_entry(folder):
    with suppress(Exception):  # the tables are not there yet
        return folder.column("SELECT count(*) FROM entries") != [0]
    return False


# long names


@pytest.fixture(scope="module")
def long_named(tmp_path_factory):
    """An archive and a feed list whose names and titles are of 20,000 characters."""
    folder = Folder(tmp_path_factory.mktemp("long"))
    with Site() as site:
        site.page("/feed.xml", rss(f"<item><title>needle {LONG}</title><description>Text.</description></item>"))
        folder.set_up(site.url("/feed.xml"))
        with (folder.config / "feeds.toml").open("a") as file:
            file.write(f'name = "\u202e{LONG}"\n')
        folder.first_run = folder.ingest("now")
    return folder


@pytest.mark.parametrize("columns", [80, None])
@pytest.mark.parametrize("words", [["feeds", "list"], ["status"], ["search", "needle"], ["show", "1"]])
def test_a_name_without_end_fits_the_terminal_and_is_in_full_in_json(long_named, monkeypatch, words, columns):
    if columns:
        monkeypatch.setattr(text, "is_terminal", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))
    result = long_named.ingest(*words)
    lines = [line for line in result.out.splitlines() if not line.startswith("archive: ")]
    assert max(map(len, lines)) <= (columns or 1000)
    assert not CONTROLS.search(result.out.replace("\n", ""))
    if words[0] in ("feeds", "status"):
        assert LONG in long_named.ingest(*words, "--json").out


def test_a_name_without_end_is_cut_in_what_now_says(long_named):
    result = long_named.first_run
    assert result.code == 0
    assert max(map(len, (result.out + result.err).splitlines())) < 500


def test_a_name_without_end_is_cut_in_what_commands_say_of_a_feed(tmp_path):
    folder = Folder(tmp_path).set_up()
    opml = tmp_path / "list.opml"
    name = f"\u202e{LONG}"
    add = ["feeds", "add", "--unchecked", "http://a.example/"]
    said = [
        folder.ingest(*add, "--name", name),
        folder.ingest(*add, "--tag", "a"),
        folder.ingest("feeds", "export", "--output", opml),
        folder.ingest("feeds", "import", opml),
        folder.ingest("feeds", "edit", name[:-1], "--tag", "b"),
        folder.ingest("feeds", "edit", name, "--tag", "b"),
        folder.ingest("explain", LONG),
        folder.ingest("show", f"http://a.example/{LONG}"),
        folder.ingest("feeds", "remove", name),
    ]
    assert [result.code for result in said] == [0, 0, 0, 0, 2, 0, 2, 3, 0]
    lines = [line for result in said for line in (result.out + result.err).splitlines()]
    assert max(map(len, lines)) < 1000
    assert not any(map(CONTROLS.search, lines))


def test_an_error_without_end_keeps_its_beginning_and_its_remedy(tmp_path):
    result = Folder(tmp_path).set_up().ingest("feeds", "remove", LONG)
    assert re.fullmatch("ingest: n+ … n+: no feed on the list .+; `ingest feeds list` shows them all\n", result.err)


def test_an_entry_of_a_feed_without_a_short_name_is_shown_with_its_outcome(long_named, monkeypatch):
    monkeypatch.setattr(text, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    (entry,) = re.findall(r"(?s) entry  .+?(?=\n +\w+  |\n\n)", long_named.ingest("show", "1").out)
    assert "archived" in " ".join(entry.split())


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
    result = archived.ingest(*words)
    assert (result.code, result.out) == (2, "")
    assert re.fullmatch(r"ingest: .+; .+\n", result.err)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["serach", "x"], "'search'"),
        (["feed", "list"], "'feeds'"),
        (["feeds", "lst"], "'list'"),
        (["status", "--jsn"], "'--json'"),
    ],
)
def test_a_word_that_is_nearly_right_is_answered_with_the_right_one(words, meant):
    result = ingest_here(*words)
    assert result.code == 2
    assert re.fullmatch(
        rf"ingest: No such .+ Did you mean {meant}\? `ingest.* --help` shows what is allowed\n", result.err
    )


def test_a_bad_instant_is_answered_with_examples(archived):
    result = archived.ingest("reclean", "--dry-run", "--since", "last tuesday")
    assert result.code == 2
    assert all(example in result.err for example in ("2026-03-01", "2026-03-01T14:30Z", "7d", "yesterday", "UTC"))


@pytest.mark.parametrize("words", [[], ["feeds"]])
def test_without_a_command_the_help_is_shown(words):
    result = ingest_here(*words)
    assert (result.code, result.out) == (2, "")
    assert "Commands:" in result.err


def test_very_verbose_shows_the_traceback_of_an_error(folder):
    folder.set_up()
    assert "Traceback" not in folder.ingest("-v", "show", "1").err
    assert "Traceback" in folder.ingest("-v", "show", "1", "-v").err
    assert "Traceback" in folder.ingest("show", "1", "-vv").err


def test_start_up_imports_no_heavy_library():
    script = "import sys, ingest.cli; ingest.cli.run(['--version']); print(*sys.modules)"
    modules = set(subprocess.check_output([sys.executable, "-c", script], text=True).split())
    assert not modules & {"trafilatura", "pydantic", "aiohttp", "rich", "lxml", "feedparser", "asyncio", "sqlite3"}


def test_reading_the_archive_imports_no_network_and_no_extractor(archived):
    script = "import sys, ingest.cli; ingest.cli.run(sys.argv[1:]); print(*sys.modules)"
    words = [sys.executable, "-c", script, *archived.arguments("status", "-q")]
    modules = set(subprocess.check_output(words, text=True).split())
    assert not modules & {"trafilatura", "pydantic", "aiohttp", "rich", "lxml", "feedparser", "asyncio"}
