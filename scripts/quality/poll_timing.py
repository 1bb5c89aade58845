"""Compare the rule that polls feeds with the rule it replaced, on a simulator of polls.

    .venv/bin/python scripts/quality/poll_timing.py FOLDER [--seeds 1,2] [--budgets 3.7,6] [--fold 0] [--real] …

FOLDER has `simulate.py`, `postings.py` and `processes.jsonl`. Both rules make the same number of requests per feed and
day: their intervals are scaled. `--law` runs the rule at the price that `schedule.budget` works out instead, from the
rhythms that feeds have in the middle of the time, and prints the requests that it made. A fold is half of the feeds.
"""

import argparse
import bisect
import importlib
import json
import random
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from poll_timing_policy import MAX_INTERVAL_S, MIN_INTERVAL_S, at_price, next_interval_s

from ingest.schedule.budget import Load, price_of_poll_s
from ingest.schedule.polls import DAY_S, RATE_WINDOW_S, next_due, poll_interval_s
from ingest.schedule.rhythm import learn
from storage.feed_records import FeedDemand

BUDGETS = "3.7,6,12,24,48"  # requests per feed and day
_MIDDLE_S = 28 * DAY_S


def by_recent_entries(*, seed: int = 1) -> Callable[[Any], float]:
    """Return the rule of `schedule.polls.poll_interval_s` as a policy, with the product's jitter."""
    rng = random.Random(seed)

    def policy(state: Any) -> float:  # noqa: ANN401 - the simulator's own type
        now_s, upto = state.now_s, bisect.bisect_right(state.dates, state.now_s)
        interval_s = poll_interval_s(
            recent_entries=upto - bisect.bisect_left(state.dates, now_s - RATE_WINDOW_S),
            quiet_s=now_s - state.dates[upto - 1] if upto else None,
            min_interval_s=1,
            max_interval_s=MAX_INTERVAL_S,
        )
        now, longest_s = datetime.fromtimestamp(now_s, UTC), MAX_INTERVAL_S
        due = next_due(now, interval_s, asked_s=(), retry_after_at=None, max_interval_s=longest_s, jitter=rng.random())
        return due.timestamp() - now_s

    return policy


def price_in_the_middle_s(worlds: Sequence[Any], start_s: float, budget: float) -> float:
    """Return the price for `budget` from the rhythms after four weeks."""
    now_s, loads = start_s + _MIDDLE_S, []
    for world in worlds:
        dates = [*world.history, *(d for d, seen in zip(world.dated, world.appears, strict=True) if seen <= now_s)]
        rhythm = learn(dates, datetime.fromtimestamp(now_s, UTC))
        feed = FeedDemand(rhythm.per_day, rhythm.hours, rhythm.weekdays, 0, None, world.window, 0)
        loads.append(Load.of(feed, min_interval_s=MIN_INTERVAL_S, max_interval_s=MAX_INTERVAL_S))
    return price_of_poll_s(budget, loads)


def figures(result: Any) -> tuple[float, float, float, int]:  # noqa: ANN401 - the simulator's own type
    """Return mean and 95th percentile of the delay in minutes, the share within 15 minutes in %, entries missed."""
    delays = sorted(result.delays["news"] + result.delays["blog"])
    mean, p95 = sum(delays) / len(delays), delays[int(0.95 * len(delays))]
    return mean, p95, 100 * bisect.bisect(delays, 15) / (len(delays) + result.missed), result.missed


def drawn_worlds(postings: Any, args: argparse.Namespace) -> list[Any]:  # noqa: ANN401 - a module
    """Return the feeds to poll, as the arguments say."""
    processes = args.folder / "processes.jsonl"
    if args.real:
        rows = map(json.loads, processes.read_text().splitlines())
        worlds = [world for row in rows if (world := postings.replay(row))]
    else:
        changes = {"lag": args.lag, "day_sd": args.day_sd, "regular": not args.poisson}
        worlds = [w for seed in args.seeds.split(",") for w in postings.worlds(int(seed), processes, **changes)]
    if args.fold is not None:
        worlds = [world for world in worlds if zlib.crc32(world.url.encode()) % 2 == args.fold]
    if args.window:
        worlds = [
            replace(world, window=min(world.window, args.window), history=world.history[-args.window :])
            for world in worlds
        ]
    return worlds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--budgets", default=BUDGETS)
    parser.add_argument("--fold", type=int, choices=(0, 1))
    parser.add_argument("--real", action="store_true", help="the real dates of slow feeds")
    parser.add_argument("--window", type=int, help="no document holds more entries")
    parser.add_argument("--ttl", action="store_true", help="the feeds' ttl is heeded")
    parser.add_argument("--poisson", action="store_true")
    parser.add_argument("--lag", type=float, default=1.0)
    parser.add_argument("--day-sd", type=float, default=1.0)
    parser.add_argument("--law", action="store_true", help="the rule at its own price")
    args = parser.parse_args()
    if not (args.folder / "simulate.py").exists():
        print(f"There is no simulator in {args.folder}, so nothing was measured.")
        return
    sys.path.insert(0, str(args.folder))
    simulate, postings = importlib.import_module("simulate"), importlib.import_module("postings")
    worlds = drawn_worlds(postings, args)
    if args.law:
        for budget in map(float, args.budgets.split(",")):
            price_s = price_in_the_middle_s(worlds, postings.T0, budget)
            made = simulate.run(simulate.client(at_price(price_s)), worlds, ttl=args.ttl).requests
            print(f"asked {budget:5g}  price {price_s:8.1f} s  made {made:5.2f}  ratio {made / budget:.3f}", flush=True)
        return
    print("budget  rule      mean    p95  %<15  missed   (of the other: mean, p95)")
    for budget in map(float, args.budgets.split(",")):
        was = None
        for name, policy in (("recent", by_recent_entries()), ("rhythm", next_interval_s)):
            result, _ = simulate.at_budget(
                simulate.client(policy), worlds, budget, start=(3.7 if was is None else 2.7) / budget, ttl=args.ttl
            )
            mean, p95, soon, missed = figures(result)
            ratio = f"{mean / was[0]:8.3f} {p95 / was[1]:.3f} {soon - was[2]:+.1f}" if was else ""
            print(f"{budget:6g}  {name:6} {mean:7.1f} {p95:6.1f} {soon:5.1f} {missed:7d} {ratio}", flush=True)
            was = mean, p95, soon


if __name__ == "__main__":
    main()
