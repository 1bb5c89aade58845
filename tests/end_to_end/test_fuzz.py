"""A thousand damaged feeds and pages of the sample newsroom, through `scripts/proofs/fuzz.py`."""

import asyncio

from proofs import fuzz


def test_damaged_feeds_and_pages_end_with_a_result_or_a_reason():
    tally = asyncio.run(fuzz.run(600, 150, seed=1))
    assert tally.faults == []
    assert tally.slow == []
    assert sum(tally.results.values()) == 750
    assert {"parsed", "refused", "article", "no_text"} <= tally.results.keys()
