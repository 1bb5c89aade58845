"""The tables `boilerplate`, `dictionaries` and `hosts`: what is remembered of sites and hosts from run to run.

A site's articles repeat its boilerplate, its pages compress against a dictionary, and a host answers with robots.txt
and Retry-After.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from storage.records import Dictionary, Host, SiteProfile, to_text
from storage.rows import Row, Rows, as_json, from_row, rounded_up, to_row

MAX_UNUSED = timedelta(days=2)  # of a row of `hosts`


class SiteQueries(Rows):
    def site_profile(self, site: str) -> SiteProfile:
        return SiteProfile(self.boilerplate(site), self.newest_dictionary(site))

    def boilerplate(self, site: str) -> frozenset[str]:
        return frozenset(self._column("SELECT line FROM boilerplate WHERE site = ?", [site]))

    def newest_dictionary(self, site: str) -> Dictionary | None:
        """Return the site's newest dictionary, None if it has none or if no page saved enough as one."""
        row = self._row(
            "SELECT id, dictionary FROM dictionaries WHERE site = ? AND withdrawn = 0 ORDER BY id DESC LIMIT 1", [site]
        )
        return Dictionary(*row) if row and row["dictionary"] else None

    def host_row(self, host: str) -> Row | None:
        row = self._row("SELECT * FROM hosts WHERE host = ?", [host])
        return dict(row) if row else None

    def blocks(self, hosts: Iterable[str]) -> dict[str, datetime]:
        """Return those of the hosts that have asked for no request before some instant, with it."""
        rows = self._rows(
            """SELECT host, blocked_until FROM hosts
               WHERE host IN (SELECT value FROM json_each(?)) AND blocked_until IS NOT NULL""",
            [as_json(hosts)],
        )
        return {host: datetime.fromisoformat(until) for host, until in rows}

    def host(self, host: str) -> Host | None:
        row = self.host_row(host)
        return from_row(Host, row) if row else None


class SiteUpdates(SiteQueries):
    def add_boilerplate(self, site: str, lines: Mapping[str, int], at: datetime) -> None:
        """Add lines, folded (`ingest.articles.boilerplate`), each with its number of articles. Known lines stay."""
        self.db.executemany(
            "INSERT INTO boilerplate (site, line, articles, learned_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(site, line, articles, to_text(at)) for line, articles in lines.items()],
        )

    def add_dictionary(self, site: str, dictionary: bytes, at: datetime) -> int:
        """Add a dictionary, a compressed page of the site. Empty bytes record that no page saved enough as one."""
        self.db.execute("DELETE FROM dictionaries WHERE site = ? AND dictionary = x''", [site])
        return self._insert("dictionaries", {"site": site, "trained_at": to_text(at), "dictionary": dictionary})

    def remember_host(self, host: str, **changes: Any) -> None:  # noqa: ANN401 (fields of Host)
        """Change these fields of the host's record. The others stay."""
        row = to_row(replace(Host(host), **changes))
        row["blocked_until"] = rounded_up(changes.get("blocked_until"))
        self.db.execute("INSERT INTO hosts (host) VALUES (?) ON CONFLICT DO NOTHING", [host])
        for name in changes:
            self.db.execute(f"UPDATE hosts SET {name} = ? WHERE host = ?", [row[name], host])  # noqa: S608 (our own names)

    def drop_old_hosts(self, now: datetime) -> None:
        self.db.execute(
            "DELETE FROM hosts WHERE coalesce(robots_at, '') < ?1 AND coalesce(blocked_until, '') < ?1",
            [to_text(now - MAX_UNUSED)],
        )
