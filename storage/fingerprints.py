"""The tables `shingles` and `fingerprints`: the index that finds the archived articles a text may be a copy of."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from storage.content import CandidateText
from storage.rows import Rows, as_json

MAX_ARTICLES_PER_SHINGLE = 60  # from here on it is a common phrase, which is no evidence: it is neither kept nor read
MIN_SHARED = 2  # shingles; of 3,600 articles that shared one, none was the same
MAX_CANDIDATES = 8  # articles that are compared in full
MAX_COPIES = 3  # of each candidate, that are compared too


class FingerprintQueries(Rows):
    def candidates(self, hashes: Iterable[int]) -> list[CandidateText]:
        """Return the texts of the articles that share most of the hashes. A rare hash weighs more."""
        shared: Counter[int] = Counter()
        weight: defaultdict[int, float] = defaultdict(float)
        found = self._tuples(
            "SELECT hash, article_id FROM json_each(?) CROSS JOIN shingles ON hash = value", [as_json(hashes)]
        )
        for _, having in groupby(found, itemgetter(0)):
            ids = [article_id for _, article_id in having]
            if len(ids) < MAX_ARTICLES_PER_SHINGLE:
                for article_id in ids:
                    shared[article_id] += 1
                    weight[article_id] += 1 / len(ids)
        likely = [article_id for article_id, count in shared.items() if count >= MIN_SHARED]
        likely.sort(key=lambda article_id: (-weight[article_id], article_id))
        return self.texts_of(likely[:MAX_CANDIDATES]) if likely else []

    def stale(self, version: int, limit: int) -> list[CandidateText]:
        """Return the texts of articles whose fingerprint is out of date or of an earlier version."""
        ids = self._column("SELECT article_id FROM fingerprints WHERE version < ? LIMIT ?", [version, limit])
        return self.texts_of(ids)

    def texts_of(self, article_ids: Iterable[int]) -> list[CandidateText]:
        """Return the articles' first and last texts, and those of their copies that have text of their own."""
        return self._records(
            CandidateText,
            """WITH wanted (id) AS (SELECT value FROM json_each(?))
               SELECT id AS article_id, site, title, published_at, body, NULL AS copy_id
                 FROM wanted JOIN articles USING (id)
               UNION ALL
               SELECT a.id, a.site, r.title, a.published_at, r.body, NULL FROM wanted JOIN articles a USING (id)
                 JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = a.id)
               UNION ALL
               SELECT wanted.id, c.site, c.title, c.published_at, c.body, c.id FROM wanted JOIN copies c ON c.id IN
                 (SELECT id FROM copies WHERE article_id = wanted.id AND adds = 1 AND split_id IS NULL
                  ORDER BY id LIMIT ?)""",
            [as_json(article_ids), MAX_COPIES],
        )


class FingerprintUpdates(FingerprintQueries):
    def fingerprint(self, article_id: int, hashes: Iterable[int], version: int) -> None:
        """Let the article be found by these hashes too (signed, 32 bits): of its text, or of a copy's own text."""
        hashes = list(hashes)
        common = set(
            self._column(
                """SELECT value FROM json_each(?)
                   WHERE EXISTS (SELECT 1 FROM shingles WHERE hash = value LIMIT 1 OFFSET ?)""",
                [as_json(hashes), MAX_ARTICLES_PER_SHINGLE - 1],
            )
        )
        self.db.executemany(
            "INSERT INTO shingles (hash, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(hash_, article_id) for hash_ in hashes if hash_ not in common],
        )
        self.db.execute(
            """INSERT INTO fingerprints (article_id, version) VALUES (?, ?)
               ON CONFLICT DO UPDATE SET version = excluded.version""",
            [article_id, version],
        )

    def forget_fingerprints(self) -> None:
        """Empty the index, and mark every article's fingerprint as out of date."""
        self.db.execute("DELETE FROM shingles")
        self.db.execute("UPDATE fingerprints SET version = 0")
