"""Why a feed is due when it is, in words."""

from datetime import timedelta

import pytest

from ingest.configuration.settings import PollSettings
from ingest.pipeline.due import Asked, Learned, due
from storage.records import Rhythm
from tests import builders as make


@pytest.mark.parametrize(
    ("per_day", "window", "price_s", "reason"),
    [
        (4.0, 1, 1e12, "Its document holds 1 entry: half may be new in 3 h."),
        (4.0, 2, 1e12, "Its document holds 2 entries: half may be new in 6 h."),
        (0.9, 0, 1e12, "It brings an entry in 1 day: `poll.max_interval_s` is the longest wait."),
        (4.0, 0, 1e-3, "It brings 4.0 entries a day: it is polled as often as `poll.min_interval_s` allows."),
    ],
)
def test_the_reason_counts_entries_and_days(archive, per_day, window, price_s, reason):
    with archive.transaction():
        archive.subscribe([make.feed()], make.NOW - timedelta(days=99))
    (feed,) = archive.due_feeds(make.NOW, limit=1)
    learned = Learned(Rhythm(make.NOW, 100, per_day, (1.0,) * 24, (1.0,) * 7), None, price_s, 0, None)
    assert due(feed, 0, learned, Asked(), PollSettings(), make.NOW, window=window, jitter=0.0).reason == reason
