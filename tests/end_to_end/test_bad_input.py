"""Every error is one sentence with the thing, the cause and the remedy. An error of a feed or page is recorded too."""

import os
import re
import signal
import socket
from pathlib import Path
from threading import Thread

import pytest

from tests.builders_feeds import item, rss
from tests.command_run import CHECKOUT, LOOPBACK, ingest_here, sentence
from tests.limits import few_files


@pytest.fixture
def feeds(site, folder):
    site.page("/one.xml", rss(item(1), item(2)))
    return folder.set_up(site.url("/one.xml"))


def test_memory_that_runs_out_is_a_sentence_with_the_remedy(feeds, monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", start)
    result = sentence(feeds.ingest("now"), code=1)
    assert result == "the memory this process may take is used up; let it have more (`ulimit -v`, the service's limit)"


def test_ctrl_c_before_the_command_can_answer_ends_it_without_a_traceback(feeds, tmp_path):
    (tmp_path / "click.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    result = feeds.run("now", forked=False, env=os.environ | {"PYTHONPATH": f"{tmp_path}:{CHECKOUT}"})
    assert (result.code, result.out, result.err) == (-signal.SIGINT, "", "")


def test_a_low_limit_of_open_files_is_raised_as_far_as_the_system_lets_it(feeds):
    result = feeds.run("now", preexec_fn=few_files)
    assert (result.code, "entries: 2 archived" in result.out) == (0, True), result


# the network


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        ("<!doctype html><title>Hello</title><p>No feed", "text/html", "HTML"),
        ("", "application/rss+xml", "empty"),
        (b"\x00\x01\x02" * 100, "application/octet-stream", "feed"),
        ('{"items": []}', "application/json", "no JSON Feed"),
        (
            "<rss><channel><item><x>1</x></item></channel></rss>",
            "text/xml",
            "no entry could be read, of 1 that are in it",
        ),
    ],
)
def test_a_body_that_is_not_a_feed_is_recorded_with_the_reason(site, folder, body, content_type, reason):
    site.page("/odd", body, content_type=content_type)
    folder.set_up(site.url("/odd"))
    result = folder.ingest("now", "-q")
    assert result.code == 1
    assert re.search(rf"^failed: {site.url('/odd')}: .*{reason}", result.out, re.MULTILINE)
    (poll,) = folder.rows("SELECT outcome, error FROM polls")
    assert poll["outcome"] == "failed"
    assert poll["error"] == folder.column("SELECT last_error FROM feeds")[0]
    assert poll["error"] in result.out


def test_an_unreachable_host_is_recorded_and_the_others_are_polled(site, folder):
    site.page("/one.xml", rss(item(1)))
    dead = f"http://127.0.0.1:{closed_port()}/feed"
    unknown = "http://no-such-host.invalid/feed"
    folder.set_up(site.url("/one.xml"), dead, unknown)
    result = folder.ingest("now", "-q")
    assert result.code == 0
    assert result.out.startswith("3 feeds polled: 2 failed, 1 parsed; 1 new entry\n")
    for url in (dead, unknown):
        (error,) = folder.column("SELECT last_error FROM feeds WHERE url = ? AND failures = 1", url)
        assert f"failed: {url}: {error}\n" in result.out


def test_a_page_without_text_ends_its_entry_with_the_reason(site, folder):
    site.page("/empty", "<p>")
    site.page("/one.xml", rss(f"<item><title>E</title><link>{site.url('/empty')}</link></item>"))
    folder.set_up(site.url("/one.xml"), article="page")
    assert "entries: 1 no text\n" in folder.ingest("now", "-q").out
    assert folder.rows("SELECT outcome, reason FROM entries") == [
        {"outcome": "no_text", "reason": "the page has no text"}
    ]


def test_an_address_that_the_guard_refuses_says_what_would_allow_it(site, folder):
    folder.set_up(settings="")
    result = folder.ingest("feeds", "add", site.url("/one.xml"))
    assert "allow_addresses" in sentence(result, code=1)


def test_a_host_that_is_not_there_cannot_be_added(folder):
    folder.set_up()
    url = f"http://127.0.0.1:{closed_port()}/"
    assert sentence(folder.ingest("feeds", "add", url), code=1).startswith(f"{url}: no connection to 127.0.0.1")


# the configuration


def test_a_configuration_that_is_not_there_names_the_command_that_makes_one(tmp_path):
    path = tmp_path / "none"
    result = ingest_here("--config", str(path), "now")
    assert (
        sentence(result, code=2)
        == f"{path}: there is no such folder; `ingest init {path}` writes a configuration there"
    )


@pytest.mark.parametrize("command", ["now", "daemon", "feeds list", "feeds check", "feeds export"])
def test_a_missing_list_says_how_to_start_one(folder, command):
    folder.set_up()
    (folder.config / "feeds.toml").unlink()
    result = sentence(folder.ingest(*command.split()), code=2)
    assert result == f"{folder.config / 'feeds.toml'}: there is no feed list; `ingest feeds add URL` starts one"


@pytest.mark.parametrize("command", ["now", "feeds check"])
def test_an_empty_list_says_how_to_fill_it(folder, command):
    folder.set_up()
    result = sentence(folder.ingest(*command.split()), code=2)
    assert result == f"{folder.config / 'feeds.toml'}: there are no feeds on the list; `ingest feeds add URL` adds one"
    assert not folder.archive.exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("[web]\ntimeouts = 3", r"web\.timeouts: unknown key; \[web\] knows .*timeout_s"),
        ("[webb]\n", r"webb: unknown section; there are archive, poll"),
        ("[web]\ntimeout_s = 'long'", r'web\.timeout_s: "long" is not a number of seconds above 0'),
        ("[web]\nproxy = 'nonsense'", r'web\.proxy: "nonsense" is not an http or https URL'),
        ("[poll]\nconcurrency = 0", r"poll\.concurrency: 0 is not an integer from 1 to 1000"),
        ("[web", r"is not TOML"),
        (b"[web]\nuser_agent = '\xff'", r"is not TOML: line 2 is not UTF-8"),
    ],
)
def test_a_setting_that_is_not_understood_stops_everything(feeds, site, settings, message):
    path = feeds.config / "settings.toml"
    path.write_bytes(settings if isinstance(settings, bytes) else settings.encode())
    for words in (["now"], ["daemon"]):
        assert re.match(rf"{path}: {message}", sentence(feeds.ingest(*words), code=2))
    assert not feeds.archive.exists()
    assert not site.requests


@pytest.mark.parametrize(
    ("feeds_toml", "message"),
    [
        (
            "[[feeds]]\nurl = 'ftp://a.example'",
            r'feed 1 \(ftp://a\.example\): url: "ftp://a\.example" is not an http or https',
        ),
        (
            "[[feeds]]\nurl = 'http://a.example'\nintervall_s = 3",
            r"feed 1 .+: intervall_s: unknown key; a feed knows .+interval_s",
        ),
        ("[[feeds]]\nurl = 'http://a.example'\ntags = 'x'", r'feed 1 .+: tags: "x" is not a list of words'),
        ("[[feeds]]\nname = 'x'", r"feed 1 \(without url\): url: is missing"),
        ("feeds = 3", r"feeds: 3 is not a list of feeds"),
        (b"\xff\xfe", r"is not TOML"),
    ],
)
def test_a_feed_that_is_not_understood_stops_everything(folder, feeds_toml, message):
    folder.set_up()
    path = folder.config / "feeds.toml"
    path.write_bytes(feeds_toml if isinstance(feeds_toml, bytes) else feeds_toml.encode())
    assert re.match(rf"{path}: {message}", sentence(folder.ingest("now"), code=2))
    assert not folder.archive.exists()


@pytest.mark.parametrize(("make", "kind"), [(Path.mkdir, "a folder"), (os.mkfifo, "a FIFO")])
@pytest.mark.parametrize("name", ["settings.toml", "feeds.toml"])
def test_a_configuration_file_that_is_not_a_file_is_refused_without_a_wait(folder, name, make, kind):
    folder.set_up()
    path = folder.config / name
    path.unlink()
    make(path)
    for words in ("now", "daemon", "feeds check http://a.example/"):
        result = sentence(folder.ingest(*words.split()), code=2)
        assert result == f"{path}: {kind}, not a file; put a file in its place"


def test_a_configuration_that_may_not_be_read_is_named(powerless):
    folder, options = powerless
    folder.set_up("http://a.example/")
    for closed, named in {"config/feeds.toml": "config/feeds.toml", ".": "config"}.items():
        (folder.path / closed).chmod(0)
        result = sentence(folder.run("feeds", "list", **options), code=2)
        (folder.path / closed).chmod(0o755)
        assert result == f"{folder.path / named}: cannot be read: Permission denied"


def test_a_faulty_variable_is_named_by_its_own_name(feeds, monkeypatch):
    monkeypatch.setenv("INGEST_WEB__TIMEOUT_S", "soon")
    assert sentence(feeds.ingest("now"), code=2).startswith("INGEST_WEB__TIMEOUT_S: ")


def test_every_fault_is_shown_at_once_a_line_each(feeds):
    (feeds.config / "settings.toml").write_text(LOOPBACK.replace("timeout_s = 10", "timeout_s = 0\nnope = 1"))
    result = feeds.ingest("now")
    assert (result.code, len(result.err.splitlines())) == (2, 2)


@pytest.mark.parametrize(
    ("body", "message"), [(b"\x00\xff" * 50, "this is not OPML"), (b"<opml/>", "this OPML has no feeds")]
)
def test_an_import_of_a_file_that_is_not_opml_adds_nothing(folder, tmp_path, body, message):
    folder.set_up()
    path = tmp_path / "list.opml"
    path.write_bytes(body)
    assert re.search(f"{message}.*; .*OPML", sentence(folder.ingest("feeds", "import", path), code=1))
    assert folder.ingest("feeds", "list", "--json").json == []


def test_init_below_a_file_writes_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    result = ingest_here("init", str(tmp_path / "file" / "config"))
    assert sentence(result, code=2).endswith("cannot be written: Not a directory")
