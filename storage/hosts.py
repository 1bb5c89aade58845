"""The table `hosts`: what a host has answered that must be remembered from run to run."""

from datetime import datetime, timedelta

from storage.records import Host, to_text
from storage.rows import Row, Rows, from_row, rounded_up, to_row

MAX_UNUSED = timedelta(days=2)


class HostQueries(Rows):
    def host_row(self, host: str) -> Row | None:
        row = self._row("SELECT * FROM hosts WHERE host = ?", [host])
        return dict(row) if row else None

    def host(self, host: str) -> Host | None:
        row = self.host_row(host)
        return from_row(Host, row) if row else None


class HostUpdates(HostQueries):
    def remember_host(self, host: Host) -> None:
        self.db.execute("DELETE FROM hosts WHERE host = ?", [host.host])
        self._insert("hosts", to_row(host) | {"blocked_until": rounded_up(host.blocked_until)})

    def drop_old_hosts(self, now: datetime) -> None:
        self.db.execute(
            "DELETE FROM hosts WHERE coalesce(robots_at, '') < ?1 AND coalesce(blocked_until, '') < ?1",
            [to_text(now - MAX_UNUSED)],
        )
