"""Instants that rows wait for, when the clock that they were written by turns out to have been ahead."""

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


class Clock(Rows):
    def follow_clock(self, now: datetime) -> None:
        """Where a feed was polled in what is the future now, the clock was set back: all that waits goes with it.

        By as much as the last poll is ahead, which is too little by the time between that poll and the step. A step
        below CLOCK_STEP is waited out.
        """
        (ahead_s,) = self._db.execute(
            "SELECT strftime('%s', max(polled_at)) - strftime('%s', ?) FROM feeds", [to_text(now)]
        ).fetchone()
        if ahead_s is None or ahead_s <= CLOCK_STEP.total_seconds():
            return
        for table, column in _WAITING:
            self._db.execute(
                f"""UPDATE {table}
                    SET {column} = strftime('%Y-%m-%dT%H:%M:%SZ', strftime('%s', {column}) - ?1, 'unixepoch')
                    WHERE {column} > ?2""",  # noqa: S608 (our own names)
                [ahead_s, to_text(now)],
            )
