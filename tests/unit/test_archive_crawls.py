"""What the archive knows of crawls: how far each was read, and that their entries are no feed's."""

from datetime import timedelta

import pytest

from storage.archive import Archive
from storage.compression import compress
from storage.crawls import BACKFILL
from storage.reader import Reader
from storage.records import Outcome, to_text
from storage.selection import Selection
from tests import builders as make
from tests.builders import NOW

LATER = NOW + timedelta(hours=1)
PERIOD = {"since": to_text(NOW - timedelta(days=1)), "until": to_text(NOW + timedelta(days=1))}


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "news.db", "test") as archive:
        yield archive


def test_a_crawl_found_under_another_path_stands_where_it_stood(archive):
    begun = archive.begin_crawl("k", "/a.warc.gz", "warc", 100, NOW)
    assert (begun.position, begun.pages, begun.ended_at) == ("", 0, None)
    assert archive.move_crawl(begun.id, "", "50", 3, 2, NOW)
    found = archive.begin_crawl("k", "/b.warc.gz", "warc", 100, LATER)
    assert (found.id, found.path, found.position, found.began_at) == (begun.id, "/b.warc.gz", "50", NOW)
    assert (found.pages, found.others, found.moved_at) == (3, 2, NOW)


def test_a_crawl_moves_on_from_where_it_stands_only(archive):
    crawl = archive.begin_crawl("k", "/a.warc", "warc", 100, NOW)
    assert archive.move_crawl(crawl.id, "", "50", 1, 0, NOW)
    assert not archive.move_crawl(crawl.id, "", "50", 1, 0, LATER)
    (found,) = archive.crawls()
    assert (found.position, found.pages, found.moved_at) == ("50", 1, NOW)


def test_a_damaged_crawl_is_read_on_when_its_file_has_another_size(archive):
    crawl = archive.begin_crawl("k", "/a.warc", "warc", 100, NOW)
    archive.end_crawl(crawl.id, LATER, "cut at byte 100")
    again = archive.begin_crawl("k", "/a.warc", "warc", 100, LATER)
    assert (again.ended_at, again.error) == (LATER, "cut at byte 100")
    grown = archive.begin_crawl("k", "/a.warc", "warc", 120, LATER)
    assert (grown.ended_at, grown.error, grown.size_bytes) == (None, None, 120)


def test_crawls_that_need_attention_come_first(archive):
    for key, ended, error in (("read", LATER, None), ("begun", None, None), ("damaged", LATER, "cut")):
        crawl = archive.begin_crawl(key, key, "warc", 1, NOW)
        if ended:
            archive.end_crawl(crawl.id, ended, error)
    assert [crawl.key for crawl in archive.crawls()] == ["begun", "damaged", "read"]


def bring(archive, feed_id, number, outcome=Outcome.ARCHIVED):
    url = f"https://news.example/{feed_id}/{number}"
    (entry_id, article_id) = (archive.add_entry(feed_id, make.entry(f"g{number}", url), NOW), None)
    if outcome is Outcome.ARCHIVED:
        article_id = archive.add_article(make.article(url, f"Text {feed_id} {number}."), [], NOW)
    archive.settle(entry_id, outcome, article_id=article_id, reason=f"why {outcome}")


def seen(archive):
    """Return what figures and overviews show of the feeds and of what came in."""
    figures = (
        "arrivals_by_language articles_by_hour articles_by_site coverage delay feed_coverage freshness outcomes reasons"
        " weekly_delay"
    )
    shown = {name: archive.figure(name, PERIOD) for name in figures.split()}
    shown["weekly_coverage"] = archive.figure("weekly_coverage", PERIOD | {"feed_id": None})
    shown["view"] = [dict(row) for row in archive.db.execute("SELECT * FROM weekly_coverage")]
    arrivals = archive.arrivals(PERIOD["since"], PERIOD["until"])
    listed = archive.listed_feeds(state=None, named="", limit=9, offset=0)
    states = (archive.feed_states(), archive.states_of_feeds(), archive.troubled_feeds(9, ("new",)))
    texts = archive.site_texts("news.example")
    return shown, arrivals, listed, states, archive.feed_health(), archive.stock()["feeds"], texts


def test_what_crawls_bring_is_in_no_figure_of_the_feeds(archive):
    archive.subscribe([make.feed()], NOW - timedelta(hours=1))
    bring(archive, 1, 1)
    bring(archive, 1, 2, Outcome.FAILED)
    before = seen(archive)
    source = archive.backfill_source(NOW - timedelta(hours=1))
    bring(archive, source, 1)
    bring(archive, source, 2, Outcome.FAILED)
    archive.subscribe([make.feed()], NOW)
    assert seen(archive) == before
    assert before[1]["articles"] == before[1]["failed"] == before[5] == 1


def test_the_source_of_crawls_is_one_and_is_never_polled(archive):
    source = archive.backfill_source(NOW)
    assert archive.backfill_source(LATER) == source
    assert (archive.make_due(NOW), archive.make_due(NOW, [BACKFILL])) == ([], [])
    assert archive.due_feeds(LATER, limit=9) == []
    archive.maintain(LATER)
    assert archive.repeating_feeds(LATER) == {}


def test_articles_of_crawls_are_found_by_their_source(archive):
    source = archive.backfill_source(NOW)
    bring(archive, source, 1)
    ((guid, _),) = archive.entries_with_guids(source, ["g1", "g2"])
    assert guid == "g1"
    with Reader(archive.path) as reader:
        feeds = reader.feeds_called([BACKFILL])
        assert feeds == [source]
        assert [article.id for article in reader.articles(Selection(feeds=(BACKFILL,)))] == [1]
        assert [each.name for each in reader.results("text").facets["feed"]] == [BACKFILL]
        assert (reader.feed_row(source)["state"], reader.entries_of([1])[0]["feed"]) == ("off", BACKFILL)


def test_the_address_asked_for_and_the_servers_are_kept_with_a_page(archive):
    html, _ = compress(b"<p>Text.", None)
    asked = make.page(html, url="https://news.example/r", ip_address="192.0.2.1")
    archive.add_article(make.article(), [asked, make.page(html, url="https://news.example/a")], NOW)
    redirected, plain = archive.pages(1)
    assert (redirected.url, redirected.final_url) == ("https://news.example/r", "https://news.example/a")
    assert (redirected.ip_address, redirected.status) == ("192.0.2.1", 200)
    assert (plain.url, plain.ip_address) == (plain.final_url, None)
