"""The tables `boilerplate` and `dictionaries`: what a site's articles repeat, and what its pages compress against."""

from collections.abc import Mapping
from datetime import datetime

from storage.records import Dictionary, SiteProfile, to_text
from storage.rows import Rows


class SiteQueries(Rows):
    def site_profile(self, site: str) -> SiteProfile:
        return SiteProfile(self.boilerplate(site), self.newest_dictionary(site))

    def boilerplate(self, site: str) -> frozenset[str]:
        return frozenset(self._column("SELECT line FROM boilerplate WHERE site = ?", [site]))

    def newest_dictionary(self, site: str) -> Dictionary | None:
        """Return the site's dictionary, None if it has none or if none would have paid."""
        row = self._row("SELECT id, dictionary FROM dictionaries WHERE site = ? ORDER BY id DESC LIMIT 1", [site])
        return Dictionary(*row) if row and row["dictionary"] else None


class SiteUpdates(SiteQueries):
    def add_boilerplate(self, site: str, lines: Mapping[str, int], at: datetime) -> None:
        """Add lines, folded (`ingest.articles.boilerplate`), each with its number of articles. Known lines stay."""
        self.db.executemany(
            "INSERT INTO boilerplate (site, line, articles, learned_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(site, line, articles, to_text(at)) for line, articles in lines.items()],
        )

    def add_dictionary(self, site: str, dictionary: bytes, at: datetime) -> int:
        """Add a dictionary, a compressed page of the site; empty bytes record that none would pay."""
        self.db.execute("DELETE FROM dictionaries WHERE site = ? AND dictionary = x''", [site])
        return self._insert("dictionaries", {"site": site, "trained_at": to_text(at), "dictionary": dictionary})
