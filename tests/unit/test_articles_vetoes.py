import numpy as np
import pytest

from ingest.articles.body.blocks import Blocks
from ingest.articles.body.vetoes import asides, vetoes
from ingest.articles.body.walk import blocks
from ingest.articles.tree import parse

PROSE = "<p>" + "The council met on Tuesday and voted, after a long debate, to keep the ferry. " * 4 + "</p>"
LINK = '<a href="/other">Another story of the day</a>'


def left(markup: str) -> list[str]:
    page = blocks(parse(f"<html><body>{markup}</body></html>".encode(), None))
    return [text for text, out in zip(page.texts, vetoes(page), strict=True) if not out]


@pytest.mark.parametrize(
    "box",
    [
        '<div id="comments"><p>Well said, I could not agree more.</p></div>',
        '<section class="post-comments"><p>Well said, I could not agree more.</p></section>',
        '<div class="newsletter-box"><p>The best of the week, every Friday.</p></div>',
        '<div class="cookie-notice"><p>This site uses cookies.</p></div>',
        f'<div class="ot-sdk-container" role="dialog">{PROSE}</div>',
        f'<div id="onetrust-pc-sdk"><div>{PROSE}</div></div>',
        "<div><p>We and our partners store cookies.</p><div><button>Accept all</button></div></div>",
        f"<div><h3>Lesen Sie auch</h3><ul><li>{LINK}</li></ul></div>",
        f"<h2>À lire aussi</h2><ul><li>{LINK}</li></ul>",
        "<h2>3 comments</h2><p>Well said, I could not agree more.</p>",
        f"<p>Read also: {LINK}</p>",
        "<p>© 2024 The Echo. All rights reserved.</p>",
    ],
)
def test_a_box_that_names_itself_as_something_else_is_left_out(box):
    assert left(PROSE * 4 + box) == left(PROSE * 4)


def test_the_numbers_of_a_listings_lines_are_left_out():
    listing = "<pre>one = 1\ntwo = 2\n</pre>"
    assert left(f"{PROSE}<table><tr><td><pre>1\n2\n</pre></td><td>{listing}</td></tr></table>") == left(PROSE + listing)
    for output in ("1\n3", "x", "1\n2\n"):
        between = PROSE if output.startswith("1\n2") else ""
        assert output.strip() in left(f"<pre>{output}</pre>{between}{listing}")


def test_a_page_that_shows_only_a_consent_platforms_notice_has_no_article():
    assert left(f'<div id="onetrust-consent-sdk">{PROSE * 9}</div>') == []


@pytest.mark.parametrize(
    "kept",
    [
        f'<div class="related-page">{PROSE * 9}</div>',
        f'<div class="comments"><h1>Headline</h1>{PROSE}</div>',
        f'<div class="cookies-explained">{PROSE * 9}</div>',
        f"<div>{PROSE * 9}<p>More on cookies.</p><button>OK</button></div>",
        "<h2>Related work</h2><p>Nan et al. choose what makes the expected score greatest.</p>",
        f"<p>Comments welcome.</p>{PROSE}",
        "<p>The copyright of the song is disputed.</p>",
    ],
)
def test_a_box_whose_name_only_sounds_so_stays(kept):
    assert left(kept) == [" ".join(text.split()) for text in blocks(parse(kept.encode(), None)).texts]


def test_a_heading_and_its_section_are_left_out_up_to_the_next_heading_of_its_rank():
    assert left(f"{PROSE * 3}<h2>Related articles</h2><ul><li>{LINK}</li></ul><h2>The bridge</h2><p>Later.</p>")[
        3:
    ] == [
        "The bridge",
        "Later.",
    ]


def likely(page: Blocks) -> np.ndarray:
    """Every word of a page but its links."""
    words = [len(text.split()) for text in page.texts]
    return np.array([0 if linked else count for count, linked in zip(words, page.linked, strict=True)], float)


def beside(markup: str) -> list[str]:
    page = blocks(parse(f"<html><body>{markup}</body></html>".encode(), None))
    return [text for text, out in zip(page.texts, asides(page, likely(page)), strict=True) if out]


def test_related_links_stand_beside_the_article():
    assert beside(f'{PROSE}<div class="related-posts"><p>{LINK}</p></div>') == ["Another story of the day"]


@pytest.mark.parametrize(
    "aside",
    [
        "<figure><img src=a><figcaption>The ferry in May.</figcaption></figure>",
        "<div class='wp-caption'><p>The ferry in May.</p></div>",
        "<div class='imageCaption'>The ferry in May.</div>",
        "<p class='photo-caption'>The ferry in May.</p>",
        "<div class='metro-factbox-green'><p>The ferry in May.</p></div>",
        "<section class='info-box'><div><p>The ferry in May.</p></div></section>",
    ],
)
def test_captions_and_boxes_stand_beside_the_article(aside):
    assert beside(PROSE + aside + PROSE) == ["The ferry in May."]


@pytest.mark.parametrize(
    "article",
    [
        f"<div class='infobox'>{PROSE * 3}</div>{PROSE}",
        f"<div class='article-with-caption'><h1>Headline</h1>{PROSE}</div>{PROSE * 9}",
        f"{PROSE}<figure><figcaption>{PROSE}</figcaption></figure><figure><figcaption>{PROSE}</figcaption></figure>",
        f"<div class='hascaptions'>{PROSE}</div>{PROSE * 3}",
        f"<div class='article read-more'>{PROSE} {LINK}</div>{f'<p>{LINK}</p>' * 40}",
    ],
    ids=[
        "a box that is the article",
        "that holds the headline",
        "a gallery's captions",
        "another word",
        "named for links",
    ],
)
def test_what_holds_most_of_the_article_is_not_beside_it(article):
    assert beside(article) == []
