import pytest

from ingest.articles.body.vetoes import vetoes
from ingest.articles.body.walk import blocks
from ingest.articles.tree import parse

PROSE = "<p>" + "The council met on Tuesday and voted, after a long debate, to keep the ferry. " * 4 + "</p>"
LINK = '<a href="/other">Another story of the day</a>'


def left(markup: str) -> list[str]:
    page = blocks(parse(f"<html><body>{markup}</body></html>".encode(), None).find("body"))
    return [text for text, out in zip(page.texts, vetoes(page), strict=True) if not out]


@pytest.mark.parametrize(
    "box",
    [
        '<div id="comments"><p>Well said, I could not agree more.</p></div>',
        '<section class="post-comments"><p>Well said, I could not agree more.</p></section>',
        f'<div class="related-posts"><p>{LINK}</p></div>',
        '<div class="newsletter-box"><p>The best of the week, every Friday.</p></div>',
        '<div class="cookie-notice"><p>This site uses cookies.</p></div>',
        "<div><p>We and our partners store cookies.</p><div><button>Accept all</button></div></div>",
        f"<div><h3>Lesen Sie auch</h3><ul><li>{LINK}</li></ul></div>",
        f"<h2>À lire aussi</h2><ul><li>{LINK}</li></ul>",
        "<h2>3 comments</h2><p>Well said, I could not agree more.</p>",
        f"<p>Read also: {LINK}</p>",
        "<p>© 2024 The Echo. All rights reserved.</p>",
    ],
)
def test_what_is_named_for_it_is_out(box):
    assert left(PROSE + PROSE + box) == left(PROSE + PROSE)


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
def test_what_only_sounds_like_it_stays(kept):
    assert left(kept) == [" ".join(text.split()) for text in blocks(parse(kept.encode(), None)).texts]


def test_a_heading_takes_out_what_follows_as_far_as_the_next_of_its_rank():
    assert left(f"{PROSE * 3}<h2>Related articles</h2><ul><li>{LINK}</li></ul><h2>The bridge</h2><p>Later.</p>")[
        3:
    ] == [
        "The bridge",
        "Later.",
    ]
