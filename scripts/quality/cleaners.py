"""The product and the tools that it is compared with, each as a function: a page's bytes and address → its content."""

import importlib.util
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ingest.articles.body.walk import blocks
from ingest.articles.extract import extract
from ingest.articles.tree import parse
from ingest.text.charset import decode
from storage.records import NewEntry

Row = dict[str, Any]
Cleaner = Callable[[bytes, str], Row]

MODULES = {"trafilatura": "trafilatura", "readability-lxml": "readability", "newspaper4k": "newspaper"}
HOW_TO_INSTALL = ".venv/bin/pip install -c scripts/constraints.txt -e '.[bench]'"


def product(body: bytes, url: str, *, entry: NewEntry | None = None, now: datetime | None = None, **more: Any) -> Row:  # noqa: ANN401
    """Clean a page as the product does; `more` are further arguments of `extract`."""
    entry = entry or NewEntry(guid="", url=url, title=None)
    found = extract(body, url=url, content_type=None, entry=entry, now=now or datetime.now(UTC), **more)
    return {
        "title": found.title,
        "author": ", ".join(found.authors) or None,
        "date": found.published_at.isoformat() if found.published_at else None,
        "body": found.body,
        "extractor": found.extractor,
        "reason": found.reason,
    }


def trafilatura(body: bytes, url: str) -> Row:
    from trafilatura.core import bare_extraction
    from trafilatura.settings import Document

    found = bare_extraction(body, url=url or None, with_metadata=True)
    if not isinstance(found, Document):
        return {"body": ""}
    return {"title": found.title, "author": found.author, "date": found.date, "body": found.text or ""}


def readability(body: bytes, url: str) -> Row:
    from readability import Document

    found = Document(decode(body, None), url=url or None)
    tree = parse(found.summary(html_partial=True).encode(), "text/html; charset=utf-8")
    return {"title": found.short_title(), "body": "" if tree is None else "\n".join(blocks(tree).texts)}


def newspaper_article(body: bytes, url: str) -> Any:  # noqa: ANN401 (the library may be missing)
    import tldextract.tldextract
    from newspaper import Article

    warnings.simplefilter("ignore")  # about dates in pages
    tldextract.tldextract.TLD_EXTRACTOR.suffix_list_urls = ()  # use the bundled list, fetch none
    article = Article(url or "http://localhost/")
    article.fetch_images = lambda: None  # the setting `fetch_images` does not prevent it
    article.download(input_html=decode(body, None))
    article.parse()
    return article


def newspaper4k(body: bytes, url: str) -> Row:
    article = newspaper_article(body, url)
    date = article.publish_date
    return {
        "title": article.title,
        "author": ", ".join(article.authors) or None,
        "date": date.isoformat() if isinstance(date, datetime) else None,
        "body": article.text,
    }


CLEANERS: dict[str, Cleaner] = {
    "product": product,
    "trafilatura": trafilatura,
    "readability-lxml": readability,
    "newspaper4k": newspaper4k,
}


def missing(tools: list[str]) -> list[str]:
    return [tool for tool in tools if tool in MODULES and importlib.util.find_spec(MODULES[tool]) is None]
