import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from score_structure import DATA, pages_of

from ingest.articles import trace as room
from ingest.articles.continuation import continuation
from ingest.articles.selectors import Selectors
from ingest.articles.traced import OTHER_PAGE, joined
from ingest.workers.tasks import ExtractedPage, PageTask, extract_page
from storage.records import NewEntry, SiteProfile
from tests.builders_pages import COOKIE_TEXT, ENGLISH, ENGLISH_TITLE, FRENCH, FRENCH_TITLE, LEGAL, REMARKS, article_page

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://echo.example/a"
ENTRY = NewEntry(guid="1", url=URL, title=None)
TASK = PageTask(URL, "text/html", ENTRY, NOW, "combined", SiteProfile(), trace=True)
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in ENGLISH)


def traced(body: bytes | str, **task: object) -> ExtractedPage:
    if isinstance(body, str):
        body = f"<html lang=en><head><title>{ENGLISH_TITLE}</title></head><body>{body}</body></html>".encode()
    page = extract_page(body, replace(TASK, **task))
    assert page
    assert "\n".join(block.text for block in page.blocks if block.reason is None) == page.content.body
    return page


def reason(page: ExtractedPage, beginning: str) -> str:
    """Return the reason of the only block that begins so."""
    (found,) = {block.reason for block in page.blocks if block.text.startswith(beginning)}
    return found or "in the text"


def test_the_blocks_of_a_page_come_in_their_order_with_reasons():
    page = traced(article_page(FRENCH_TITLE, FRENCH))
    assert [block.text for block in page.blocks if block.reason is None] == list(FRENCH)
    texts = [block.text for block in page.blocks]
    assert texts.index(FRENCH_TITLE) < texts.index(FRENCH[0]) < texts.index(FRENCH[-1]) < texts.index(LEGAL)
    assert reason(page, FRENCH_TITLE) == "the headline"
    assert reason(page, COOKIE_TEXT) == "a consent notice, by its button"
    assert reason(page, REMARKS[0]) == "comments, by the heading “3 commentaires”"
    assert reason(page, LEGAL) == "a copyright line"
    assert "the model finds it " in reason(page, "Accueil")


@pytest.mark.parametrize(
    ("markup", "beginning", "why"),
    [
        ("<div class='x newsletter'><p>Our best stories by mail.</p></div>", "Our best", "a call to subscribe, by the"),
        ("<h2>Related articles</h2><ul><li><a href=/b>The bridge</a></ul>", "The bridge", "related links, by the head"),
        (
            "<div class='info-box'><p>The ferry has two decks.</p></div>",
            "The ferry has",
            "a fact box, by the name “inf",
        ),
        ("<p><a href=/b>Read also: the bridge is late</a></p>", "Read also", "a link to another article"),
        ("<figure><img src=a><figcaption>In May.</figcaption></figure>", "In May.", "a caption"),
        ("<pre>1\n2\n3</pre><pre>let a\nlet b\nlet c</pre>", "1\n2", "the line numbers of a listing"),
        ("<div style='display:none'><p>Loading.</p></div>", "Loading.", "the model finds it "),
    ],
)
def test_a_block_that_is_left_out_has_its_reason(markup, beginning, why):
    half = TEXT[: len(TEXT) // 2 + TEXT[len(TEXT) // 2 :].index("<p>")]
    page = traced(f"<article><h1>{ENGLISH_TITLE}</h1>{half}{markup}{TEXT[len(half) :]}</article>")
    assert why in reason(page, beginning)
    if "display" in markup:
        assert "and it is hidden" in reason(page, beginning)


def test_the_opening_a_wall_and_what_is_twice_have_their_reasons():
    body = f"""<article><p>Ferries</p><h1>{ENGLISH_TITLE}</h1><p>By Margaret Oyelaran</p>{TEXT}{TEXT}</article>"""
    page = traced(body, entry=replace(ENTRY, authors=("Margaret Oyelaran",)))
    assert reason(page, ENGLISH_TITLE) == "the headline"
    assert reason(page, "By Margaret") == "the byline"
    assert [block.reason for block in page.blocks if block.text == ENGLISH[0]] == [None, room.TWICE]
    stub = f"<article><p>{ENGLISH[0]}</p><p>{ENGLISH[3]}</p><p>Subscribe to continue reading.</p></article>"
    assert reason(traced(stub), "Subscribe to continue") == room.WALL


def test_what_stands_above_the_headline_has_its_reason():
    page = traced(f"<article><p>Ferries</p><p>17 May</p><h1>{ENGLISH_TITLE}</h1>{TEXT}</article>", method="blocks")
    assert (reason(page, "Ferries"), reason(page, "17 May")) == ("above the headline", "above the headline")


def test_boilerplate_of_the_site_has_its_reason():
    page = traced(f"<article>{TEXT}</article>", profile=SiteProfile(frozenset({ENGLISH[-1].casefold()})))
    assert reason(page, ENGLISH[-1]) == room.BOILERPLATE


def test_what_selectors_cut_out_stands_in_its_place():
    body = (
        f"<article><h1>{ENGLISH_TITLE}</h1><p>{ENGLISH[0]}</p><p class=ad>A blanket.</p><p>{ENGLISH[3]}</p></article>"
    )
    page = traced(body, selectors=Selectors(drop=("aside", ".ad")))
    assert [block.text for block in page.blocks] == [ENGLISH_TITLE, ENGLISH[0], "A blanket.", ENGLISH[3]]
    assert reason(page, "A blanket.") == "cut out by the site's drop = “.ad”"


def test_what_is_not_kept_says_which_selector_keeps():
    body = f"<p>Above.</p><div class=x><nav>Menu</nav><p hidden>No.</p>{TEXT}</div>"
    page = traced(body, selectors=Selectors(keep=(".x",)))
    assert reason(page, "Above.") == "outside the site's keep = “.x”"
    assert (reason(page, "Menu"), reason(page, "No.")) == ("navigation", "hidden from readers")


def test_another_text_that_was_taken_instead_is_named():
    feed = replace(ENTRY, content="\n".join(ENGLISH))
    assert reason(traced(f"<article><p>{FRENCH[0]}</p></article>", entry=feed), FRENCH[0]) == room.OF_FEED
    data = json.dumps({"@type": "NewsArticle", "headline": ENGLISH_TITLE, "articleBody": "\n\n".join(ENGLISH)})
    page = traced(f"<script type=application/ld+json>{data}</script><article><p>{FRENCH[0]}</p></article>")
    assert page.content.extractor.startswith("json-ld")
    assert reason(page, FRENCH[0]) == room.OF_DATA
    page = traced(f"<p>Loading the page, please wait.</p><script type=text/template>{TEXT}</script>")
    assert reason(page, "Loading") == room.OF_SCRIPTS
    rows = "".join(f"<li>Line {n} of the ferry</li>" for n in range(4))
    page = traced(f"<article>{TEXT}</article><ul>{rows}</ul>", method="trafilatura")
    assert reason(page, "Line 2").startswith(room.OF_TRAFILATURA)


def test_a_page_without_an_article_says_so_of_each_chosen_block():
    page = traced("<p>Nothing to see here.</p>")
    assert page.content.verdict == "no_text"
    assert reason(page, "Nothing to see") == f"the text is no article: {page.content.reason}"


def test_a_line_that_two_pages_of_an_article_have_is_in_the_text_once():
    portrait = "<p>Margaret Oyelaran has run the ticket office of the ferry since 2009.</p>"
    first = traced(f"<article>{TEXT}{portrait}</article>", continues=True)
    second = f"<article>{''.join(f'<p>{paragraph}</p>' for paragraph in FRENCH)}{portrait}</article>"
    page = extract_page(second.encode(), replace(TASK, entry=continuation(ENTRY), so_far=first.content))
    blocks = joined([*first.blocks, *page.blocks], page.content.body)
    assert "\n".join(block.text for block in blocks if block.reason is None) == page.content.body
    assert [block.text for block in blocks if block.reason == OTHER_PAGE] == [portrait[3:-4]]


def test_an_empty_page_has_no_blocks():
    assert extract_page(b"", TASK).blocks == ()


@pytest.mark.parametrize("name", ["newspapers", "articles"])
def test_what_is_said_to_be_in_the_text_is_the_text_on_sample_pages(name):
    pages = list(pages_of(DATA, name))[::60]
    if not pages:
        pytest.skip(f"the shared pages of {name} are not here")
    for page in pages:
        assert all(block.reason != "" for block in traced(page.html, url=page.url).blocks)
