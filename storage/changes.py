"""The table `changes`, the change log: which changes belong to a selection.

That an article was forgotten belongs to every selection: nobody can tell any more which ones it was in.
"""

from itertools import islice

from storage import blocks as sets
from storage.blocks import Blocks
from storage.filters import Passing
from storage.rows import as_json
from storage.selected import SelectedQueries
from storage.selection import Selection

ENOUGH = 4  # a page is full enough with a fourth of its changes
READ_ON = 2000  # changes that are read one after the other before the log is searched by article
MAX_ARTICLES = 200_000  # whose changes are looked up, at .4 µs each; more are found sooner by reading on

LOG = """SELECT seq, article_id, kind = 'forgotten' FROM changes
  WHERE seq > ? AND (NOT ? OR cause IS NOT 'reclean') ORDER BY seq"""
FORGOTTEN = "SELECT seq FROM changes WHERE kind = 'forgotten' AND seq > ? ORDER BY seq LIMIT ?"


class ChangeQueries(SelectedQueries):
    def last_seq(self) -> int:
        """Return the number of the last change, 0 without one."""
        return int(self._value("SELECT coalesce(max(seq), 0) FROM changes"))

    def change_seqs(self, selection: Selection, *, after: int, limit: int, without_reclean: bool) -> list[int]:
        """Return numbers of changes above `after` that belong to the selection: the first ones, at most `limit`.

        There may be fewer if there are more to come, but none only if there are no more.
        """
        if not selection:
            return [seq for seq, *_ in islice(self._tuples(LOG, [after, without_reclean]), limit)]
        with self.one_instant():
            seqs, last = self._read_on(selection, None, after, without_reclean=without_reclean)
            if last is None or len(seqs) * ENOUGH >= limit:
                return seqs[:limit]
            merges, passing = self.merges(), self.passing(selection)
            last = max(last, self._before_first(passing, merges, last))
            more, last = self._read_on(selection, passing, last, without_reclean=without_reclean)
            seqs += more
            if last is None or len(seqs) * ENOUGH >= limit:
                return seqs[:limit]
            selected = with_merged(self.selected(selection, passing), merges)
            return seqs + self._of_articles(selected, last, limit - len(seqs), without_reclean=without_reclean)

    def _before_first(self, passing: Passing, merges: dict[int, int], after: int) -> int:
        """Return a number below the first change above `after` that is let through: numbers ascend as ids do."""
        first_id = next(sets.ids(with_merged(passing[0], merges)), None)
        firsts = [
            self._value("SELECT min(seq) FROM changes WHERE article_id = ?", [first_id]),
            self._value(FORGOTTEN, [after, 1]),
            self._value("SELECT max(seq) + 1 FROM changes"),
        ]
        return int(min(first for first in firsts if first is not None)) - 1

    def _read_on(
        self,
        selection: Selection,
        passing: Passing | None,
        after: int,
        *,
        without_reclean: bool,
    ) -> tuple[list[int], int | None]:
        """Return the numbers among the next changes, and the last that was read, None if it is the log's last."""
        read = list(islice(self._tuples(LOG, [after, without_reclean]), READ_ON))
        article_ids = {article_id for _, article_id, _ in read}
        merges = self.merges_of(article_ids)
        roots = {article_id: merges.get(article_id, article_id) for article_id in article_ids}
        among = self.selected_among(selection, set(roots.values()), passing)
        seqs = [seq for seq, article_id, forgotten in read if forgotten or roots[article_id] in among]
        return seqs, read[-1][0] if len(read) == READ_ON else None

    def _of_articles(self, selected: Blocks, after: int, limit: int, *, without_reclean: bool) -> list[int]:
        if sets.count(selected) > MAX_ARTICLES:
            log = self._tuples(LOG, [after, without_reclean])
            return list(
                islice(
                    (seq for seq, article_id, forgotten in log if forgotten or sets.contains(selected, article_id)),
                    limit,
                )
            )
        found = self._column(
            """SELECT c.seq FROM json_each(?1) CROSS JOIN changes c ON c.article_id = value AND c.seq > ?2
               WHERE NOT ?3 OR c.cause IS NOT 'reclean' ORDER BY c.seq LIMIT ?4""",
            [as_json(sets.ids(selected)), after, without_reclean, limit],
        )
        return sorted([*found, *self._column(FORGOTTEN, [after, limit])])[:limit]


def with_merged(selected: Blocks, merges: dict[int, int]) -> Blocks:
    """Return the articles, and those that were merged into them."""
    roots = sets.among(set(merges.values()), selected)
    return sets.union(dict(selected), sets.of_ids(merged_id for merged_id, root in merges.items() if root in roots))
