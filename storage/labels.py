"""The tables `labels` and `postings`: which articles have a tag, an author, a site, a day …

Triggers add the labels that SQL can make. Tags and authors are folded, which SQLite cannot do beyond ASCII.
"""

from collections.abc import Collection, Iterable
from unicodedata import normalize

from storage.blocks import Blocks
from storage.rows import Rows, as_json

MAX_LOOKED_UP = 100_000  # blocks of labels; more are read in their order, with those between them

ONE_EACH = ("site", "language", "access")  # kinds of which an article has one label: SQLite adds up their masks


def folded(text: str) -> str:
    """Return a tag or author as labels have it: case, spaces and how accents are encoded do not matter."""
    return " ".join(normalize("NFKC", normalize("NFKC", text).casefold()).split())


class LabelQueries(Rows):
    def labels(self, kind: str) -> list[str]:
        """Return the labels of the kind, also those that only merged articles have."""
        return self._column("SELECT label FROM labels WHERE kind = ? ORDER BY label", [kind])

    def has_label(self, kind: str, label: str) -> bool:
        return bool(self._rows("SELECT 1 FROM labels WHERE kind = ? AND label = ? LIMIT 1", [kind, label]))

    def posted(self, kind: str, labels: Iterable[str], only: Collection[int] | None = None) -> Blocks:
        """Return the articles with one of the labels, at least those in the blocks `only`."""
        ids = self._label_ids("label IN (SELECT value FROM json_each(?))", kind, as_json(labels))
        return self._posted(ids, only, disjoint=kind in ONE_EACH)

    def posted_between(self, kind: str, first: str, last: str, only: Collection[int] | None = None) -> Blocks:
        """Return the articles with a label from `first` to `last`, at least those in the blocks `only`."""
        return self._posted(self._label_ids("label BETWEEN ? AND ?", kind, first, last), only, disjoint=False)

    def _label_ids(self, where: str, *values: object) -> list[int]:
        return self._column(f"SELECT id FROM labels WHERE kind = ? AND {where}", values)  # noqa: S608 (our own words)

    def _posted(self, label_ids: list[int], only: Collection[int] | None, *, disjoint: bool) -> Blocks:
        where = "label_id IN (SELECT value FROM json_each(?))"
        values: list[object] = [as_json(label_ids)]
        if only is not None and len(label_ids) * len(only) <= MAX_LOOKED_UP:
            where += " AND block IN (SELECT value FROM json_each(?))"
            values.append(as_json(only))
        elif only is not None:
            where += " AND block BETWEEN ? AND ?"
            values += [min(only), max(only)]
        if disjoint and len(label_ids) > 1:
            return dict(self._tuples(f"SELECT block, sum(mask) FROM postings WHERE {where} GROUP BY block", values))  # noqa: S608 (our own words)
        rows = self._tuples(f"SELECT block, mask FROM postings WHERE {where}", values)  # noqa: S608 (our own words)
        if len(label_ids) == 1:
            return dict(rows)
        found: Blocks = {}
        for block, mask in rows:
            found[block] = found.get(block, 0) | mask
        return found


class LabelUpdates(LabelQueries):
    def add_labels(self, article_id: int, kind: str, names: Iterable[str]) -> None:
        """Let the article be found by these tags or authors."""
        labels = sorted({folded(name) for name in names})
        if not labels:
            return
        self.db.executemany(
            "INSERT INTO labels (kind, label) VALUES (?, ?) ON CONFLICT DO NOTHING", [(kind, label) for label in labels]
        )
        self.db.executemany(
            """INSERT INTO postings (label_id, block, mask)
               SELECT id, ?3 >> 6, 1 << (?3 & 63) FROM labels WHERE kind = ?1 AND label = ?2
               ON CONFLICT DO UPDATE SET mask = mask | excluded.mask""",
            [(kind, label, article_id) for label in labels],
        )
