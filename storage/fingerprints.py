"""The index of shingles, by which the archived articles are found that a text may be a copy of."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from storage.records import CandidateText, to_instant
from storage.rows import Rows, as_json

COMMON = 60  # articles with a shingle, from which it is a phrase that tells nothing: more are neither kept nor read
LEAST_SHARED = 2  # shingles; with one, an article was never the same in 3,600 tries
CANDIDATES = 8  # articles that are compared in full
COPIES = 3  # of each, that are compared too


class Fingerprints(Rows):
    def fingerprint(self, article_id: int, hashes: Iterable[int], version: int) -> None:
        """The article is found by these hashes (signed, 32 bits) too: its text's, or those of a copy that adds."""
        self._db.executemany(
            """INSERT INTO shingles (hash, article_id) SELECT ?1, ?2 WHERE
               (SELECT count(*) FROM (SELECT 1 FROM shingles WHERE hash = ?1 LIMIT ?3)) < ?3 ON CONFLICT DO NOTHING""",
            [(hash_, article_id, COMMON) for hash_ in hashes],
        )
        self._db.execute(
            """INSERT INTO fingerprints (article_id, version) VALUES (?, ?)
               ON CONFLICT DO UPDATE SET version = excluded.version""",
            [article_id, version],
        )

    def candidates(self, hashes: Iterable[int]) -> list[CandidateText]:
        """The texts of the articles that share most of the hashes, each counted by how rare it is."""
        shared: Counter[int] = Counter()
        told: defaultdict[int, float] = defaultdict(float)
        for hash_ in hashes:
            rows = self._rows("SELECT article_id FROM shingles WHERE hash = ? LIMIT ?", hash_, COMMON)
            if len(rows) < COMMON:
                for (article_id,) in rows:
                    shared[article_id] += 1
                    told[article_id] += 1 / len(rows)
        likely = [article_id for article_id, count in shared.items() if count >= LEAST_SHARED]
        likely.sort(key=lambda article_id: (-told[article_id], article_id))
        return self._texts(likely[:CANDIDATES]) if likely else []

    def texts_of(self, article_id: int) -> list[CandidateText]:
        """The article's first and last text, and those of copies that add."""
        return self._texts([article_id])

    def stale(self, version: int, limit: int) -> list[CandidateText]:
        """The texts of articles whose fingerprint is of an earlier version, or is to be made again."""
        rows = self._db.execute("SELECT article_id FROM fingerprints WHERE version < ? LIMIT ?", [version, limit])
        return self._texts([article_id for (article_id,) in rows])

    def forget_fingerprints(self) -> None:
        self._db.execute("DELETE FROM shingles")
        self._db.execute("UPDATE fingerprints SET version = 0")

    def _texts(self, article_ids: Iterable[int]) -> list[CandidateText]:
        rows = self._db.execute(
            """WITH wanted (id) AS (SELECT value FROM json_each(?))
               SELECT id, site, title, published_at, body, NULL FROM wanted JOIN articles USING (id)
               UNION ALL
               SELECT a.id, a.site, r.title, a.published_at, r.body, NULL FROM wanted JOIN articles a USING (id)
                 JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id)
               UNION ALL
               SELECT wanted.id, c.site, c.title, c.published_at, c.body, c.id FROM wanted JOIN copies c ON c.id IN
                 (SELECT id FROM copies WHERE article_id = wanted.id AND adds = 1 AND split_id IS NULL
                  ORDER BY id LIMIT ?)""",
            [as_json(article_ids), COPIES],
        )
        return [
            CandidateText(id_, site, title, to_instant(at), body, copy_id)
            for id_, site, title, at, body, copy_id in rows
        ]
