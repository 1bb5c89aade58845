"""Whether a page that nobody has announced is an article: lists, tag pages and error pages end with their reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import pytest

from ingest.articles.extract import extract
from ingest.articles.page_kind.address import is_of_article, kind_of_address
from ingest.workers.tasks import PageTask, extract_page
from storage.content import Content
from storage.records import NewEntry, SiteProfile
from tests.builders_feeds import prose
from tests.builders_pages import ENGLISH, ENGLISH_TITLE

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SITE = "https://gazette.example"
MENU = "<nav><ul><li><a href='/news/'>News</a><li><a href='/sport/'>Sport</a></ul></nav>"
HEADLINES = tuple(
    f"{place} votes to keep its last ferry running" for place in "Aberdour Balloch Crail Dunoon Elie".split()
)


def judged(html: str, path: str = "/2025/03/ferry", *, announced: bool = False) -> Content:
    url = SITE + path
    entry = NewEntry("", url, None)
    return extract(
        html.encode(), url=url, content_type="text/html; charset=utf-8", entry=entry, now=NOW, announced=announced
    )


def page(title: str, content: str, *, head: str = "", names: str = "") -> str:
    head = f"<title>{title} | The Gazette</title>{head}"
    return f"<html><head>{head}</head><body class='{names}'>{MENU}<main>{content}</main>"


def article(
    *, title: str = ENGLISH_TITLE, paragraphs: tuple[str, ...] = ENGLISH, below: str = "", head: str = ""
) -> str:
    text = "".join(f"<p>{escape(line)}</p>" for line in paragraphs)
    return page(title, f"<article><h1>{title}</h1>{text}</article>{below}", head=head)


def teasers(row: str, count: int = 15, sentences: int = 2) -> str:
    rows = ((f"/2025/03/{at}-ferry", HEADLINES[at % 5], prose(at, sentences)) for at in range(count))
    return "".join(row.format(url=url, title=f"{title} {at}", text=text) for at, (url, title, text) in enumerate(rows))


TEASER = "<div class='teaser'><h3><a href='{url}'>{title}</a></h3><p>{text}</p></div>"
LISTS = {
    "headline and summary": teasers(TEASER),
    "cards that are links": teasers("<a href='{url}'><div><h3>{title}</h3><p>{text}</p></div></a>"),
    "lines with a date": "<ul>" + teasers("<li>12.03.2025 <a href='{url}'>{title}</a><p>{text}</p></li>") + "</ul>",
    "tables without names": "<table>"
    + teasers("<tr><td><a href='{url}'><b>{title}</b></a><br>{text}</td></tr>")
    + "</table>",
    "summaries that end with a link": teasers("<h2>{title}</h2><p>{text} <a href='{url}'>Read more</a></p>"),
    "full posts": teasers("<div><h2><a href='{url}'>{title}</a></h2><p>{text}</p><p>{text}</p></div>", 6, 12),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_articles_is_none(name: str) -> None:
    content = judged(page("Politics", f"<h1>Politics</h1>{LISTS[name]}"), "/politics")
    assert content.verdict == "no_text"
    assert content.reason
    assert content.reason.startswith("the page is a list of ")
    assert content.body == ""


def test_an_announced_page_is_not_judged() -> None:
    html = page("Politics", f"<h1>Politics</h1>{LISTS['headline and summary']}")
    assert judged(html, "/politics", announced=True).verdict == "article"


ARTICLES: dict[str, Callable[[], str]] = {
    "alone on its page": article,
    "short": lambda: article(paragraphs=ENGLISH[:2]),
    "above many teasers": lambda: article(below=f"<aside>{teasers(TEASER, 40)}</aside>"),
    "with links to others between its paragraphs": lambda: page(
        ENGLISH_TITLE,
        f"<h1>{ENGLISH_TITLE}</h1>"
        + "".join(f"<p>{prose(at, 5)}</p><p><a href='/2025/02/{at}'>{HEADLINES[at]}</a></p>" for at in range(5)),
    ),
    "in hours, as a live ticker": lambda: page(
        ENGLISH_TITLE,
        f"<h1>{ENGLISH_TITLE}</h1>" + "".join(f"<div><h2>1{at}:05</h2><p>{prose(at, 3)}</p></div>" for at in range(9)),
    ),
    "on a page that calls itself a website": lambda: article(head="<meta property='og:type' content='website'>"),
}


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_that_nobody_has_announced_is_kept(name: str) -> None:
    html = ARTICLES[name]()
    content = judged(html)
    assert content.verdict == "article"
    assert content == judged(html, announced=True)


def test_an_article_stays_one_below_a_tags_address_and_on_the_front_page() -> None:
    assert judged(article(), "/topics/ferries").verdict == "article"
    assert judged(article(), "/").verdict == "article"


REASONS = {
    "/tag/ferries/": (page("Ferries", teasers(TEASER)), "the page is a tag page: its address has /tag/"),
    "/": (page("The Gazette", teasers(TEASER)), "the page is the home page"),
    "/?s=ferry": (page("Results", teasers(TEASER)), "the page is a page of search results: its address has s="),
    "/ferries": (
        page("Ferries", teasers(TEASER), names="archive tag tag-ferries"),
        "the page is a tag page",
    ),
    "/ana": (
        page("Ana", teasers(TEASER), head="<meta property='og:type' content='profile'>"),
        "the page is a page about an author",
    ),
    "/privacy-policy": (
        article(title="Privacy policy"),
        "the page is about the site itself: its address is /privacy-policy",
    ),
    "/2019/05/old": (
        article(title="Page not found", below=teasers(TEASER), paragraphs=(prose(1, 25),)),
        "the page says that there is no such page",
    ),
}


@pytest.mark.parametrize("path", REASONS)
def test_the_reason_says_what_the_page_is(path: str) -> None:
    html, reason = REASONS[path]
    assert judged(html, path).reason == reason


@pytest.mark.parametrize(
    ("path", "kind"),
    {
        "/de/": "the home page",
        "/tag/elections-2024/page/3": "a tag page",
        "/метка/паром/": "a tag page",
        "/category/world/europe/": "a category page",
        "/author/ana-weber/": "a page about an author",
        "/search": "a page of search results",
        "/news/page/4/": "a list",
        "/2024/05/": "an archive page",
        "/2024/05/17/the-last-ferry-of-the-harbour/": None,
        "/category/world/the-last-ferry-of-the-harbour/": None,
        "/archives/2562": None,
        "/tag/123456.html": None,
        "/index.php?cat=7": "a category page",
        "/index.php?cat=7&id=99": None,
        "/reviews/contact": None,
    }.items(),
)
def test_an_address_names_a_kind_of_page(path: str, kind: str | None) -> None:
    assert (kind_of_address(SITE + path) or (None,))[0] == kind


@pytest.mark.parametrize(
    ("path", "answer"),
    {
        "/the-last-ferry-of-the-harbour": True,
        "/news/123456.html": True,
        "/a.php?id=7": True,
        "/world/europe": False,
    }.items(),
)
def test_an_address_is_that_of_an_article(path: str, answer: bool) -> None:
    assert is_of_article(SITE + path) is answer


def test_a_worker_judges_a_page_but_not_a_further_page_of_an_article() -> None:
    url, listed = f"{SITE}/politics", page("Politics", LISTS["headline and summary"]).encode()
    task = PageTask(url, None, NewEntry("", url, None), NOW, "combined", SiteProfile(), announced=False, trace=True)
    first = extract_page(listed, task)
    assert first
    assert f"the text is no article: {first.content.reason}" in {block.reason for block in first.blocks}
    begun = extract_page(article().encode(), task)
    assert begun
    assert extract_page(listed, replace(task, so_far=begun.content)) is None
