"""Measure when feeds are called silent: `silence_after_s` in `ingest/schedule/silence.py`.

    .venv/bin/python scripts/quality/silence_threshold.py FOLDER [--seeds N]

FOLDER has `processes.jsonl` (a line a feed: `file`, `window`, `dormant`, the dates `raw`, and the process fitted to
them) and `postings.py` (`draw` makes entries of a process). Each history is gone through entry by entry. At each, the
threshold is learned from the entries before; a false alarm is a next gap that is longer. The threshold is also how long
a dead feed takes to be called silent. Printed are, for real dates and for `--seeds` draws of 26 months:

    tails       false alarms and thresholds for several indexes of the tail, of one half of the feeds and of the other
    evidence    false alarms by how many entries were known: a document of ten entries begins at 10
    rates       the same by entries brought, at least so many, and the days until a dead feed is silent

Added to the draws, by assumption: of news four of five entries fail on 24 to 26 December and 1 January; blogs announce
nothing from 22 December to 2 January, and half as much from 15 July to 15 August.
"""

import argparse
import hashlib
import importlib.util
import json
import math
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from ingest.schedule.rhythm import MAX_DATES
from ingest.schedule.silence import DAY_S, MIN_SILENCE_S, TAIL, TWO_YEARS_S, silence_after_s

TAKEN_AT = 1771381080  # 2026-02-18 02:18 UTC, when the documents were taken
YEAR_S = TWO_YEARS_S / 2
DRAWN_DAYS = 790
SAMPLES = 40  # thresholds of a drawn history that the delays are from
TAILS = (2.0, 3.0, 4.0, 5.0, 6.0)
EVIDENCE = ((2, 4), (5, 9), (2, 9), (10, 19), (20, 10**9))
RATES = (("10 a day", 10), ("2 a day", 2), ("3 a week", 3 / 7), ("3 a month", 0.1), ("8 a year", 8 / 365), ("fewer", 0))


@dataclass(frozen=True, slots=True)
class History:
    """Dates of a feed (unix seconds, ascending); at `first` entries it was seen first."""

    name: str
    dates: Sequence[float]
    first: int
    every: int = 1  # of how many entries the threshold is taken; a gap that may be a false alarm is always judged


@dataclass(slots=True)
class Result:
    """False alarms and seconds by entries known, and the thresholds in days."""

    name: str
    rate: float
    alarms: list[tuple[int, float, bool]] = field(default_factory=list)
    days: list[float] = field(default_factory=list)

    def two_years(self, least: int = 0, most: int = 10**9) -> tuple[int, float]:
        """Return the alarms, and in how many times two years, while so many entries were known."""
        chosen = [(gap_s, alarm) for known, gap_s, alarm in self.alarms if least <= known <= most]
        return sum(alarm for _, alarm in chosen), sum(gap_s for gap_s, _ in chosen) / TWO_YEARS_S


def go_through(history: History, tail: float) -> Result:
    dates = history.dates
    days = max((dates[-1] - dates[0]) / DAY_S, 1 / 24)
    result = Result(history.name, len(dates) / days)
    for known in range(max(history.first, 1), len(dates)):
        gap_s = dates[known] - dates[known - 1]
        sampled = known % history.every == 0
        alarm = False
        if sampled or gap_s > MIN_SILENCE_S:
            silence_s = silence_after_s(dates[max(0, known - MAX_DATES) : known], dates[known - 1], tail=tail)
            assert silence_s is not None
            alarm = gap_s > silence_s
            if sampled:
                result.days.append(silence_s / DAY_S)
        result.alarms.append((known, gap_s, alarm))
    return result


def real(processes: Iterable[dict[str, Any]], first: int) -> list[History]:
    """Return the real dates, seen first when so many entries were there."""
    dates = {process["file"]: sorted(date for date in process["raw"] if date <= TAKEN_AT) for process in processes}
    return [History(name, of_feed, first) for name, of_feed in dates.items() if len(of_feed) > first]


def drawn(processes: Iterable[dict[str, Any]], draw: Callable[..., Any], seed: int) -> list[History]:
    """Return drawn entries after the real ones of the document, which the feed was seen with first."""
    histories = []
    for process in processes:
        if process["dormant"]:
            continue
        world, rng = draw(process, seed), random.Random(seed)
        after = sorted(date for date in world.dated if not on_holiday(date, rng.random(), news=world.cls == "news"))
        before = world.history[-world.window :]
        every = max(1, len(after) // SAMPLES)
        histories.append(History(f"{process['file']} {seed}", [*before, *after], len(before), every))
    return histories


def on_holiday(date: float, chance: float, *, news: bool) -> bool:
    at = datetime.fromtimestamp(date, UTC)
    day = (at.month, at.day)
    if news:
        return day in ((12, 24), (12, 25), (12, 26), (1, 1)) and chance < 0.8
    return day >= (12, 22) or day <= (1, 2) or ((7, 15) <= day <= (8, 15) and chance < 0.5)


def draw_of(folder: Path) -> Callable[..., Any]:
    spec = importlib.util.spec_from_file_location("postings", folder / "postings.py")
    assert spec
    assert spec.loader
    postings = importlib.util.module_from_spec(spec)
    sys.modules["postings"] = postings  # its dataclass needs it there
    spec.loader.exec_module(postings)
    postings.DAYS = DRAWN_DAYS
    return postings.draw  # type: ignore[no-any-return]


def alarm_rate(results: Iterable[Result], least: int = 0, most: int = 10**9) -> str:
    counted = [result.two_years(least, most) for result in results]
    alarms, times = sum(alarms for alarms, _ in counted), sum(times for _, times in counted)
    return f"{alarms / times:.2f} ({alarms})" if times else "-"


def above_one(results: Iterable[Result]) -> str:
    """Return how many feeds with a year or more have more than one false alarm in two years, and the most of any."""
    counted = [result.two_years() for result in results]
    rates = [alarms / times for alarms, times in counted if times >= 1 / 2]
    return f"{sum(rate > 1 for rate in rates)} of {len(rates)}, {max(rates, default=0):.2f}"


def typical_days(results: Iterable[Result]) -> str:
    logs = [sum(map(math.log, result.days)) / len(result.days) for result in results if result.days]
    return f"{math.exp(sum(logs) / len(logs)):.0f}"


def in_first_half(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def print_tails(histories: Sequence[History]) -> None:
    print("tail", "half", "false in two years", "feeds above one, most", "typical days", sep="\t")
    for tail in TAILS:
        results = [go_through(history, tail) for history in histories]
        for half in (True, False):
            of_half = [result for result in results if in_first_half(result.name) == half]
            name = "chosen by" if half else "held out"
            print(f"{tail:g}", name, alarm_rate(of_half), above_one(of_half), typical_days(of_half), sep="\t")


def print_evidence(histories: Sequence[History]) -> None:
    results = [go_through(history, TAIL) for history in histories]
    print("\nentries known", "false in two years", sep="\t")
    for least, most in EVIDENCE:
        print(f"{least} to {most}" if most < 10**9 else f"{least} or more", alarm_rate(results, least, most), sep="\t")


def print_rates(title: str, results: Sequence[Result]) -> None:
    columns = ("feeds", "false in two years", "feeds above one, most", "median days", "90th percentile")
    print(f"\n{title}", *columns, sep="\t")
    left = list(results)
    for name, least in RATES:
        of_rate = [result for result in left if result.rate >= least]
        left = [result for result in left if result.rate < least]
        days = [median(result.days) for result in of_rate if result.days]
        if len(days) > 1:
            figures = (f"{median(days):.1f}", f"{quantiles(days, n=10, method='inclusive')[-1]:.1f}")
            print(name, len(of_rate), alarm_rate(of_rate), above_one(of_rate), *figures, sep="\t")
    years = 2 * sum(result.two_years()[1] for result in results)
    print("all", len(results), alarm_rate(results), above_one(results), f"{years:.0f} years", sep="\t")


def print_silent(processes: Iterable[dict[str, Any]]) -> None:
    """Say how many feeds were silent when the documents were taken."""
    silent, quiet = 0, 0
    for history in real(processes, 0):
        silence_s = silence_after_s(history.dates[-MAX_DATES:], TAKEN_AT)
        assert silence_s is not None
        silent += TAKEN_AT - history.dates[-1] > silence_s
        quiet += TAKEN_AT - history.dates[-1] > YEAR_S
    print(f"\n{silent} feeds were silent when they were taken. {quiet} had announced nothing for a year.")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure when feeds are called silent.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    lines = (arguments.folder / "processes.jsonl").read_text(encoding="utf-8").splitlines()
    processes = [json.loads(line) for line in lines]
    print_tails(real(processes, 10))
    print_evidence(real(processes, 2))
    print_rates("real dates", [go_through(history, TAIL) for history in real(processes, 10)])
    draw = draw_of(arguments.folder)
    seeds = range(1, arguments.seeds + 1)
    print_rates("drawn", [go_through(history, TAIL) for seed in seeds for history in drawn(processes, draw, seed)])
    print_silent(processes)


if __name__ == "__main__":
    main()
