"""When a source brings entries, learned from the dates of the entries that it announced (pure)."""

import math
from collections.abc import Sequence
from datetime import datetime

from ingest.schedule.polls import DAY_S, HOUR_S
from storage.feed_records import Rhythm

MAX_DATES = 500  # learned from, the newest

_WEEK_H = 168
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday, Monday is 0
_BURST_S = 180  # entries at most this far apart are one event

# Chosen with `scripts/quality/poll_timing.py --seeds 1,2` on each `--fold`, verified on seeds 4 and 5.
_MEMORY_S = 90 * DAY_S  # an entry this old counts 1/e in the rate
_PRIOR_ENTRIES = 0.2  # a feed without entries may yet bring one
_PRIOR_S = DAY_S / 10
_RECENT_S = 1.5 * DAY_S  # an event this old counts 1/e in the pace of the last days
_RECENT_WEIGHT = 12  # events: as many must be missing or too many for the pace to half follow
_HOUR_ENTRIES = 48  # the weight of the smooth shape of the day beside the counts of each hour
_WEEKDAY_ENTRIES = 14
_MAX_CONCENTRATION = 0.75  # mean resultant length of the smooth shape
_USUAL_WEEK = (1.12, 1.12, 1.12, 1.12, 1.12, 0.7, 0.7)


def weight(rhythm: Rhythm, hour: int) -> float:
    """Return the weight of an hour, counted as Unix time / 3600. Those of a week have the mean 1."""
    return rhythm.hours[hour % 24] * rhythm.weekdays[(hour // 24 + _EPOCH_WEEKDAY) % 7]


def learn(dates: Sequence[float], now: datetime) -> Rhythm:
    """Learn the rhythm from dates in Unix seconds, in any order. Dates after `now` do not count.

    A feed that gives days only (most dates at midnight) has flat hours.
    """
    now_s = now.timestamp()
    past = sorted(date for date in dates if date <= now_s)[-MAX_DATES:]
    days_only = 2 * sum(date % DAY_S == 0 for date in past) > len(past)
    hours = (1.0,) * 24 if days_only else _hours(_of_complete(past, DAY_S, now_s))
    weekdays = _weekdays(_of_complete(past, 7 * DAY_S, now_s))
    per_day = _per_day(past, now_s)
    if past and not days_only:
        per_day *= _pace(past, now_s, per_day, _week_of(hours, weekdays))
    return Rhythm(now, len(past), per_day, hours, weekdays)


def _of_complete(past: Sequence[float], period_s: float, now_s: float) -> Sequence[float]:
    """Return the dates of the complete periods until `now_s`: they show no hour or weekday more often than others."""
    periods = (now_s - past[0]) // period_s if past else 0
    return [date for date in past if date > now_s - periods * period_s]


def _per_day(past: Sequence[float], now_s: float) -> float:
    """Return the entries a day, older ones counting less. `past` ascends."""
    count = sum(math.exp((date - now_s) / _MEMORY_S) for date in past)
    span_s = _MEMORY_S * -math.expm1((past[0] - now_s) / _MEMORY_S) if past else _MEMORY_S
    return (count + _PRIOR_ENTRIES) / (span_s + _PRIOR_S) * DAY_S


def _pace(past: Sequence[float], now_s: float, per_day: float, week: Sequence[float]) -> float:
    """Return how the last days compare with `per_day`: 1 as usual. Entries of one burst are one event."""
    since_s = max(now_s - 4 * _RECENT_S, past[0])
    events, count, before_s = 0.0, 0, -math.inf
    recent = [date for date in past if date >= since_s]
    for date in recent:
        if date - before_s > _BURST_S:
            events += math.exp((date - now_s) / _RECENT_S)
            count += 1
        before_s = date
    usual = 0.0
    hour = int(now_s // HOUR_S)
    while (hour + 1) * HOUR_S > since_s:
        from_s, to_s = max(hour * HOUR_S, since_s), min((hour + 1) * HOUR_S, now_s)
        usual += week[hour % _WEEK_H] * (to_s - from_s) * math.exp(((from_s + to_s) / 2 - now_s) / _RECENT_S)
        hour -= 1
    usual *= per_day / DAY_S * (count / len(recent) if recent else 1)
    return (_RECENT_WEIGHT + events) / (_RECENT_WEIGHT + usual)


def _hours(past: Sequence[float]) -> tuple[float, ...]:
    """Return the weights of the hours: counts over a smooth shape that peaks at their circular mean.

    The shape is a von Mises density. Its concentration follows the dates' own mean resultant length, with one date
    without an hour added: few dates give a flat shape.
    """
    angles = [math.tau * (date % DAY_S) / DAY_S for date in past]
    x, y = sum(map(math.cos, angles)), sum(map(math.sin, angles))
    length = min(math.hypot(x, y) / (len(past) + 1), _MAX_CONCENTRATION)
    kappa = length * (2 - length**2) / (1 - length**2)  # Banerjee et al., JMLR 6 (2005), for two dimensions
    peak = math.atan2(y, x)
    shape = _mean_1([math.exp(kappa * math.cos(math.tau * (hour + 0.5) / 24 - peak)) for hour in range(24)])
    counts = [_HOUR_ENTRIES / 24 * weight for weight in shape]
    for date in past:
        counts[int(date % DAY_S // HOUR_S)] += 1
    return tuple(_mean_1(counts))


def _weekdays(past: Sequence[float]) -> tuple[float, ...]:
    """Return the weights of the weekdays: flat while no complete week is known."""
    if not past:
        return (1.0,) * 7
    counts = [_WEEKDAY_ENTRIES / 7 * weight for weight in _USUAL_WEEK]
    for date in past:
        counts[int(date // DAY_S + _EPOCH_WEEKDAY) % 7] += 1
    return tuple(_mean_1(counts))


def _week_of(hours: Sequence[float], weekdays: Sequence[float]) -> list[float]:
    return [hours[hour % 24] * weekdays[(hour // 24 + _EPOCH_WEEKDAY) % 7] for hour in range(_WEEK_H)]


def _mean_1(weights: Sequence[float]) -> list[float]:
    mean = sum(weights) / len(weights)
    return [weight / mean for weight in weights]
