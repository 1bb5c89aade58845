"""The daemon as a process of its own: its clock, its signals, and the commands beside it."""

import json
import os
import re
import resource
import signal
import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.daemon import control
from ingest.daemon.control import daemon_of
from storage.lock import holder_of
from tests.builders_feeds import item, rss
from tests.builders_pages import FRENCH, FRENCH_TITLE, article_page
from tests.command_run import LOOPBACK, Told, until


@pytest.fixture
def feeds(site, folder):
    """Two feeds of an article each; only the first is on the list."""
    site.page("/one.xml", rss(item(1)))
    site.page("/two.xml", rss(item(2)))
    folder.set_up(site.url("/one.xml"))
    return folder


def titles(folder):
    return folder.column("SELECT title FROM articles ORDER BY title")


# the clock


def test_a_feed_is_polled_at_once_and_again_when_it_is_due(feeds, site):
    feeds.set_up(site.url("/one.xml"), settings=LOOPBACK + "[poll]\nmin_interval_s = 1\nmax_interval_s = 1\n")
    with feeds.daemon() as daemon:
        daemon.logs("/one.xml: 1 new")
        site.page("/one.xml", rss(item(2), item(1)))
        until(lambda: titles(feeds) == ["Title 1", "Title 2"])
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
def test_it_ends_in_time_whatever_is_in_hand_and_nothing_is_half_done(feeds, site, number):
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


def test_a_killed_daemon_leaves_nothing_that_stands_in_the_way(feeds, monkeypatch):
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
        until(lambda: titles(feeds) == ["Title 1"])
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        site.page("/one.xml", rss(item(2), item(1)))
        assert feeds.ingest("now", "-q").code == 0  # by itself: its own writes fit
        assert daemon.process.wait(timeout=10) == 3
        (line,) = [line for line in daemon.text().splitlines() if " INFO " not in line]
        assert re.fullmatch(rf"ingest: {feeds.archive}: the disk .+, then run this again: nothing is lost", line)
    assert titles(feeds) == ["Title 1", "Title 2"]


# its configuration


def test_sighup_reads_the_feed_list_again(feeds, site):
    with feeds.daemon() as daemon:
        daemon.logs("/one.xml: 1 new")
        feeds.set_up(site.url("/two.xml"))
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: titles(feeds) == ["Title 1", "Title 2"])
        assert feeds.column("SELECT active FROM feeds ORDER BY id") == [0, 1]
        assert daemon.end() == 0


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("feeds.toml", "[[feeds]"),
        ("settings.toml", "[poll]\nnope = 1"),
        ("settings.toml", "[daemon]\nhttp = '127.0.0.1:{}'"),
    ],
)
def test_a_faulty_configuration_is_reported_and_the_old_one_stays(feeds, file, text):
    with socket.socket() as taken, feeds.daemon() as daemon:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        before = (feeds.config / file).read_text()
        (feeds.config / file).write_text(text.format(taken.getsockname()[1]))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.logs("the old one stays")
        (feeds.config / file).write_text(before)
        until(lambda: feeds.ingest("now", "-q").code == 0)
        assert daemon.process.poll() is None
        assert titles(feeds) == ["Title 1"]


@pytest.mark.parametrize("make", [Path.touch, os.mkfifo])
def test_an_emptied_list_is_not_followed_at_sighup(feeds, make):
    with feeds.daemon() as daemon:
        daemon.logs("/one.xml: 1 new")
        path = feeds.config / "feeds.toml"
        path.unlink()
        make(path)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.logs(f"the old one stays: {path}: ")
        assert feeds.column("SELECT active FROM feeds") == [1]
        assert daemon.end() == 0
    log = daemon.text()
    assert "adds one; restart the daemon if none is wanted" in log or "a FIFO, not a file" in log


def test_an_edited_feed_is_followed_at_once(feeds, site):
    with feeds.daemon() as daemon:
        daemon.logs("/one.xml: 1 new")
        feeds.ingest("feeds", "edit", site.url("/one.xml"), "--name", "One", "--tag", "x", "--interval-s", 60)
        assert feeds.rows("SELECT name, tags, interval_s, active FROM feeds") == [
            {"name": "One", "tags": ["x"], "interval_s": 60, "active": 1}
        ]
        assert daemon.end() == 0


def test_sighup_with_other_settings_starts_over_with_them(feeds):
    with feeds.daemon() as daemon:
        first = daemon.text().count("watching")
        (feeds.config / "settings.toml").write_text(LOOPBACK.replace('"127.0.0.1:0"', '""'))
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: daemon.text().count("watching") == first + 1)
        with pytest.raises(OSError, match="refused"):
            daemon.get("/health")


def test_articles_are_cleaned_with_the_method_of_the_settings_that_were_read_last(feeds, site):
    site.page("/2", article_page(FRENCH_TITLE, FRENCH))
    with feeds.daemon() as daemon:
        daemon.logs("/one.xml: 1 new")
        settings = LOOPBACK.replace("[articles]", '[articles]\nmethod = "blocks"')
        feeds.set_up(site.url("/one.xml"), settings=settings, article="page")
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: daemon.text().count("watching") == 2)
        site.page("/one.xml", rss(item(2, link=site.url("/2"), text=""), item(1)))
        feeds.run("now", "-q")
    (extractor,) = feeds.column("SELECT extractor FROM articles WHERE id = 2")
    assert re.fullmatch(r"blocks \d+", extractor)


def with_timeout(seconds):
    return LOOPBACK.replace("timeout_s = 10", f"timeout_s = {seconds}")


def test_now_beside_it_works_at_the_first_try_when_the_settings_have_changed(feeds, site):
    with feeds.daemon() as daemon:
        for seconds in (11, 12, 13):
            feeds.set_up(site.url("/one.xml"), settings=with_timeout(seconds))
            if seconds == 12:
                daemon.process.send_signal(signal.SIGHUP)
            with ThreadPoolExecutor() as threads:
                answers = list(threads.map(lambda _: feeds.run("now", "-q"), range(2)))
            assert [told.out.partition(":")[0] for told in answers] == ["1 feed polled"] * 2
        assert daemon.text().count("watching") == 4
        assert daemon.end() == 0


def test_what_now_waits_for_is_gone_on_with_under_the_new_settings(feeds, site):
    with feeds.daemon() as daemon, ThreadPoolExecutor() as threads:
        until(lambda: titles(feeds) == ["Title 1"])
        site.hang("/one.xml")
        asked = threads.submit(feeds.run, "now", "--json")
        until(lambda: len(site.requests_of("/one.xml")) == 2)
        site.page("/one.xml", rss(item(2), item(1)))
        feeds.set_up(site.url("/one.xml"), settings=with_timeout(11))
        daemon.process.send_signal(signal.SIGHUP)
        told = asked.result().json
    assert (told["polls"], told["entries_new"], told["entries"]) == ({"parsed": 1}, 1, {"archived": 1})


def test_what_now_waits_for_it_does_itself_when_the_daemon_is_killed(feeds, site):
    site.hang("/one.xml")
    with feeds.daemon() as daemon, ThreadPoolExecutor() as threads:
        asked = threads.submit(feeds.run, "now")
        daemon.logs("configuration read again")
        until(lambda: site.requests_of("/one.xml"))
        site.page("/one.xml", rss(item(1)))
        daemon.end(signal.SIGKILL)
        told = asked.result()
    assert (told.code, told.out.partition(":")[0]) == (0, "1 feed polled")
    assert f"the daemon (process {daemon.process.pid}) ended before it answered" in told.err
    assert " INFO watching 1 feed; archive " in daemon.text()


def test_a_list_without_feeds_says_what_to_do_and_is_filled_while_it_runs(feeds, site):
    feeds.set_up()
    with feeds.daemon() as daemon:
        assert "there are no feeds on the list; `ingest feeds add URL` adds one" in daemon.text()
        told = feeds.ingest("feeds", "add", site.url("/two.xml"), "--article", "feed")
        assert f"the daemon (process {daemon.process.pid}) has read the list again" in told.err
        until(lambda: titles(feeds) == ["Title 2"])
        feeds.ingest("feeds", "remove", site.url("/two.xml"))
        assert feeds.column("SELECT active FROM feeds") == [0]


# what it tells


def test_health_and_metrics_are_served(feeds, site):
    feeds.set_up(site.url("/one.xml"), site.url("/dead.xml"))
    with feeds.daemon() as daemon:
        daemon.logs("/dead.xml: failed (HTTP 404)")
        until(lambda: titles(feeds))
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
        told = feeds.run("daemon", "-q")
    assert (told.code, told.out) == (2, "")
    assert re.fullmatch(
        rf"ingest: daemon\.http: {address} cannot be listened on \(Address .+ in use\); name another, .+\n", told.err
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
    told = feeds.run("--json", "daemon", "-q")
    assert told.code == 2
    assert json.loads(told.err)["level"] == "critical"


def test_quiet_logs_only_what_is_wrong_and_nothing_is_a_result(feeds, site):
    feeds.set_up(site.url("/one.xml"))
    with feeds.start("daemon", "-q") as process:
        until(lambda: feeds.archive.exists() and feeds.ingest("status").code == 0 and titles(feeds))
        process.terminate()
        assert process.communicate(timeout=10) == (b"", b"")


# commands beside it


def test_now_beside_it_makes_it_poll_and_reports_the_result(feeds, site):
    feeds.set_up(site.url("/one.xml"), site.url("/two.xml"))
    with feeds.daemon() as daemon:
        until(lambda: len(titles(feeds)) == 2)
        site.page("/one.xml", rss(item(3), item(1)))
        told = feeds.ingest("now")
        assert told.code == 0
        assert told.out.startswith("2 feeds polled: 1 parsed, 1 same body; 1 new entry\nentries: 1 archived\n")
        assert told.err == f"{feeds.archive}: the daemon (process {daemon.process.pid}) is asked to poll every feed\n"
        assert "Title 3" in titles(feeds)
        before = len(site.requests_of("/two.xml"))
        told = feeds.ingest("now", "--json", "-q", "--feed", site.url("/one.xml"))
        assert (told.json["polls"], told.err) == ({"same_body": 1}, "")
        assert len(site.requests_of("/two.xml")) == before


def test_two_that_ask_at_once_are_both_answered(feeds, site):
    feeds.set_up(site.url("/one.xml"), site.url("/two.xml"))
    with feeds.daemon():
        until(lambda: len(titles(feeds)) == 2)
        with ThreadPoolExecutor() as threads:
            answers: list[Told] = list(threads.map(lambda _: feeds.run("now", "--json"), range(2)))
        assert [sum(told.json["polls"].values()) for told in answers] == [2, 2]


def test_a_feed_that_another_asks_for_meanwhile_is_counted_once(feeds, site):
    feeds.set_up(site.url("/one.xml"), settings=LOOPBACK.replace("timeout_s = 10", "timeout_s = 2"), article="page")
    with feeds.daemon(), ThreadPoolExecutor() as threads:
        until(lambda: site.requests_of("/one.xml"))
        site.hang("/slow")
        site.page("/one.xml", rss(f"<item><title>S</title><link>{site.url('/slow')}</link></item>"))
        first = threads.submit(feeds.run, "now", "--json")
        until(lambda: site.requests_of("/slow"))
        second = threads.submit(feeds.run, "now", "--json")
        answers = [asked.result().json for asked in (first, second)]
        assert len(site.requests_of("/one.xml")) == 3
    assert [told["polls"] for told in answers] == [{"parsed": 1}, {"same_body": 1}]


def test_now_waits_for_a_daemon_that_is_starting(feeds):
    lock = Path(f"{feeds.archive}-lock")
    with feeds.start("daemon", "-q") as process:
        until(lambda: lock.exists() and holder_of(feeds.archive))
        told = feeds.ingest("now")
        process.terminate()
        process.communicate(timeout=10)
    assert told.code == 0
    assert "is asked to poll" in told.err


def test_now_asks_a_daemon_that_takes_the_archive_just_before_it_would(feeds, monkeypatch):
    answers = [None]
    monkeypatch.setattr(control, "daemon_of", lambda archive: answers.pop() if answers else daemon_of(archive))
    with feeds.daemon():
        told = feeds.ingest("now")
    assert (told.code, "is asked to poll" in told.err) == (0, True)


def test_a_feed_that_was_added_by_hand_is_polled_beside_it(feeds, site):
    with feeds.daemon():
        feeds.set_up(site.url("/one.xml"), site.url("/two.xml"))
        told = feeds.ingest("now", "-q", "--feed", site.url("/two.xml"))
    assert told.out.startswith("1 feed polled")


def test_a_feed_it_does_not_know_is_refused_with_the_remedy(feeds, site, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "feeds.toml").write_text(f'[[feeds]]\nurl = "{site.url("/elsewhere.xml")}"\n')
    with feeds.daemon() as daemon:
        told = feeds.ingest("--config", str(other), "now", "-q", "--feed", site.url("/elsewhere.xml"))
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith(f"ingest: the daemon (process {daemon.process.pid}) refused: it does not know")


def test_status_names_it_and_a_second_one_is_turned_away(feeds):
    with feeds.daemon() as daemon:
        pid = daemon.process.pid
        assert f"`ingest daemon` (process {pid}) is writing to it" in feeds.ingest("status").out
        told = feeds.run("daemon", "-q")
        assert told.code == 3
        assert told.err.startswith(f"ingest: {feeds.archive}: `ingest daemon` (process {pid}, since ")


def test_now_beside_another_now_is_told_who_is_writing(feeds, site):
    site.hang("/hanging.xml")
    feeds.set_up(site.url("/hanging.xml"))
    link = feeds.path / "other-name.db"
    with feeds.start("now", "-q") as first:
        until(lambda: site.requests_of("/hanging.xml"))
        link.symlink_to(feeds.archive)
        for name in (feeds.archive, link):
            told = feeds.ingest("now", "-q", "--archive", name)
            assert (told.code, told.out) == (3, "")
            assert re.fullmatch(
                rf"ingest: {name}: `ingest now` \(process {first.pid}, since .+Z\) is writing to it; .+\n",
                told.err,
            )
        os.kill(first.pid, signal.SIGKILL)
