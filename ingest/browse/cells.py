"""The cells of Datasette's tables: titles lead to their articles, long texts are folded, addresses are safe links."""

import json
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from storage.exports.rendering import is_link

FOLD_CHARACTERS = 200
MAX_IN_TABLE = 2_000  # characters of a folded text in a page of 50 rows; a row's own page has all of it
MAX_IN_QUERY = 20_000  # a query's rows have no pages
MAX_IN_ROW = 1_000_000
MAX_URL_CHARACTERS = 60
MAX_ITEMS = 30  # of a list
MAX_LIST = 100_000  # characters that are read as a list
ARTICLES = ("articles", "current_articles")  # their `id` is an article's

# Characters that no browser shows: controls, without tabs and line ends; what stands for a broken character.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def cell(row: Any, value: Any, column: str, table: str | None) -> Markup | None:  # noqa: ANN401 (of any table)
    """Return the value as HTML. None leaves a label of a foreign key to Datasette."""
    if isinstance(value, Mapping):  # a key, with the label of its row
        page = _page(column, value["value"], table)
        return _to(page, f"{value['label'] or '–'} ({value['value']})") if page else None
    if value is None or value == "":
        return Markup("")
    if isinstance(value, bytes):
        return Markup('<span class="muted">{:,} bytes</span>').format(len(value))
    if not isinstance(value, str):
        page = _page(column, value, table)
        return _to(page, str(value)) if page else escape(value)
    if column == "title" and (page := _page_of_row(row, table)):
        return _to(page, value)
    return text(value, limit=MAX_IN_TABLE if table else MAX_IN_QUERY)


def whole(value: Any, shown: Markup) -> Markup:  # noqa: ANN401 (of any table)
    """Return a cell of a row's own page: the complete text, or what a table shows of other values."""
    is_long = isinstance(value, str) and len(value) > FOLD_CHARACTERS and not _is_link(value)
    return Markup('<div class="text">{}</div>').format(_clean(value[:MAX_IN_ROW])) if is_long else shown


def text(value: str, *, limit: int) -> Markup:
    """Return a stranger's text as HTML: a link, a list, or text that is folded if it is long."""
    if _is_link(value):
        short = value if len(value) <= MAX_URL_CHARACTERS else f"{value[:MAX_URL_CHARACTERS]}…"
        return Markup('<a href="{}" rel="noreferrer noopener nofollow" title="{}">{}</a>').format(
            value, _clean(value), _clean(short)
        )
    if value.startswith("[") and len(value) <= MAX_LIST and (items := _items(value)) is not None:
        shown = [Markup("<li>{}</li>").format(_clean(item[:FOLD_CHARACTERS])) for item in items[:MAX_ITEMS]]
        more = f"… {len(items):,} in all" if len(items) > MAX_ITEMS else ""
        return Markup('<ul class="items">{}</ul>{}').format(Markup("").join(shown), more)
    if len(value) <= FOLD_CHARACTERS:
        return escape(_clean(value))
    rest = f"… {len(value):,} characters in all" if len(value) > limit else ""
    return Markup(
        '<details><summary>{}…</summary><div class="text">{}</div><span class="muted">{}</span></details>'
    ).format(_clean(value[:FOLD_CHARACTERS]), _clean(value[:limit]), rest)


def _is_link(value: str) -> bool:
    return len(value) <= MAX_IN_TABLE and is_link(value)


def _items(value: str) -> list[str] | None:
    """Return the items of a JSON list, None if the text is not one."""
    try:
        items = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items]


def _page(column: str, value: object, table: str | None) -> str | None:
    """Return the address of the page that a number leads to, None if there is no such page."""
    if not isinstance(value, int):
        return None
    if column == "article_id" or (column == "id" and table in ARTICLES):
        return f"/article/{value}"
    is_feed = column in ("feed_id", "repeats_id") or (column == "id" and table in ("feeds", "feed_health"))
    return f"/feed/{value}" if is_feed else None


def _page_of_row(row: Any, table: str | None) -> str | None:  # noqa: ANN401 (Datasette's rows)
    for column in ("article_id", "id"):
        if column in row.keys() and (column == "article_id" or table in ARTICLES):  # noqa: SIM118 (a row is no dict)
            value = row[column]
            return _page("article_id", value["value"] if isinstance(value, Mapping) else value, table)
    return None


def _to(page: str, label: str) -> Markup:
    return Markup('<a href="{}"><bdi>{}</bdi></a>').format(page, _clean(label[:FOLD_CHARACTERS]))


def _clean(value: str) -> str:
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", value)
