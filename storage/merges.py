"""Which article is merged into which: the rows of `copies` that say so.

Chains are followed a step at a time: for a recursive query SQLite 3.38 and later read all copies first, to make a Bloom
filter of them.
"""

from collections.abc import Collection

from storage.rows import Rows, as_json


class MergeQueries(Rows):
    def current_id(self, article_id: int) -> int:
        """Return the article that this one was merged into, or its own id. Merged articles may be merged again."""
        into = """SELECT article_id FROM copies
                  WHERE merged_id = ? AND split_id IS NULL"""
        while (next_id := self._value(into, [article_id])) is not None:
            article_id = next_id
        return article_id

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
        found = {article_id: None}
        step = [article_id]
        while step:
            merged = """SELECT merged_id FROM copies WHERE article_id IN (SELECT value FROM json_each(?))
                        AND merged_id IS NOT NULL AND split_id IS NULL ORDER BY id"""
            step = [id_ for id_ in self._column(merged, [as_json(step)]) if id_ not in found]
            found |= dict.fromkeys(step)
        return list(found)

    def merged_ids(self) -> list[int]:
        """Return the articles that are copies of others."""
        return self._column("SELECT merged_id FROM copies WHERE merged_id IS NOT NULL AND split_id IS NULL")


def _last(article_id: int, into: dict[int, int]) -> int:
    for _ in into:
        if article_id not in into:
            break
        article_id = into[article_id]
    return article_id
