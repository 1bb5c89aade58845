"""Frequent queries use an index, with SQLite's statistics and without."""

from datetime import timedelta

import pytest

from storage.archive import Archive
from storage.records import Outcome
from tests import builders as make

QUERIES = {
    "due_feeds": lambda archive: archive.due_feeds(make.NOW, limit=9, exclude=[1]),
    "pending_hosts": lambda archive: archive.pending_hosts(make.NOW),
    "pending_entries": lambda archive: archive.pending_entries("news.example", make.NOW, limit=9, exclude=[1]),
    "due_rechecks": lambda archive: archive.due_rechecks("news.example", make.NOW, limit=9, exclude=[1]),
    "known_entries": lambda archive: archive.known_entries(1, ["g1"], ["https://news.example/a"], ["news.example/a"]),
    "guid_target": lambda archive: archive.guid_target(
        "guid:1", archive.pending_entries("news.example", make.NOW, limit=1)[0]
    ),
    "entry_rate": lambda archive: archive.entry_rate(1, make.NOW - timedelta(days=7), make.NOW),
    "next_due": lambda archive: archive.next_due(),
    "article_at": lambda archive: archive.article_at(["news.example/a"]),
    "text_matches": lambda archive: archive.text_matches(["1:0"]),
    "has_announced": lambda archive: archive.has_announced(1, [1], exclude=1),
    "candidates": lambda archive: archive.candidates([1, 2]),
    "split_off": lambda archive: archive.split_off([1, 2]),
    "current_text": lambda archive: archive.current_text(1),
    "current_texts_of": lambda archive: archive.current_texts_of([1, 2]),
    "current_pages": lambda archive: archive.current_pages(1),
    "media": lambda archive: archive.media(1),
    "archived_entry": lambda archive: archive.archived_entry(1),
    "sites_to_compress": lambda archive: archive.sites_to_compress(make.NOW, least=1, limit=1),
    "outcomes": lambda archive: archive.outcomes(),
    "pending_by_host": lambda archive: archive.pending_by_host(9),
    "pages_without_dictionary": lambda archive: archive.pages_without_dictionary("news.example", 9),
}


@pytest.fixture(scope="module", params=["without statistics", "with statistics"])
def archive(request, tmp_path_factory):
    with Archive(tmp_path_factory.mktemp("archive") / "news.db", "now") as archive:
        with archive.transaction():
            archive.subscribe([make.feed(f"https://news.example/{n}") for n in range(20)], make.NOW)
            for n in range(1000):
                archive.add_entries(n % 20 + 1, [make.entry(f"g{n}", f"https://news.example/{n}")], make.NOW)
                if n % 20:
                    archive.settle(n + 1, Outcome.ARCHIVED)
                if n % 20 == 1:
                    archive.schedule_recheck(n + 1, make.entry(), make.NOW)
            if request.param == "with statistics":
                archive.db.execute("ANALYZE")
        yield archive


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_reads_an_index_and_not_all_of_a_feed(archive, name):
    asked = []
    archive.db.set_trace_callback(asked.append)
    QUERIES[name](archive)
    archive.db.set_trace_callback(None)
    steps = [row[3] for sql in asked for row in archive.db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    tables = [
        step for step in steps if step.startswith(("SCAN", "SEARCH")) and "json_each" not in step and step != "SCAN t"
    ]
    assert all("INDEX" in step or "KEY" in step or "subquery" in step for step in tables)
    assert "SEARCH entries USING INDEX entries_instant (feed_id=?)" not in steps
    assert not [step for step in steps if step.endswith("USING INDEX entries_guid (feed_id=?)")]


@pytest.mark.parametrize("name", ["feed_health", "new_by_day", "outcomes", "feed_states"])
def test_what_status_counts_reads_indexes_and_not_the_entries_themselves(archive, name):
    asked = []
    archive.db.set_trace_callback(asked.append)
    archive.new_by_day(make.NOW.date(), 28) if name == "new_by_day" else getattr(archive, name)()
    archive.db.set_trace_callback(None)
    steps = [row[3] for sql in asked for row in archive.db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    entries = [step for step in steps if step.startswith(("SCAN entries", "SEARCH entries"))]
    assert all("COVERING INDEX entries_outcomes" in step or "COVERING INDEX entries_seen" in step for step in entries)
    assert bool(entries) == (name != "feed_states")
