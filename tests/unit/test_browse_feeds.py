"""The front page, the feeds and the page of a feed, asked in this process."""

import asyncio
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from ingest.browse.pages.feeds import bars, why_due
from ingest.browse.server import browsing
from ingest.schedule.polls import duration
from storage.archive import Archive
from storage.figures import query_of
from storage.reader import Reader
from storage.records import Outcome, to_text
from tests import builders as make

NOW = datetime.now(UTC).replace(microsecond=0)
HOSTILE = "<script>alert(1)</script>\"' onclick=x \u202e"
GOOD, FAILING, GONE, NEW = (f"https://{name}.example/feed.xml" for name in ("good", "failing", "gone", "new"))

UNKNOWN = ("/feed/99", "/feed/x", "/feed/" + "9" * 30)


def ask(archive, *paths):
    async def answers(datasette):
        return [await datasette.client.get(path) for path in paths]

    with browsing(archive) as datasette:
        return asyncio.run(answers(datasette))


def text(answer):
    """The words of a page, without its markup and pictures."""
    body = re.sub(r"<svg.*?</svg>|<head>.*?</head>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("feeds") / "news.db", NOW)


@pytest.fixture(scope="module")
def pages(filled):
    paths = ["/", "/feeds", "/feeds?name=GONE", "/feeds?state=failing", "/feeds?page=99", *UNKNOWN]
    paths += [f"/feed/{number}" for number in (1, 2, 3, 4)]
    return dict(zip(paths, ask(filled, *paths), strict=True))


def fill(path, now):
    """An archive with a good feed of a hostile name, a failing, a gone and a new one, and two articles of today."""
    with Archive(path, "test") as archive, archive.transaction():
        names = {GOOD: HOSTILE, FAILING: "Failing", GONE: "Gone", NEW: None}
        archive.subscribe([make.feed(url, name=name) for url, name in names.items()], now - timedelta(days=9))
        for number in (1, 2):
            url = f"https://news{number}.example/a"
            archive.add_article(
                make.article(url, f"Text {number}.", site=f"news{number}.example", title=f"{number} {HOSTILE}"), (), now
            )
            archive.add_entries(1, [make.entry(str(number), url, title=HOSTILE)], now)
            archive.settle(number, Outcome.ARCHIVED, article_id=number)
        archive.add_entries(1, [make.entry("3", "javascript:alert(3)", title="Third")], now)
        archive.settle(3, Outcome.FAILED, reason=HOSTILE)
        due = now + timedelta(hours=1)
        archive.record_poll(
            make.poll(1, now, entries_new=3), make.state(due_at=due, due_reason="It brings 4.2 entries a day.")
        )
        for hours in (5, 3, 2):
            outcome, failures = ("parsed", 0) if hours == 5 else ("failed", 4 - hours)
            poll = make.poll(2, now - timedelta(hours=hours), outcome, error=HOSTILE if failures else None)
            reason = f"The last {failures} polls failed." if failures else None
            archive.record_poll(poll, make.state(failures=failures, due_at=due, due_reason=reason))
        archive.record_poll(make.poll(3, now, "gone", status=410), make.state(gone=True, due_at=None))
    return path


def test_the_front_page_counts_what_came_and_names_feeds_in_trouble(pages):
    answer = pages["/"]
    page = text(answer)
    assert answer.status_code == 200
    assert "Today articles 2 sites 2" in page
    assert "Failing failing" in page
    assert to_text(NOW - timedelta(hours=3))[:16].replace("T", " ") in page  # the first of the failed polls in a row
    assert "Gone gone" in page
    assert {"articles_by_hour", "articles_by_site", "arrivals_by_language", "delay", "outcomes", "copies"} == set(
        re.findall(r'<figure class="plot" id="(\w+)"', answer.text)
    )
    assert answer.text.count("Its query") == 6
    assert "No copy came in this period." in page


def test_feeds_in_trouble_come_first_and_can_be_narrowed(pages):
    every, named, failing = pages["/feeds"], pages["/feeds?name=GONE"], pages["/feeds?state=failing"]
    assert re.findall(r'href="/feed/(\d)"', every.text) == ["2", "3", "4", "1"]
    assert re.findall(r'href="/feed/(\d)"', named.text) == ["3"]
    assert re.findall(r'href="/feed/(\d)"', failing.text) == ["2"]
    assert "No feed is so." in text(pages["/feeds?page=99"])


def test_the_new_entries_of_each_day_are_bars_of_equal_scale():
    assert bars([None, 0, 1, 2]) == "M1 12v-1h1V12zM2 12v-6.5h0.8V12zM3 12v-12h0.8V12z"
    assert bars([]) == ""


def test_a_feed_shows_its_entries_polls_and_why_it_is_polled_next(pages):
    good, failing, gone, new = (pages[f"/feed/{number}"] for number in (1, 2, 3, 4))
    assert re.findall(r'href="/article/(\d)"', good.text) == ["2", "1"]
    assert "It brings 4.2 entries a day." in text(good)
    assert "The last 2 polls failed." in text(failing)
    assert "Never. It answered 410 Gone" in text(gone)
    assert "It is new: the next run polls it." in text(new)
    assert "It was never polled." in text(new)


def test_an_unknown_feed_is_not_found(pages):
    assert [pages[path].status_code for path in UNKNOWN] == [404] * 3


def test_crawls_have_a_page_of_their_own_and_are_no_feed(tmp_path):
    path = tmp_path / "news.db"
    with Archive(path, "test") as archive, archive.transaction():
        source = archive.backfill_source(NOW)
        archive.begin_crawl("1", f"/crawls/{HOSTILE}.warc", "warc", 100, NOW)
        damaged = archive.begin_crawl("2", "/crawls/cut.warc", "warc", 100, NOW)
        archive.move_crawl(damaged.id, "", "50-0badcafe", 7, 2, NOW)
        archive.end_crawl(damaged.id, NOW, "the file is cut off")
        archive.settle(archive.add_entry(source, make.entry("r", "https://a.example/1"), NOW), Outcome.WALLED)
    feeds, crawls, front = ask(path, "/feeds", f"/feed/{source}", "/")
    assert f'href="/feed/{source}"' in feeds.text
    assert "There are none." in text(feeds)
    assert HOSTILE not in crawls.text
    assert "read up to 0" in text(crawls)
    assert "the file is cut off faulty 7 2" in text(crawls)
    assert not {"Next poll", "Last polls"} & set(re.findall("Next poll|Last polls", text(crawls)))
    assert front.status_code == 200


def test_what_strangers_wrote_stays_text(pages):
    for answer in (pages[path] for path in ("/", "/feeds", "/feed/1", "/feed/2")):
        assert "<script" not in answer.text
        assert "onclick=x" not in re.sub(r">[^<]*<|\"[^\"]*\"", "", answer.text)
        assert 'href="javascript:' not in answer.text
        assert HOSTILE in unescape(answer.text)


def test_an_empty_archive_says_what_to_do(tmp_path):
    Archive(tmp_path / "news.db", "test").close()
    front, feeds = ask(tmp_path / "news.db", "/", "/feeds")
    assert "It is empty" in text(front)
    assert "<figure" not in front.text
    assert "There are none." in text(feeds)


def test_an_archive_that_was_left_alone_shows_its_last_week(tmp_path):
    (front,) = ask(fill(tmp_path / "news.db", NOW - timedelta(days=30)), "/")
    assert "Nothing came in during the last seven days." in text(front)
    assert 'id="articles_by_site"' in front.text


def test_the_pages_read_no_table_of_articles_or_entries_from_end_to_end(filled):
    seen = []
    with Reader(filled) as archive, closing(sqlite3.connect(filled)) as planner:
        archive.db.set_trace_callback(seen.append)
        archive.stock()
        archive.article_count(1)
        archive.arrivals("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
        archive.latest_articles(20)
        archive.entries_by_feed([1, 2], "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
        archive.polls_of(1, 20)
        archive.newest_entries(1, 20)
        archive.db.set_trace_callback(None)
        plans = [
            step
            for sql in seen
            if sql.lstrip().startswith(("SELECT", "WITH"))
            for *_, step in planner.execute(f"EXPLAIN QUERY PLAN {sql}")
        ]
    assert plans
    whole = re.compile(r"SCAN (articles|a|entries|e|polls|selectable|changes|p|postings)\b(?!.* INDEX entries_pending)")
    assert [step for step in plans if whole.match(step)] == [
        "SCAN selectable"  # the newest, by its key, up to the limit
    ]


def test_a_feeds_newest_entries_are_found_by_their_instants_whatever_statistics_there_are(filled):
    """After an upgrade a new index has none, and seems to lead to ten entries of any feed."""
    planner = sqlite3.connect(":memory:")
    with closing(planner), closing(sqlite3.connect(filled)) as archive:
        archive.backup(planner)
        planner.execute("ANALYZE")
        planner.execute("DELETE FROM sqlite_stat1")
        planner.execute("INSERT INTO sqlite_stat1 VALUES ('entries', 'entries_instant', '600000 1001 2')")
        planner.execute("ANALYZE sqlite_schema")
        for name in ("feed_delay", "feed_outcomes", "feed_rate"):
            plan = [step for *_, step in planner.execute(f"EXPLAIN QUERY PLAN {query_of(name)}", {"feed_id": 1})]
            assert any("entries USING INDEX entries_instant" in step for step in plan), name


def test_the_number_of_articles_of_a_feed_is_that_of_its_entries(filled):
    with Reader(filled) as archive:
        assert [archive.article_count(), archive.article_count(1), archive.article_count(2)] == [2, 2, 0]


FEED = {
    "gone_at": None, "active": 1, "polled_at": "2026-01-01T00:00:00Z", "due_at": "2026-01-01T12:10:00Z",
    "due_reason": "The feed list asks for it.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("feed", "blocked_until", "sentence"),
    [
        ({}, None, "The feed list asks for it."),
        ({"due_reason": None}, None, ""),
        ({"active": 0}, None, "It has left the feed list and is not polled any more."),
        ({"polled_at": None}, None, "It is new: the next run polls it."),
        (
            {},
            "2026-01-01T12:30:00Z",
            "Its host asked for no request before 2026-01-01 12:30 UTC (Retry-After).",
        ),
    ],
)
def test_why_a_feed_is_polled_when_it_is_is_what_its_last_poll_said_unless_that_has_passed(
    feed, blocked_until, sentence
):
    assert why_due(FEED | feed, blocked_until=blocked_until) == sentence


def test_durations_are_in_their_largest_units():
    assert [duration(s) for s in (40, 300, 5400, 7200, 200_000)] == ["40 s", "5 min", "1 h 30 min", "2 h", "2 days"]
