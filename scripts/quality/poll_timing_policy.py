"""The product's rule as a policy of a simulator of polls: `simulate.py --policy scripts/quality/poll_timing_policy.py`.

`next_interval_s(state)` reads what a client knows right after a poll. `state.scale` multiplies intervals, so the price
of a poll grows with its square. `at_price` is the rule at one price. Both add the product's jitter.
"""

import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ingest.schedule.budget import next_wait
from ingest.schedule.polls import next_due
from ingest.schedule.rhythm import MAX_DATES, learn

MIN_INTERVAL_S, MAX_INTERVAL_S = 300, 86_400
PRICE_S = 1800.0  # at scale 1
_DAY_S = 86_400


def at_price(price_s: float | None, *, seed: int = 1) -> Callable[[Any], float]:
    """Return the rule as a policy at `price_s`, or at PRICE_S times the square of the state's scale."""
    rng = random.Random(seed)

    def policy(state: Any) -> float:  # noqa: ANN401 - the simulator's own type
        now, memory = datetime.fromtimestamp(state.now_s, UTC), state.memory
        first_s = memory.setdefault("first_s", state.now_s)
        if state.fresh or state.now_s - memory.get("learned_s", 0) >= _DAY_S:
            memory["rhythm"] = learn(state.dates[-MAX_DATES:], now)
            memory["learned_s"] = state.now_s
        wait_s = next_wait(
            memory["rhythm"],
            now,
            PRICE_S * state.scale**2 if price_s is None else price_s,
            window=state.window,
            fresh=state.fresh,
            since_s=state.now_s - state.since_s if state.since_s else None,
            known_s=state.now_s - first_s,
            min_interval_s=MIN_INTERVAL_S,
            max_interval_s=MAX_INTERVAL_S,
        ).seconds
        due = next_due(now, wait_s, asked_s=(), retry_after_at=None, max_interval_s=MAX_INTERVAL_S, jitter=rng.random())
        return due.timestamp() - state.now_s

    return policy


next_interval_s = at_price(None)
next_interval_s.scales_itself = True  # type: ignore[attr-defined]
