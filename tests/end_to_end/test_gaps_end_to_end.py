"""What may have been missed of a feed, by `ingest now`."""

from datetime import timedelta
from email.utils import format_datetime

from tests.archive_run import START
from tests.builders_feeds import item, rss
from tests.forgetting import ingest


def hourly(first, last):
    """A document with the entries `first` to `last` of a feed with one an hour, the newest first."""
    dates = {n: format_datetime(START + timedelta(hours=n)) for n in range(last, first - 1, -1)}
    return rss(*(item(n, link=f"/{n}", more=f"<pubDate>{date}</pubDate>") for n, date in dates.items()))


def test_an_outage_leaves_a_gap_that_the_next_document_shows_and_a_longer_one_closes(site, run, feed_url):
    def gaps():
        return run.rows("SELECT from_at, to_at, entries, evidence, noticed_at, found, closed_at FROM gaps")

    site.page("/feed.xml", hourly(-5, 0), etag='"1"')
    run.now(feed_url)
    assert (run.feed()["window_size"], run.feed()["window_at"]) == (6, "2026-03-01T12:00:00Z")
    run.later(hours=1).now(feed_url)
    site.page("/feed.xml", hourly(-3, 2), etag='"2"')
    run.later(hours=1).now(feed_url)
    site.page("/feed.xml", "", status=503)
    run.later(hours=6).now(feed_url)
    assert gaps() == []
    site.page("/feed.xml", hourly(9, 14))
    run.later(hours=6).now(feed_url)
    gap = {
        "from_at": "2026-03-01T14:00:00Z",
        "to_at": "2026-03-01T21:00:00Z",
        "entries": 7,
        "evidence": "nothing_shared",
        "noticed_at": "2026-03-02T02:00:00Z",
        "found": 0,
        "closed_at": None,
    }
    assert gaps() == [gap]
    assert run.row("SELECT gaps, missed FROM feed_health") == {"gaps": 1, "missed": 7}
    site.page("/feed.xml", "", status=503)
    run.later(days=1).now(feed_url)
    site.page("/feed.xml", hourly(-3, 40))
    run.later(hours=5).now(feed_url)
    assert gaps() == [gap | {"found": 6, "closed_at": "2026-03-03T07:00:00Z"}]
    assert run.row("SELECT gaps, missed FROM feed_health") == {"gaps": 0, "missed": 0}


def test_entries_that_were_forgotten_are_entries_of_the_document_all_the_same(site, run, feed_url):
    site.feed(hourly(-5, 0))
    run.now(feed_url)
    for n in range(-5, 1):
        assert ingest(run, "forget", site.url(f"/{n}")).code == 0
    site.feed(hourly(-1, 4))
    run.later(hours=5).now(feed_url)
    assert run.rows("SELECT * FROM gaps") == []
    assert run.column("SELECT entries_new FROM polls ORDER BY id") == [6, 4]
