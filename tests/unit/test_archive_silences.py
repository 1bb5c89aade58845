"""What the archive knows of silent feeds, empty feeds and gaps, for their alerts."""

from datetime import timedelta

import pytest

from storage.archive import Archive
from storage.gaps import NoticedGap
from storage.records import to_text
from storage.silences import Emptiness, Silence
from tests import builders as make

HOUR = timedelta(hours=1)


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "news.db", "now") as archive, archive.transaction():
        archive.subscribe([make.feed(), make.feed("https://other.example/feed.xml")], make.NOW)
        yield archive


def poll(archive, hours, outcome="parsed", entries=1, **fields):
    archive.record_poll(
        make.poll(at=make.NOW + hours * HOUR, outcome=outcome, entries_seen=entries), make.state(**fields)
    )


def add_gap(archive, noticed, *, feed_id=1, closed=None, entries=9, found=0):
    times = [to_text(make.NOW + hours * HOUR) for hours in (1, 3, noticed)]
    closed_at = None if closed is None else to_text(make.NOW + closed * HOUR)
    archive.db.execute(
        """INSERT INTO gaps (feed_id, from_at, to_at, noticed_at, entries, evidence, found, closed_at)
           VALUES (?, ?, ?, ?, ?, 'nothing_shared', ?, ?)""",
        [feed_id, *times, entries, found, closed_at],
    )


def test_a_silence_is_known_with_the_newest_entry_and_what_the_feed_brought_in_the_month_before(archive):
    archive.add_entries(1, [make.entry("g1")], make.NOW)
    archive.add_entries(1, [make.entry("g2", published_at=make.NOW + HOUR)], make.NOW + HOUR)
    archive.add_entries(1, [make.entry("g3", published_at=make.NOW - 720 * HOUR)], make.NOW + HOUR)
    poll(archive, 2, silence_s=86400)
    assert archive.silence(1) is None
    poll(archive, 90, silence_s=86400, silent_at=make.NOW + HOUR)
    assert archive.silence(1) == Silence(make.NOW + HOUR, make.NOW, 86400, 2)
    (feed,) = archive.polled_feeds([1])
    assert feed.silent_at == make.NOW + HOUR
    assert archive.feeds_in_trouble(3) == [1]


def test_an_emptiness_is_counted_in_good_polls_and_knows_an_earlier_one(archive):
    poll(archive, 0, entries=0)  # a feed that has had no entries yet
    poll(archive, 1)
    assert archive.emptiness(1) is None
    empty_at = make.NOW + 2 * HOUR
    poll(archive, 2, entries=0, empty_at=empty_at)
    poll(archive, 3, "not_modified", 0, empty_at=empty_at)
    poll(archive, 4, "failed", 0, empty_at=empty_at)
    poll(archive, 5, "same_body", 0, empty_at=empty_at)
    assert archive.emptiness(1) == Emptiness(3, empty_before=False)
    poll(archive, 6)
    poll(archive, 7, entries=0, empty_at=make.NOW + 7 * HOUR)
    assert archive.emptiness(1) == Emptiness(1, empty_before=True)
    assert archive.feeds_in_trouble(3) == [1]


def test_the_gap_that_was_noticed_last_is_known_with_the_poll_before_it(archive):
    assert archive.noticed_gap(1) is None
    assert archive.open_gap_totals() == {"gaps": 0, "missed": 0, "feeds": 0}
    poll(archive, 1)
    poll(archive, 2, "failed")
    poll(archive, 3)
    add_gap(archive, 3, found=4)
    add_gap(archive, 4, closed=5)
    add_gap(archive, 6, feed_id=2)
    assert archive.noticed_gap(1) == NoticedGap(
        make.NOW + HOUR, make.NOW + 3 * HOUR, 5, make.NOW + 3 * HOUR, make.NOW + HOUR, offline=False
    )
    assert archive.open_gap_totals() == {"gaps": 2, "missed": 14, "feeds": 2}
    assert archive.noticed_gap(2).polled_at is None
    assert [feed.gap_at for feed in archive.polled_feeds([1, 2])] == [make.NOW + 3 * HOUR, make.NOW + 6 * HOUR]
    assert archive.feeds_in_trouble(3) == [1, 2]


@pytest.mark.parametrize(("began", "ended", "offline"), [(1, 2, True), (2, 3, True), (2, None, True), (0, 1, False)])
def test_a_gap_after_an_outage_of_all_feeds_is_known_by_it(archive, began, ended, offline):
    poll(archive, 1)
    add_gap(archive, 3)
    archive.begin_alert("all_feeds_failing", "news.db", "offline", make.NOW + began * HOUR)
    if ended is not None:
        archive.end_alert("all_feeds_failing", "news.db", make.NOW + ended * HOUR)
    assert archive.noticed_gap(1).offline is offline
