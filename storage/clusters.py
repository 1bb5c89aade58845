"""Articles with their copies: who had the text first, and how many have it."""

from dataclasses import dataclass

from storage.merges import MergeQueries
from storage.rows import as_json

# The copies of a period by the article that has them in the end: that of a merged article is the one it was merged
# into. It reads indexes only.
COUNTED = """WITH RECURSIVE counted (id, copies) AS (
    SELECT article_id, count(*) FROM copies
      WHERE split_id IS NULL AND {period} GROUP BY article_id
    UNION ALL
    SELECT (SELECT article_id FROM copies m WHERE m.merged_id = c.id AND m.split_id IS NULL), copies
      FROM counted c WHERE EXISTS (SELECT 1 FROM copies m WHERE m.merged_id = c.id AND m.split_id IS NULL))
  SELECT id, sum(copies) AS copies FROM counted
  WHERE NOT EXISTS (SELECT 1 FROM copies m WHERE m.merged_id = counted.id AND m.split_id IS NULL)
  GROUP BY id ORDER BY 2 DESC, 1 DESC LIMIT ? OFFSET ?"""

# When a site had a text: when it says to have published it, but no later than the archive had it. Of a day alone (its
# midnight is kept) its end counts: nothing shows that it was sooner.
HAD_AT = "min(archived_at, coalesce(replace(published_at, 'T00:00:00Z', 'T23:59:59Z'), archived_at))"


@dataclass(frozen=True, slots=True)
class Cluster:
    """An article and its copies. `first_site` had the text first, at `first_at`; the last one had it at `last_at`.

    `new_copies` are those of the period that was asked for.
    """

    id: int
    new_copies: int
    copies: int
    sites: int
    first_site: str
    first_at: str
    last_at: str


class ClusterQueries(MergeQueries):
    def clusters(self, *, since: str | None = None, limit: int, offset: int = 0) -> list[Cluster]:
        """Return the articles with the most copies that were archived at or after `since`, the most first."""
        period = "archived_at >= ?" if since else "TRUE"
        values = [since, limit, offset] if since else [limit, offset]
        rows = self._rows(COUNTED.format(period=period), values)
        return [self.cluster(row["id"], new_copies=row["copies"]) for row in rows]

    def cluster(self, article_id: int, *, new_copies: int = 0) -> Cluster:
        """Return an article that is merged into no other, with its copies.

        A merged article is its copy's row, with the instant at which itself was archived.
        """
        row = self._row(
            f"""WITH member (id) AS (SELECT value FROM json_each(?2)),
                  texts (site, published_at, archived_at) AS (
                    SELECT site, published_at, archived_at FROM selectable WHERE article_id = ?1
                    UNION ALL SELECT c.site, c.published_at, coalesce(a.archived_at, c.archived_at)
                      FROM copies c LEFT JOIN articles a ON a.id = c.merged_id
                      WHERE c.article_id IN (SELECT id FROM member) AND c.split_id IS NULL),
                  had (site, at) AS (SELECT site, {HAD_AT} FROM texts)
                SELECT count(*) - 1 AS copies, count(DISTINCT site) AS sites, site AS first_site, min(at) AS first_at,
                  (SELECT max(at) FROM had) AS last_at FROM had""",  # noqa: S608 (our own words)
            [article_id, as_json(self.with_merged(article_id))],
        )
        assert row
        return Cluster(id=article_id, new_copies=new_copies, **dict(row))
