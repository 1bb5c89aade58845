"""What stands in front of an article, from the site to the archive."""

from datetime import timedelta

import pytest

from storage.records import WantedFeed, to_instant
from tests.builders_feeds import item, page, prose
from tests.builders_walls import TEASERS, WALLS, json_ld, part, walled_page
from tests.site import Answer

TEASER = "A short teaser of the article."
FULL = [prose(n, 3) for n in range(8)]
CHECKS = {
    "Cloudflare": ({"cf-mitigated": "challenge"}, "<title>Just a moment...</title>"),
    "DataDome": ({"X-DataDome": "protected"}, "<script>var dd={'cid':'A'}</script>"),
    "Akamai": (
        {"Server": "AkamaiGHost"},
        "<TITLE>Access Denied</TITLE>You don't have permission.<P>Reference&#32;&#35;18&#46;2d9e1302&#46;17&#46;1a",
    ),
    "PerimeterX": ({}, "<title>Denied</title><script>window._pxAppId='PXa'</script><div id='px-captcha'></div>"),
    "Imperva": ({}, "<iframe src='/_Incapsula_Resource?CWUDNSAI=9&incident_id=1'>Incapsula incident ID: 1</iframe>"),
    "AWS WAF": ({"x-amzn-waf-action": "challenge"}, ""),
}


@pytest.fixture
def archived(site, run, feed):
    """Archive a page, and return the archive's row of its article. `text` and `more` are what the feed has of it."""

    def archived(body, text=TEASER, more=""):
        site.announce(item(0, link=site.url("/a"), text=text, more=more))
        site.page("/a", body)
        run.now(feed)
        assert run.outcomes() == ["archived"]
        return run.article()

    return archived


@pytest.mark.parametrize("language", TEASERS)
def test_what_can_be_read_above_a_wall_is_archived_and_marked(archived, language):
    below = "".join(f"<p>{line}</p>" for line in WALLS[language][0])
    article = archived(walled_page(TEASERS[language], f"<div class='offer'>{below}</div>"))
    assert (article["body"], article["access"]) == (TEASERS[language], "partial")
    assert WALLS[language][0][0].replace("’", "'").rstrip(".") in article["access_reason"]


def test_a_metered_article_is_marked_and_a_free_one_has_no_reason(site, run, feed):
    head = json_ld(isAccessibleForFree=False, hasPart=part(".text"))
    site.page("/0", walled_page(FULL, head=head))
    site.page("/1", page(9))
    site.announce(*(item(n, link=site.url(f"/{n}"), text=TEASER) for n in range(2)))
    run.now(feed)
    assert run.rows("SELECT access, access_reason FROM articles ORDER BY access") == [
        {"access": "free", "access_reason": None},
        {"access": "metered", "access_reason": "isAccessibleForFree is false"},
    ]


@pytest.mark.parametrize("element", ["description", "content:encoded"])
def test_the_feeds_text_is_taken_where_it_has_more_than_a_partial_page(archived, element):
    more = f"<content:encoded>{prose(0, 7)}</content:encoded>"
    text = {"text": prose(0, 7)} if element == "description" else {"more": more}
    article = archived(walled_page(prose(0, 5), "<p>Subscribe to continue reading</p>"), **text)
    assert (article["body"], article["body_from"]) == (prose(0, 7), "feed")
    assert (article["access"], article["access_reason"]) == ("free", None)


def test_a_text_that_the_feed_is_trusted_with_is_free(site, run, feed_url):
    site.announce(item(0, link=site.url("/a"), text=prose()))
    run.now(WantedFeed(feed_url, article="feed"))
    assert (run.article()["access"], run.article()["access_reason"]) == ("free", None)


def test_a_wall_alone_is_walled(site, run, feed):
    site.announce(item(0, link=site.url("/a"), text=TEASER))
    site.page("/a", walled_page(WALLS["de"][0]))
    run.now(feed)
    assert run.entry()["outcome"] == "walled"


@pytest.mark.parametrize("vendor", CHECKS)
@pytest.mark.parametrize("status", [403, 429])
def test_a_bot_check_is_named_and_the_page_is_tried_again(site, run, feed, vendor, status):
    headers, body = CHECKS[vendor]
    site.announce(item(0, link=site.url("/a"), text=TEASER))
    site.page("/a", body, status=status, headers=headers)
    for tries in (1, 2):
        run.later(days=2).now(feed, articles={"tries": 2})
        assert len(site.requests_of("/a")) == tries
        assert run.entry()["reason"] == f"the page is a bot check by {vendor} (HTTP {status})"
        assert run.outcomes() == ["pending" if tries == 1 else "walled"]
    assert len({str(sorted(request.headers.items())) for request in site.requests_of("/a")}) == 1


@pytest.mark.parametrize("vendor", CHECKS)
@pytest.mark.parametrize("status", [200, 202])
def test_a_bot_check_with_a_status_of_success_is_walled(site, run, feed, vendor, status):
    headers, body = CHECKS[vendor]
    if vendor == "DataDome":
        body = "<script src='https://ct.captcha-delivery.com/c.js'></script>"
    site.announce(item(0, link=site.url("/a"), text=TEASER))
    site.page("/a", body, status=status, headers=headers)
    run.now(feed)
    entry = run.entry()
    assert (entry["outcome"], entry["due_at"]) == ("walled", None)
    assert entry["reason"] == f"the page is a bot check by {vendor} (HTTP {status})"


def test_the_feeds_text_stands_in_for_a_page_behind_a_bot_check(site, run, feed):
    site.announce(item(0, link=site.url("/a"), text=TEASER, more=f"<content:encoded>{prose()}</content:encoded>"))
    site.page("/a", "", headers={"cf-mitigated": "challenge"})
    run.now(feed)
    assert (run.article()["body"], run.article()["access"]) == (prose(), "free")
    assert run.entry()["reason"] == "the page is a bot check by Cloudflare (HTTP 200); the text is the feed's"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("503 Service Unavailable", "No server is available to handle this request."),
        ("Zeitung", "Unsere Webseite ist derzeit nicht erreichbar. Bitte versuchen Sie es später noch einmal."),
        ("Error establishing a database connection", ""),
    ],
)
def test_a_fault_that_is_sent_as_a_page_is_tried_again_as_a_503_is(site, run, feed, title, text):
    fault = f"<title>{title}</title><h1>{title}</h1><p>{text}</p>"
    answers = [Answer(200, {}, fault), Answer(200, {"Retry-After": "7200"}, fault), Answer(200, {}, page(1))]
    site.announce(item(1, link=site.url("/a"), text=TEASER))
    site.answer("/a", lambda _: answers.pop(0))
    run.now(feed)
    assert run.outcomes() == ["pending"]
    assert "the page says that its site is out of order" in run.entry()["reason"]
    run.later(hours=1).now(feed)
    assert to_instant(run.entry()["due_at"]) - run.now_at >= timedelta(hours=2)
    run.later(hours=3).now(feed)
    assert run.outcomes() == ["archived"]


def test_a_fault_that_stays_ends_without_an_article_and_with_its_name(site, run, feed):
    site.announce(item(1, link=site.url("/a"), text=TEASER))
    site.page("/a", "<title>Sitio en mantenimiento</title><p>Volvemos pronto.</p>")
    for _ in range(4):
        run.later(days=2).now(feed, articles={"tries": 3})
    assert len(site.requests_of("/a")) == 3
    entry = run.entry()
    assert (entry["outcome"], entry["due_at"]) == ("no_text", None)
    assert entry["reason"] == "the page says that its site is out of order: “Sitio en mantenimiento”"


def test_the_feeds_text_stands_in_for_a_fault_only_after_the_last_try(site, run, feed):
    site.announce(item(1, link=site.url("/a"), text=TEASER, more=f"<content:encoded>{prose()}</content:encoded>"))
    site.page("/a", "<title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>")
    run.now(feed, articles={"tries": 2})
    assert run.outcomes() == ["pending"]
    run.later(days=1).now(feed, articles={"tries": 2})
    assert (run.outcomes(), run.article()["body"]) == (["archived"], prose())
    assert run.entry()["reason"].endswith("“502 Bad Gateway”; the text is the feed's")
