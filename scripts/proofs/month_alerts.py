"""Silences, other states and alerts in the archive of `month_of_feeds.py`, compared with what its sources did."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from proofs.month_entries import DAY_S
from proofs.month_known import Known, Row, Score, day, named
from proofs.month_sources import WEEK_S, Source

PAUSES, LEAST_QUIET_S = 5, 5 * DAY_S  # a source that was quiet for so many of its longest pauses must be silent
PAUSES_WITHIN_S = 28 * DAY_S
ALERT_WITHIN_S = 7200  # after the poll that could see its cause
MIN_EMPTY_POLLS = 3  # of an alert, which needs a day too
STATES = {"gone": ("state", "gone"), "page": ("alternate_url", "new"), "moved": ("address", "feed2")}


def score_silences(result: Score, sources: Sequence[Source], known: Known, end_s: float) -> None:
    found, soon, times, of_pauses, faults = 0, 0, [], [], list[str]()
    for source in sources:
        if source.role != "stopped":
            continue
        feed, last_s = known.feeds[source.number], source.last_at_s(end_s)
        quiet_s, silence_s = end_s - last_s, feed["silence_s"]
        pauses = [b.at_s - a.at_s for a, b in pairwise(source.entries) if last_s - PAUSES_WITHIN_S < b.at_s <= last_s]
        pause_s = max(pauses, default=end_s)
        began = [row["began_at"] for row in known.alerts_of(source, "feed_silent")]
        by_own = silence_s is not None and quiet_s > silence_s + DAY_S  # the longest interval of polls
        if feed["state"] == "silent" and began:
            found += 1
            times.append((began[-1] - last_s) / DAY_S)
            of_pauses.append((began[-1] - last_s) / pause_s)
        elif by_own or quiet_s > max(PAUSES * pause_s, LEAST_QUIET_S):
            after = "never" if silence_s is None else f"after {silence_s / DAY_S:.1f} days"
            quiet = f"quiet for {quiet_s / DAY_S:.1f} days, {feed['state']}, silent {after}"
            faults.append(f"{named(source)}: {quiet}, {len(began)} alerts")
        else:
            soon += 1
    result.check("silences, with the state and an alert", found, found + len(faults), faults)
    result.add("  too soon to tell", str(soon))
    if times:
        spread = f"{median(times):.1f}, {max(times):.1f}; {median(of_pauses):.1f}"
        result.add("  days until then: median, most; in pauses", spread)
    for source in sources:
        stopped_s = source.pause[0] if source.role == "stopped" else end_s
        for row in known.alerts_of(source, "feed_silent"):
            if row["began_at"] < stopped_s:
                noticed = f"{day(row['began_at'])}: {row['reason']}"
                result.false_alarms.append(f"a silence of {named(source)} at {noticed}")


def score_states(result: Score, sources: Sequence[Source], known: Known, end_s: float) -> None:
    """Compare the states and addresses of feeds with what their sources have made of them."""
    for role, (column, value) in STATES.items():
        chosen = [source for source in sources if source.role == role]
        values = {source.number: str(known.feeds[source.number][column]) for source in chosen}
        wrong = [source for source in chosen if values[source.number].rpartition("/")[2] != value]
        faults = [f"{named(source)}: {column} is {values[source.number]}" for source in wrong]
        result.check(f"{role}: {column}", len(chosen) - len(wrong), len(chosen), faults)
    emptied = [source for source in sources if _is_empty_long(source, end_s)]
    wrong = [source for source in emptied if len(known.alerts_of(source, "feed_empty")) != 1]
    faults = [f"{named(source)}: not one alert that it is empty" for source in wrong]
    result.check("emptied: one alert", len(emptied) - len(wrong), len(emptied), faults)
    for source in sources:
        if source.role != "emptied" and known.alerts_of(source, "feed_empty"):
            result.false_alarms.append(f"{named(source)} is called empty")
    states = Counter(feed["state"] for feed in known.feeds.values())
    result.add("states at the end", ", ".join(f"{n} {state}" for state, n in states.most_common()))


def _is_empty_long(source: Source, end_s: float) -> bool:
    """Return whether three polls have found the document empty, and for a day, before it was full again."""
    empty = source.found_empty
    until_s = min(source.found_full, end_s)
    return len(empty) >= MIN_EMPTY_POLLS and max(empty[2], empty[0] + DAY_S) + ALERT_WITHIN_S < until_s


def score_alerts(result: Score, sources: Sequence[Source], known: Known, end_s: float) -> None:
    """Check that alerts of a feed begin and end once."""
    counts = Counter[str]()
    for source in sources:
        counts.update(row["kind"] for row in known.alerts[source.number])
        for kind in ("feed_silent", "feed_empty", "feed_gap"):
            if any((a["ended_at"] or end_s) > b["began_at"] for a, b in pairwise(known.alerts_of(source, kind))):
                result.faults.append(f"{named(source)}: two alerts of {kind} at one time")
        is_open = {row["kind"] for row in known.alerts[source.number] if row["ended_at"] is None}
        is_silent = known.feeds[source.number]["state"] == "silent"
        if "feed_silent" in is_open and not is_silent:
            result.faults.append(f"{named(source)}: the alert of a silence has not ended")
        if "feed_empty" in is_open and end_s > source.empty[1] + DAY_S:
            result.faults.append(f"{named(source)}: the alert that it is empty has not ended")
        gap_alerts = known.alerts_of(source, "feed_gap")
        gap_faults = _gap_faults(gap_alerts, known.gaps[source.number], end_s)
        result.faults += [f"{named(source)}: {fault}" for fault in gap_faults]
    result.add("alerts", ", ".join(f"{n} {kind}" for kind, n in counts.most_common()))


def _gap_faults(alerts: Sequence[Row], gaps: Sequence[Row], end_s: float) -> Iterable[str]:
    """Yield what is wrong with a feed's alerts of gaps. A gap is in one as long as it is open, for a week at most."""
    for gap in gaps:
        noticed_s = gap["noticed_at"]
        until_s = min(noticed_s + WEEK_S, gap["closed_at"] or end_s, end_s)
        if until_s - noticed_s < ALERT_WITHIN_S:
            continue
        begun = [alert for alert in alerts if alert["began_at"] <= noticed_s + ALERT_WITHIN_S]
        within = sum((alert["ended_at"] or end_s) >= until_s for alert in begun)
        if within != 1:
            yield f"{within} alerts of the gap noticed at {day(noticed_s)}"
    for alert in alerts:
        ended_s = end_s if alert["ended_at"] is None else alert["ended_at"]
        newest_s = max((gap["noticed_at"] for gap in gaps if gap["noticed_at"] <= ended_s), default=None)
        if newest_s is None:
            yield "an alert without a gap"
        elif alert["ended_at"] is None and end_s > newest_s + WEEK_S + ALERT_WITHIN_S:
            yield f"the alert of the gap noticed at {day(newest_s)} has not ended"
