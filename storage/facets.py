"""What the articles of a search have in common: how many are of each site, language, author …"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from storage.feeds import FeedQueries
from storage.labels import folded
from storage.merges import MergeQueries
from storage.rows import as_json

FACETS = ("site", "language", "author", "tag", "feed", "month", "access")

GIVEN = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class FacetValue:
    """`value` is what a filter takes, None for articles without any. `name` is for people."""

    value: str | None
    name: str | None
    articles: int


class FacetQueries(FeedQueries, MergeQueries):
    def facets(self, ids: Collection[int]) -> dict[str, list[FacetValue]]:
        """Count these articles by the values of each facet, the greatest count first, and the latest month.

        A value counts the articles that its filter lets through: "fr" has those in "fr-FR", a tag those of feeds with
        it, a feed those that were announced for an article merged into them.
        """
        given = [as_json(ids)]
        feeds_of = self._feeds_of(ids)
        feeds = self._feeds(set[int]().union(*feeds_of.values()))
        names = f"SELECT id, authors, tags FROM articles WHERE id IN {GIVEN}"  # noqa: S608 (our own words)
        articles = list(self._tuples(names, given))
        authors, tags = (json.loads(f"[{','.join(row[place] for row in articles)}]") for place in (1, 2))
        for place, (id_, *_) in enumerate(articles):
            tags[place] = _names(tags[place]) + [tag for feed in feeds_of.get(id_, ()) for tag in feeds[feed][2]]
        columns = "site, lower(language), substr(published_at, 1, 7), access"
        rows = list(self._tuples(f"SELECT {columns} FROM selectable WHERE article_id IN {GIVEN}", given))  # noqa: S608 (our own words)
        by_feed = Counter(feed for found in feeds_of.values() for feed in found)
        return {
            "site": _sorted((site, site, count) for site, count in Counter(row[0] for row in rows).items()),
            "language": _sorted(
                (code, code, count) for code, count in Counter(_primary(row[1]) for row in rows).items()
            ),
            "author": _sorted(_by_name(authors)),
            "tag": _sorted(_by_name(tags)),
            "feed": _sorted((*feeds[feed][:2], count) for feed, count in by_feed.items()),
            "month": _latest((month, month, count) for month, count in Counter(row[2] for row in rows).items()),
            "access": _sorted((access, access, count) for access, count in Counter(row[3] for row in rows).items()),
        }

    def _feeds_of(self, ids: Collection[int]) -> dict[int, set[int]]:
        """Return the feeds that announced each article, or one that was merged into it."""
        wanted = set(ids)
        merged = {merged_id: root for merged_id, root in self.merges().items() if root in wanted}
        found: dict[int, set[int]] = {}
        sql = f"SELECT article_id, feed_id FROM entries WHERE article_id IN {GIVEN}"  # noqa: S608 (our own words)
        for id_, feed_id in self._tuples(sql, [as_json([*wanted, *merged])]):
            found.setdefault(merged.get(id_, id_), set()).add(feed_id)
        return found

    def _feeds(self, ids: Collection[int]) -> dict[int, tuple[str, str, list[object]]]:
        """Return the address, name and tags of feeds by their ids."""
        sql = f"SELECT id, url, coalesce(name, title), tags FROM feeds WHERE id IN {GIVEN}"  # noqa: S608 (our own words)
        return {
            id_: (url, name or url, _names(json.loads(tags)))
            for id_, url, name, tags in self._tuples(sql, [as_json(ids)])
        }


class _Labels(dict[str, str]):
    """The folded form of each name."""

    def __missing__(self, name: str) -> str:
        self[name] = label = folded(name)
        return label


def _by_name(names_of: Iterable[object]) -> Iterator[tuple[str, str, int]]:
    """Count the articles that have each name. Case does not matter: the most frequent spelling stands for all."""
    labels = _Labels()
    spelled: list[str] = []
    for names in names_of:
        spelled += {labels[name]: name for name in _names(names) if isinstance(name, str)}.values()
    found: dict[str, tuple[str, int]] = {}
    for name, count in Counter(spelled).most_common():
        spelling, others = found.get(labels[name], (name, 0))
        found[labels[name]] = (spelling, others + count)
    return ((name, name, count) for name, count in found.values())


def _names(value: object) -> list[object]:
    """Return the list, empty for other JSON that somebody inserted by hand."""
    return value if isinstance(value, list) else []


def _primary(language: str | None) -> str | None:
    return language.replace("_", "-").partition("-")[0] if language else None


def _sorted(counts: Iterable[tuple[str | None, str | None, int]]) -> list[FacetValue]:
    values = [FacetValue(*each) for each in counts]
    return sorted(
        values, key=lambda each: (-each.articles, each.name is None, (each.name or "").casefold(), each.value or "")
    )


def _latest(counts: Iterable[tuple[str | None, str | None, int]]) -> list[FacetValue]:
    return sorted((FacetValue(*each) for each in counts), key=lambda each: each.value or "", reverse=True)
