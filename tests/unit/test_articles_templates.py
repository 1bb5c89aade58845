"""The text of an article comes back exactly, whatever the template."""

from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import pytest

from ingest.articles.extract import extract
from storage.content import Content
from storage.records import NewEntry
from tests.builders_pages import ARTICLES, FRENCH, FRENCH_TITLE, SETTINGS, TEMPLATES, article_page

NOW = datetime(2024, 6, 1, tzinfo=UTC)
SEEDS = Path(__file__).parents[3] / "shared" / "data" / "seed"
UNTITLED = NewEntry(guid="1", url="https://echo.example/a", title=None)


def cleaned(page: bytes, content_type: str | None = "text/html") -> Content:
    return extract(page, url="https://echo.example/a", content_type=content_type, entry=UNTITLED, now=NOW)


@pytest.fixture
def seed() -> tuple[str, tuple[str, ...]]:
    """A cleaned French article: title, then one paragraph a line."""
    path = next(SEEDS.glob("*.txt"), None)
    if path is None:
        pytest.skip("the shared seed is not here")
    title, *paragraphs = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return title, tuple(paragraphs)


@pytest.mark.parametrize(("template", "language"), [*zip(TEMPLATES, cycle(ARTICLES), strict=False), ("semantic", "zh")])
def test_exactly_the_article_comes_back_from_every_template(template, language):
    title, paragraphs = ARTICLES[language]
    found = cleaned(article_page(title, paragraphs, template=template, language=language))
    assert (found.verdict, found.reason, found.body_from) == ("article", None, "page")
    assert found.body.split("\n") == list(paragraphs)
    assert (found.title, found.language) == (title, language)


@pytest.mark.parametrize(("setting", "template"), [*zip(SETTINGS, cycle(["semantic", "tables", "bare"]), strict=False)])
def test_paragraphs_come_back_however_they_are_set(setting, template):
    found = cleaned(article_page(FRENCH_TITLE, FRENCH, template=template, setting=setting))
    assert found.body.split("\n") == list(FRENCH)


@pytest.mark.parametrize(
    ("charset", "declared", "content_type"),
    [
        ("utf-8", False, "text/html"),
        ("utf-8", False, "text/html; charset=iso-8859-1"),
        ("windows-1252", True, "text/html"),
        ("windows-1252", False, "text/html; charset=windows-1252"),
        ("windows-1252", False, "text/html; charset=utf-8"),
        ("windows-1252", False, None),
        ("utf-16", False, "text/html"),
    ],
)
def test_the_text_survives_its_charset_however_it_is_declared(charset, declared, content_type):
    found = cleaned(article_page(FRENCH_TITLE, FRENCH, charset=charset, declared=declared), content_type)
    assert (found.title, found.body) == (FRENCH_TITLE, "\n".join(FRENCH))


@pytest.mark.parametrize(("template", "charset"), [*zip(TEMPLATES, cycle(["utf-8", "windows-1252"]), strict=False)])
def test_the_seed_comes_back_exactly(seed, template, charset):
    title, paragraphs = seed
    found = cleaned(article_page(title, paragraphs, template=template, charset=charset))
    assert (found.title, found.body) == (title, "\n".join(paragraphs))
