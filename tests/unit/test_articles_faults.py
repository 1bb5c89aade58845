"""Pages whose markup would lose the article, or give it twice."""

from datetime import UTC, datetime
from itertools import cycle

import pytest

from ingest.articles.extract import extract
from storage.records import NewEntry
from tests.builders_pages import ARTICLES, article_page

NOW = datetime(2024, 6, 1, tzinfo=UTC)
UNTITLED = NewEntry(guid="1", url="https://echo.example/a", title=None)

FAULTS = {
    "an unclosed button": lambda text: f"<button>Menu{text}",
    "an unclosed header": lambda text: f"<header>{text}",
    "an unclosed aside": lambda text: f"<aside class='promo'>{text}",
    "a wrapper named footer": lambda text: f'<div class="footer">{text}</div>',
    "a wrapper named for its sidebar": lambda text: (
        f'<div id="content-with-sidebar" class="sidebar-right">{text}</div>'
    ),
    "everything in a form": lambda text: f'<form id="aspnetForm" action="/">{text}</form>',
    "two containers": lambda text: text.replace(
        "\n", '</div></div><div class="ad">Werbung</div><div class="body"><div>', 1
    ),
    "each paragraph a container": lambda text: text.replace("<p>", '<div class="row"><div class="col"><p>').replace(
        "</p>", "</p></div></div>"
    ),
    "the body ended early": lambda text: text.replace("\n", "</body></html>", 1),
    "the text for telephones, then for desks": lambda text: (
        f'<div class="mobile">{text}</div><div class="desktop">{text}</div>'
    ),
    "nested beyond the parser's depth": lambda text: "<div>" * 300 + text,
    "a consent notice above": lambda text: (
        "<div class='overlay'><h2>Privacy</h2><p>We and our 843 partners use cookies to measure and to show ads.</p>"
        f"<button>Reject all</button><button>Accept all</button></div>{text}"
    ),
}


@pytest.mark.parametrize(("fault", "language"), [*zip(FAULTS, cycle(ARTICLES), strict=False)])
def test_the_article_is_complete_and_not_repeated_despite(fault, language):
    title, paragraphs = ARTICLES[language]
    page = article_page(title, paragraphs, template="div soup", language=language)
    clean = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    assert clean.encode() in page
    page = page.replace(clean.encode(), FAULTS[fault](clean).encode())
    found = extract(page, url="https://echo.example/a", content_type=None, entry=UNTITLED, now=NOW)
    lines = found.body.split("\n")
    assert [line for line in lines if line in paragraphs] == list(paragraphs)
    assert len(lines) <= len(paragraphs) + 1
