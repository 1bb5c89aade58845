import pytest
from lxml import html

from ingest.articles.metadata.next_page import next_page

URL = "https://echo.example/2024/ferry"


def after(body: str, url: str = URL) -> str | None:
    return next_page(html.document_fromstring(f"<html><head></head><body>{body}</body></html>"), url)


@pytest.mark.parametrize(
    ("url", "following"),
    [
        (URL, f"{URL}?page=2"),
        (URL, f"{URL}/2"),
        (URL, f"{URL}/2/"),
        (f"{URL}/", f"{URL}/page/2/"),
        (f"{URL}?page=2", f"{URL}?page=3"),
        (f"{URL}/2", f"{URL}/3"),
        (f"{URL}.html", f"{URL},2.html"),
        (f"{URL}.html", f"{URL}-2.html"),
        (f"{URL}_2.html", f"{URL}_3.html"),
        (f"{URL}-seite-2.html", f"{URL}-seite-3.html"),
    ],
)
def test_the_next_page_has_the_pages_own_address_with_the_next_number(url, following):
    number = following.rstrip("/").removesuffix(".html")[-1]
    assert after(f"<a href='{following}'>{number}</a>", url) == following
    assert after(f"<a href='{following}' rel='next'>More of it</a>", url) == following
    assert after(f"<link rel='next' href='{following}'>", url) == following


@pytest.mark.parametrize("said", ["2", "Next", "Next page »", "Page suivante", "Weiter", "Siguiente", "次へ", "下一页"])
def test_the_link_to_it_says_so(said):
    assert after(f"<a href='?page=2'>{said}</a>") == f"{URL}?page=2"


@pytest.mark.parametrize(
    "body",
    [
        "<a rel='next' href='/2024/harbour'>Next article</a>",
        "<link rel='next' href='/2024/harbour'>",
        "<a href='/2024/ferry-part-2'>Next</a>",
        "<a href='?page=3'>3</a><a href='?page=10'>10</a>",
        "<a href='?page=1'>1</a>",
        "<a href='?page=2#comments'>2</a>",
        "<a href='/2024/ferry/comment-page-2'>2</a>",
        "<a href='?cpage=2'>2</a>",
        "<a href='https://other.example/2024/ferry?page=2'>2</a>",
        "<a href='?page=2'>The council’s two answers</a>",
        "<a href='https://[broken/ferry/2'>2</a>",
    ],
)
def test_other_articles_comments_and_other_sites_are_no_next_page(body):
    assert after(body) is None


def test_a_front_page_and_the_archive_of_a_day_do_not_go_on():
    assert after("<a href='/2' rel='next'>2</a>", "https://echo.example/") is None
    assert after("<a href='/2024/05/18' rel='next'>18</a>", "https://echo.example/2024/05/17") is None
    assert after("<a href='/2024/06' rel='next'>6</a>", "https://echo.example/2024/05") is None


def test_a_link_element_may_give_the_next_page_by_any_query():
    assert after("<link rel='next' href='?start=20'>") == f"{URL}?start=20"
    assert after("<a rel='next' href='?start=20'>Next</a>") is None
