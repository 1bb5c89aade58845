"""The table `jobs`: what the daemon does by a calendar."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from storage.records import PlannedJob, to_text
from storage.rows import Row, Rows, as_json, rounded_up, to_row


class JobQueries(Rows):
    def job_rows(self) -> list[Row]:
        """Return the jobs of the settings, by name."""
        return self._dicts(
            """SELECT name, schedule, time_zone, due_at, began_at, ended_at, result, error, change_seq
               FROM jobs WHERE active = 1 ORDER BY name"""
        )

    def planned_jobs(self) -> list[PlannedJob]:
        """Return the jobs of the settings, by name."""
        return self._records(
            PlannedJob,
            """SELECT name, schedule, time_zone, due_at, began_at, change_seq, error FROM jobs
               WHERE active = 1 AND due_at IS NOT NULL ORDER BY name""",
        )


class JobUpdates(JobQueries):
    def plan_jobs(self, wanted: Iterable[PlannedJob]) -> None:
        """Make the rows agree with the settings. A job that has left them keeps its row, inactive.

        `due_at` of `wanted` is for a job that is new, or that has another schedule than before.
        """
        rows = [to_row(job, exclude=("began_at", "change_seq", "error")) for job in wanted]
        self.db.execute(
            "UPDATE jobs SET active = 0, due_at = NULL WHERE name NOT IN (SELECT value FROM json_each(?))",
            [as_json(row["name"] for row in rows)],
        )
        self.db.executemany(
            """INSERT INTO jobs (name, schedule, time_zone, due_at) VALUES (:name, :schedule, :time_zone, :due_at)
               ON CONFLICT (name) DO UPDATE SET
                 schedule = :schedule, time_zone = :time_zone, active = 1,
                 due_at = CASE WHEN due_at IS NOT NULL AND (schedule, time_zone) = (:schedule, :time_zone)
                   THEN due_at ELSE :due_at END""",
            rows,
        )

    def reschedule_jobs(self, due: Mapping[str, datetime]) -> None:
        """Set when jobs are due, by their names."""
        self.db.executemany(
            "UPDATE jobs SET due_at = ? WHERE name = ?", [(rounded_up(at), name) for name, at in due.items()]
        )

    def begin_job(self, name: str, at: datetime) -> None:
        """Record that a run has begun. The job stays due until `end_job`."""
        self.db.execute("UPDATE jobs SET began_at = ? WHERE name = ?", [to_text(at), name])

    def end_job(
        self,
        name: str,
        at: datetime,
        due_at: datetime,
        *,
        result: str | None,
        error: str | None,
        change_seq: int | None = None,
    ) -> None:
        """Record what a run came to, and when the job is due next. Without `result` or `change_seq` theirs stay."""
        self.db.execute(
            """UPDATE jobs SET ended_at = ?, due_at = ?, result = coalesce(?, result), error = ?,
                 change_seq = coalesce(?, change_seq) WHERE name = ?""",
            [to_text(at), rounded_up(due_at), result, error, change_seq, name],
        )
