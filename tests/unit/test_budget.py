"""When the price of a poll is worked out anew."""

from datetime import timedelta

from ingest.configuration.settings import PollSettings
from ingest.pipeline.budget import PRICED_FOR, Budget
from storage.feed_records import Rhythm
from tests import builders as make


def test_the_price_is_kept_until_many_feeds_are_new_or_some_time_has_passed(archive):
    def learn(feed_id, per_day):
        with archive.transaction():
            archive.save_rhythm(feed_id, Rhythm(make.NOW, 100, per_day, (1.0,) * 24, (1.0,) * 7))

    with archive.transaction():
        archive.subscribe([make.feed(f"https://news.example/{n}.xml") for n in range(13)], make.NOW)
    for feed_id in range(1, 12):
        learn(feed_id, 1.0)
    budget = Budget(PollSettings(requests_per_day=6))
    first = budget.price_s(archive, make.NOW, is_new=True)
    assert budget.price_s(archive, make.NOW, is_new=False) == first
    learn(12, 50.0)
    assert budget.price_s(archive, make.NOW, is_new=True) == first  # one of twelve
    learn(13, 50.0)
    second = budget.price_s(archive, make.NOW, is_new=True)
    assert second > first
    learn(13, 100.0)
    later = make.NOW + PRICED_FOR
    assert budget.price_s(archive, later - timedelta(seconds=1), is_new=False) == second
    assert budget.price_s(archive, later, is_new=False) > second
