"""The table `changes`, the change log: which changes belong to a selection."""

from itertools import islice

from storage import blocks as sets
from storage.rows import as_json
from storage.selected import SelectedQueries, root_of
from storage.selection import Selection

READ_ON = 2000  # changes that are read one after the other before the log is searched by article
MAX_ARTICLES = 200_000  # whose changes are looked up, at .4 µs each; of more articles, one in five is wanted

LOG = "SELECT seq, article_id FROM changes WHERE seq > ? AND (NOT ? OR cause IS NOT 'reclean') ORDER BY seq"


class ChangeQueries(SelectedQueries):
    def change_seqs(self, selection: Selection, *, after: int, limit: int, without_reclean: bool) -> list[int]:
        """Return the numbers of the first changes above `after` that belong to the selection."""
        if not selection:
            return [seq for seq, _ in islice(self._tuples(LOG, [after, without_reclean]), limit)]
        with self.one_instant():
            return self._selected_seqs(selection, after, limit, without_reclean=without_reclean)

    def _selected_seqs(self, selection: Selection, after: int, limit: int, *, without_reclean: bool) -> list[int]:
        first = list(islice(self._tuples(LOG, [after, without_reclean]), READ_ON))
        merges = self.merges()
        roots = {article_id: root_of(article_id, merges) for article_id in {article_id for _, article_id in first}}
        among = self.selected_among(selection, set(roots.values()))
        seqs = [seq for seq, article_id in first if roots[article_id] in among]
        if len(first) == READ_ON and len(seqs) < limit // 4:
            rest = limit - len(seqs)
            seqs += self._seqs_of_articles(selection, merges, first[-1][0], rest, without_reclean=without_reclean)
        return seqs[:limit]

    def _seqs_of_articles(
        self, selection: Selection, merges: dict[int, int], after: int, limit: int, *, without_reclean: bool
    ) -> list[int]:
        selected = sets.of_ids(self.selected_ids(selection))
        wanted = [merged_id for merged_id in merges if sets.contains(selected, root_of(merged_id, merges))]
        selected = sets.union(selected, sets.of_ids(wanted))
        if not selected:
            return []
        # No article has a change before its own, and ids ascend as numbers do.
        first_id = next(sets.ids(selected))
        after = max(after, self._value("SELECT min(seq) - 1 FROM changes WHERE article_id = ?", [first_id]))
        log = self._tuples(LOG, [after, without_reclean])
        wide = sets.count(selected) > MAX_ARTICLES
        read = ((seq, article_id) for seq, article_id in (log if wide else islice(log, READ_ON)))
        seqs = list(islice((seq for seq, article_id in read if sets.contains(selected, article_id)), limit))
        if wide or len(seqs) == limit:
            return seqs
        return self._column(
            """SELECT c.seq FROM json_each(?1) CROSS JOIN changes c ON c.article_id = value AND c.seq > ?2
               WHERE NOT ?3 OR c.cause IS NOT 'reclean' ORDER BY c.seq LIMIT ?4""",
            [as_json(sets.ids(selected)), after, without_reclean, limit],
        )
