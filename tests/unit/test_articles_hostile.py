"""Pages that say too much of themselves."""

import json
import time
from datetime import UTC, datetime

import pytest
from lxml import etree

from ingest.articles import tree
from ingest.articles.body.opening import without_headline
from ingest.articles.extract import extract
from storage.records import NewEntry
from tests.builders_feeds import page, prose

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENDLESS = "word " * 50_000


def read(html):
    entry = NewEntry(guid="1", url="https://news.example/a", title=None)
    return extract(html.encode(), url="https://news.example/a", content_type=None, entry=entry, now=NOW)


def test_what_a_page_says_of_itself_without_end_is_cut():
    data = {"@type": "NewsArticle", "headline": ENDLESS, "keywords": [ENDLESS], "articleSection": ENDLESS}
    names = ("description", "author", "keywords", "og:site_name", "og:title")
    metas = "".join(f'<meta name="{name}" property="{name}" content="{ENDLESS}">' for name in names)
    ld = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    found = read(page(1, title=ENDLESS, head=metas + ld))
    assert found.verdict == "article"
    said = (found.title, found.summary, found.site_name, found.section, *found.authors, *found.tags)
    assert max(len(text or "") for text in said) <= 4000
    assert len(found.title or "") <= 1000


def test_a_headline_that_is_repeated_without_end_is_left_out():
    assert without_headline(["A headline"] * 5000 + ["Text."], ["A headline"]) == ["Text."]
    assert read("<title>A report</title>" + "<h1>A report of it</h1>" * 5000 + prose(1, 9)).verdict == "article"


def test_a_page_that_memory_does_not_suffice_for_is_not_called_unreadable(monkeypatch):
    def no_memory(*_: object, **__: object) -> None:
        raise etree.XMLSyntaxError("unknown error", etree.ErrorTypes.ERR_NO_MEMORY, 0, 0)

    monkeypatch.setattr(tree.etree, "fromstring", no_memory)
    with pytest.raises(MemoryError):
        tree.parse(b"<p>a", None)


@pytest.mark.parametrize("tag", ["li", "b", "td"])
def test_elements_without_number_beside_the_text_cost_no_more_than_their_share(tag):
    began_s = time.process_time()
    found = read(page(1).replace("</main>", f"</main>{f'<{tag}>x</{tag}> ' * 15_000}"))
    assert found.verdict == "article"
    assert prose(1) in found.body.replace("\n", " ")
    assert time.process_time() - began_s < 5
