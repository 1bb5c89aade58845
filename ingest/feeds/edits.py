"""Which known entries a feed has edited, so that their articles are rechecked (pure)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from ingest.schedule.entries import recheck_at
from storage.records import KnownEntry, NewEntry, Outcome, to_text

MAX_RECHECKS_PER_POLL = 5  # further edits wait for the feed's next poll
MIN_STORM = 5  # entries
STORM_SHARE = 0.5

RECHECKED_OUTCOMES = frozenset(
    {Outcome.ARCHIVED, Outcome.REVISED, Outcome.NO_TEXT, Outcome.WALLED, Outcome.FAILED, Outcome.FILTERED}
)

Seen = tuple[KnownEntry, NewEntry]


@dataclass(frozen=True, slots=True)
class Edits:
    """`noted`: entries whose change is only recorded. `rechecks`: with the instant when due. `note`: a warning.

    `later`: entries whose change waits for the feed's next poll.
    """

    noted: list[Seen] = field(default_factory=list)
    rechecks: list[tuple[KnownEntry, NewEntry, datetime]] = field(default_factory=list)
    note: str | None = None
    later: list[Seen] = field(default_factory=list)


def edits(seen: Collection[Seen], now: datetime, *, same: int = 0) -> Edits:
    """Return the changes of the known entries that a document has again. It has `same` others unchanged.

    If half or more of five or more entries changed at once, the feed has changed, not its news: a template, a counter,
    an `updated` that each build renews. Such changes are not rechecked.
    """
    compared = [pair for pair in seen if _is_comparable(*pair)]
    changed = [pair for pair in compared if _has_changed(*pair)]
    noted = [pair for pair in seen if not _is_comparable(*pair)]
    count = len(compared) + same
    if count >= MIN_STORM and len(changed) >= STORM_SHARE * count:
        note = f"{len(changed)} of {count} known entries have changed at once, as a feed does and news do not"
        return Edits(noted + changed, note=f"{note}: they are not rechecked")
    rechecks, later = [], []
    asked = 0
    for known, entry in changed:
        due_at = _recheck_at(known, now)
        if due_at is None:
            noted.append((known, entry))
        elif known.waiting or asked < MAX_RECHECKS_PER_POLL:
            asked += not known.waiting
            rechecks.append((known, entry, due_at))
        else:
            later.append((known, entry))
    return Edits(noted, rechecks, later=later)


def _recheck_at(known: KnownEntry, now: datetime) -> datetime | None:
    if known.outcome not in RECHECKED_OUTCOMES:
        return None
    return recheck_at(now, known.rechecks, known.rechecked_at or known.first_seen_at, known.first_seen_at)


def _is_comparable(known: KnownEntry, entry: NewEntry) -> bool:
    """Return whether both have hashes of one version."""
    if not known.text_hash or not entry.text_hash:
        return False
    return known.text_hash.partition(":")[0] == entry.text_hash.partition(":")[0]


def _has_changed(known: KnownEntry, entry: NewEntry) -> bool:
    if known.text_hash != entry.text_hash:
        return True
    before, after = to_text(known.updated_at), to_text(entry.updated_at)
    return after is not None and (before is None or after > before)
