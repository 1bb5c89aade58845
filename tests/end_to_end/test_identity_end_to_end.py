"""The same or not: one article for one address and for one text, and every entry says why."""

import pytest

from storage.errors import ArchiveUnwritable
from storage.records import WantedFeed
from tests.builders_feeds import atom, atom_entry, item, page, prose, rss
from tests.site import Answer

TEASER = "A short teaser of the article."


def teaser(n, link, **kwargs):
    return item(n, link=link, text=TEASER, **kwargs)


def articles(run):
    return run.column("SELECT url FROM articles ORDER BY id")


def polled_twice(site, run, before, after, *, path="/feed.xml"):
    """How many entries of the second document are new."""
    for document in (before, after):
        site.page(path, document)
        tally = run.later(days=1).now(site.url(path))
    return tally.entries_new


# guids


def test_an_entry_without_a_guid_is_known_by_its_link(site, run):
    before, after = rss(item(0, link="/a")), rss(item(1, link="/b"), item(0, link="/a"))
    assert polled_twice(site, run, before, after) == 1


def test_an_entry_with_an_empty_guid_is_known_by_its_link(site, run):
    first, second = (item(n, link=f"/{n}", guid="<guid/>") for n in range(2))
    assert polled_twice(site, run, rss(first), rss(second, first)) == 1
    assert len(articles(run)) == 2


def test_entries_that_share_one_guid_are_all_archived_once(site, run):
    items = [item(n, link=f"/{n}", guid="<guid>http://news.example/</guid>") for n in range(4)]
    assert polled_twice(site, run, rss(*items[:3]), rss(*items)) == 1
    assert len(articles(run)) == 4


def test_a_guid_that_drifts_makes_no_entry_new(site, run):
    def document(drift):
        return rss(*(item(n, link=f"/{n}", guid=f"<guid>/{n}#{drift}</guid>") for n in range(3)))

    assert polled_twice(site, run, document(0), document(1)) == 0


def test_a_feed_that_moves_to_another_host_brings_nothing_new(site, sites, run):
    other = sites("127.0.0.2")
    document = atom(*(atom_entry(n, f'<link href="/{n}"/>') for n in range(3))).replace("tag:news.example,2026:", "")
    site.page("/feed.xml", document)
    run.now(site.url("/feed.xml"))
    site.redirect("/feed.xml", other.url("/feed.xml"))
    other.page("/feed.xml", f"{document}<!-- moved -->")
    assert run.later(days=1).now(site.url("/feed.xml")).entries_new == 0


@pytest.mark.parametrize(
    ("guid", "url"),
    [
        ("<guid>{}</guid>", "/a"),
        ('<guid isPermaLink="true">{}</guid>', "/a"),
        ('<guid isPermaLink="false">{}</guid>', None),
        ('<guid isPermaLink="FALSE">{}</guid>', None),
        ("<guid>tag:news.example,2026:7</guid>", None),
        ("<guid>abc123</guid>", None),
    ],
)
def test_a_guid_is_a_link_only_where_it_says_so(site, run, guid, url):
    site.page("/feed.xml", rss(item(0, guid=guid.format(site.url("/a")))))
    run.now(site.url("/feed.xml"))
    (found,) = articles(run)
    assert found == (site.url(url) if url else found)
    assert found.startswith(site.url("/a") if url else site.url("/feed.xml#entry-"))


def test_an_edited_headline_makes_no_new_entry(site, run):
    before = item(0, link="/a", guid="<guid>g</guid>")
    assert polled_twice(site, run, rss(before), rss(before.replace("Title 0", "A better title"))) == 0


def test_an_entry_that_comes_back_into_the_window_is_not_new(site, run):
    items = [item(n, link=f"/{n}") for n in range(3)]
    polled_twice(site, run, rss(items[0], items[1]), rss(items[1], items[2]))
    assert polled_twice(site, run, rss(items[0]), rss(*items)) == 0
    assert run.row("SELECT last_seen_at FROM entries WHERE url LIKE '%/0'")["last_seen_at"] == run.feed()["polled_at"]


def test_entries_without_link_and_guid_are_kept_apart_by_their_text(site, run):
    items = [item(n).replace(f"Title {n}", "Note") for n in range(3)]
    assert polled_twice(site, run, rss(*items[:2]), rss(*items)) == 1
    assert len(articles(run)) == 3


# addresses


def test_tracking_parameters_do_not_make_another_article(site, sites, run):
    other = sites("127.0.0.2")
    links = [site.url(f"/a?id=7{more}") for more in ("&utm_source=one", "&fbclid=2#:~:text=word", "")]
    for n, host in enumerate((site, other, site)):
        host.page(f"/{n}.xml", rss(teaser(n, links[n])))
        site.page(links[n].removeprefix(site.url("")).partition("#")[0], page())
    feeds = [WantedFeed(host.url(f"/{n}.xml")) for n, host in enumerate((site, other, site))]
    assert run.now(*feeds).entries == {"archived": 1, "known": 2}
    assert articles(run) == [site.url("/a?id=7")]
    assert len([request for request in site.requests if request.path.startswith("/a?")]) == 1
    assert run.column("SELECT DISTINCT article_id FROM entries") == [1]
    assert run.column("SELECT reason FROM entries WHERE outcome = 'known'") == ["this address is archived"] * 2


def test_an_address_with_junk_at_its_end_is_asked_for_as_written_and_then_without(site, run):
    site.page("/feed.xml", rss(*(teaser(n, link) for n, link in enumerate(["/a).", "/b%E2%80%8B", "/Inc.", "/b,"]))))
    for n, path in enumerate(["/a", "/b", "/Inc."]):
        site.page(path, page(n))
    assert run.now(WantedFeed(site.url("/feed.xml"))).entries == {"archived": 3, "known": 1}
    assert sorted(articles(run)) == [site.url("/Inc."), site.url("/a"), site.url("/b")]
    assert not site.requests_of("/Inc")


def test_two_addresses_that_lead_to_one_page_are_one_article(site, sites, run):
    other = sites("127.0.0.2")
    for n, host in enumerate((site, other)):
        host.page("/feed.xml", rss(teaser(n, f"/short/{n}")))
        host.redirect(f"/short/{n}", site.url("/article"))
    site.page("/article", page())
    tally = run.now(*(WantedFeed(host.url("/feed.xml")) for host in (site, other)))
    assert tally.entries == {"archived": 1, "known": 1}
    assert articles(run) == [site.url("/article")]
    site.page("/third.xml", rss(teaser(0, "/article"), teaser(1, other.url("/short/1"))))
    asked = len(site.requests_of("/article"))
    assert run.later(days=1).now(WantedFeed(site.url("/third.xml"))).entries == {"known": 2}
    assert len(site.requests_of("/article")) == asked


def test_two_feeds_that_announce_one_article_at_once_give_one_article(site, run):
    """Both polls are answered before the page of either is."""
    feeds = [f"/{n}.xml" for n in range(6)]
    for path in feeds:
        site.page(path, rss(*(teaser(n, f"/{n}") for n in range(5))))
    for n in range(5):
        site.page(f"/{n}", page(n))
    tally = run.now(*(WantedFeed(site.url(path)) for path in feeds), web={"per_host_concurrency": 6})
    assert tally.entries == {"archived": 5, "known": 25}
    assert sorted(articles(run)) == [site.url(f"/{n}") for n in range(5)]
    assert run.column("SELECT count(*) FROM entries GROUP BY article_id") == [6] * 5
    assert all(len(site.requests_of(f"/{n}")) == 1 for n in range(5))


def test_what_a_page_says_its_address_is_counts_for_later_entries(site, run):
    site.page("/1.xml", rss(teaser(0, "/a?session=9")))
    site.page("/a?session=9", page(head='<link rel="canonical" href="/2026/a"/>'))
    site.page("/2.xml", rss(teaser(0, "/2026/a")))
    run.now(WantedFeed(site.url("/1.xml")))
    assert articles(run) == [site.url("/2026/a")]
    feeds = (WantedFeed(site.url(f"/{n}.xml")) for n in (1, 2))
    assert run.later(days=1).now(*feeds).entries == {"known": 1}


def test_a_template_that_names_one_address_for_all_pages_hides_none(site, run):
    site.page("/feed.xml", rss(*(teaser(n, f"/{n}") for n in range(3))))
    for n in range(3):
        site.page(f"/{n}", page(n, head='<link rel="canonical" href="/latest"/>'))
    assert run.now(WantedFeed(site.url("/feed.xml"))).entries == {"archived": 3}


CANONICAL = '<link rel="canonical" href="{}"/>'


def test_an_amp_page_is_the_article_that_it_names_though_its_text_is_set_differently(site, run):
    site.page("/1.xml", rss(teaser(0, "/2026/a")))
    site.page("/2026/a", page(text=prose(0, 12)))
    site.page("/2.xml", rss(teaser(0, "/amp-pages/a7"), teaser(1, "/amp-pages/b8")))
    site.page("/amp-pages/a7", page(text=prose(0, 11), head=CANONICAL.format("/2026/a")))
    site.page("/amp-pages/b8", page(1, text="This is quite another text. " * 20, head=CANONICAL.format("/2026/a")))
    feeds = [WantedFeed(site.url(f"/{n}.xml")) for n in (1, 2)]
    run.now(feeds[0])
    assert run.now(*feeds).entries == {"known": 1, "archived": 1}
    (reason,) = run.column("SELECT reason FROM entries WHERE outcome = 'known'")
    assert reason == f"100% the same as {site.url('/2026/a')}, which the page names as its address"
    assert articles(run) == [site.url("/2026/a"), site.url("/amp-pages/b8")]


OG_URL = '<meta property="og:url" content="{}"/>'


@pytest.mark.parametrize(
    ("head", "named", "believed"),
    [
        (CANONICAL, "/", False),
        (CANONICAL, "/en/", False),
        (CANONICAL, "http://other.example/a", False),
        (CANONICAL, "/en/a?s=1", False),
        (CANONICAL, "/2026/a#top", True),
        (CANONICAL, "//{host}/2026/a?utm_source=x", True),
        (OG_URL, "/", False),
        (OG_URL, "/2026/a#top", True),
    ],
)
def test_an_article_has_the_address_its_page_names_unless_that_is_a_known_lie(site, run, head, named, believed):
    site.page("/feed.xml", rss(teaser(0, "/a?s=1")))
    site.page("/a?s=1", page(head=head.format(named.format(host=site.host))))
    run.now(WantedFeed(site.url("/feed.xml")))
    assert articles(run) == [site.url("/2026/a" if believed else "/a?s=1")]


def test_the_address_that_a_page_of_a_known_text_names_is_an_alias_of_its_article(site, run):
    site.page("/1.xml", rss(teaser(0, "/a"), teaser(0, "/b")))
    site.page("/a", page())
    site.page("/b", page(head=CANONICAL.format("/2026/b")))
    site.page("/2.xml", rss(teaser(0, "/2026/b")))
    run.now(WantedFeed(site.url("/1.xml")))
    assert run.outcomes() == ["archived", "known"]
    assert run.now(*(WantedFeed(site.url(f"/{n}.xml")) for n in (1, 2))).entries == {"known": 1}
    assert not site.requests_of("/2026/b")


def test_a_page_that_fails_under_one_address_is_taken_from_another(site, run):
    site.page("/feed.xml", rss(teaser(0, "/a?b=1"), teaser(1, "/a?b=2")))
    site.page("/a?b=2", page())
    run.now(WantedFeed(site.url("/feed.xml")), articles={"tries": 1})
    assert run.outcomes() == ["failed", "archived"]


# texts


def test_the_same_text_on_two_sites_is_one_article(site, sites, run):
    other = sites("127.0.0.2")
    site.page("/feed.xml", rss(teaser(0, "/a")))
    other.page("/feed.xml", rss(teaser(0, "/b")))
    site.page("/a", page(0))
    other.page("/b", page(0, title="Another headline").replace("<main>", "<div>").replace("</main>", "</div>"))
    run.now(WantedFeed(site.url("/feed.xml")))
    run.now(WantedFeed(site.url("/feed.xml")), WantedFeed(other.url("/feed.xml")))
    assert run.outcomes() == ["archived", "known"]
    reason = run.row("SELECT reason FROM entries WHERE outcome = 'known'")["reason"]
    assert reason == f"the same text as {site.url('/a')}"
    assert run.later(days=1).now(WantedFeed(site.url("/feed.xml"))).entries == {}


def test_texts_that_say_too_little_are_not_taken_for_one(site, run):
    site.page("/feed.xml", rss(*(item(n, link=f"/{n}", text="Watch the video.") for n in range(2))))
    assert run.now(site.url("/feed.xml")).entries == {"archived": 2}


def test_every_entry_of_an_article_is_found_by_it(site, run):
    feeds = [site.url(f"/{n}.xml") for n in range(3)]
    for n in range(3):
        site.page(f"/{n}.xml", rss(item(0, link=f"/{n}", text=prose(9))))
    run.now(*feeds)
    assert run.column("SELECT article_id FROM entries") == [1, 1, 1]
    assert run.column("SELECT kind FROM changes") == ["article"]


def test_a_run_that_ends_between_poll_and_page_is_taken_up_by_the_next(site, run, monkeypatch):
    site.page("/feed.xml", rss(*(teaser(n, f"/{n}") for n in range(3))), etag='"1"')
    feed = WantedFeed(site.url("/feed.xml"))
    for n in range(3):
        site.answer(f"/{n}", lambda _, n=n: Answer(200, {}, page(n)))
    with monkeypatch.context() as broken:
        broken.setattr("ingest.pipeline.lane.fetch_article", _full_disk)
        with pytest.raises(ArchiveUnwritable):
            run.now(feed)
    assert run.outcomes() == ["pending"] * 3
    tally = run.now(feed)
    assert (tally.polls, tally.entries) == ({"not_modified": 1}, {"archived": 3})


async def _full_disk(*_):
    raise ArchiveUnwritable("the disk is full")
