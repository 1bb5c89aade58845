"""Feeds that say when not to be asked, lose their entries, become a page, or fall silent; and their alerts."""

import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ingest.daemon.metrics import Metrics
from storage.reader import Reader
from storage.records import to_text
from tests.archive_run import START
from tests.builders_feeds import item, page, rss
from tests.command_run import LOOPBACK

NEW_FEED = '<link rel="alternate" type="application/rss+xml" href="/new.xml?a=1&amp;b=2">'


def events(run):
    with Reader(run.path) as reader:
        return [(e["kind"], e["alert"]["kind"]) for e in reader.alert_events(0, 100)]


def health(run):
    (row,) = run.rows("SELECT * FROM feed_health")
    return row


def dated(n, hours=0):
    return item(n, more=f"<pubDate>{START + timedelta(hours=hours):%a, %d %b %Y %H:%M:%S} GMT</pubDate>")


def test_hours_and_days_to_skip_are_kept_until_a_document_names_others(site, run, feed_url):
    skipped = "<skipHours><hour>1</hour><hour>2</hour></skipHours><skipDays><day>Sunday</day></skipDays>"
    site.page("/feed.xml", rss(item(1), channel=skipped), headers={"ETag": '"1"'})
    run.now(feed_url)
    assert (run.feed()["skip_hours"], run.feed()["skip_days"]) == ("[1, 2]", "[6]")
    site.page("/feed.xml", "", status=304)
    run.later(hours=1).now(feed_url)
    site.page("/feed.xml", "", status=503)
    run.later(hours=1).now(feed_url)
    assert run.column("SELECT outcome FROM polls ORDER BY id") == ["parsed", "not_modified", "failed"]
    assert (run.feed()["skip_hours"], run.feed()["skip_days"]) == ("[1, 2]", "[6]")
    site.announce(item(1), item(2))
    run.later(hours=1).now(feed_url)
    assert (run.feed()["skip_hours"], run.feed()["skip_days"]) == ("[]", "[]")


def test_a_document_that_loses_its_entries_makes_the_feed_empty_until_it_has_some(site, run, feed_url):
    site.announce()
    run.now(feed_url)
    assert health(run)["state"] == "ok"  # it has never had an entry
    site.announce(item(1))
    run.later(hours=1).now(feed_url)
    site.announce()
    run.later(hours=1).now(feed_url)
    assert (health(run)["state"], health(run)["empty_at"]) == ("empty", "2026-03-01T14:00:00Z")
    assert health(run)["last_error"] == "its document has no entries"
    run.later(hours=1).now(feed_url)
    assert run.column("SELECT outcome FROM polls ORDER BY id DESC LIMIT 1") == ["same_body"]
    assert (health(run)["state"], health(run)["failures"], events(run)) == ("empty", 0, [])
    run.later(hours=23).now(feed_url)
    run.later(hours=1).now(feed_url)
    assert events(run) == [("began", "feed_empty")]
    reason = "its document, which had entries, has none since 2026-03-01 14:00 UTC (3 polls)"
    assert run.column("SELECT reason FROM alerts") == [reason]
    site.announce(item(1), item(2))
    run.later(hours=1).now(feed_url)
    assert (health(run)["state"], health(run)["last_error"]) == ("ok", None)
    assert events(run) == [(kind, "feed_empty") for kind in ("began", "ended")]
    # it was empty before, and came back
    site.announce()
    for _ in range(4):
        run.later(days=1).now(feed_url)
    assert (health(run)["state"], len(events(run))) == ("empty", 2)


@pytest.mark.parametrize("moved", [False, True])
def test_a_feed_that_has_become_a_page_names_the_feed_that_the_page_links(site, run, feed_url, moved):
    site.announce(item(1))
    run.now(feed_url)
    own = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    comments = '<link rel="alternate" type="application/rss+xml" href="/comments/feed">'
    site.page("/home" if moved else "/feed.xml", page(head=comments + own + NEW_FEED))
    if moved:
        site.redirect("/feed.xml", "/home", status=301)
    for _ in range(3):
        run.later(hours=1).now(feed_url)
    new = site.url("/new.xml?a=1&b=2")
    assert health(run)["last_error"] == (
        f"this is an HTML page, not a feed; it names another feed: `ingest feeds add '{new}'`"
    )
    assert (health(run)["state"], health(run)["alternate_url"], run.feed()["address"]) == ("failing", new, feed_url)
    assert not site.requests_of("/new.xml?a=1&b=2")
    site.page("/feed.xml", "", status=503)
    run.later(hours=1).now(feed_url)
    assert (health(run)["last_error"], health(run)["alternate_url"]) == ("HTTP 503", new)
    site.announce(item(1))
    run.later(hours=1).now(feed_url)
    assert (health(run)["state"], health(run)["alternate_url"]) == ("ok", None)


def test_a_page_that_links_no_feed_is_a_failure_without_a_proposal(site, run, feed_url):
    site.page("/feed.xml", page())
    run.now(feed_url)
    assert (health(run)["last_error"], health(run)["alternate_url"]) == ("this is an HTML page, not a feed", None)


def test_a_feed_that_falls_silent_is_an_alert_until_it_brings_something_new(site, run, feed_url):
    site.announce(*(dated(n, -8 * n) for n in range(6)))
    run.now(feed_url)
    silence_s = run.feed()["silence_s"]
    run.later(seconds=silence_s - 60).now(feed_url)
    assert health(run)["state"] == "ok"
    run.later(seconds=120).now(feed_url)
    assert health(run)["state"] == "silent"
    assert events(run) == [("began", "feed_silent")]
    (reason,) = run.column("SELECT reason FROM alerts")
    assert reason.startswith(f"nothing new since 2026-03-01 12:00 UTC, for more than {silence_s / 86400:.1f} days")
    site.page("/feed.xml", "", status=503)
    run.later(hours=1).now(feed_url)
    assert events(run) == [("began", "feed_silent")]
    site.announce(dated(99, silence_s / 3600))
    run.later(hours=1).now(feed_url)
    assert health(run)["state"] == "ok"
    assert events(run) == [(kind, "feed_silent") for kind in ("began", "ended")]


def test_a_feed_that_dates_its_entries_long_before_it_shows_them_is_silent_only_when_it_stops(site, run, feed_url):
    for day in range(6):
        site.announce(*(dated(n, 24 * (n - 60)) for n in range(day + 9, day, -1)))
        run.later(days=1).now(feed_url)
    shown_at = to_text(run.now_at)
    assert (health(run)["silence_s"] < 10 * 86400, health(run)["state"]) == (True, "ok")
    run.later(days=10).now(feed_url)
    assert (health(run)["state"], health(run)["silent_at"]) == ("silent", shown_at)
    assert events(run) == [("began", "feed_silent")]


def test_a_hook_gets_a_gap_when_it_is_noticed_and_when_it_is_closed(site, folder):
    got = folder.path / "got"
    site.announce(item(1))
    append = f"import sys; open({str(got)!r}, 'a').write(sys.stdin.read())"
    hook = f'[[hooks]]\nname = "mine"\ncommand = {json.dumps([sys.executable, "-c", append])}\nkinds = ["alert"]\n'
    folder.set_up(site.url("/feed.xml"), settings=f"{LOOPBACK}\n{hook}").ingest("now", "-q")
    at = [to_text(datetime.now(UTC) - timedelta(hours=hours)) for hours in (9, 5, 4)]
    with closing(sqlite3.connect(folder.archive)) as db, db:
        db.execute(
            """INSERT INTO gaps (feed_id, from_at, to_at, noticed_at, entries, evidence)
               VALUES (1, ?, ?, ?, 12, 'nothing_shared')""",
            at,
        )
    folder.ingest("now", "-q")
    metrics = {metric.name: metric.samples[0].value for metric in Metrics(folder.archive).collect() if metric.samples}
    assert (metrics["ingest_gaps"], metrics["ingest_entries_missed"]) == (1, 12)
    with closing(sqlite3.connect(folder.archive)) as db, db:
        db.execute("UPDATE gaps SET closed_at = ?", at[-1:])
    folder.ingest("now", "-q")
    began, ended = (json.loads(line) for line in got.read_text().splitlines())
    assert (began["type"], began["data"]["kind"], began["data"]["subject"]) == (
        "alert.began",
        "feed_gap",
        site.url("/feed.xml"),
    )
    assert began["data"]["reason"].startswith("about 12 entries dated ")
    assert (ended["type"], ended["data"]["kind"]) == ("alert.ended", "feed_gap")
