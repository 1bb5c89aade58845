"""The figures of a period, on an archive of a few rows that the real writer has made."""

from datetime import timedelta

import pytest

from storage.archive import Archive
from storage.reader import Reader
from storage.records import Outcome
from tests import builders as make
from tests.builders import NOW

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PERIOD = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-03T00:00:00Z"}
OTHER_ENDS = (Outcome.NO_TEXT, Outcome.WALLED, Outcome.FAILED, Outcome.REFUSED, Outcome.FILTERED, Outcome.KNOWN)


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    path = tmp_path_factory.mktemp("figures") / "news.db"
    with Archive(path, "test") as archive, archive.transaction():
        archive.subscribe([make.feed(f"https://f{n}.example/feed", name=f"F{n}") for n in range(1, 14)], NOW - DAY)
        for n in range(1, 14):  # one entry a feed, so that some stand for others
            archive.add_entries(n, [make.entry(f"g{n}", f"https://news.example/{n}")], NOW)
        archive.add_entries(1, [make.entry(f"more{n}", f"https://news.example/m{n}") for n in range(6)], NOW)
        archive.add_entries(1, [make.entry("old", "https://news.example/old")], NOW - 3 * DAY)
        for entry_id, outcome in enumerate(OTHER_ENDS, start=14):
            archive.settle(entry_id, outcome, reason=f"why {outcome}")
        # Delays of 1, 2, … 10 minutes, one from before its feed was added, one ahead, and one that is a date.
        published = [NOW - n * MINUTE for n in range(1, 11)]
        published += [NOW - 2 * DAY, NOW + DAY, NOW.replace(hour=0)]
        for n, at in enumerate(published):
            article = make.article(f"https://news.example/{n}", f"Été {n}.", published_at=at, title=None)
            page = [make.page(b"12345678")] if n == 0 else []
            article_id = archive.add_article(article, page, NOW + DAY if n == 0 else NOW)
            archive.settle(n + 1, Outcome.ARCHIVED, article_id=article_id)
        for outcome, size in (("parsed", 100), ("not_modified", 0), ("same_body", 50), ("failed", 0), ("gone", 0)):
            archive.record_poll(make.poll(1, NOW, outcome, body_bytes=size, entries_new=size // 50), make.state())
        archive.record_poll(make.poll(1, NOW + 2 * DAY, body_bytes=7), make.state())
    with Reader(path) as reader:
        yield reader


def tuples(reader, name):
    return [tuple(row.values()) for row in reader.figure(name, PERIOD)]


def test_coverage_names_the_largest_feeds_and_counts_the_others(reader):
    rows = tuples(reader, "coverage")
    #                  feed, feeds, entries, archived, known, copies, revised, walled, no_text, failed, refused, …
    assert rows[0] == ("F1", 1, 7, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0)
    assert rows[1] == ("F2", 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert rows[-1] == ("other feeds", 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert len(rows) == 11


def test_freshness_is_of_articles_that_were_published_while_their_feed_was_polled(reader):
    # The first was archived a day later: 1,441 minutes; the others after 2 to 10.
    assert tuples(reader, "freshness") == [("news.example", 10, 6.0, 1441.0)]


def test_reasons_are_of_entries_that_brought_no_article(reader):
    assert tuples(reader, "reasons") == [(str(end), f"why {end}", 1) for end in sorted(OTHER_ENDS)]


def test_growth_is_in_bytes_of_what_came(reader):
    # "Été 0." has 6 characters in 8 bytes, "Été 10." 9. Without lines there is no Markdown.
    assert tuples(reader, "growth") == [("2026-03-01", 12, 99, 0, 0, 0), ("2026-03-02", 1, 8, 0, 1, 8)]


def test_requests_are_counted_by_how_they_ended(reader):
    assert tuples(reader, "requests") == [("2026-03-01", 5, 1, 1, 1, 2, 0, 3, 150)]


def test_the_size_on_disk_is_that_of_the_file(reader):
    (row,) = reader.figure("disk", {})
    assert row["file_bytes"] >= 100_000
    assert row["free_bytes"] == 0


def test_a_period_without_anything_has_no_rows(reader):
    empty = {"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}
    for name in ("coverage", "freshness", "reasons", "growth", "requests"):
        assert reader.figure(name, empty) == []
