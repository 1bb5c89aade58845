"""An article that goes on over several pages is one article."""

from datetime import timedelta

import pytest
import zstandard

from ingest.pipeline.fetch_page import MAX_PAGES
from storage.records import WantedFeed, to_instant
from tests.builders_feeds import item, page, prose, rss
from tests.rules import drop, rules

TITLE = "How the harbour town kept its ferry"


@pytest.fixture
def feed(site):
    site.page("/feed.xml", announcing("/a"))
    return WantedFeed(site.url("/feed.xml"))


def announcing(*links):
    return rss(*(item(n, link=link, text="A teaser.").replace(f"Title {n}", TITLE) for n, link in enumerate(links)))


def address(number):
    return "/a" if number == 1 else f"/a?page={number}"


def part(number, *, following=None, title=TITLE, n=None):
    head = f'<link rel="next" href="{following}">' if following else ""
    return page(title=title, head=head, text=prose(number if n is None else n, 12))


def serve(site, count):
    """So many pages, each with a link to the next."""
    for number in range(1, count + 1):
        following = address(number + 1) if number < count else None
        site.page(address(number), part(number, following=following))


def paragraphs(*numbers):
    return [f"{sentence}." for n in numbers for sentence in prose(n, 12).split(". ")]


def article(run):
    return run.row("SELECT * FROM articles")


def entry(run):
    return run.row("SELECT * FROM entries")


def test_its_text_is_that_of_all_pages_in_order_and_each_raw_page_is_kept(site, run, feed):
    serve(site, 3)
    assert run.now(feed).entries == {"archived": 1}
    assert article(run)["body"].split("\n") == paragraphs(1, 2, 3)
    assert (article(run)["title"], article(run)["url"]) == (TITLE, site.url("/a"))
    kept = run.rows("SELECT part, final_url, html FROM pages ORDER BY part")
    assert [(row["part"], row["final_url"]) for row in kept] == [(n, site.url(address(n))) for n in (1, 2, 3)]
    assert [zstandard.decompress(row["html"]).decode() for row in kept] == [
        part(1, following=address(2)), part(2, following=address(3)), part(3)
    ]  # fmt: skip
    assert entry(run)["reason"] is None


@pytest.mark.parametrize(("title", "entries"), [(TITLE, {}), ("The second page", {"known": 2})])
def test_a_feed_that_announces_one_of_its_pages_brings_nothing_new(site, run, feed, title, entries):
    serve(site, 3)
    site.redirect(address(2), "/a?page=2&amp=1")
    site.page("/a?page=2&amp=1", part(2, following=address(3)))
    run.now(feed)
    site.page("/feed.xml", announcing("/a?page=2&utm_source=x", "/a?page=3").replace(TITLE, title))
    assert run.later(days=1).now(feed).entries == entries


def test_two_pages_that_one_feed_announces_are_not_archived_twice(site, run, feed):
    serve(site, 3)
    site.page("/feed.xml", announcing("/a", "/a?page=2"))
    run.now(feed)
    texts = [line for body in run.column("SELECT body FROM articles") for line in body.split("\n")]
    assert sorted(texts) == sorted(paragraphs(1, 2, 3))


def test_a_rule_is_asked_about_the_text_of_all_pages(site, run, feed):
    serve(site, 3)
    run.rules = rules(drop(text=[" ".join(paragraphs(3)[-1].split()[:5])]))
    assert run.now(feed).entries == {"filtered": 1}
    assert len(site.requests_of(address(3))) == 1


def test_it_waits_for_a_page_that_may_come_later_and_is_archived_complete(site, run, feed):
    serve(site, 2)
    site.page(address(2), "", status=503)
    assert run.now(feed).entries == {"pending": 1}
    assert entry(run)["reason"] == "page 2 of the article is missing: the page answered HTTP 503"
    assert entry(run)["tries"] == 1
    serve(site, 2)
    run.later(hours=1).now(feed)
    assert article(run)["body"].split("\n") == paragraphs(1, 2)
    assert entry(run)["reason"] is None


def test_a_host_that_asks_to_wait_before_the_next_page_costs_no_try(site, run, feed):
    serve(site, 2)
    site.page("/feed.xml", announcing("/a", "/b"))
    site.page("/b", part(5))
    site.page(address(2), "", status=429, headers={"Retry-After": "7200"})
    run.now(feed, web={"per_host_concurrency": 1}, articles={"workers": 1})
    first = run.row("SELECT * FROM entries WHERE url LIKE '%/a'")
    assert to_instant(first["due_at"]) - run.now_at >= timedelta(hours=2)
    serve(site, 2)
    run.later(hours=3).now(feed)
    assert set(run.outcomes()) == {"archived"}
    assert run.column("SELECT body FROM articles WHERE url LIKE '%/a'") == ["\n".join(paragraphs(1, 2))]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"body": "", "status": 404}, "the page answered HTTP 404"),
        ({"body": "%PDF", "content_type": "application/pdf"}, "not a page but application/pdf"),
        (
            {"body": "<!doctype html><title>Sign in</title><p>Sign in to continue."},
            "the page's title is that of a login",
        ),
    ],
)
def test_the_pages_before_are_archived_when_a_page_cannot_be_fetched(site, run, feed, answer, reason):
    serve(site, 3)
    site.page(address(2), **answer)
    run.now(feed)
    assert article(run)["body"].split("\n") == paragraphs(1)
    assert entry(run)["reason"] == f"page 2 of the article is missing: {reason}"
    assert not site.requests_of(address(3))


def test_when_the_tries_are_used_up_the_pages_before_are_archived(site, run, feed):
    serve(site, 3)
    site.page(address(3), "", status=500)
    for _ in range(3):
        run.later(days=2).now(feed, articles={"tries": 3})
    assert article(run)["body"].split("\n") == paragraphs(1, 2)
    assert entry(run)["reason"] == "page 3 of the article is missing: the page answered HTTP 500"
    assert run.column("SELECT part FROM pages") == [1, 2]


def test_pages_that_name_each_other_are_asked_for_once(site, run, feed):
    site.page("/a", part(1, following=address(2)))
    site.page(address(2), part(2, following="/a?utm_source=next"))
    run.now(feed)
    assert article(run)["body"].split("\n") == paragraphs(1, 2)
    assert [request.path for request in site.requests if request.path.startswith("/a")] == ["/a", address(2)]


def test_a_page_past_the_last_that_shows_the_last_again_ends_it(site, run, feed):
    serve(site, 3)
    site.page(address(3), part(2, following=address(4)))
    run.now(feed)
    assert article(run)["body"].split("\n") == paragraphs(1, 2)
    assert (entry(run)["reason"], run.column("SELECT part FROM pages")) == (None, [1, 2])


def test_a_page_past_the_last_that_leads_back_to_the_first_ends_it(site, run, feed):
    serve(site, 3)
    site.redirect(address(3), "/a")
    run.now(feed)
    assert article(run)["body"].split("\n") == paragraphs(1, 2)


def test_another_article_is_not_put_to_it(site, run, feed):
    serve(site, 2)
    site.page(address(2), part(2, title="Council bans all cars from Monday"))
    run.now(feed)
    assert article(run)["body"].split("\n") == paragraphs(1)


def test_another_sites_page_is_not_put_to_it(site, sites, run, feed):
    other = sites("127.0.0.2")
    serve(site, 2)
    site.redirect(address(2), other.url("/a"))
    other.page("/a", part(2))
    run.now(feed)
    assert article(run)["body"].split("\n") == paragraphs(1)


def test_an_endless_article_is_left_at_the_bound(site, run, feed):
    serve(site, MAX_PAGES + 2)
    run.now(feed)
    assert run.row("SELECT count(*) AS n FROM pages")["n"] == MAX_PAGES
    assert not site.requests_of(address(MAX_PAGES + 1))
    assert "page 21 of the article is missing: no more than 20" in entry(run)["reason"]


def test_the_feeds_full_text_needs_no_further_page(site, run, feed):
    serve(site, 3)
    full = "".join(f"&lt;p&gt;{line}&lt;/p&gt;" for line in paragraphs(1, 2, 3))
    site.page("/feed.xml", rss(item(0, link="/a", text="A teaser.", more=f"<content:encoded>{full}</content:encoded>")))
    run.now(feed)
    assert (article(run)["body"].split("\n"), article(run)["body_from"]) == (paragraphs(1, 2, 3), "feed")
    assert not site.requests_of(address(2))
