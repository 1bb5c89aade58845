"""Commands while a daemon is running: it does what `ingest now` asks for."""

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ingest.daemon import control
from ingest.daemon.control import daemon_of
from storage.lock import holder_of
from tests.builders_feeds import item, rss
from tests.command_run import LOOPBACK, CommandResult, until


def test_now_beside_it_makes_it_poll_and_reports_the_result(feeds, site):
    feeds.set_up(site.url("/one.xml"), site.url("/two.xml"))
    with feeds.daemon() as daemon:
        until(lambda: len(feeds.titles()) == 2)
        site.page("/one.xml", rss(item(3), item(1)))
        result = feeds.ingest("now")
        assert result.code == 0
        assert result.out.startswith("2 feeds polled: 1 parsed, 1 same body; 1 new entry\nentries: 1 archived\n")
        assert result.err == f"{feeds.archive}: the daemon (process {daemon.process.pid}) is asked to poll every feed\n"
        assert "Title 3" in feeds.titles()
        before = len(site.requests_of("/two.xml"))
        result = feeds.ingest("now", "--json", "-q", "--feed", site.url("/one.xml"))
        assert (result.json["polls"], result.err) == ({"same_body": 1}, "")
        assert len(site.requests_of("/two.xml")) == before


def test_two_runs_of_now_at_once_are_both_answered(feeds, site):
    feeds.set_up(site.url("/one.xml"), site.url("/two.xml"))
    with feeds.daemon():
        until(lambda: len(feeds.titles()) == 2)
        with ThreadPoolExecutor() as threads:
            answers: list[CommandResult] = list(threads.map(lambda _: feeds.run("now", "--json"), range(2)))
        assert [sum(result.json["polls"].values()) for result in answers] == [2, 2]


def test_a_feed_that_another_asks_for_meanwhile_is_counted_once(feeds, site):
    feeds.set_up(site.url("/one.xml"), settings=LOOPBACK.replace("timeout_s = 10", "timeout_s = 2"), article="page")
    with feeds.daemon(), ThreadPoolExecutor() as threads:
        until(lambda: feeds.column("SELECT 1 FROM polls"))
        site.hang("/slow")
        site.page("/one.xml", rss(f"<item><title>S</title><link>{site.url('/slow')}</link></item>"))
        first = threads.submit(feeds.run, "now", "--json")
        until(lambda: site.requests_of("/slow"))
        second = threads.submit(feeds.run, "now", "--json")
        answers = [asked.result().json for asked in (first, second)]
        assert len(site.requests_of("/one.xml")) == 3
    assert [result["polls"] for result in answers] == [{"parsed": 1}, {"same_body": 1}]


def test_now_waits_for_a_daemon_that_is_starting(feeds):
    lock = Path(f"{feeds.archive}-lock")
    with feeds.start("daemon", "-q") as process:
        until(lambda: lock.exists() and holder_of(feeds.archive))
        result = feeds.ingest("now")
        process.terminate()
        process.communicate(timeout=10)
    assert result.code == 0
    assert "is asked to poll" in result.err


def test_now_asks_a_daemon_that_takes_the_archive_just_before_it_would(feeds, monkeypatch):
    answers = [None]
    monkeypatch.setattr(control, "daemon_of", lambda archive: answers.pop() if answers else daemon_of(archive))
    with feeds.daemon():
        result = feeds.ingest("now")
    assert (result.code, "is asked to poll" in result.err) == (0, True)


def test_a_feed_that_was_added_by_hand_is_polled_beside_it(feeds, site):
    with feeds.daemon():
        feeds.set_up(site.url("/one.xml"), site.url("/two.xml"))
        result = feeds.ingest("now", "-q", "--feed", site.url("/two.xml"))
    assert result.out.startswith("1 feed polled")


def test_a_feed_it_does_not_know_is_refused_with_the_remedy(feeds, site, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "feeds.toml").write_text(f'[[feeds]]\nurl = "{site.url("/unknown.xml")}"\n')
    with feeds.daemon() as daemon:
        result = feeds.ingest("--config", str(other), "now", "-q", "--feed", site.url("/unknown.xml"))
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"ingest: the daemon (process {daemon.process.pid}) refused: it does not know")


def test_status_names_it_and_a_second_one_is_turned_away(feeds):
    with feeds.daemon() as daemon:
        pid = daemon.process.pid
        assert f"`ingest daemon` (process {pid}) is writing to it" in feeds.ingest("status").out
        result = feeds.run("daemon", "-q")
        assert result.code == 3
        assert result.err.startswith(f"ingest: {feeds.archive}: `ingest daemon` (process {pid}, since ")


def test_now_beside_another_now_names_the_writing_process(feeds, site):
    site.hang("/hanging.xml")
    feeds.set_up(site.url("/hanging.xml"))
    link = feeds.path / "other-name.db"
    with feeds.start("now", "-q") as first:
        until(lambda: site.requests_of("/hanging.xml"))
        link.symlink_to(feeds.archive)
        for name in (feeds.archive, link):
            result = feeds.ingest("now", "-q", "--archive", name)
            assert (result.code, result.out) == (3, "")
            assert re.fullmatch(
                rf"ingest: {name}: `ingest now` \(process {first.pid}, since .+Z\) is writing to it; .+\n",
                result.err,
            )
        os.kill(first.pid, signal.SIGKILL)
