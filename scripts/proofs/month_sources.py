"""The simulated sources of `month_of_feeds.py`: what each answers at an instant, and what its documents have shown.

Each source has one role, which says what happens to it. Instants are seconds since the simulated start.
"""

import random
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import inf
from typing import Any

from proofs.month_documents import HTML, TYPES, document
from proofs.month_entries import DAY_S, HOUR_S, Entry, Habit, draw, flood, habit, in_order

# How many of 200 sources have the role; the others are of role "healthy".
ROLES = {
    "flood": 16,  # more entries at once than the window holds, twice
    "stopped": 24,
    "emptied": 8,  # the document loses its entries for two days
    "moved": 6,  # twice, by a permanent redirect
    "reissued": 6,  # every entry under another guid and address; half of them with another date
    "down for hours": 12,
    "pinned flood": 4,  # an old entry stays in the document
    "page": 4,  # the address becomes an HTML page that names the feed's new one
    "gone": 3,
    "down for days": 8,
    "holiday": 16,  # a week without entries
    "deleting": 8,  # every fifth entry, hours later
    "caches": 8,  # two, one up to 40 minutes old, answer in turn
    "undated": 6,
    "ahead": 6,  # dates are two hours ahead
    "mixed": 6,  # entries appear in another order than that of their dates
    "future": 2,  # one entry is dated a month ahead
}
WEEK_S = 7 * DAY_S
CONDITIONAL = 0.6  # of the sources answer 304
SKIPPED_HOURS = f"<skipHours>{''.join(f'<hour>{hour}</hour>' for hour in range(6))}</skipHours>"
WINDOWS = (5, 5, 8, 10, 10, 15, 15, 20, 20, 30, 50, 100)


@dataclass(frozen=True, slots=True)
class Reply:
    """`status` 0 breaks the connection off."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Overrun:
    """Entries that left the window between two good polls, unseen. The second poll was at `at_s`."""

    at_s: float
    missed: tuple[Entry, ...]


@dataclass(slots=True)
class Source:
    number: int
    role: str
    habit: Habit
    window: int
    entries: list[Entry]
    form: str
    conditional: bool  # it answers 304
    channel: str = ""  # markup: ttl and skipHours
    pinned: Entry | None = None
    host: str = ""
    down: tuple[float, float] = (inf, inf)
    down_status: int = 503
    empty: tuple[float, float] = (inf, inf)
    pause: tuple[float, float] = (inf, inf)
    moves: tuple[float, ...] = ()
    page_s: float = inf
    gone_s: float = inf
    reissue_s: float = inf
    redates: bool = False
    stale_s: float = 0.0
    # what was served
    requests: int = 0
    first_s: float | None = None
    shown: set[int] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    overruns: list[Overrun] = field(default_factory=list)
    found_empty: list[float] = field(default_factory=list)  # polls
    found_full: float = inf  # the first poll after these
    breaks: list[float] = field(default_factory=list)  # polls whose document had nothing of the one before, but pinned
    _last: set[int] = field(default_factory=set)
    _checked: int = 0

    def answer(self, path: str, etag: str, now_s: float) -> Reply:
        """Answer a request for the source's document, and note what it shows."""
        self.requests += 1
        if self.down[0] <= now_s < self.down[1]:
            return Reply(self.down_status)
        if now_s >= self.gone_s:
            return Reply(410)
        if now_s >= self.page_s and path != "/new":
            return Reply(200, HTML, (("Content-Type", "text/html"),))
        moved = sum(now_s >= at_s for at_s in self.moves)
        if int(path.removeprefix("/feed") or 0) < moved:
            return Reply(301, headers=(("Location", f"http://{self.host}/feed{moved}"),))
        is_stale = self.stale_s > 0 and self.requests % 2 == 0
        at_s = now_s - self.stale_s if is_stale else now_s
        shown = self.window_at(at_s)
        in_order = sorted(shown, key=lambda entry: (entry is self.pinned, entry.date_s or entry.at_s), reverse=True)
        body = document(self.form, self.title, self.channel, [self._as_shown(entry, at_s) for entry in in_order])
        self._note(shown, now_s)
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        if self.conditional and etag == tag:
            return Reply(304, headers=(("ETag", tag),))
        headers = (("Content-Type", TYPES[self.form]), *((("ETag", tag),) if self.conditional else ()))
        return Reply(200, body, headers)

    @property
    def title(self) -> str:
        return f"Source {self.number}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/feed"

    def window_at(self, now_s: float) -> list[Entry]:
        """Return the entries that the document holds at an instant."""
        if self.empty[0] <= now_s < self.empty[1]:
            return []
        last = bisect_right(self.entries, now_s, key=lambda entry: entry.at_s)
        shown: list[Entry] = [] if self.pinned is None else [self.pinned]
        while last and len(shown) < self.window:
            last -= 1
            if self.entries[last].gone_s > now_s and self.entries[last] is not self.pinned:
                shown.append(self.entries[last])
        return shown

    def address(self, entry: Entry, *, again: bool = False) -> str:
        return f"https://source{self.number}.example/{'again/' if again else ''}{entry.number}"

    def last_at_s(self, end_s: float) -> float:
        """Return when the last entry before the end appeared."""
        return self.entries[bisect_right(self.entries, end_s, key=lambda entry: entry.at_s) - 1].at_s

    def _as_shown(self, entry: Entry, now_s: float) -> tuple[str, str, float | None]:
        """Return the entry's address, title and date in a document of this instant."""
        is_reissued = entry.at_s < self.reissue_s <= now_s
        address = self.address(entry, again=is_reissued)
        self.addresses.add(address)
        date_s = self.reissue_s if is_reissued and self.redates else entry.date_s
        return address, f"Report {entry.number} of source {self.number}", date_s

    def _note(self, shown: list[Entry], now_s: float) -> None:
        self.shown.update(entry.number for entry in shown)
        if not shown:
            self.found_empty.append(now_s)
        elif self.found_empty:
            self.found_full = min(self.found_full, now_s)
        unpinned = [entry for entry in shown if entry is not self.pinned]
        if unpinned:
            if self._last.isdisjoint(entry.number for entry in unpinned):
                self.breaks.append(now_s)
            self._last = {entry.number for entry in unpinned}
        oldest_s = min((entry.at_s for entry in unpinned), default=-inf)
        past = bisect_right(self.entries, oldest_s, key=lambda entry: entry.at_s)
        passed = self.entries[self._checked : past]
        self._checked = max(self._checked, past)
        if self.first_s is None:
            self.first_s = now_s
            return
        missed = tuple(each for each in passed if each.number not in self.shown and each.gone_s > now_s)
        if missed := tuple(each for each in missed if each.at_s > self.first_s):
            self.overruns.append(Overrun(now_s, missed))


def sources(count: int, days: float, seed: int) -> list[Source]:
    """Draw the sources. Roles that need entries go to sources that have some."""
    rng = random.Random(f"sources {seed}")
    roles = [role for role, of_200 in ROLES.items() for _ in range(max(1, round(of_200 * count / 200)))][:count]
    roles += ["healthy"] * (count - len(roles))
    return [_source(n, role, days, random.Random(f"{seed} {n} {rng.random()}")) for n, role in enumerate(roles)]


def _source(number: int, role: str, days: float, rng: random.Random) -> Source:
    lowest, highest = {"holiday": (1 / 10, 3), "stopped": (1 / 3, 100), "deleting": (3, 30)}.get(role, (1 / 30, 100))
    per_day = lowest * (highest / lowest) ** rng.random()
    own = habit(rng, per_day)
    if role in ("undated", "ahead") or "flood" in role:
        own = replace(own, day_only=False, undated=role == "undated", ahead_s=2 * HOUR_S if role == "ahead" else 0)
    own = replace(own, mixed=role == "mixed")
    window = rng.choice([size for size in WINDOWS if size >= per_day / 8])
    form = rng.choice(("rss", "rss", "atom", "json"))
    end_s = days * DAY_S
    pause = _pause(role, end_s, rng)
    entries = draw(rng, own, window, days + 1, [pause])
    source = Source(number, role, own, window, entries, form, conditional=rng.random() < CONDITIONAL, pause=pause)
    if form == "rss":
        source.channel = rng.choice(("", "", "", "", "", "", "", "<ttl>60</ttl>", "<ttl>180</ttl>", SKIPPED_HOURS))
    source = replace(source, **_events(role, number, end_s, rng))
    _change_entries(source, end_s, rng)
    return source


def _pause(role: str, end_s: float, rng: random.Random) -> tuple[float, float]:
    if role == "stopped":
        return end_s * (0.1 + 0.3 * rng.random()), inf
    if role == "holiday":
        first_s = end_s * (0.35 + 0.2 * rng.random())
        return first_s, first_s + min(WEEK_S, end_s / 4)
    return inf, inf


def _events(role: str, number: int, end_s: float, rng: random.Random) -> dict[str, Any]:
    """Return the fields of a source that say what happens to it. Most is between the outages of the machine."""
    at_s = end_s * (0.4 + 0.1 * rng.random())
    empty_s = end_s * (0.35 + (0.1 * rng.random() if end_s > WEEK_S else 0))
    down_s = (0.25 + 1.75 * rng.random() if "hours" in role else 2 + 3 * rng.random()) * DAY_S
    down = {"down": (at_s, at_s + min(down_s, end_s / 5)), "down_status": rng.choice((0, 500, 503))}
    of_roles: dict[str, dict[str, Any]] = {
        "emptied": {"empty": (empty_s, empty_s + 2 * DAY_S)},
        "moved": {"moves": (end_s * 0.2, end_s * 0.5)},
        "reissued": {"reissue_s": at_s, "redates": number % 2 == 0},
        "down for hours": down,
        "down for days": down,
        "page": {"page_s": at_s},
        "gone": {"gone_s": at_s},
        "caches": {"stale_s": (10 + 30 * rng.random()) * 60},
    }
    return of_roles.get(role, {})


def _change_entries(source: Source, end_s: float, rng: random.Random) -> None:
    if source.role == "deleting":
        for entry in source.entries[::5]:
            entry.gone_s = entry.at_s + (1 + 30 * rng.random()) * HOUR_S
    elif source.role == "future":
        after = bisect_right(source.entries, end_s * (0.4 + 0.1 * rng.random()), key=lambda entry: entry.at_s)
        for entry in source.entries[after : after + 1]:
            entry.date_s = entry.at_s + 30 * DAY_S
    elif "flood" in source.role:
        for first, width in ((0.1, 0.15), (0.8, 0.15)):
            count = round(source.window * (1.4 + rng.random()))
            source.entries += flood(rng, source.habit, end_s * (first + width * rng.random()), count)
        source.entries = in_order(source.entries, source.habit)
    if source.role == "pinned flood":
        source.pinned = source.entries[0]
