"""Sites move: to https, to other addresses, another CMS, another feed. What the archive has is not issued again."""

import pytest

from storage.records import WantedFeed
from tests.builders_feeds import item, page, rss
from tests.site import CERTIFICATE, Site

COUNT = 6


def entries(link="/{n}", guid="g{n}", *, title="Title {n}", count=COUNT, dated=True):
    """Entries whose pages are on another host; `{n}` is which."""

    def one(n):
        date = f"<pubDate>Sun, 0{n + 1} Feb 2026 10:00:00 GMT</pubDate>" if dated else ""
        named = f'<guid isPermaLink="false">{guid.format(n=n)}</guid>' if guid else ""
        made = item(n, link=link.format(n=n), guid=named, text="A short teaser.", more=date)
        return made.replace(f"<title>Title {n}<", f"<title>{title.format(n=n)}<")

    return rss(*map(one, range(count)))


def pages(site, path="/{n}", *, count=COUNT):
    for n in range(count):
        site.page(path.format(n=n), page(n))


def asked_for_pages(site):
    return [request.path for request in site.requests if not request.path.endswith(".xml")]


@pytest.fixture
def archived(site, run):
    site.page("/feed.xml", entries())
    pages(site)
    assert run.now(WantedFeed(site.url("/feed.xml"))).entries == {"archived": COUNT}
    site.requests.clear()
    return WantedFeed(site.url("/feed.xml"))


def test_a_site_that_goes_to_https_issues_nothing_again(run):
    with Site() as site:
        pages(site)
        url = site.url("/feed.xml")
        site.page("/feed.xml", entries(site.url("/{n}"), site.url("/{n}")))
        assert run.now(WantedFeed(url)).entries == {"archived": COUNT}
    with Site(port=site.port, tls=True) as secure:
        secure.page("/feed.xml", entries(secure.url("/{n}"), secure.url("/{n}")))
        feed = WantedFeed(secure.url("/feed.xml"))
        tally = run.later(days=1).now(feed, web={"ca_file": str(CERTIFICATE)})
        assert (tally.polls, tally.entries) == ({"parsed": 1}, {"known": COUNT})
        assert asked_for_pages(secure) == []
    assert run.column("SELECT count(*) FROM articles") == [COUNT]


def test_a_feed_that_writes_https_from_today_brings_nothing_new(site, run):
    host = "http://news.example"
    for number, document in enumerate(
        (
            entries(f"{host}/{{n}}", f"{host}/?p={{n}}"),
            entries("https://news.example/{n}", "https://news.example/?p={n}"),
        )
    ):
        site.page("/feed.xml", document)
        tally = run.later(days=1).now(site.url("/feed.xml"))
        assert tally.entries_new == (0 if number else COUNT)


@pytest.mark.parametrize("guid", ["https://news.example/?p=7{n}", "urn:uuid:{n}", ""])
def test_an_import_into_another_cms_that_keeps_the_addresses_brings_nothing_new(site, run, archived, guid):
    site.page("/feed.xml", entries(guid=guid))
    assert run.later(days=1).now(archived).entries_new == 0
    assert asked_for_pages(site) == []


def test_new_addresses_under_the_old_guids_bring_nothing_new_and_lead_to_the_articles(site, run, archived):
    site.page("/feed.xml", entries("/2026/title-{n}"))
    assert run.later(days=1).now(archived).entries_new == 0
    site.page("/other.xml", entries("/2026/title-{n}", "", title="Another headline {n}"))
    tally = run.now(archived, WantedFeed(site.url("/other.xml")))
    assert tally.entries == {"known": COUNT}
    assert asked_for_pages(site) == []


def test_new_addresses_and_then_new_guids_bring_nothing_new(site, run, archived):
    for document in (entries("/2026/title-{n}"), entries("/2026/title-{n}", "tag:x,2026:{n}")):
        site.page("/feed.xml", document)
        assert run.later(days=1).now(archived).entries_new == 0
    site.page("/feed.xml", entries("/{n}.html", "tag:x,2026:{n}"))
    assert run.later(days=1).now(archived).entries_new == 0


def test_a_feed_under_a_new_url_with_new_links_and_old_guids_costs_no_request(site, run, archived):
    site.page("/atom.xml", entries("/2026/title-{n}"))
    tally = run.later(days=1).now(WantedFeed(site.url("/atom.xml")))
    assert tally.entries == {"known": COUNT}
    assert asked_for_pages(site) == []
    reasons = run.column("SELECT DISTINCT reason FROM entries WHERE outcome = 'known'")
    assert reasons == ["another feed announced it with this guid, title and instant"]
    assert run.column("SELECT article_id FROM entries WHERE outcome = 'known' ORDER BY title") == run.column(
        "SELECT id FROM articles ORDER BY title"
    )


@pytest.mark.parametrize(
    ("other", "title"), [("127.0.0.2", "Title {n}"), ("127.0.0.1", "Another headline {n}"), ("127.0.0.2", "Other {n}")]
)
def test_short_guids_of_different_feeds_never_meet(sites, site, run, archived, other, title):
    other_paper = sites(other)
    other_paper.page("/feed.xml", entries("/other/{n}", title=title))
    for n in range(COUNT):
        other_paper.page(f"/other/{n}", page(n, text=f"Piece {n} of another paper. " * 30))
    assert run.now(archived, WantedFeed(other_paper.url("/feed.xml"))).entries == {"archived": COUNT}


def test_a_guid_that_one_feed_gives_to_many_hides_no_entry_of_another_feed(site, run):
    for path in ("/one", "/two"):
        pages(site, path + "/{n}")
        site.page(f"{path}.xml", entries(path + "/{n}", "https://news.example/", title="The day", dated=False))
    for n in range(COUNT):
        site.page(f"/two/{n}", page(n, text=f"Piece {n} of another day. " * 30))
    for path in ("/one", "/two"):
        assert run.now(WantedFeed(site.url(f"{path}.xml"))).entries == {"archived": COUNT}


def test_the_url_behind_a_redirector_is_an_alias(site, run):
    pages(site)
    for n in range(COUNT):
        site.redirect(f"/go/{n}", f"/{n}")
    site.page("/feed.xml", entries("/go/{n}"))
    feed = WantedFeed(site.url("/feed.xml"))
    run.now(feed)
    site.page("/feed.xml", entries("/{n}", "tag:x,2026:{n}"))
    assert run.later(days=1).now(feed).entries_new == 0


def test_feedburners_original_link_is_the_address(site, run):
    pages(site)
    original = "<feedburner:origLink>{}</feedburner:origLink>"
    more = [original.format(site.url(f"/{n}")) for n in range(COUNT)]
    burned = "".join(item(n, link=f"/~r/{n}", text="A teaser.", more=more[n]) for n in range(COUNT))
    site.page("/burned.xml", rss(burned))
    site.page("/feed.xml", entries())
    feeds = [WantedFeed(site.url(path)) for path in ("/burned.xml", "/feed.xml")]
    run.now(feeds[0])
    assert run.now(*feeds).entries == {"known": COUNT}
    assert sorted(run.column("SELECT url FROM articles")) == [site.url(f"/{n}") for n in range(COUNT)]
