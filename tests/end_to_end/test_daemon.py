"""The daemon as a process of its own: when it polls, how it ends, what it logs and serves."""

import json
import re
import resource
import signal
import socket
import sqlite3
from pathlib import Path

import pytest

from ingest.daemon import control
from storage.lock import holder_of
from tests.builders_feeds import item, rss
from tests.command_run import LOOPBACK, until

# the clock


def test_a_feed_is_polled_at_once_and_again_when_it_is_due(feeds, site):
    feeds.set_up(site.url("/one.xml"), settings=LOOPBACK + "[poll]\nmin_interval_s = 1\nmax_interval_s = 1\n")
    with feeds.daemon(forked=False) as daemon:
        daemon.logs("/one.xml: 1 new")
        site.page("/one.xml", rss(item(2), item(1)))
        until(lambda: feeds.titles() == ["Title 1", "Title 2"])
        assert daemon.end() == 0


def test_entries_that_an_earlier_run_left_are_worked_on(feeds, site):
    site.page("/late", "", status=503)
    site.page("/page.xml", rss(f"<item><title>L</title><link>{site.url('/late')}</link></item>"))
    feeds.set_up(site.url("/page.xml"), article="page")
    feeds.ingest("now", "-q")
    with sqlite3.connect(feeds.archive) as database:
        database.execute("UPDATE entries SET due_at = '2020-01-01T00:00:00Z'")
    database.close()
    with feeds.daemon():
        until(lambda: len(site.requests_of("/late")) == 2)


# its end


def descendants(pid):
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [number for child in map(int, children) for number in (child, *descendants(child))]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="its processes are counted in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_time_whatever_is_in_flight_and_nothing_is_half_done(feeds, site, number):
    site.hang("/hanging.xml")
    site.page("/endless", "<p>" + "<div><p>word <b>word" * 100_000)
    site.page("/busy.xml", rss(f"<item><title>Busy</title><link>{site.url('/endless')}</link></item>", item(3)))
    settings = LOOPBACK.replace("timeout_s = 10", "timeout_s = 300").replace("workers = 1", "time_limit_s = 300")
    settings = settings.replace("[articles]", "[articles]\npage_memory_mb = 1000")
    feeds.set_up(
        site.url("/one.xml"), site.url("/hanging.xml"), site.url("/busy.xml"), settings=settings, article="page"
    )
    with feeds.daemon() as daemon:
        until(lambda: site.requests_of("/hanging.xml") and site.requests_of("/endless"))
        until(lambda: "/one.xml: 1 new" in daemon.text())
        asked = feeds.start("now")  # it waits for the feed that hangs
        until(lambda: len(site.requests_of("/one.xml")) == 2)
        others = descendants(daemon.process.pid)
        assert daemon.end(number) == 0
        until(lambda: not any(map(is_running, others)), within_s=5)
        with asked:  # it goes on by itself
            until(lambda: (holder_of(feeds.archive) or {}).get("command") == "now")
            asked.terminate()
            _, err = asked.communicate(timeout=10)
        assert asked.returncode == 143
        assert b"ended before it answered" in err
        assert err.splitlines()[-1].startswith(b"ingest: interrupted: "), err
    assert re.search(rf" INFO ended by {number.name} after 0:0\d:\d\d: \d polls?, \d new .+\n$", daemon.text())
    assert "Traceback" not in daemon.text()
    assert holder_of(feeds.archive) is None
    assert feeds.column("PRAGMA integrity_check") == ["ok"]
    assert feeds.rows("SELECT f.url FROM feeds f LEFT JOIN polls p ON p.feed_id = f.id WHERE p.id IS NULL") == [
        {"url": site.url("/hanging.xml")}
    ]
    for path in ("/hanging.xml", "/busy.xml"):
        site.page(path, rss(item(3)))
    site.page("/endless", "<p>Short.")
    assert feeds.ingest("now", "-q").code == 0
    assert feeds.column("SELECT count(*) FROM entries WHERE outcome = 'pending' AND tries = 0") == [0]


def test_a_killed_daemon_leaves_nothing_in_the_way(feeds, monkeypatch):
    temporary = feeds.path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with feeds.daemon() as daemon:
        daemon.end(signal.SIGKILL)
    if len(bytes(control.socket_path(feeds.archive))) <= control.MAX_SOCKET_PATH_BYTES:
        assert list(temporary.iterdir()) == []
    assert feeds.ingest("now", "-q").code == 0
    with feeds.daemon() as daemon:
        assert "asked to poll" in feeds.ingest("now").err


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="a running process is given no limit")
def test_a_disk_that_fills_up_ends_it_in_one_sentence_and_the_next_one_goes_on(feeds, site):
    with feeds.daemon() as daemon:
        until(lambda: feeds.titles() == ["Title 1"])
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        site.page("/one.xml", rss(item(2), item(1)))
        assert feeds.ingest("now", "-q").code == 0  # by itself: its own writes fit
        assert daemon.process.wait(timeout=10) == 3
        (line,) = [line for line in daemon.text().splitlines() if " INFO " not in line]
        assert re.fullmatch(rf"ingest: {feeds.archive}: the disk .+, then run this again: nothing is lost", line)
    assert feeds.titles() == ["Title 1", "Title 2"]


# its log, health and metrics


def test_health_and_metrics_are_served(feeds, site):
    feeds.set_up(site.url("/one.xml"), site.url("/dead.xml"))
    with feeds.daemon() as daemon:
        daemon.logs("/dead.xml: failed (HTTP 404)")
        until(feeds.titles)
        status, body = daemon.get("/health")
        health = json.loads(body)
        assert (status, health["status"], health["articles"]) == (200, "ok", 1)
        assert health["feeds"] == {"ok": 1, "failing": 1}
        status, body = daemon.get("/metrics")
        metrics = dict(line.rsplit(" ", 1) for line in body.splitlines() if not line.startswith("#"))
        assert (metrics['ingest_polls_total{outcome="parsed"}'], metrics["ingest_articles"]) == ("1.0", "1.0")
        assert (metrics['ingest_feeds{state="failing"}'], metrics["ingest_pending"]) == ("1.0", "0.0")
        assert daemon.get("/")[0] == 404


def test_no_address_serves_nothing(feeds):
    feeds.set_up(settings=LOOPBACK.replace('"127.0.0.1:0"', '""'))
    with feeds.daemon() as daemon:
        assert "answering" not in daemon.text()
        assert daemon.end() == 0


def test_a_taken_port_is_a_sentence_that_names_the_key(feeds):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        feeds.set_up("http://a.example/f", settings=LOOPBACK.replace("127.0.0.1:0", address))
        result = feeds.run("daemon", "-q")
    assert (result.code, result.out) == (2, "")
    assert re.fullmatch(
        rf"ingest: daemon\.http: {address} cannot be listened on \(Address .+ in use\); name another, .+\n", result.err
    )


def test_with_json_its_log_is_lines_of_json_to_the_last_error(feeds, site):
    feeds.set_up(site.url("/one.xml"), site.url("/dead.xml"))
    with feeds.daemon("--json") as daemon:
        daemon.logs("/one.xml: 1 new")
        daemon.logs("/dead.xml: failed")
        (feeds.config / "settings.toml").write_text("[poll]\nnope = 1")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.logs("the old one stays")
        assert daemon.end() == 0
    lines = [json.loads(line) for line in daemon.text().splitlines()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["at"]) for line in lines)
    polled = {line["feed"]: line for line in lines if line.get("event") == "polled"}
    assert polled[site.url("/one.xml")].items() >= {"level": "info", "outcome": "parsed", "new": 1}.items()
    assert polled[site.url("/dead.xml")].items() >= {"level": "warning", "error": "HTTP 404", "status": 404}.items()
    assert (lines[-1]["event"], lines[-1]["signal"]) == ("ended", "SIGTERM")
    result = feeds.run("--json", "daemon", "-q")
    assert result.code == 2
    assert json.loads(result.err)["level"] == "critical"


def test_quiet_logs_only_what_is_wrong_and_nothing_is_a_result(feeds, site):
    feeds.set_up(site.url("/one.xml"))
    with feeds.start("daemon", "-q") as process:
        until(lambda: feeds.archive.exists() and feeds.ingest("status").code == 0 and feeds.titles())
        process.terminate()
        assert process.communicate(timeout=10) == (b"", b"")
