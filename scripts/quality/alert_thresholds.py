"""Simulate the alerts of healthy sites, and how soon an alert begins: `turned_bad` in `ingest/deliveries/alerts.py`.

    .venv/bin/python scripts/quality/alert_thresholds.py [truth.jsonl …] [--sites N] [--seed N]

A site announces ten articles a day for two years. Printed are false alerts in that time, for entries of which a share
is without text (or short), one by one or in runs; for texts with the lengths of each host of the marked pages given,
and of usual kinds of sites; and how many entries a real trouble takes. Independent draws are the gentlest case: four
entries of one hour count, so that longer runs are those of days.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from ingest.deliveries.alerts import WINDOW, is_recovered, is_short, turned_bad, turned_short
from ingest.hosts import site
from ingest.text.words import word_count
from storage.alerts import SITE_TEXTS_KEPT

TWO_YEARS = 7300  # articles
MIN_TEXTS = 8  # of a host, for its lengths to be material
SHARES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


def no_text_alerts(bad: Sequence[bool]) -> list[int]:
    """Return at which entries alerts begin."""
    return alerts(bad, lambda entries: (turned_bad(entries), 0), lambda is_without, _: is_without)


def short_alerts(words: Sequence[int]) -> list[int]:
    return alerts(words, turned_short, is_short)


def alerts(
    entries: Sequence[int], judge: Callable[[list[int]], tuple[int, int]], is_bad: Callable[[int, int], bool]
) -> list[int]:
    """Return at which entries alerts begin, if the archive keeps of the entries what it does."""
    began: list[int] = []
    kept: list[tuple[int, int]] = []
    usual: int | None = None  # None while there is no alert
    for number, entry in enumerate(entries, 1):
        kept = [*kept, (number, entry)][-SITE_TEXTS_KEPT:]
        if usual is None:
            bad, median = judge([entry for _, entry in kept])
            if bad:
                began.append(number)
                usual = median
        elif is_recovered([is_bad(entry, usual) for _, entry in kept[-WINDOW:]]):
            first = began[-1] - WINDOW
            kept = [(n, entry) for n, entry in kept if n < first or not is_bad(entry, usual)]
            usual = None
    return began


def in_runs(share: float, run: float, number: int, rng: random.Random) -> list[bool]:
    """Return draws of which `share` are true, in runs of `run` on average."""
    leave, now, drawn = 1 / run, rng.random() < share, []
    enter = leave * share / (1 - share)
    for _ in range(number):
        drawn.append(now)
        now = rng.random() >= leave if now else rng.random() < enter
    return drawn


def lengths_of(paths: Sequence[Path]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for path in paths:
        for line in path.read_text(encoding="utf-8").split("\n"):
            if not line:
                continue
            page = json.loads(line)
            if page["body"] and page["url"]:
                found[site(page["url"])].append(word_count(page["body"]))
    return {host: words for host, words in found.items() if len(words) >= MIN_TEXTS}


def mixed(rng: random.Random, share: float, run: float | None) -> Callable[[int], list[int]]:
    """Return a site of briefs of some 90 words and features of some 1,200."""

    def draw(number: int) -> list[int]:
        briefs = in_runs(share, run or 1 / (1 - share), number, rng)
        return [round(rng.lognormvariate(4.5 if brief else 7.1, 0.4)) for brief in briefs]

    return draw


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("truths", nargs="*", type=Path)
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng, sites = random.Random(arguments.seed), arguments.sites
    print("false alerts in two years, by the share of entries without text:", *SHARES, sep="\t")
    for run in (None, 2, 3, 5):
        row = []
        for share in SHARES:
            length = run or 1 / (1 - share)  # independent draws
            if length < share / (1 - share):
                row.append("")
                continue
            drawn = (in_runs(share, length, TWO_YEARS, rng) for _ in range(sites))
            row.append(f"{sum(len(no_text_alerts(bad)) for bad in drawn) / sites:.2f}")
        print(f"runs of {run}" if run else "independent", *row, sep="\t")
    kinds = {f"{share:.0%} briefs, runs of {run}": mixed(rng, share, run) for share in (0.2, 0.5, 0.7) for run in (3,)}
    kinds |= {f"{share:.0%} briefs": mixed(rng, share, None) for share in (0.1, 0.3, 0.4, 0.5, 0.6)}
    for sigma in (0.5, 0.8, 1.1):
        kinds[f"log-normal, sigma {sigma}"] = lambda number, sigma=sigma: [
            round(rng.lognormvariate(6.2, sigma)) for _ in range(number)
        ]
    for host, words in sorted(lengths_of(arguments.truths).items()):
        kinds[f"{host} ({len(words)} texts, {min(words)} to {max(words)} words)"] = lambda number, words=words: (
            rng.choices(words, k=number)
        )
    print("\nfalse alerts of short texts in two years; of texts cut to a quarter, detected and after how many:")
    for kind, draw in kinds.items():
        few = max(1, sites // 8)
        alerts = sum(len(short_alerts(draw(TWO_YEARS))) for _ in range(few)) / few
        latencies = []
        for _ in range(sites):
            began = short_alerts([*draw(SITE_TEXTS_KEPT), *(words // 4 for words in draw(60))])
            latencies += [n - SITE_TEXTS_KEPT for n in began if n > SITE_TEXTS_KEPT][:1]
        mean = f"{sum(latencies) / len(latencies):.0f}" if latencies else ""
        print(f"{alerts:.2f}", f"{len(latencies) / sites:.0%}", mean, kind, sep="\t")
    print("\nof entries that lose their text, detected and after how many, by the shares before and after:")
    for before, after in ((0.0, 1.0), (0.05, 1.0), (0.2, 1.0), (0.3, 1.0), (0.5, 1.0), (0.05, 0.9), (0.05, 0.8)):
        latencies = []
        for _ in range(sites * 5):
            draws = ((before, SITE_TEXTS_KEPT), (after, 80))
            bad = [rng.random() < share for share, number in draws for _ in range(number)]
            latencies += [n - SITE_TEXTS_KEPT for n in no_text_alerts(bad) if n > SITE_TEXTS_KEPT][:1]
        mean = f"{sum(latencies) / len(latencies):.0f}" if latencies else ""
        print(f"{len(latencies) / sites / 5:.0%}", mean, f"{before:.0%} → {after:.0%}", sep="\t")


if __name__ == "__main__":
    main()
