"""Entries, delays and gaps in the archive of `month_of_feeds.py`, compared with what its sources have served."""

from collections import Counter
from collections.abc import Sequence
from statistics import mean, median, quantiles

from proofs.month_alerts import score_alerts, score_silences, score_states
from proofs.month_entries import DAY_S, MAX_LAG_S
from proofs.month_known import Known, Row, Score, day, named, read
from proofs.month_sources import Overrun, Source

from storage.reader import Reader

Period = tuple[float, float]

YEARS_PER_ALARM = 2.0  # of a feed: more false alarms are a fault


def score(sources: Sequence[Source], reader: Reader, end_s: float, outages: Sequence[Period]) -> Score:
    """Compare the archive with the sources at the end. `outages` are those of the machine."""
    result, known = Score(), read(reader, sources)
    years = len(sources) * end_s / DAY_S / 365.25
    result.add("sources, days, years of feeds", f"{len(sources)}, {end_s / DAY_S:g}, {years:.1f}")
    per_day = known.polls / len(sources) / (end_s / DAY_S)
    result.add("polls, a feed and day", f"{known.polls}, {per_day:.2f}")
    _score_entries(result, sources, known)
    _score_delays(result, sources, known, outages)
    _score_gaps(result, sources, known)
    score_silences(result, sources, known, end_s)
    score_states(result, sources, known, end_s)
    score_alerts(result, sources, known, end_s)
    alarms, allowed = len(result.false_alarms), years / YEARS_PER_ALARM
    result.add("false alarms", f"{alarms}; fewer than {allowed:.1f} are fewer than one a feed in two years")
    if alarms >= max(allowed, 1):
        result.faults.append(f"{alarms} false alarms")
    return result


def _score_entries(result: Score, sources: Sequence[Source], known: Known) -> None:
    lost = doubled = served = 0
    for source in sources:
        rows = Counter(row["url"] for row in known.entries[source.number])
        served += len(source.addresses)
        lost += len(source.addresses - rows.keys())
        doubled += rows.total() - len(rows)
    result.add("entries served; lost; doubled", f"{served}; {lost}; {doubled}")
    if lost or doubled:
        result.faults.append(f"{lost} entries lost, {doubled} doubled")


def _score_delays(result: Score, sources: Sequence[Source], known: Known, outages: Sequence[Period]) -> None:
    """Take the time from an entry's appearance to its poll, but for what appeared during an outage or a day before."""
    delays = []
    for source in sources:
        if source.first_s is None or source.stale_s:
            continue
        seen = {row["url"]: row["first_seen_at"] for row in known.entries[source.number]}
        bad = [*outages, source.down, source.empty, *((at_s, at_s + DAY_S) for at_s in source.moves)]
        for entry in source.entries:
            is_bad = any(first_s - DAY_S <= entry.at_s < last_s for first_s, last_s in bad)
            seen_s = None if is_bad else seen.get(source.address(entry))
            if seen_s is not None and entry.at_s > source.first_s:
                delays.append((seen_s - entry.at_s) / 60)
    if len(delays) > 1:
        p95 = quantiles(delays, n=20)[-1]
        result.add("minutes until seen: mean, median, p95", f"{mean(delays):.1f}, {median(delays):.1f}, {p95:.1f}")


def _score_gaps(result: Score, sources: Sequence[Source], known: Known) -> None:
    overruns = found = of_undated = 0
    missed = inside = estimated = expected = 0
    ratios, faults = [], list[str]()
    for source in sources:
        lost = _missed(source)
        if source.habit.undated:
            of_undated += sum(len(each.missed) for each in lost)
            continue
        rows = known.gaps[source.number]
        for overrun in lost:
            overruns += 1
            covered = sum(any(_covers(row, entry.date_s, source) for row in rows) for entry in overrun.missed)
            missed, inside = missed + len(overrun.missed), inside + covered
            found += covered == len(overrun.missed)
            if covered < len(overrun.missed):
                missing = f"{len(overrun.missed) - covered} of {len(overrun.missed)} missed"
                faults.append(f"{named(source)}: {missing} at {day(overrun.at_s)} are in no gap")
            noticed = sum(row["entries"] for row in rows if row["noticed_at"] == int(overrun.at_s))
            if noticed and "flood" not in source.role:  # which nothing foretells
                estimated, expected = estimated + noticed, expected + len(overrun.missed)
                ratios.append(noticed / len(overrun.missed))
        result.unknowable += _judge_rows(result, source, rows, lost)
    result.check("windows that slid past, with a gap", found, overruns, faults)
    result.add("entries missed, inside a gap", f"{inside} of {missed}")
    result.add("  of undated sources, which nothing shows", str(of_undated))
    if len(ratios) > 1:
        tenths = quantiles(ratios, n=10)
        spread = f"median {median(ratios):.2f}, tenths {tenths[0]:.2f} to {tenths[-1]:.2f}"
        result.add("  estimated / missed, but for floods", f"{spread}; in all {estimated / expected:.2f}")
    rows = [row for each in known.gaps.values() for row in each]
    result.add("rows of gaps; closed", f"{len(rows)}; {sum(row['closed_at'] is not None for row in rows)}")
    result.add("  nothing missed, but nothing shared", str(result.unknowable))


def _missed(source: Source) -> list[Overrun]:
    """Return what left the window unseen, without what a cache has shown later."""
    lost = [(o.at_s, tuple(e for e in o.missed if e.number not in source.shown)) for o in source.overruns]
    return [Overrun(at_s, missed) for at_s, missed in lost if missed]


def _judge_rows(result: Score, source: Source, rows: Sequence[Row], lost: Sequence[Overrun]) -> int:
    """Note the gaps without anything missed as false, and count those that nobody could know to be without."""
    breaks, unknowable = set(map(int, source.breaks)), 0
    for row in rows:
        if any(_covers(row, entry.date_s, source) for overrun in lost for entry in overrun.missed):
            continue
        if row["noticed_at"] in breaks:
            unknowable += 1
            continue
        noticed = f"{day(row['noticed_at'])}, {row['evidence']}, {row['entries']} entries"
        result.false_alarms.append(f"a gap of {named(source)} noticed at {noticed}")
    return unknowable


def _covers(row: Row, date_s: float | None, source: Source) -> bool:
    """Return whether a gap's time has the date, up to the source's own lag from date to appearance."""
    to_s = row["to_at"] + (DAY_S if source.habit.day_only else 0)
    return date_s is not None and row["from_at"] - MAX_LAG_S <= date_s <= to_s + MAX_LAG_S
