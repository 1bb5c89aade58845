"""Which article is merged into which: the rows of `copies` that say so."""

from collections.abc import Collection

from storage.rows import Rows, as_json


class MergeQueries(Rows):
    def current_id(self, article_id: int) -> int:
        """Return the article that this one was merged into, or its own id. Merged articles may be merged again."""
        return int(
            self._value(
                """WITH RECURSIVE merged (id, steps) AS (
                     VALUES (?, 0)
                     UNION ALL SELECT c.article_id, steps + 1
                       FROM merged JOIN copies c ON c.merged_id = merged.id AND c.split_id IS NULL)
                   SELECT id FROM merged ORDER BY steps DESC LIMIT 1""",
                [article_id],
            )
        )

    def merges(self) -> dict[int, int]:
        """Return the article that each merged article was merged into in the end."""
        into = dict(
            self._tuples(
                """SELECT merged_id, article_id FROM copies WHERE merged_id IS NOT NULL AND split_id IS NULL
                   ORDER BY merged_id"""  # else SQLite reads the table, not the index
            )
        )
        return {merged_id: _last(merged_id, into) for merged_id in into}

    def merges_of(self, ids: Collection[int]) -> dict[int, int]:
        """Return those of `merges` whose merged article is one of these, and perhaps others."""
        into: dict[int, int] = {}
        while ids:
            found = self._tuples(
                """SELECT merged_id, article_id FROM json_each(?) CROSS JOIN copies ON merged_id = value
                   WHERE split_id IS NULL""",
                [as_json(ids)],
            )
            into |= (step := dict(found))
            ids = set(step.values()) - into.keys()
        return {merged_id: _last(merged_id, into) for merged_id in into}

    def with_merged(self, article_id: int) -> list[int]:
        """Return the ids of the article and of all articles that were merged into it."""
        return self._column(
            """WITH RECURSIVE merged (id) AS (
                 VALUES (?)
                 UNION SELECT c.merged_id FROM merged JOIN copies c ON c.article_id = merged.id
                   WHERE c.merged_id IS NOT NULL AND c.split_id IS NULL)
               SELECT id FROM merged""",
            [article_id],
        )

    def merged_ids(self) -> list[int]:
        """Return the articles that are copies of others."""
        return self._column("SELECT merged_id FROM copies WHERE merged_id IS NOT NULL AND split_id IS NULL")


def _last(article_id: int, into: dict[int, int]) -> int:
    for _ in into:
        if article_id not in into:
            break
        article_id = into[article_id]
    return article_id
