import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.articles.cutting import apply
from ingest.articles.extract import extract
from ingest.articles.fullest import METHOD
from ingest.articles.selectors import NO_SELECTORS, Selectors, selector_fault
from ingest.articles.tree import parse
from storage.content import Content
from storage.records import NewEntry
from tests.builders_pages import ENGLISH, ENGLISH_TITLE, FRENCH, FRENCH_TITLE, article_page

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://echo.example/a"
ENTRY = NewEntry(guid="1", url=URL, title=None)
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in ENGLISH)
AD = "<p class=ad>Our readers love this blanket, and you will love it too, says our shop.</p>"


def page(body: str) -> bytes:
    return f"<html lang=en><head><title>{ENGLISH_TITLE}</title></head><body>{body}</body></html>".encode()


def cleaned(body: bytes, *, keep: str = "", drop: str = "", **entry: object) -> Content:
    selectors = Selectors(*((one,) if one else () for one in (keep, drop)))
    entry_ = replace(ENTRY, **entry)
    return extract(body, url=URL, content_type="text/html", entry=entry_, now=NOW, selectors=selectors)


def lines(body: str, **selectors: str) -> list[str]:
    return cleaned(page(body), **selectors).body.split("\n")


def test_what_is_dropped_is_not_in_the_text_and_the_text_after_it_stays():
    body = f"<article><h1>{ENGLISH_TITLE}</h1>{TEXT}<p>The <b class=ad>new</b> ferry is late, as it was.</p>{AD}"
    assert lines(body)[-1].startswith("Our readers")
    assert lines(body, drop=".ad")[len(ENGLISH) :] == ["The ferry is late, as it was."]


def test_elements_that_are_cut_out_side_by_side_leave_their_texts_in_order_and_take_no_time():
    began_s = time.process_time()
    body = f"<p>{'<b class=ad>x</b>y' * 40_000}<i>z</i>{'<b class=ad>x</b>y' * 3}</p>"
    tree = parse(page(f"<p>a<b class=ad>x</b></p>{body}"), "text/html")
    dropped = apply(tree, Selectors(drop=(".ad",))).dropped
    assert (len(dropped), [len(each.element) for each in dropped[:2]]) == (40_004, [1, 1])
    assert tree.find("body").text_content() == f"a{'y' * 40_000}zyyy"
    assert time.process_time() - began_s < 3


def test_metadata_are_read_from_the_page_as_it_was():
    article = article_page(FRENCH_TITLE, FRENCH)
    found, as_it_is = (cleaned(article, drop=drop) for drop in ("head, h1, .byline, time", ""))
    assert found.title == as_it_is.title == FRENCH_TITLE
    assert found.authors == as_it_is.authors == ("Anne Le Goff",)
    assert found.published_at == as_it_is.published_at
    assert found.body.split("\n") == list(FRENCH)


def test_the_kept_text_is_the_articles_whatever_rules_and_model_say():
    comments = "<div class=comments><p>First!</p><p><a href=/b>Read also: the bridge</a></p></div>"
    body = f"<div class=teaser>{TEXT}</div><div class=entry>{comments}{TEXT}</div><p>Not this.</p>"
    assert lines(body, keep=".entry") == ["First!", "Read also: the bridge", *ENGLISH]
    found = cleaned(page(body), keep=".entry")
    assert found.extractor == f"keep / {METHOD}"
    assert "[Read also: the bridge](https://echo.example/b)" in "\n".join(
        cell for line in found.lines for cell in line.cells
    )


def test_kept_elements_are_read_in_the_order_of_the_page_and_nested_ones_once():
    first, second = ENGLISH[:3], ENGLISH[3:]
    body = (
        f"<div class=b><p>{'</p><p>'.join(first)}</p></div><p>No.</p>"
        f"<div class=a><div class=b><p>{'</p><p>'.join(second)}</p></div></div>"
    )
    assert lines(body, keep=".a, .b") == list(ENGLISH)


@pytest.mark.parametrize(
    "no_text",
    [
        "<nav><ul><li><a href=/>Front page</a></ul></nav>",
        "<form><p>Your e-mail address<input></form>",
        "<button>Share</button>",
        "<script>document.write('x')</script>",
        "<p aria-hidden=true>A quote of the text.</p>",
        "<figure><img src=/a.jpg><figcaption>The ferry in May.</figcaption></figure>",
        f"<h1>{ENGLISH_TITLE}</h1>",
    ],
    ids=["navigation", "a form", "a button", "a script", "hidden", "a caption", "the headline"],
)
def test_what_is_no_text_inside_a_kept_element_is_left_out(no_text):
    assert lines(f"<div class=entry>{no_text}{TEXT}</div>", keep=".entry") == list(ENGLISH)


def test_a_form_around_all_of_the_text_is_no_form():
    assert lines(f"<div class=entry><form>{TEXT}</form></div>", keep=".entry") == list(ENGLISH)


def test_a_kept_element_may_be_hidden_itself():
    assert lines(f"<div class=entry style='display:none'>{TEXT}</div>", keep=".entry") == list(ENGLISH)


@pytest.mark.parametrize("tag", ["noscript", "template", "td", "a", "span", "button", "svg"])
def test_any_element_can_be_kept(tag):
    text = " ".join(ENGLISH)
    body = f"<table><tr><td>No.</td><{tag} class=x>{text}</{tag}></tr></table>" if tag == "td" else ""
    body = body or f"<p>No. <{tag} class=x>{text}</{tag}> No.</p>"
    assert lines(body, keep=".x") == [text]


@pytest.mark.parametrize("keep", [".no-such-class", "title", "script", ".empty"])
def test_keep_that_finds_no_text_leaves_the_page_as_it_is(keep):
    body = page(f"<div class=empty></div><article><h1>{ENGLISH_TITLE}</h1>{TEXT}</article><script>var a = 1</script>")
    assert cleaned(body, keep=keep) == cleaned(body)


def test_drop_wins_over_keep():
    assert lines(f"<div class=x>{AD}{TEXT}</div>", keep=".x", drop=".ad") == list(ENGLISH)
    body = page(f"<div class=x><div class=y>{AD}</div>{TEXT}</div>")
    assert cleaned(body, keep=".y", drop=".x").verdict == "no_text"


@pytest.mark.parametrize("drop", ["html", "body", "*"])
def test_a_page_of_which_all_is_dropped_has_no_text(drop):
    assert cleaned(page(TEXT), drop=drop).reason == "the page has no text"


def test_a_longer_text_of_the_feed_does_not_replace_what_is_kept():
    feed = "\n".join((*FRENCH, *FRENCH))
    body = page(f"<div class=x>{TEXT}</div>")
    assert cleaned(body, content=feed).body_from == "feed"
    assert cleaned(body, keep=".x", content=feed).body.split("\n") == list(ENGLISH)


def test_a_wall_below_the_kept_text_makes_it_partial():
    wall = "<div class=wall><p>Subscribe to continue reading this article.</p></div>"
    stub = f"<div class=x><p>{ENGLISH[0]}</p><p>{ENGLISH[3]}</p></div>"
    assert cleaned(page(stub + wall), keep=".x").access == "partial"
    assert cleaned(page(stub), keep=".x").access == "free"


def test_selectors_reach_the_text_in_scripts():
    inner = f"<div class=x>{TEXT}{AD}</div>"
    body = page(f"<script type=text/template>{inner}</script>")
    assert cleaned(body, drop=".ad").body.split("\n") == list(ENGLISH)


@pytest.mark.parametrize(
    "selector",
    [
        "p >",
        "p::first-line",
        "p:nonsense",
        "ns|p",
        "",
        "[",
        "p:nth-child(x)",
        "[a='\x01']",
        "p > " * 2000 + "p",
        "p," * 20_000 + "p",
    ],
)
def test_a_selector_that_cannot_be_used_has_its_fault(selector):
    assert selector_fault(selector)


@pytest.mark.parametrize("selector", ["p", "#a .b > c", "div[class^='ad-']", "p:has(a)", "li:nth-child(2n+1)", "a, b"])
def test_a_selector_that_can_be_used_has_no_fault(selector):
    assert selector_fault(selector) is None


def test_without_selectors_nothing_changes():
    body = article_page(FRENCH_TITLE, FRENCH)
    assert extract(body, url=URL, content_type="text/html", entry=ENTRY, now=NOW, selectors=NO_SELECTORS) == cleaned(
        body
    )
