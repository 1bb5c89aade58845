"""The tables `hooks`, `deliveries` and `identity`: what each hook has been given, and what it could not be given.

A hook has a cursor in each source of events: in `changes` and in `alert_events`. Events leave the cursor's front in a
delivery: `claim` makes its row and moves the cursor in one transaction, so that a delivery has the same events however
often it is tried. The row goes when the receiver has taken it. Deliveries of a hook are sent in the order of their ids.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from storage.changes import ChangeQueries
from storage.records import to_instant, to_text
from storage.rows import Row, as_json, rounded_up
from storage.selection import Selection

Source = Literal["changes", "alert_events"]
HookState = Literal["ok", "failing", "stopped", "off"]
KINDS = frozenset({"article", "copy", "revision", "forgotten"})
CURSORS: dict[Source, str] = {"changes": "change_seq", "alert_events": "alert_seq"}
MAX_READ = 500  # changes that are read at once, if a hook leaves some kinds out

FIRST_PENDING = "(SELECT min(id) FROM deliveries WHERE hook_id = h.id AND state = 'pending')"
HEALTH = f"""SELECT h.name,
  CASE WHEN NOT h.active THEN 'off' WHEN h.stopped_at IS NOT NULL THEN 'stopped'
    WHEN first.tries > 0 THEN 'failing' ELSE 'ok' END AS state,
  (SELECT coalesce(sum(json_array_length(seqs)), 0) FROM deliveries WHERE hook_id = h.id AND state = 'pending')
    + max(0, (SELECT coalesce(max(seq), 0) FROM changes) - h.change_seq)
    + max(0, (SELECT coalesce(max(seq), 0) FROM alert_events) - h.alert_seq) AS behind,
  h.delivered, (SELECT count(*) FROM deliveries WHERE hook_id = h.id AND state = 'dead') AS dead,
  coalesce(first.tries, 0) AS tries, CASE WHEN first.tries > 0 THEN first.due_at END AS due_at,
  h.delivered_at, h.last_status, h.last_error, h.stopped_at, h.added_at
  FROM hooks h LEFT JOIN deliveries first ON first.id = {FIRST_PENDING}"""  # noqa: S608 (our own names)


class WantedHook(Protocol):
    """A hook of the settings. A new one gets the events from now on, or all from the beginning."""

    @property
    def name(self) -> str: ...
    @property
    def start(self) -> Literal["now", "beginning"]: ...


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook's row. `change_seq` and `alert_seq` are its cursors; at `stopped_at` its receiver wanted no more."""

    id: int
    name: str
    active: bool
    change_seq: int
    alert_seq: int
    delivered: int
    stopped_at: datetime | None

    def cursor(self, source: Source) -> int:
        return self.change_seq if source == "changes" else self.alert_seq


@dataclass(frozen=True, slots=True)
class Batch:
    """The next events of a hook, or none if `seqs` is empty. With them, the cursor goes from `after` to `upto`.

    `more`: there may be more events after `upto`.
    """

    source: Source
    seqs: tuple[int, ...]
    after: int
    upto: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """`seqs` are the numbers of its events in the table `source`, ascending.

    `tries` counts the failed ones, `status` is the HTTP status or exit code of the last.
    """

    id: int
    hook_id: int
    source: Source
    seqs: tuple[int, ...]
    tries: int = 0
    due_at: datetime | None = None
    status: int | None = None


class DeliveryQueries(ChangeQueries):
    def archive_id(self) -> str:
        """Return what tells this archive from others, "" for an archive of an earlier schema."""
        return str(self._value("SELECT archive_id FROM identity") or "")

    def hook(self, name: str) -> Hook | None:
        found = self._records(
            Hook,
            "SELECT id, name, active, change_seq, alert_seq, delivered, stopped_at FROM hooks WHERE name = ?",
            [name],
        )
        return found[0] if found else None

    def hook_names(self) -> list[str]:
        return self._column("SELECT name FROM hooks ORDER BY name COLLATE NOCASE")

    def hook_health(self) -> list[Row]:
        """Return the hooks by name, as `ingest status` and the metrics show them.

        `state` is `ok`, `failing` (its first delivery has failed `tries` times, and is tried next at `due_at`),
        `stopped` or `off` (not in the settings). `behind` counts the events of pending deliveries and all that is after
        the cursors, `dead` the dead letters.
        """
        return self._dicts(f"{HEALTH} ORDER BY h.active DESC, h.name COLLATE NOCASE")

    def next_delivery(self, hook_id: int, *, exclude: int | None = None) -> Delivery | None:
        """Return the hook's pending delivery that is sent next, due or not, without the id `exclude`."""
        row = self._row(
            """SELECT id, hook_id, source, seqs, tries, due_at, status FROM deliveries
               WHERE hook_id = ? AND state = 'pending' AND id IS NOT ? ORDER BY id LIMIT 1""",
            [hook_id, exclude],
        )
        return _delivery(row) if row else None

    def dead_letters(self, name: str | None = None) -> list[Row]:
        """Return the dead letters of the hook, or of all hooks, the oldest first: the row, and `hook`, its name.

        `seqs` is a list.
        """
        rows = self._rows(
            """SELECT d.id, h.name AS hook, d.source, d.seqs, d.created_at, d.tries, d.tried_at, d.status, d.error
               FROM deliveries d JOIN hooks h ON h.id = d.hook_id
               WHERE d.state = 'dead' AND (?1 IS NULL OR h.name = ?1) ORDER BY d.id""",
            [name],
        )
        return [dict(row) | {"seqs": list(_seqs(row["seqs"]))} for row in rows]

    def next_changes(
        self, selection: Selection, kinds: Collection[str], *, after: int, limit: int, without_reclean: bool
    ) -> Batch:
        """Return the first changes above `after` of the kinds and the selection, at most `limit`.

        Reads a part of the log at most: an empty batch may have `more`.
        """
        last = int(self._value("SELECT coalesce(max(seq), 0) FROM changes"))
        if last <= after or not kinds:
            return Batch("changes", (), after, max(last, after))
        read = limit if set(kinds) >= KINDS else max(limit, MAX_READ)
        found = self.change_seqs(selection, after=after, limit=read, without_reclean=without_reclean)
        if not found:
            return Batch("changes", (), after, last)
        wanted = self._column(
            """SELECT seq FROM changes WHERE seq IN (SELECT value FROM json_each(?))
               AND kind IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?""",
            [as_json(found), as_json(kinds), limit],
        )
        upto = wanted[-1] if len(wanted) == limit else found[-1]
        return Batch("changes", tuple(wanted), after, upto, more=upto < last)

    def next_alert_events(self, *, after: int, limit: int) -> Batch:
        """Return the first beginnings and ends of alerts above `after`, at most `limit`. 0 leaves all of them out."""
        last = int(self._value("SELECT coalesce(max(seq), 0) FROM alert_events"))
        seqs = self._column("SELECT seq FROM alert_events WHERE seq > ? ORDER BY seq LIMIT ?", [after, limit])
        upto = seqs[-1] if seqs else max(last, after)
        return Batch("alert_events", tuple(seqs), after, upto, more=upto < last)


class DeliveryUpdates(DeliveryQueries):
    """Each method belongs inside a transaction. Numbers of rows tell whether the row was still as it was read."""

    def subscribe_hooks(self, wanted: Iterable[WantedHook], now: datetime) -> None:
        """Make the rows agree with the settings' hooks.

        A new hook begins after the last event, or before the first. A hook that has left the settings keeps its row,
        its pending deliveries and its dead letters, inactive, and goes on from there when it is back.
        """
        starts = {hook.name: hook.start for hook in wanted}
        self.db.execute(
            "UPDATE hooks SET active = name IN (SELECT value FROM json_each(?1)) "
            "WHERE active <> (name IN (SELECT value FROM json_each(?1)))",
            [as_json(starts)],
        )
        self.db.executemany(
            """INSERT INTO hooks (name, added_at, change_seq, alert_seq) VALUES (?1, ?2,
                 CASE ?3 WHEN 'now' THEN (SELECT coalesce(max(seq), 0) FROM changes) ELSE 0 END,
                 CASE ?3 WHEN 'now' THEN (SELECT coalesce(max(seq), 0) FROM alert_events) ELSE 0 END)
               ON CONFLICT (name) DO NOTHING""",
            [(name, to_text(now), start) for name, start in starts.items()],
        )

    def claim_delivery(self, hook_id: int, batch: Batch, now: datetime) -> Delivery | None:
        """Move the hook's cursor over the batch, and return the pending delivery of its events.

        Return None if the batch has no events, or if the cursor was not where the batch begins.
        """
        if not self.pass_over(hook_id, batch) or not batch.seqs:
            return None
        row = {"hook_id": hook_id, "source": batch.source, "seqs": as_json(batch.seqs), "created_at": to_text(now)}
        return Delivery(self._insert("deliveries", row), hook_id, batch.source, batch.seqs)

    def pass_over(self, hook_id: int, batch: Batch) -> bool:
        """Move the hook's cursor over the batch without delivering it. Return False if the cursor was not there."""
        cursor = CURSORS[batch.source]
        moved = self.db.execute(
            f"UPDATE hooks SET {cursor} = ? WHERE id = ? AND {cursor} = ?",  # noqa: S608 (our own names)
            [batch.upto, hook_id, batch.after],
        )
        return moved.rowcount == 1

    def delivery_taken(self, delivery: Delivery, now: datetime, *, status: int | None = None) -> None:
        """Record that the receiver has the events: the row goes, and the hook counts them."""
        gone = self.db.execute("DELETE FROM deliveries WHERE id = ?", [delivery.id])
        self.db.execute(
            """UPDATE hooks SET delivered = delivered + ?, delivered_at = ?, last_status = ?, last_error = NULL
               WHERE id = ?""",
            [len(delivery.seqs) * gone.rowcount, to_text(now), status, delivery.hook_id],
        )

    def delivery_failed(
        self, delivery: Delivery, now: datetime, due_at: datetime | None, *, tries: int, status: int | None, error: str
    ) -> None:
        """Record that `tries` have failed. The delivery is tried again at `due_at`, or is a dead letter without it."""
        self.db.execute(
            """UPDATE deliveries SET tries = ?, tried_at = ?, due_at = ?, status = ?, error = ?, state = ?
               WHERE id = ?""",
            [tries, to_text(now), rounded_up(due_at), status, error, "pending" if due_at else "dead", delivery.id],
        )
        self._tried(delivery.hook_id, status, error)

    def stop_hook(self, delivery: Delivery, now: datetime, *, status: int | None, error: str) -> None:
        """Record that the hook's receiver wants no more. The delivery and all later ones wait for `resend`."""
        self.db.execute(
            """UPDATE deliveries SET tries = tries + 1, tried_at = ?, due_at = NULL, status = ?, error = ?
               WHERE id = ?""",
            [to_text(now), status, error, delivery.id],
        )
        self._tried(delivery.hook_id, status, error)
        self.db.execute("UPDATE hooks SET stopped_at = ? WHERE id = ?", [to_text(now), delivery.hook_id])

    def _tried(self, hook_id: int, status: int | None, error: str) -> None:
        self.db.execute("UPDATE hooks SET last_status = ?, last_error = ? WHERE id = ?", [status, error, hook_id])

    def resend(self, name: str, ids: Iterable[int] | None = None) -> int:
        """Make the hook's dead letters, or those of the ids, pending again. Return their number.

        They go in the order of their ids, before newer ones. A stopped hook goes on, and no delivery of the hook waits
        for its next try any more.
        """
        hook = self.hook(name)
        if hook is None:
            return 0
        revived = self.db.execute(
            """UPDATE deliveries SET state = 'pending', tries = 0, status = NULL
               WHERE hook_id = ?1 AND state = 'dead' AND (?2 IS NULL OR id IN (SELECT value FROM json_each(?2)))""",
            [hook.id, None if ids is None else as_json(ids)],
        )
        self.db.execute("UPDATE deliveries SET due_at = NULL WHERE hook_id = ? AND state = 'pending'", [hook.id])
        self.db.execute("UPDATE hooks SET stopped_at = NULL WHERE id = ?", [hook.id])
        return revived.rowcount

    def drop_dead_letters(self, name: str, ids: Iterable[int] | None = None) -> int:
        """Delete the hook's dead letters, or those of the ids, for good. Return their number."""
        return self.db.execute(
            """DELETE FROM deliveries WHERE state = 'dead' AND hook_id = (SELECT id FROM hooks WHERE name = ?1)
               AND (?2 IS NULL OR id IN (SELECT value FROM json_each(?2)))""",
            [name, None if ids is None else as_json(ids)],
        ).rowcount

    def rewind_hook(self, name: str, seq: int) -> int:
        """Let the hook go on with the first change after `seq`. Return the number of pending deliveries that go.

        Its dead letters and alerts stay.
        """
        gone = self.db.execute(
            """DELETE FROM deliveries WHERE state = 'pending' AND source = 'changes'
               AND hook_id = (SELECT id FROM hooks WHERE name = ?)""",
            [name],
        )
        self.db.execute("UPDATE hooks SET change_seq = ? WHERE name = ?", [seq, name])
        return gone.rowcount

    def forget_hook(self, name: str) -> bool:
        """Delete a hook that has left the settings, with its deliveries. Return False if there is no such hook."""
        return self.db.execute("DELETE FROM hooks WHERE name = ? AND active = 0", [name]).rowcount == 1


def _delivery(row: sqlite3.Row) -> Delivery:
    seqs, due_at = _seqs(row["seqs"]), to_instant(row["due_at"])
    return Delivery(row["id"], row["hook_id"], row["source"], seqs, row["tries"], due_at, row["status"])


def _seqs(text: str) -> tuple[int, ...]:
    return tuple(json.loads(text))
