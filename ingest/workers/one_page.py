"""A page extracted in the caller's process: `ingest.extract_page`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import get_args

from ingest.articles.selectors import Selectors, selector_fault
from ingest.hosts import for_message, is_web_address, site, without_credentials
from ingest.text.markup import clean_line, language_tag
from ingest.workers.tasks import PageTask
from ingest.workers.tasks import extract_page as extract_in_worker
from storage.content import Content, Method
from storage.records import NewEntry, SiteProfile

AS_UTF_8 = "text/html; charset=utf-8"  # before what the page itself declares

_lock = Lock()  # the parser of pages says afterwards how its last page went


def extract(
    html: bytes | str,
    url: str,
    *,
    content_type: str | None,
    title: str | None,
    authors: Sequence[str],
    published_at: datetime | None,
    language: str | None,
    method: Method,
    selectors: tuple[Sequence[str], Sequence[str]],
    now: datetime | None,
) -> Content:
    """Extract the article of a page as a worker does. Raises ValueError if an argument is wrong."""
    _check(url, method, selectors, published_at, now)
    url = without_credentials(url)
    entry = NewEntry(
        guid="",
        url=url,
        title=title,
        authors=tuple(name for author in _strings("authors", authors) if (name := clean_line(author))),
        published_at=published_at and published_at.astimezone(UTC),
        published_precision="second" if published_at else None,
        language=language_tag(language),
    )
    task = PageTask(
        url,
        AS_UTF_8 if isinstance(html, str) else content_type,
        entry,
        now or datetime.now(UTC),
        method,
        SiteProfile(),
        selectors=Selectors(*map(tuple, selectors)),
    )
    body = html.encode("utf-8", "replace") if isinstance(html, str) else bytes(html)
    with _lock:
        extracted = extract_in_worker(body, task)
    assert extracted  # None is for a page that does not continue another
    return replace(extracted.content, url=url, site=site(url), lines=())


def _check(
    url: str,
    method: Method,
    selectors: tuple[Sequence[str], Sequence[str]],
    published_at: datetime | None,
    now: datetime | None,
) -> None:
    if not is_web_address(url):
        raise ValueError(
            f"url: {for_message(url)!r} is not an http(s) address; give the one that the page was fetched from"
        )
    if method not in get_args(Method):
        raise ValueError(f"method: {method!r} is not one of {', '.join(get_args(Method))}")
    for name, instant in (("published_at", published_at), ("now", now)):
        if instant is not None and instant.utcoffset() is None:
            raise ValueError(f"{name}: {instant} has no time zone; give an aware datetime")
    for name, of_kind in zip(("keep", "drop"), selectors, strict=True):
        for selector in _strings(name, of_kind):
            if fault := selector_fault(selector):
                raise ValueError(f"{name}: {selector!r} is not a CSS selector: {fault}")


def _strings(name: str, values: Iterable[str]) -> list[str]:
    if isinstance(values, str):
        raise ValueError(f"{name}: {values!r} is a string; give a list of strings")  # noqa: TRY004 (documented)
    return list(values)
