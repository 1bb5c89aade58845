"""Scores the judge of page kinds: which articles it refuses, and which lists it takes for articles.

    .venv/bin/python scripts/quality/page_kind.py [--data PAGES] [--half choose|report] [--unsigned] [--refused]

The articles are the marked pages of PAGES (../shared/data). The lists are made out of them (`list_pages.py`). The
address of a page whose host alone is known is that of an article. --unsigned judges by the shape of the text alone:
addresses, classes and declared types do not count. --refused names the articles that are refused. The weights in
ingest/articles/page_kind/judged.py were found by logistic regression on the sites of the half "choose", without the
pages of `of_systems`. It takes ten minutes of one processor.
"""

import argparse
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from multiprocessing import Pool
from pathlib import Path
from random import Random
from typing import NamedTuple
from unittest.mock import patch
from urllib.parse import urlsplit

from list_pages import AS_UTF_8, ListPage, Source, of_systems, with_teasers, without_article
from marked import DATA, Marked

from ingest.articles import extract as room
from ingest.articles.fullest import FoundText
from ingest.articles.metadata.fields import Metadata
from ingest.articles.page_kind import judged
from ingest.articles.tree import Element
from storage.records import NewEntry

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SYSTEMS = 20  # pages of each kind


class Page(NamedTuple):
    """A page to judge. `group` is its set, or how a list was made."""

    group: str
    name: str
    url: str
    html: bytes
    content_type: str | None = None


class Judged(NamedTuple):
    """`source` is None if the page has no text: it is not judged. `reason` is None if it is taken for an article."""

    page: Page
    source: Source | None
    reason: str | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--half", choices=["choose", "report"])
    parser.add_argument("--unsigned", action="store_true")
    parser.add_argument("--refused", action="store_true")
    arguments = parser.parse_args()
    with Pool(initializer=without_signs if arguments.unsigned else None) as pool:
        articles = list(pool.imap(judge, articles_of(Marked(arguments.data), arguments.half), chunksize=8))
        sources = [each.source for each in articles if each.source and not each.reason and each.source.title]
        lists = pool.imap(judge, lists_of(sources), chunksize=8)
        print("| pages | judged | refused | share |")
        print("| --- | --- | --- | --- |")
        show(articles)
        show(lists)
    if arguments.refused:
        for each in articles:
            if each.reason:
                print(each.page.group, each.page.name, each.page.url, each.reason, sep="  ")


def articles_of(marked: Marked, half: str | None) -> Iterator[Page]:
    for name in marked.sets:
        for row in marked.truth(name):
            url = row["url"] or ""
            split = urlsplit(url if url.startswith("http") else f"http://{row['id']}.example/")
            if (split.path in {"", "/"} and name == "worldnews") or not url.startswith("http"):
                url = f"http://{split.netloc}/news/123456.html"
            if half in {None, half_of(split.netloc)}:
                yield Page(name, row["id"], url, marked.html(name, row))


def half_of(site: str) -> str:
    return ("choose", "report")[int(hashlib.md5(site.encode()).hexdigest(), 16) % 2]


def lists_of(sources: list[Source]) -> Iterator[Page]:
    for source in sources:
        rng = Random(source.name)
        others = [each for each in sources if each.name.partition(" ")[0] == source.name.partition(" ")[0]]
        for made in (without_article(source, rng), with_teasers(source, others, rng)):
            if made:
                yield as_page(made)
    for number in range(SYSTEMS):
        yield from map(as_page, of_systems(sources, Random(number)))


def as_page(made: ListPage) -> Page:
    return Page(made.kind, made.site, made.url, made.html, AS_UTF_8)


def judge(page: Page) -> Judged:
    found: list[tuple[Source, str | None]] = []

    def noted(tree: Element, text: FoundText, metadata: Metadata, url: str) -> str | None:
        reason = judged.other_kind(tree, text, metadata, url)
        name, title = f"{page.group} {page.name}", metadata.headline or ""
        found.append(
            (Source(name, urlsplit(url).netloc, page.html, title, text.body, tuple(text.numbers or ())), reason)
        )
        return reason

    entry = NewEntry("", page.url, None)
    with patch.object(room, "other_kind", noted):
        room.extract(page.html, url=page.url, content_type=page.content_type, entry=entry, now=NOW, announced=False)
    source, reason = found[0] if found else (None, None)
    return Judged(page._replace(html=b""), source, reason)


def without_signs() -> None:
    patch.object(judged, "signs_of", lambda *_: judged.Signs()).start()


def show(pages: Iterable[Judged]) -> None:
    groups = defaultdict(list)
    for each in pages:
        if each.source:
            groups[each.page.group].append(each.reason is not None)
    for group, refused in groups.items():
        print(f"| {group} | {len(refused)} | {sum(refused)} | {sum(refused) / len(refused):.3f} |")


if __name__ == "__main__":
    main()
