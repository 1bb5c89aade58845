"""Which tables Datasette shows, in which order, and what it knows of them. Descriptions are storage/README.md's."""

import re
from typing import Any

from markupsafe import Markup, escape

from storage.described import descriptions, queries

# The tables and views that people ask for, by subject. Datasette hides the others: the indexes behind searches and
# selections, and what the pipeline remembers.
GROUPS = {
    "Articles": ("current_articles", "articles", "revisions", "copies", "media", "selectable"),
    "Feeds": ("feeds", "feed_health", "rhythms", "gaps", "entries", "polls", "hosts", "crawls"),
    "Day by day": ("daily_counts", "weekly_coverage", "changes"),
    "Deliveries and alerts": ("hooks", "deliveries", "jobs", "alerts", "alert_events"),
    "Kept pages": ("pages", "revision_pages", "copy_pages"),
}
SHOWN = frozenset(name for names in GROUPS.values() for name in names)
# The columns that stand first in a table of Datasette's. The others follow in the file's order.
FIRST_COLUMNS = ("id", "title", "site", "published_at", "language", "words", "authors")
NEWEST_FIRST = {
    "current_articles": "id",
    "articles": "id",
    "revisions": "id",
    "copies": "id",
    "entries": "id",
    "polls": "id",
    "changes": "seq",
    "alerts": "id",
    "alert_events": "seq",
    "daily_counts": "day",
    "weekly_coverage": "week",
    "gaps": "id",
    "crawls": "id",
}
# Facets are counted when they are asked for. Datasette would try all columns for each page of a table.
FACETS: dict[str, tuple[dict[str, str], ...]] = {
    "current_articles": (
        {"_facet": "site"},
        {"_facet": "language"},
        {"_facet": "access"},
        {"_facet_array": "authors"},
        {"_facet_array": "tags"},
        {"_facet_date": "archived_at"},
    ),
    "articles": ({"_facet": "site"}, {"_facet": "language"}, {"_facet": "published_from"}, {"_facet": "extractor"}),
    "selectable": ({"_facet": "site"}, {"_facet": "language"}, {"_facet": "access"}),
    "entries": ({"_facet": "outcome"}, {"_facet": "feed_id"}, {"_facet": "host"}, {"_facet": "rule"}),
    "polls": ({"_facet": "outcome"}, {"_facet": "status"}, {"_facet": "feed_id"}, {"_facet_date": "at"}),
    "feeds": ({"_facet": "active"}, {"_facet": "language"}, {"_facet_array": "tags"}),
    "gaps": ({"_facet": "feed_id"}, {"_facet": "evidence"}),
    "weekly_coverage": ({"_facet": "feed_id"},),
    "feed_health": ({"_facet": "state"},),
    "copies": ({"_facet": "site"}, {"_facet": "method"}),
    "revisions": ({"_facet": "cause"},),
    "media": ({"_facet": "kind"}, {"_facet": "source"}),
    "changes": ({"_facet": "kind"}, {"_facet": "cause"}),
    "deliveries": ({"_facet": "state"},),
    "alerts": ({"_facet": "kind"},),
    "pages": ({"_facet": "status"},),
}


def metadata(database: str) -> dict[str, Any]:
    """Return what Datasette calls metadata: order, descriptions, facets, search and canned queries of the tables."""
    tables: dict[str, dict[str, Any]] = {
        name: {"description": described.text, "columns": dict(described.columns), "hidden": name not in SHOWN}
        for name, described in descriptions().items()
    }
    for name, column in NEWEST_FIRST.items():
        tables[name]["sort_desc"] = column
    tables["current_articles"]["columns"] = dict(descriptions()["articles"].columns)
    # SQLite's declaration of the index names no table that Datasette finds.
    for name in ("current_articles", "articles"):
        tables[name] |= {"fts_table": "articles_fts", "fts_pk": "id"}
    for name in ("_sqlite_migrations", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4"):
        tables[name] = {"hidden": True}
    canned = {query.name: {"sql": query.sql, "title": query.title} for query in queries()}
    return {"databases": {database: {"tables": tables, "queries": canned}}}


def prose(text: str) -> Markup:
    """Return a description of the README as HTML: what stands between backticks is code."""
    parts = re.split(r"`([^`]+)`", text)
    marked = [Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)]
    return Markup("").join(marked)


def by_interest(columns: list[dict[str, Any]], cells: list[Any]) -> list[tuple[dict[str, Any], Any]]:
    """Return the columns of a table with their cells, those that people ask for first, long texts last."""

    def place(pair: tuple[dict[str, Any], Any]) -> int:
        name = pair[0]["name"]
        if pair[0].get("is_pk") or name == "Link":
            return -1
        last = {"body": 1, "markdown": 2, "content": 1, "markup": 2}
        return FIRST_COLUMNS.index(name) if name in FIRST_COLUMNS else len(FIRST_COLUMNS) + last.get(name, 0)

    return sorted(zip(columns, cells, strict=True), key=place)
