import json
from datetime import UTC, datetime

import pytest

from ingest.articles.embedded import embedded
from ingest.articles.extract import extract
from ingest.articles.tree import parse
from storage.records import NewEntry
from tests.builders_pages import ENGLISH, ENGLISH_TITLE

URL = "https://echo.example/ferry"
MARKUP = "".join(f"<p>{paragraph}</p>" for paragraph in ENGLISH)
STATE = json.dumps({"article": {"title": ENGLISH_TITLE, "contentHtml": MARKUP, "id": 7}})
IN_SCRIPTS = {
    "a template": f"<script type='text/template'>{MARKUP}</script>",
    "the state of an application": f"<script>window.state = {STATE};</script>",
    "escaped for HTML": f"<script>window.state = {STATE.replace('<', chr(92) + 'u003c')}</script>",
    "JSON in JSON": f"<script>self.__next_f.push([1, {json.dumps('2:' + STATE)}])</script>",
}


def found_in(script: str, title: str = ENGLISH_TITLE) -> str | None:
    return embedded(parse(f"<html><body>{script}</body></html>".encode(), None), title)


def cleaned(script: str, shown: str = ""):
    page = (
        f"<html><head><title>{ENGLISH_TITLE}</title></head><body><h1>{ENGLISH_TITLE}</h1>{shown}{script}</body></html>"
    )
    entry = NewEntry(guid="1", url=URL, title=ENGLISH_TITLE)
    return extract(page.encode(), url=URL, content_type="text/html", entry=entry, now=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize("script", IN_SCRIPTS.values(), ids=IN_SCRIPTS)
def test_an_article_that_is_only_in_a_script_is_read(script):
    found = cleaned(script)
    assert (found.verdict, found.body.split("\n")) == ("article", list(ENGLISH))


def test_the_text_that_a_page_shows_counts_before_its_scripts():
    shown = "".join(f"<p>{paragraph} And more.</p>" for paragraph in ENGLISH)
    assert cleaned(IN_SCRIPTS["a template"], shown).body.count("And more.") == len(ENGLISH)


@pytest.mark.parametrize(
    "script",
    [
        "<script type='text/template'>" + "<p>{{ title }} {{ text }}</p>" * 40 + "</script>",
        "<script type='text/template'><p>Please log in.</p><p>Or register.</p><p>Thanks.</p></script>",
        "<script>" + '"no \\x string of JSON <p><p><p>' + "a" * 900 + '"</script>',
        '<script>"' + "word " * 300 + '"</script>',
        '<script>"' + "never closed <p>" * 300 + "</script>",
        f"<script type='application/ld+json'>{STATE}</script>",
    ],
    ids=["filled in by the browser", "short", "of JavaScript", "without markup", "open", "structured data"],
)
def test_what_is_no_article_in_a_script_is_left_there(script):
    assert found_in(script) is None


def test_another_article_in_a_script_is_left_there():
    assert found_in(IN_SCRIPTS["a template"], "Parliament agrees on a budget for schools") is None
    longer = "<p>Spring is late in the mountains, and so are the flowers.</p>" * 60
    assert found_in(IN_SCRIPTS["a template"] + f"<script type='text/template'>{longer}</script>") == MARKUP


def test_a_string_that_is_never_closed_is_read_once():
    script = '"' + '\\"x' * 1_000_000  # each of the quotes within could open another
    assert found_in(f"<script>{script}</script>") is None
