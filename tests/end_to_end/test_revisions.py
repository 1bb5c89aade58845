"""An edited article is rechecked, a bounded number of times, and becomes a revision if it is another text."""

import re
import sqlite3

import pytest
from sqlite_utils import Database

from storage.connection import APPLICATION_ID
from storage.migrations import migrations
from storage.reader import Reader
from storage.records import WantedFeed
from tests.builders_feeds import page, prose, rss
from tests.command_run import until

EDITED = prose(3, 10)


def entry(n=0, *, title=None, summary="A summary.", path=None, site=None, updated=None):
    """An item that announces a page."""
    stamp = "<pubDate>Sun, 01 Mar 2026 11:00:00 GMT</pubDate>"
    stamp += f"<a:updated>{updated}</a:updated>" if updated else ""
    return (
        f'<item xmlns:a="http://www.w3.org/2005/Atom"><title>{title or f"Title {n}"}</title>'
        f'<link>{site.url(path or f"/{n}")}</link><guid isPermaLink="false">g{n}</guid>'
        f"<description>{summary}</description>{stamp}</item>"
    )


@pytest.fixture
def news(site, run):
    """One article, archived an hour ago; `edit` and `poll` go on from there."""
    return News(site, run)


class News:
    def __init__(self, site, run, **feed):
        self.site, self.run = site, run
        self.feed = WantedFeed(site.url("/feed"), **feed)
        site.page("/0", page(0), etag='"v1"')
        self.announce()
        self.poll()
        run.later(hours=1)

    def announce(self, **fields):
        self.site.page("/feed", rss(entry(site=self.site, **fields)))

    def poll(self):
        return self.run.now(self.feed)

    def requests(self, path="/0"):
        return len(self.site.requests_of(path))

    def bodies(self):
        return self.run.column("SELECT body FROM current_articles ORDER BY id")

    def entry(self):
        return self.run.row("SELECT * FROM entries")

    def found(self, query):
        with Reader(self.run.path) as reader:
            return [hit.id for hit in reader.search(query)]


def test_an_edited_page_is_a_revision_once_and_search_finds_the_new_text_only(news):
    news.site.page("/0", page(0, text=EDITED), etag='"v2"')
    news.announce(summary="Another summary.")
    tally = news.poll()
    assert dict(tally.entries) == {"revised": 1}
    entry_row = news.entry()
    assert (entry_row["outcome"], entry_row["rechecks"], entry_row["summary"]) == ("revised", 1, "Another summary.")
    assert news.found("railway") == [1]
    assert news.found("harbour") == []
    assert news.run.column("SELECT kind FROM changes ORDER BY seq") == ["article", "revision"]
    assert news.run.column("SELECT body LIKE '%harbour%' FROM articles") == [1]
    assert news.run.column("SELECT articles FROM feed_health") == [1]
    news.run.later(days=3)
    news.poll()
    assert news.requests() == 2
    assert news.run.column("SELECT count(*) FROM revisions") == [1]


def test_a_later_updated_asks_for_a_recheck_and_a_304_ends_it(news):
    news.announce(updated="2026-03-01T12:30:00Z")
    tally = news.poll()
    assert dict(tally.entries) == {}
    asked = news.site.requests_of("/0")
    assert len(asked) == 2
    assert asked[1].headers["if-none-match"] == '"v1"'
    row = news.entry()
    assert (row["outcome"], row["rechecks"], row["reason"]) == ("archived", 1, None)
    assert news.run.column("SELECT count(*) FROM revisions") == [0]
    assert news.run.column("SELECT count(*) FROM rechecks_due") == [0]


def test_counters_and_dates_alone_ask_for_no_recheck_in_the_feed_and_make_no_revision_on_the_page(news):
    news.announce(summary="A summary.&lt;p&gt;12 comments&lt;/p&gt;")
    news.poll()
    assert news.requests() == 1
    news.run.later(hours=1)
    stamped = page(0).replace("<h1>", "<p>Updated March 4, 2026 at 10:30</p><h1>")
    news.site.page("/0", stamped.replace("</article>", "<p>147 comments</p></article>"))
    news.announce(summary="Something else.")
    news.poll()
    assert news.requests() == 2
    assert news.run.column("SELECT count(*) FROM revisions") == [0]
    assert news.entry()["outcome"] == "archived"


def test_what_another_method_makes_of_the_same_page_is_no_edit(news):
    with sqlite3.connect(news.run.path) as db:
        db.execute("UPDATE articles SET body = body || char(10) || 'Read on.', extractor = 'an older one'")
    db.close()
    news.site.page("/0", page(0), etag='"another"')
    news.announce(summary="Another summary.")
    news.poll()
    assert news.requests() == 2
    assert news.entry()["outcome"] == "archived"


def test_an_entry_that_changes_at_every_poll_is_rechecked_three_times_in_all(news):
    for n in range(60):
        news.announce(summary=f"Session {'abcdefghij'[n % 10]}{n}.")
        news.poll()
        news.run.later(hours=6)
    assert news.requests() == 1 + 3
    assert news.entry()["rechecks"] == 3


def test_rechecks_are_further_and_further_apart(news):
    for n in range(12):
        news.announce(summary=f"Session {n} x.")
        news.poll()
        news.run.later(hours=1)
    assert news.requests() == 1 + 2  # at once, and six hours later; the third is days away


def test_after_thirty_days_there_are_no_more_rechecks(news):
    news.run.later(days=31)
    news.announce(summary="Another summary.")
    news.poll()
    assert news.requests() == 1


def test_a_storm_makes_no_request_and_the_poll_says_so(site, run):
    feed = WantedFeed(site.url("/feed"))
    for n in range(8):
        site.page(f"/{n}", page(n))

    said = ["A summary."] * 8

    def announce(word, count):
        said[:count] = [word] * count
        site.page("/feed", rss(*(entry(n, site=site, summary=summary) for n, summary in enumerate(said))))
        run.now(feed)
        run.later(hours=1)

    announce("A summary.", 8)
    before = len(site.requests)
    announce("Now with an advertisement.", 8)
    announce("Now with another advertisement.", 4)
    assert len(site.requests) == before + 2
    notes = run.column("SELECT error FROM polls ORDER BY id")
    assert notes[0] is None
    assert notes[1] == (
        "8 of 8 known entries have changed at once, as a feed does and news do not: they are not rechecked"
    )
    announce("Edited.", 3)
    assert run.column("SELECT sum(rechecks) FROM entries") == [3]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (page(0, text=prose(0, 4)), 200, "rechecked: there are 68 words left of 204; the text stays"),
        ("<h1>Title 0</h1><p>Subscribe to continue reading.</p>", 200, None),
        ("", 410, "rechecked: the page answered HTTP 410; the text stays"),
    ],
)
def test_what_has_gone_behind_a_wall_or_away_does_not_replace_the_text(news, body, status, reason):
    before = news.bodies()
    news.site.page("/0", body, status=status)
    news.announce(summary="Another summary.")
    news.poll()
    row = news.entry()
    assert (row["outcome"], row["article_id"], row["rechecks"]) == ("archived", 1, 1)
    assert row["reason"].startswith("rechecked: ")
    assert reason in (None, row["reason"])
    assert news.bodies() == before
    assert news.run.column("SELECT count(*) FROM revisions") == [0]


def test_a_recheck_that_fails_for_now_is_tried_again_and_then_given_up(news):
    news.site.page("/0", "", status=503)
    news.announce(summary="Another summary.")
    for _ in range(6):
        news.poll()
        assert news.entry()["outcome"] == "archived"
        news.run.later(hours=12)
    assert news.requests() == 1 + 3
    assert news.entry()["reason"] == "rechecked: the page answered HTTP 503; the text stays"


def test_a_redirect_to_something_else_does_not_replace_the_text(news):
    other = "Our summer offers are here again. Choose from garden chairs, tents and lamps at half their price. " * 6
    news.site.page("/special", page(7, text=other))
    news.site.redirect("/0", news.site.url("/special"))
    news.announce(summary="Another summary.")
    news.poll()
    assert news.entry()["reason"] == f"rechecked: it leads to {news.site.url('/special')} now; the text stays"


def test_a_trusted_feeds_new_text_is_taken_without_fetching(site, run):
    feed = WantedFeed(site.url("/feed"), article="feed")
    site.page("/feed", rss(entry(site=site, summary=prose(0))))
    run.now(feed)
    run.later(hours=1)
    site.page("/feed", rss(entry(site=site, summary=EDITED)))
    run.now(feed)
    assert run.column("SELECT body FROM current_articles") == [EDITED]
    run.later(days=3)
    site.page("/feed", rss(entry(site=site, summary="A teaser only.")))
    run.now(feed)
    assert run.column("SELECT body FROM current_articles") == [EDITED]
    assert site.requests_of("/0") == []


def test_an_edited_headline_is_a_revision(news):
    news.site.page("/0", page(0, "Bridge opens again"), etag='"v2"')
    news.announce(title="Bridge opens again")
    news.poll()
    assert news.run.column("SELECT title FROM current_articles") == ["Bridge opens again"]
    assert news.run.column("SELECT title FROM articles") == ["Title 0"]


def test_an_article_over_several_pages_is_compared_with_all_its_pages(site, run):
    feed = WantedFeed(site.url("/feed"))
    following = f'<link rel="next" href="{site.url("/0?page=2")}">'
    site.page("/0", page(0, head=following))
    site.page("/0?page=2", page(0, text=prose(1, 12)))
    site.page("/feed", rss(entry(site=site)))
    run.now(feed)
    assert run.column("SELECT count(*) FROM pages") == [2]
    run.later(hours=1)
    site.page("/feed", rss(entry(site=site, summary="Another summary.")))
    run.now(feed)
    assert len(site.requests_of("/0?page=2")) == 2
    assert run.column("SELECT count(*) FROM revisions") == [0]
    assert run.column("SELECT reason FROM entries") == [None]


def test_an_entry_that_had_brought_no_article_is_tried_again(site, run):
    feed = WantedFeed(site.url("/feed"))
    site.page("/0", "<p>")
    site.page("/feed", rss(entry(site=site)))
    run.now(feed)
    assert run.outcomes() == ["no_text"]
    run.later(hours=1)
    site.page("/0", page(0))
    site.page("/feed", rss(entry(site=site, summary="Now with a text.")))
    run.now(feed)
    assert run.outcomes() == ["archived"]


@pytest.mark.parametrize("killed_at", ["/0", "/feed"])
def test_a_run_that_is_killed_while_it_rechecks_is_run_again(site, folder, killed_at):
    folder.set_up(site.url("/feed"), article="page")
    site.page("/0", page(0))
    site.page("/feed", rss(entry(site=site)))
    folder.ingest("now", "-q")
    with sqlite3.connect(folder.archive) as db:  # it was an hour ago
        db.execute("UPDATE entries SET first_seen_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 hour')")
    db.close()
    site.page("/feed", rss(entry(site=site, summary="Another summary.")))
    site.hang(killed_at)
    asked = len(site.requests_of(killed_at))
    process = folder.start("now", "-q")
    until(lambda: len(site.requests_of(killed_at)) > asked)
    process.kill()
    process.communicate()
    assert folder.column("SELECT outcome FROM entries") == ["archived"]
    site.page("/0", page(0, text=EDITED))
    site.page("/feed", rss(entry(site=site, summary="Another summary.")))
    assert folder.ingest("now", "-q").code == 0
    assert folder.column("SELECT outcome FROM entries") == ["revised"]
    folder.ingest("now", "-q")
    assert folder.column("SELECT count(*) FROM revisions") == [1]
    assert folder.column("SELECT count(*) FROM rechecks_due") == [0]


def test_the_commands_show_rechecks(site, folder):
    folder.set_up(site.url("/feed"), article="page")
    site.page("/0", page(0))
    site.page("/feed", rss(entry(site=site)))
    folder.ingest("now", "-q")
    site.page("/feed", rss(entry(site=site, summary="Another summary.")))
    folder.ingest("now", "-q")
    assert "entries: 1 (1 archived); 1 to be rechecked" in folder.ingest("status").out
    assert folder.ingest("status", "--json").json["rechecks_due"] == 1
    explained = folder.ingest("explain", site.url("/0"))
    assert re.search(r"^rechecked   0 times, next in \d+ (min|s)$", explained.out, re.MULTILINE)
    (recheck,) = folder.ingest("explain", site.url("/0"), "--json").json["rechecks"]
    assert (recheck["rechecks"], recheck["rechecked_at"]) == (0, None)


def test_an_archive_of_before_is_read_as_it_is_and_brought_up_to_date_by_a_run(site, folder):
    folder.set_up(site.url("/feed"), article="page")
    with sqlite3.connect(folder.archive) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(Database(db, strict=True), stop_before="m003_same_or_not")
        db.execute("INSERT INTO feeds (url, address, added_at) VALUES ('u', 'u', '2026-01-01T00:00:00Z')")
        db.execute(
            "INSERT INTO entries (feed_id, guid, url, canonical_url, host, first_seen_at, last_seen_at, outcome)"
            " VALUES (1, 'g0', ?1, ?1, 'h', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'failed')",
            ["https://news.example/0"],
        )
    db.close()
    assert "entries: 1 (1 failed)\n" in folder.ingest("status").out
    assert "outcome     failed\n" in folder.ingest("explain", "https://news.example/0").out
    site.page("/feed", rss(entry(site=site)))
    site.page("/0", page(0))
    folder.ingest("now", "-q")
    assert folder.column("SELECT outcome FROM entries") == ["failed", "archived"]
    assert folder.column("SELECT rechecks FROM entries") == [0, 0]


def test_an_archive_of_before_takes_the_texts_as_they_are(news):
    with sqlite3.connect(news.run.path) as db:
        db.execute("UPDATE entries SET text_hash = NULL")
    db.close()
    news.announce(summary="Another summary.")
    news.poll()
    assert news.requests() == 1
    assert news.entry()["text_hash"]
