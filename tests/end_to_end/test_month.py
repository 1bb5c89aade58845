"""A simulated week of twelve sources, through `scripts/proofs/month_of_feeds.py`."""

import asyncio

from proofs.month_of_feeds import Month, run


def test_every_gap_and_every_silence_of_a_week_is_found_and_none_of_a_healthy_feed(tmp_path):
    score = asyncio.run(run(Month(days=7, count=12, seed=27), tmp_path / "news.db", budget=0))
    assert score.faults == []
    assert score.false_alarms == []
    found = dict(score.lines)
    assert found["windows that slid past, with a gap"] not in ("0 of 0", "1 of 1")
    assert found["silences, with the state and an alert"] == "1 of 1"
