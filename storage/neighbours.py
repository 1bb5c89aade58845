"""The articles before and after an article on its site."""

from dataclasses import dataclass

from storage.rows import Rows

CURRENT = """FROM articles a WHERE site = ?
  AND NOT EXISTS (SELECT 1 FROM copies c WHERE c.merged_id = a.id AND c.split_id IS NULL)"""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids of the articles before and after, None at either end."""

    before: int | None
    after: int | None


class NeighbourQueries(Rows):
    def neighbours(self, article_id: int) -> Neighbours:
        """Return the neighbours of an article among those of its site, without articles that were merged.

        They are in the order of publication, those of one instant in the order of archiving. Articles without an
        instant stand before the others. Each step reads a few rows of the index `articles_site`.
        """
        row = self._row("SELECT site, published_at FROM articles WHERE id = ?", [article_id])
        if row is None:
            return Neighbours(None, None)
        site, at = row
        if at is None:
            undated = "published_at IS NULL AND id"
            return Neighbours(
                self._first(f"{undated} < ? ORDER BY id DESC", site, article_id),
                self._first(f"{undated} > ? ORDER BY id", site, article_id)
                or self._first("published_at > '' ORDER BY published_at, id", site),
            )
        return Neighbours(
            self._first("published_at = ? AND id < ? ORDER BY id DESC", site, at, article_id)
            or self._first("published_at < ? ORDER BY published_at DESC, id DESC", site, at)
            or self._first("published_at IS NULL ORDER BY id DESC", site),
            self._first("published_at = ? AND id > ? ORDER BY id", site, at, article_id)
            or self._first("published_at > ? ORDER BY published_at, id", site, at),
        )

    def _first(self, where: str, *parameters: object) -> int | None:
        found: int | None = self._value(f"SELECT id {CURRENT} AND {where} LIMIT 1", parameters)
        return found
