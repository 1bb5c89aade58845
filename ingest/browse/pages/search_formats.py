"""Results of a search for programs: JSON, CSV and Atom."""

import io
import json
import re

from lxml import etree
from markupsafe import Markup, escape

from ingest.browse.pages.search_request import Asked
from storage.exports import atom, csv
from storage.exports.text import in_markup
from storage.reader import Reader
from storage.results import MARKS, Results
from storage.rows import Row

FIELDS = (
    "id url site title authors published_at published_precision archived_at revised_at language words access tags"
    " summary snippet"
).split()

_MARK = re.compile(f"([{''.join(MARKS)}])")
_TAGS = dict(zip(MARKS, (Markup("<mark>"), Markup("</mark>")), strict=True))
_BRACKETS = str.maketrans(dict(zip(MARKS, "[]", strict=True)))


def as_json(_: Reader, asked: Asked, found: Results, unknown: list[str], server: str) -> bytes:
    facets = {
        name: [
            {"value": each.value, "name": each.name, "articles": each.articles}
            for each in values[: asked.most_values(name)]
        ]
        for name, values in found.facets.items()
    }
    answer = {
        "query": asked.query,
        "filters": {name: list(values) for name, values in asked.chosen.items() if values},
        "unknown": unknown,
        "sort": asked.order or ("rank" if asked.query else "newest"),
        "total": found.total,
        "more": found.more,
        "ranked": found.ranked,
        "page": asked.page,
        "per_page": asked.per_page,
        "next": _next(asked, found, server, "/search.json"),
        "facets": facets,
        "counted": found.counted,
        "results": [
            row | {"snippet_html": marked(shown["snippet"])}
            for row, shown in zip(_rows(found), found.rows, strict=True)
        ],
    }
    return json.dumps(answer, ensure_ascii=False, indent=1).encode(errors="backslashreplace")


def as_csv(_: Reader, asked: Asked, found: Results, unknown: list[str], server: str) -> bytes:  # noqa: ARG001 (as the others)
    return b"".join(csv.lines(_rows(found), FIELDS))


def as_atom(archive: Reader, asked: Asked, found: Results, unknown: list[str], server: str) -> bytes:  # noqa: ARG001 (as the others)
    """Return a feed of the articles archived last, unless another order is asked for (RFC 4287, RFC 5005 §3)."""
    chosen = {name: sorted(values) for name, values in asked.chosen.items() if values}
    names = ", ".join(filter(None, [asked.query, *(value for values in chosen.values() for value in values)]))
    lasting = chosen | ({"match": asked.query} if asked.query else {})
    updated = archive.last_updated([row["id"] for row in found.rows])
    feed = etree.Element(f"{{{atom.NAMESPACE}}}feed", nsmap={None: atom.NAMESPACE})
    feed.extend(atom.about(archive.archive_id(), lasting, f"{archive.path.stem}: {names or 'all articles'}", updated))
    links = {
        "self": server + asked.address("/search.atom"),
        "alternate": server + asked.address(page=1),
        "previous": server + asked.address("/search.atom", page=asked.page - 1) if asked.page > 1 else None,
        "next": _next(asked, found, server, "/search.atom"),
    }
    feed.extend(atom.element("link", rel=rel, href=href) for rel, href in links.items() if href)
    feed.extend(map(atom.entry, found.rows))
    file = io.BytesIO()
    etree.ElementTree(feed).write(file, encoding="utf-8", xml_declaration=True)
    return file.getvalue()


def _next(asked: Asked, found: Results, server: str, path: str) -> str | None:
    more = asked.offset + asked.per_page < found.reachable
    return server + asked.address(path, page=asked.page + 1) if more else None


def _rows(found: Results) -> list[Row]:
    return [
        {name: row[name] for name in FIELDS[:-1]} | {"snippet": row["snippet"].translate(_BRACKETS)}
        for row in found.rows
    ]


def marked(text: str) -> Markup:
    """Return the text as HTML with what stands between MARKS in `mark`."""
    return Markup("").join(_TAGS.get(piece) or escape(in_markup(piece)) for piece in _MARK.split(text))
