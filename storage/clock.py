"""Instants that rows wait for, when the clock that wrote them turns out to have been ahead."""

from datetime import datetime, timedelta

from storage.records import to_text
from storage.rows import Rows

CLOCK_STEP = timedelta(minutes=1)
_WAITING = (
    ("feeds", "polled_at"),
    ("feeds", "due_at"),
    ("entries", "due_at"),
    ("rechecks_due", "due_at"),
    ("hosts", "robots_at"),
    ("hosts", "blocked_until"),
)


class ClockQueries(Rows):
    def clock_behind_s(self, now: datetime) -> int:
        """Return by how much the clock was set back: how far in the future the last poll is.

        That is too little by the time between that poll and the step. A step up to CLOCK_STEP is waited out, and is 0.
        """
        ahead_s = self._value("SELECT strftime('%s', max(polled_at)) - strftime('%s', ?) FROM feeds", [to_text(now)])
        return ahead_s if ahead_s and ahead_s > CLOCK_STEP.total_seconds() else 0


class ClockUpdates(ClockQueries):
    def follow_clock(self, now: datetime) -> None:
        """If the clock was set back, move every instant that a row waits for back by as much."""
        behind_s = self.clock_behind_s(now)
        if not behind_s:
            return
        for table, column in _WAITING:
            self.db.execute(
                f"""UPDATE {table}
                    SET {column} = strftime('%Y-%m-%dT%H:%M:%SZ', strftime('%s', {column}) - ?1, 'unixepoch')
                    WHERE {column} > ?2""",  # noqa: S608 (our own names)
                [behind_s, to_text(now)],
            )
