"""Alerts of feeds and sites, by `ingest now` and by the daemon."""

import asyncio
import json
import re
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.deliveries import judging
from ingest.pipeline import open_pipeline
from storage.reader import Reader
from storage.records import WantedFeed, to_text
from tests.archive_run import QUICK, START
from tests.builders_feeds import item, page, rss
from tests.command_run import LOOPBACK


@pytest.fixture
def other(sites):
    """A feed that is always well: one feed that fails is then not every feed."""
    other = sites("127.0.0.2")
    other.feed(rss(item(9)))
    return other.url("/feed.xml")


def events(run):
    with Reader(run.path) as reader:
        return [(e["kind"], e["alert"]["kind"], e["alert"]["subject"]) for e in reader.alert_events(0, 100)]


def test_a_feed_that_begins_to_fail_and_recovers_gives_two_events(site, run, feed_url, other):
    site.announce(item(1))
    run.now(feed_url, other)
    for status in (500, 503, 200, 503, 503, 503, 503, 503):
        site.page("/feed.xml", rss(item(1)) if status == 200 else "", status=status)
        run.later(minutes=45).now(feed_url, other)
    assert events(run) == [("began", "feed_failing", feed_url)]
    (alert,) = run.rows("SELECT * FROM alerts")
    assert alert["reason"] == "3 polls in a row have failed, the first at 2026-03-01 15:00 UTC: HTTP 503"
    assert alert["began_at"] == "2026-03-01T16:30:00Z"
    site.announce(item(1))
    run.later(minutes=45).now(feed_url, other)
    run.later(minutes=45).now(feed_url, other)
    assert events(run) == [(kind, "feed_failing", feed_url) for kind in ("began", "ended")]


def test_a_feed_that_is_gone_is_reported_at_once_and_until_it_leaves_the_list_or_is_well_again(
    site, run, feed_url, other
):
    site.page("/feed.xml", "", status=410)
    gone = [(kind, "feed_gone", feed_url) for kind in ("began", "ended")]
    run.now(feed_url, other)
    run.later(hours=1).now(feed_url, other)
    assert events(run) == gone[:1]
    run.later(hours=1).now(other)
    run.later(hours=1).now(other)
    assert events(run) == gone
    run.later(hours=1).now(feed_url, other)
    assert events(run) == gone + gone[:1]
    site.page("/feed.xml", "", status=500)
    run.later(hours=1).now(feed_url, other, only=[feed_url])
    assert events(run) == gone + gone[:1]
    site.announce(item(1))
    run.later(hours=1).now(feed_url, other)
    assert events(run) == gone * 2


def test_if_every_feed_fails_there_is_one_alert_until_one_is_well(sites, run):
    sites = [sites(f"127.0.0.{n}") for n in (2, 3, 4)]
    urls = [site.url("/feed.xml") for site in sites]
    for site in sites:
        site.announce(item(1))
    run.now(*urls)
    for site in sites:
        site.page("/feed.xml", "", status=503)
    for _ in range(5):
        run.later(hours=1).now(*urls)
    every = [(kind, "all_feeds_failing", str(run.path)) for kind in ("began", "ended")]
    assert events(run) == every[:1]
    # the first is well again; the others have failed too often since
    sites[0].announce(item(1))
    for _ in range(3):
        run.later(hours=1).now(*urls)
    assert events(run) == every
    run.later(hours=1).now(*urls)
    assert events(run) == every + [("began", "feed_failing", url) for url in urls[1:]]


def test_when_the_machine_is_online_again_no_feed_waits_for_what_failed_meanwhile(sites, run):
    sites = [sites(f"127.0.0.{n}") for n in (2, 3, 4)]
    urls = [site.url("/feed.xml") for site in sites]
    for site in sites:
        site.raw("/feed.xml", b"")
    asked = WantedFeed(urls[2], schedule="0 6 * * *")
    for _ in range(5):
        run.later(hours=1).now(*urls[:2], asked)
    assert run.column("SELECT DISTINCT outcome FROM polls") == ["failed"]
    assert run.due_in_s(urls[1]) > 3600
    scheduled_at = run.feed(urls[2])["due_at"]
    sites[0].announce(item(1))
    run.later(minutes=1).now(*urls[:2], asked, only=urls[:1])
    assert run.due_in_s(urls[1]) == 0
    assert run.feed(urls[1])["due_reason"] == "No feed could be polled for some time, and now one can."
    assert (run.due_in_s(urls[0]) > 0, run.feed(urls[2])["due_at"]) == (True, scheduled_at)
    # a feed that fails alone waits
    run.later(minutes=1).now(*urls[:2], asked)
    run.later(minutes=1).now(*urls[:2], asked, only=urls[:1])
    assert run.due_in_s(urls[1]) > 3600


def test_a_site_whose_pages_lose_their_text_and_get_it_back_gives_two_events(site, run, feed_url):
    feed, n = WantedFeed(feed_url), 0
    site.announce(item(0))
    run.now(feed, articles={"tries": 1})
    with run.writing() as db:  # what four entries an hour have brought
        db.execute("DELETE FROM site_texts")
        row = f"('{site.host}', -{{}}, '2026-02-27T{{:02}}', 'archived', 300)"
        rows = ", ".join(row.format(99 - n, n // 4) for n in range(70))
        db.execute(f"INSERT INTO site_texts (site, entry_id, hour, outcome, words) VALUES {rows}")
    began = [0]
    for hour, has_text in enumerate([True] + [False] * 5 + [True] * 4):
        items = []
        for _ in range(5):
            n += 1
            site.page(f"/{n}", page(n) if has_text else "<title>None</title>", headers={"Cache-Control": "no-store"})
            items.append(f"<item><title>Title {n}</title><link>{site.url(f'/{n}')}</link></item>")
        site.announce(*items)
        run.later(hours=1).now(feed)
        began.append(len(events(run)))
        assert began[-1] == (0 if hour < 4 else 1 if hour < 9 else 2), run.rows("SELECT * FROM site_texts")[-12:]
    assert events(run) == [(kind, "site_no_text", site.host) for kind in ("began", "ended")]
    assert run.row("SELECT reason FROM alerts")["reason"] == "16 of the last 40 entries brought no text: 16 no_text"
    assert run.column("SELECT DISTINCT outcome FROM site_texts") == ["archived"]  # the next trouble is another one


def test_a_reclean_begins_no_alert(run, feed_url, site):
    site.announce(item(1))
    run.now(feed_url)
    with run.writing() as db:
        before = db.execute("SELECT * FROM site_texts").fetchall()
        db.execute(
            """INSERT INTO revisions (article_id, body, content_hash, archived_at, words, extractor, cause)
               VALUES (1, 'Short.', '1:x', '2026-03-01T13:00:00Z', 1, 'blocks 9', 'reclean')"""
        )
        assert db.execute("SELECT * FROM site_texts").fetchall() == before


def test_the_daemon_logs_and_shows_an_alert_that_it_finds_and_its_end(site, sites, folder):
    other = sites("127.0.0.2")
    for each in (site, other):
        each.announce(item(1))
    folder.set_up(site.url("/feed.xml"), other.url("/feed.xml")).ingest("now", "-q")
    with closing(sqlite3.connect(folder.archive)) as db, db:
        at = to_text(datetime.now(UTC) - timedelta(hours=2))
        db.execute("UPDATE polls SET at = ?", [at])
        db.execute("UPDATE feeds SET failures = 2, polled_at = ?, due_at = ? WHERE id = 1", [at, at])
        failed = (
            "INSERT INTO polls (feed_id, at, outcome, entries_seen, entries_new, bytes, ms) VALUES (1, ?, ?, 0,0,0,0)"
        )
        db.executemany(failed, [(at, "failed")] * 2)
        db.execute("UPDATE feeds SET due_at = '2000-01-01T00:00:00Z'")
    site.page("/feed.xml", "", status=503)
    with folder.daemon("--json") as daemon:
        daemon.logs('"event": "alert_began"')
        (line,) = (json.loads(line) for line in daemon.text().splitlines() if "alert_began" in line)
        assert (line["level"], line["kind"], line["subject"]) == ("warning", "feed_failing", site.url("/feed.xml"))
        status = folder.ingest("status").out
        assert re.search(
            rf"^alert since \d+ s: {site.url('/feed.xml')}: 3 polls in a row have failed", status, re.MULTILINE
        )
        (alert,) = folder.ingest("status", "--json").json["alerts"]
        assert (alert["kind"], alert["reason"]) == ("feed_failing", line["reason"])
        assert 'ingest_alerts{kind="feed_failing"} 1.0' in daemon.get("/metrics")[1]
        site.announce(item(1))
        assert folder.ingest("now", "-q").code == 0
        daemon.logs('"event": "alert_ended"')
        assert 'ingest_alerts{kind="feed_failing"} 0.0' in daemon.get("/metrics")[1]
        assert "alert" not in folder.ingest("status").out


def test_a_hook_gets_an_alert_in_the_run_that_finds_it(site, folder):
    got = folder.path / "got"
    site.page("/feed.xml", "", status=410)
    append = f"import sys; open({str(got)!r}, 'a').write(sys.stdin.read())"
    hook = f'[[hooks]]\nname = "mine"\ncommand = {json.dumps([sys.executable, "-c", append])}\nkinds = ["alert"]\n'
    folder.set_up(site.url("/feed.xml"), settings=f"{LOOPBACK}\n{hook}").ingest("now", "-q")
    (event,) = (json.loads(line) for line in got.read_text().splitlines())
    assert (event["type"], event["data"]["kind"]) == ("alert.began", "feed_gone")


async def test_the_clock_lets_everything_be_judged_from_time_to_time(tmp_path, monkeypatch):
    monkeypatch.setattr(judging.unwritable, "STABLE", timedelta(0))
    monkeypatch.setattr(judging, "BATCH_S", 0.0)
    alerts = judging.AlertWatch()
    opened = open_pipeline(Config(Settings(**QUICK)), tmp_path / "news.db", "daemon")
    async with opened as context, alerts.watching(context), asyncio.timeout(10):
        await context.writer(lambda archive: archive.begin_alert("site_no_text", "silent.example", "", START))
        alerts.wake()
        await asyncio.sleep(0.05)
        assert await context.writer.read(lambda archive: archive.alert_rows())  # all was judged a moment ago
        monkeypatch.setattr(judging, "ALL_INTERVAL_S", 0.0)
        alerts.wake()
        while await context.writer.read(lambda archive: archive.alert_rows()):  # noqa: ASYNC110 (the rows say when)
            await asyncio.sleep(0.005)
