"""An Atom feed (RFC 4287) with the full texts, those archived last first."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from lxml import etree

from storage.exports.articles import Articles
from storage.exports.rendering import is_link, rendered
from storage.exports.text import in_markup
from storage.records import to_instant
from storage.rows import Row

NAMESPACE = "http://www.w3.org/2005/Atom"
# What tells the feeds of an archive apart. Instants and ids move on from one export to the next.
LASTING = ("sites", "feeds", "tags", "authors", "languages", "access", "match")

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def write(articles: Articles, file: BinaryIO) -> None:
    with etree.xmlfile(file, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(f"{{{NAMESPACE}}}feed", nsmap={None: NAMESPACE}):
            for element in _about(articles):
                xml.write(element)
            for article in articles.newest_first():
                xml.write("\n")
                xml.write(entry(article))
    file.write(b"\n")


def _about(articles: Articles) -> list[Any]:
    lasting = {name: values for name, values in asdict(articles.selection).items() if name in LASTING and values}
    names = ", ".join(
        value for values in lasting.values() for value in ([values] if isinstance(values, str) else values)
    )
    name = articles.archive.path.stem
    updated = articles.archive.last_updated(articles.ids)
    return about(articles.archive.archive_id(), lasting, f"{name}: {names}" if names else name, updated)


def about(archive_id: str, lasting: Mapping[str, object], title: str, updated: str | None) -> list[Any]:
    """Return what a feed begins with. Its id is made of the archive and of what is `lasting` of its selection."""
    return [
        element("id", uuid.uuid5(uuid.NAMESPACE_OID, f"{archive_id} {json.dumps(lasting, sort_keys=True)}").urn),
        element("title", title),
        element("updated", updated or "1970-01-01T00:00:00Z"),
        element("generator", "ingest"),
    ]


def entry(article: Row) -> Any:  # noqa: ANN401 (lxml's)
    """Return the element of an article."""
    made = etree.Element(f"{{{NAMESPACE}}}entry", nsmap={None: NAMESPACE})
    if article["language"] and _LANGUAGE.fullmatch(article["language"]):
        made.set("{http://www.w3.org/XML/1998/namespace}lang", article["language"])
    url = article["url"]
    # Not the address: where entries of a feed share a page, articles do.
    made.append(element("id", uuid.uuid5(uuid.NAMESPACE_URL, f"{url} {article['id']}").urn))
    made.append(element("title", article["title"] or url))
    if is_link(url):
        made.append(element("link", rel="alternate", href=url))
    for name in article["authors"] or [article["site_name"] or article["site"]]:
        author = element("author")
        author.append(element("name", name))
        made.append(author)
    if _is_instant(article["published_at"]):
        made.append(element("published", article["published_at"]))
    made.append(element("updated", article["revised_at"] or article["archived_at"]))
    made.extend(element("category", term=tag) for tag in article["tags"])
    if article["summary"]:
        made.append(element("summary", article["summary"]))
    made.append(element("content", rendered(article, pictures=True), type="html"))
    return made


def element(name: str, text: str | None = None, **attributes: str) -> Any:  # noqa: ANN401 (lxml's)
    """Return an element of Atom."""
    element = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE})
    element.text = in_markup(text) if text is not None else None
    for attribute, value in attributes.items():
        element.set(attribute, in_markup(value))
    return element


def _is_instant(text: str | None) -> bool:
    try:
        return to_instant(text) is not None
    except ValueError:
        return False
