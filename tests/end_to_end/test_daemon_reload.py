"""A running daemon reads its configuration again: at SIGHUP, and when a command has changed the feed list."""

import os
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.builders_feeds import item, rss
from tests.builders_pages import FRENCH, FRENCH_TITLE, article_page
from tests.command_run import LOOPBACK, until


def test_sighup_reads_the_feed_list_again(feeds, site):
    with feeds.daemon() as daemon:
        daemon.logs("/one.xml: 1 new")
        feeds.set_up(site.url("/two.xml"))
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: feeds.titles() == ["Title 1", "Title 2"])
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
        assert feeds.titles() == ["Title 1"]


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
            assert [result.out.partition(":")[0] for result in answers] == ["1 feed polled"] * 2
        assert daemon.text().count("watching") == 4
        assert daemon.end() == 0


def test_a_run_of_now_goes_on_under_new_settings(feeds, site):
    with feeds.daemon() as daemon, ThreadPoolExecutor() as threads:
        until(lambda: feeds.titles() == ["Title 1"])
        site.hang("/one.xml")
        asked = threads.submit(feeds.run, "now", "--json")
        until(lambda: len(site.requests_of("/one.xml")) == 2)
        site.page("/one.xml", rss(item(2), item(1)))
        feeds.set_up(site.url("/one.xml"), settings=with_timeout(11))
        daemon.process.send_signal(signal.SIGHUP)
        result = asked.result().json
    assert (result["polls"], result["entries_new"], result["entries"]) == ({"parsed": 1}, 1, {"archived": 1})


def test_now_polls_itself_when_the_daemon_is_killed(feeds, site):
    site.hang("/one.xml")
    with feeds.daemon() as daemon, ThreadPoolExecutor() as threads:
        asked = threads.submit(feeds.run, "now")
        daemon.logs("configuration read again")
        until(lambda: site.requests_of("/one.xml"))
        site.page("/one.xml", rss(item(1)))
        daemon.end(signal.SIGKILL)
        result = asked.result()
    assert (result.code, result.out.partition(":")[0]) == (0, "1 feed polled")
    assert f"the daemon (process {daemon.process.pid}) ended before it answered" in result.err
    assert " INFO watching 1 feed; archive " in daemon.text()


def test_a_list_without_feeds_says_what_to_do_and_is_filled_while_it_runs(feeds, site):
    feeds.set_up()
    with feeds.daemon() as daemon:
        assert "there are no feeds on the list; `ingest feeds add URL` adds one" in daemon.text()
        result = feeds.ingest("feeds", "add", site.url("/two.xml"), "--article", "feed")
        assert f"the daemon (process {daemon.process.pid}) has read the list again" in result.err
        until(lambda: feeds.titles() == ["Title 2"])
        feeds.ingest("feeds", "remove", site.url("/two.xml"))
        assert feeds.column("SELECT active FROM feeds") == [0]
