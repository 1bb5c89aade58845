"""What is known of a site: the lines it repeats, and what its pages compress against."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from storage.records import Dictionary, PackedPage, SiteProfile, to_text
from storage.rows import Rows


class Sites(Rows):
    def site_profile(self, site: str) -> SiteProfile:
        boilerplate = self._db.execute("SELECT line FROM boilerplate WHERE site = ?", [site])
        newest = self._db.execute(
            "SELECT id, dictionary FROM dictionaries WHERE site = ? ORDER BY id DESC LIMIT 1", [site]
        ).fetchone()
        dictionary = Dictionary(*newest) if newest and newest[1] else None
        return SiteProfile(frozenset(line for (line,) in boilerplate), dictionary)

    def last_bodies(self, site: str, count: int) -> list[str]:
        """The texts of the site's articles that were archived last, as they were then, the newest first."""
        rows = self._db.execute("SELECT body FROM articles WHERE site = ? ORDER BY id DESC LIMIT ?", [site, count])
        return [body for (body,) in rows]

    def add_boilerplate(self, site: str, lines: Mapping[str, int], at: datetime) -> None:
        """`lines`: folded (`ingest.articles.boilerplate`) → in how many articles; known ones stay as they are."""
        self._db.executemany(
            "INSERT INTO boilerplate (site, line, articles, learned_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(site, line, articles, to_text(at)) for line, articles in lines.items()],
        )

    def add_dictionary(self, site: str, dictionary: bytes, at: datetime) -> int:
        """`dictionary`: a page of the site, compressed; empty when none would pay, which holds until the next try."""
        self._db.execute("DELETE FROM dictionaries WHERE site = ? AND dictionary = x''", [site])
        return self._insert("dictionaries", {"site": site, "trained_at": to_text(at), "dictionary": dictionary})

    def repack(self, pages: Iterable[PackedPage], dictionary_id: int) -> None:
        """These pages are compressed with the dictionary now."""
        self._db.executemany(
            "UPDATE pages SET html = ?, dictionary_id = ? WHERE article_id = ? AND part = ?",
            [(page.html, dictionary_id, page.article_id, page.part) for page in pages],
        )
