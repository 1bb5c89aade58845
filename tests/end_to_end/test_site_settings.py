"""Settings of single sites (`sites.toml`) in a run: pace, concurrency, next pages."""

from itertools import pairwise

from ingest.articles.selectors import Selectors
from ingest.configuration.sites import Sites, SiteSettings
from storage.records import WantedFeed
from tests.builders_feeds import item, page


def announce(site, count):
    site.announce(*(item(n, link=f"/{n}", text="") for n in range(count)))
    for n in range(count):
        site.page(f"/{n}", page(n))
    return WantedFeed(site.url("/feed.xml"))


def gaps_s(site):
    return [after - before for before, after in pairwise(request.at for request in site.requests)]


def test_a_site_has_its_own_interval_and_others_keep_theirs(site, sites, run):
    other = sites("127.0.0.2")
    run.sites = Sites((SiteSettings("127.0.0.1", interval_s=0.4), SiteSettings("127.0.0.2", interval_s=0.0)))
    tally = run.now(announce(site, 2), announce(other, 2), web={"per_host_interval_s": 0.1})
    assert tally.polls == {"parsed": 2}
    assert min(gaps_s(site)) > 0.2  # a busy machine notes a request late
    assert min(gaps_s(other)) < 0.1


def test_crawl_delay_holds_if_it_is_longer_than_the_sites_interval(site, run):
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.4", content_type="text/plain")
    run.sites = Sites((SiteSettings("127.0.0.1", interval_s=0.05),))
    run.now(announce(site, 2), web={"robots": True})
    pages = [request.at for request in site.requests if request.path in ("/0", "/1")]
    assert abs(pages[1] - pages[0]) > 0.2


def test_a_site_gets_as_many_requests_at_once_as_it_may(site, run):
    feed = announce(site, 4)
    for n in range(4):
        site.hang(f"/{n}")
    run.sites = Sites((SiteSettings("127.0.0.1", concurrency=4),))
    run.now(feed, web={"per_host_concurrency": 1, "timeout_s": 1})
    asked = [request.at for request in site.requests[1:]]  # the first is for the feed
    assert len(asked) == 4
    assert asked[-1] - asked[0] < 1  # one after the other, each would wait for the end of the one before


def test_next_pages_are_left_out_where_the_site_says_so(site, sites, run):
    other = sites("127.0.0.2")
    for server in (site, other):
        server.announce(item(0, link="/a", text=""))
        n = 1 if server is site else 3
        server.page("/a", page(n, head='<link rel="next" href="/a/2">'))
        server.page("/a/2", page(n + 1, f"Title {n}"))
    run.sites = Sites((SiteSettings("127.0.0.2", next_pages=False),))
    run.now(*(WantedFeed(server.url("/feed.xml")) for server in (site, other)))
    assert run.column("SELECT count(*) FROM pages GROUP BY article_id ORDER BY 1") == [1, 2]
    assert (len(site.requests_of("/a/2")), len(other.requests_of("/a/2"))) == (1, 0)


def test_selectors_that_take_too_long_are_named_and_cost_only_their_page(site, run):
    feed = announce(site, 2)
    site.page("/0", page(0).replace("</article>", "<p>A line.</p>" * 5000 + "</article>"))
    run.sites = Sites((SiteSettings("127.0.0.1", Selectors(drop=("p ~ p ~ p ~ p ~ p ~ p",))),))
    run.now(feed, articles={"workers": 1, "time_limit_s": 1.0})
    assert run.rows("SELECT outcome, reason FROM entries ORDER BY url") == [
        {
            "outcome": "pending",
            "reason": "cleaning the page with the selectors of 127.0.0.1 (sites.toml)"
            " took longer than 1 s (articles.time_limit_s)",
        },
        {"outcome": "archived", "reason": None},
    ]
