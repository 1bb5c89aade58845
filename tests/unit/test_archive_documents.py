"""What a poll keeps of a feed's document, so that the next one reads only what is new."""

from datetime import timedelta

import pytest

from ingest.maintenance.forget import find, forget
from ingest.pipeline.announced import record_entries
from ingest.workers import tasks
from ingest.workers.tasks import parse_feed
from storage.records import Outcome
from tests import builders as make
from tests.builders_feeds import item, rss

URL = "https://news.example/feed.xml"
UNIQUE = "<guid isPermaLink='false'>{}</guid>"


def news(n: int, **fields: str) -> str:
    return item(n, **({"link": f"https://news.example/{n}", "guid": UNIQUE.format(f"g{n}")} | fields))


@pytest.fixture
def poll(archive):
    """Poll a document an hour after the last one, and return the titles that were read."""
    with archive.transaction():
        archive.subscribe([make.feed(URL)], make.NOW)
    at = make.NOW

    def poll(*items: str, meanwhile=lambda: None) -> list[str | None]:
        nonlocal at
        at += timedelta(hours=1)
        last = archive.document(1)
        parsed = parse_feed(rss(*items).encode(), URL, None, at, URL, last)
        meanwhile()
        with archive.transaction():
            (feed,) = archive.due_feeds(at, limit=1)
            record_entries(archive, feed, parsed, at, last)
        return [entry.title for entry in parsed.entries]

    return poll


def last_seen(archive) -> list[str]:
    return [row[0] for row in archive.db.execute("SELECT last_seen_at FROM entries ORDER BY id")]


def test_a_poll_reads_what_the_last_document_did_not_have_and_has_seen_the_rest(archive, poll):
    assert poll(news(1), news(2)) == ["Title 1", "Title 2"]
    assert poll(news(3), news(1), news(2)) == ["Title 3"]
    assert poll(news(3), news(1)) == []
    assert last_seen(archive) == ["2026-03-01T15:00:00Z", "2026-03-01T14:00:00Z", "2026-03-01T15:00:00Z"]
    assert poll(news(2), news(3), news(1)) == ["Title 2"]  # it was not in the last document


def test_the_same_entries_in_any_order_are_not_written_again(archive, poll):
    poll(news(1), news(2))
    before = archive.document(1)
    with_document = archive.db.total_changes
    poll(news(2), news(1))
    assert archive.db.total_changes - with_document == 2  # their `last_seen_at`
    assert archive.document(1) == before


def test_an_entry_that_shares_a_name_with_another_is_read_again(poll):
    twice = news(2, guid=UNIQUE.format("g1"))
    assert poll(news(1), news(3), twice) == ["Title 1", "Title 3", "Title 2"]
    assert poll(news(1), news(3), twice) == ["Title 1", "Title 2"]


@pytest.mark.parametrize(
    "namesake",
    [
        news(9, guid=UNIQUE.format("g1")),
        news(9, link="https://news.example/1"),
        news(9, link="http://www.news.example/1/#comments"),
    ],
)
def test_a_new_entry_that_shares_a_name_with_a_known_one_lets_the_document_be_read_in_full(poll, namesake):
    poll(news(1), news(2))
    assert poll(namesake, news(1), news(2)) == ["Title 9", "Title 1", "Title 2"]


def test_an_edit_that_waits_for_a_later_poll_is_read_again(archive, poll):
    numbers = range(20)
    poll(*map(news, numbers))
    for n in numbers:
        archive.settle(n + 1, Outcome.NO_TEXT)
    edited = [news(n, text="Another text, and a longer one.") if n < 7 else news(n) for n in numbers]
    assert poll(*edited) == [f"Title {n}" for n in range(7)]
    assert poll(*edited) == ["Title 5", "Title 6"]
    assert poll(*edited) == []


def test_entries_of_one_page_are_read_again_because_each_makes_the_others_share_it(poll):
    changelog = [news(n, link="https://news.example/changes", guid="") for n in (1, 2)]
    assert poll(*changelog, news(3)) == ["Title 1", "Title 2", "Title 3"]
    assert poll(*changelog, news(3)) == ["Title 1", "Title 2"]
    assert poll(changelog[0], news(3)) == ["Title 1"]


def test_a_new_way_of_reading_lets_each_feed_be_read_in_full_once(poll, monkeypatch):
    poll(news(1), news(2))
    newer = tasks.READING_VERSION + 1
    for module in ("ingest.workers.tasks", "ingest.pipeline.remembered"):
        monkeypatch.setattr(f"{module}.READING_VERSION", newer)
    assert poll(news(1), news(2)) == ["Title 1", "Title 2"]
    assert poll(news(1), news(2)) == []


@pytest.mark.parametrize("during_the_poll", [False, True])
def test_a_forgotten_entry_is_recognised_at_the_next_poll(archive, poll, during_the_poll):
    def forget_it():
        with archive.transaction():
            forget(find("https://news.example/1", archive), archive, make.NOW)
        assert archive.document(1) is None

    poll(news(1), news(2))
    if during_the_poll:
        assert poll(news(1), news(2), meanwhile=forget_it) == []
        assert archive.document(1) is None
    else:
        forget_it()
    assert poll(news(1), news(2)) == ["Title 1", "Title 2"]
    assert poll(news(1), news(2)) == ["Title 1"]
    assert [row[0] for row in archive.db.execute("SELECT title FROM entries ORDER BY id")] == [None, "Title 2"]


def test_a_document_that_cannot_be_split_leaves_nothing_to_the_next_poll(archive, poll):
    poll(news(1), news(2))
    poll(news(1), "<link>https://news.example/</link>", news(2))
    assert archive.document(1) is None
    assert poll(news(1), news(2)) == ["Title 1", "Title 2"]
