"""Pages of results: each match once, in its order, and counts that are what a filter would find."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from storage import blocks as sets
from storage.archive import Archive
from storage.reader import Reader
from storage.selection import EVERYTHING
from tests.property.test_selection_laws import AUTHORS, DAYS, SITES, TAGS, WAYS, chosen, empty, run, selections, steps

__all__ = ("empty",)  # the fixture

FIELDS = {
    "site": "sites",
    "language": "languages",
    "author": "authors",
    "tag": "tags",
    "feed": "feeds",
    "access": "access",
}
# Before the steps: articles of two days and of none, one merged into another, one with two spellings of a tag
BEGIN = [
    (
        "add",
        article | {"site": SITES[number % 2], "published_at": published_at, "tags": tuple(TAGS[: number % 3])},
        feed,
        DAYS[0],
    )
    for number, (published_at, feed, article) in enumerate(
        [
            (
                DAYS[0],
                1,
                {"language": "fr-FR", "access": "free", "authors": tuple(AUTHORS[:2]), "words": 49, "body": "alpha"},
            ),
            (
                None,
                2,
                {"language": "fr", "access": None, "authors": tuple(AUTHORS[2:]), "words": 50, "body": "alpha beta"},
            ),
            (DAYS[8], None, {"language": "en", "access": "free", "authors": (), "words": 600, "body": "beta"}),
            (DAYS[4], 2, {"language": None, "access": "partial", "authors": (), "words": 6000, "body": "alpha"}),
        ]
    )
] + [("merge", 3, 2)]
ONE_EACH = ("site", "language", "month", "access")


@settings(
    max_examples=6,
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps, st.lists(st.tuples(selections, st.sampled_from(WAYS)), min_size=3, max_size=3))
def test_pages_have_each_match_once_and_facets_count_what_their_filters_find(tmp_path, empty, steps, wanted):
    path = tmp_path / "news.db"
    shutil.copy(empty, path)
    with Archive(path, "test") as archive, archive.transaction():
        run(archive, [*BEGIN, *steps])
    with Reader(path) as reader:
        for selection, way in [(EVERYTHING, {"selected.MAX_SORTED": 0}), *wanted]:
            with pytest.MonkeyPatch.context() as patch:
                for name, number in way.items():
                    patch.setattr(f"storage.{name}", number)
                check_pages(reader, selection, chosen(reader, selection))
                check_facets(reader, selection)


def check_pages(reader, selection, rows):
    dated = sorted(row["id"] for row in rows if row["published_at"])
    undated = sorted(row["id"] for row in rows if not row["published_at"])
    at = {row["id"]: row["published_at"] for row in rows}
    orders = {
        "newest": sorted(dated, key=lambda id_: (at[id_], id_), reverse=True) + undated[::-1],
        "oldest": sorted(dated, key=lambda id_: (at[id_], id_)) + undated,
        "archived": sorted(at, reverse=True),
    }
    for limit in (1, 99):
        assert reader.newest_published(selection, limit) == orders["newest"][:limit]
        assert reader.oldest_published(selection, limit) == orders["oldest"][:limit]
    for query in ("", "alpha OR beta OR delta"):  # every article has one of them
        for order, ids in orders.items():
            pages = [
                reader.results(query, selection, order=order, offset=at, limit=3) for at in range(0, len(ids) + 1, 3)
            ]
            assert [row["id"] for page in pages for row in page.rows] == ids
            assert {(page.total, page.more, page.reachable) for page in pages} == {(len(ids), False, len(ids))}
    ranked = reader.results("alpha OR beta OR delta", selection, limit=99)
    assert sorted(row["id"] for row in ranked.rows) == sorted(at)
    assert all("\x02" in row["snippet"] or "\x02" in row["marked_title"] for row in ranked.rows)


def check_facets(reader, selection):
    found = reader.results("", selection)
    for facet, values in found.facets.items():
        if facet in ONE_EACH:
            assert sum(each.articles for each in values) == found.total
        for each in values:
            narrowed = narrow(selection, facet, each.value)
            if narrowed is not None:
                assert each.articles == sets.count(reader.selected(narrowed, reader.passing(narrowed))), (facet, each)


def narrow(selection, facet, value):
    """Return the selection with one more filter, None if it has one of the kind."""
    if value is None:
        return None
    if facet == "month":
        first = datetime.fromisoformat(f"{value}-01T00:00:00+00:00")
        after = (first + timedelta(days=32)).replace(day=1, tzinfo=UTC)
        taken = selection.since or selection.until
        return None if taken else replace(selection, since=first, until=after - timedelta(seconds=1))
    return None if getattr(selection, FIELDS[facet]) else replace(selection, **{FIELDS[facet]: (value,)})
