"""What a poll asks, believes, remembers, and when it comes back."""

import pytest

from storage.archive import Archive
from storage.records import WantedFeed
from tests.builders_feeds import atom, atom_entry, item, json_feed, rdf, rss

# formats


def test_every_format_is_read(site, run):
    link = site.url("/{}").format
    documents = {
        "/rss091.xml": rss(item(0, link=link("rss091")), version="0.91"),
        "/rss20.xml": rss(item(1, link=link("rss20"))),
        "/rdf.xml": rdf(link("rdf")),
        "/atom03.xml": atom(atom_entry(3, f'<link rel="alternate" href="{link("atom03")}"/>'), version="0.3"),
        "/atom10.xml": atom(atom_entry(4, f'<link href="{link("atom10")}"/>')),
        "/json10.json": json_feed(link("json10"), version="1"),
        "/json11.json": json_feed(link("json11")),
    }
    for path, document in documents.items():
        site.page(path, document)
    tally = run.now(*map(site.url, documents))
    assert tally.polls == {"parsed": 7}
    assert set(run.column("SELECT url FROM entries")) == {
        link(name) for name in "rss091 rss20 rdf atom03 atom10 json10 json11".split()
    }


def test_a_broken_feed_gives_the_entries_it_has_and_a_warning(site, run, feed_url):
    site.feed("\n\n<!-- &bare -->" + rss(item(0, link="/a"), item(1, link="/b"))[:-15])
    run.now(feed_url)
    assert run.outcomes() == ["archived", "archived"]
    assert "XML is broken" in run.row("SELECT error FROM polls")["error"]
    assert run.feed()["failures"] == 0


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("<!doctype html><p>Not here any more", "an HTML page"),
        ("", "empty"),
        ('{"a": 1}', "no JSON Feed"),
        ("<urlset/>", "a sitemap"),
        ("plain words", "no feed"),
    ],
)
def test_a_document_that_is_no_feed_is_a_failure_that_names_it(site, run, feed_url, body, cause):
    site.feed(body)
    assert run.now(feed_url).polls == {"failed": 1}
    assert cause in run.feed()["last_error"]
    assert run.feed()["failures"] == 1


# conditional requests


@pytest.mark.parametrize("etag", ['W/"a, b"', "no-quotes", '"quo"ted"', "0x8D;gzip"])
def test_validators_are_sent_back_verbatim_and_a_304_costs_one_request(site, run, feed_url, etag):
    modified = "Sunday, 01-Mar-26 9:00:00 +0100"
    site.page("/feed.xml", rss(item(0, link="/a")), etag=etag, last_modified=modified)
    run.now(feed_url)
    assert run.later(days=1).now(feed_url).polls == {"not_modified": 1}
    sent = site.requests_of("/feed.xml")[-1].headers
    assert sent["if-none-match"] == etag
    assert sent["if-modified-since"] == modified
    assert len(site.requests) == 2
    assert (run.feed()["etag"], run.feed()["last_modified"]) == (etag, modified)


def test_validators_that_are_not_text_do_no_harm(site, run, feed_url):
    body = rss(item(0, link="/a")).encode()
    site.raw("/feed.xml", b'HTTP/1.1 200 OK\r\nETag: "\xe9\xff"\r\nLast-Modified: \xe9\r\n\r\n' + body)
    run.now(feed_url)
    assert run.later(days=1).now(feed_url).polls == {"same_body": 1}


def test_a_server_that_says_unchanged_for_ever_is_not_believed_for_ever(site, run, feed_url):
    site.page("/feed.xml", rss(item(0, link="/a")), etag='"1"')
    run.now(feed_url)
    site.page("/feed.xml", rss(item(0, link="/a"), item(1, link="/b")), etag='"1"')
    for polls in ({"not_modified": 1}, {"not_modified": 1}, {"parsed": 1}, {"not_modified": 1}):
        assert run.later(days=1).now(feed_url).polls == polls
    assert run.outcomes() == ["archived", "archived"]


def test_the_same_body_under_200_is_recognised_without_parsing(site, run, feed_url, monkeypatch):
    site.feed(rss(item(0, link="/a")))
    run.now(feed_url)
    monkeypatch.setattr("ingest.workers.processes.ForkServer.fork", lambda _: pytest.fail("nothing is there to parse"))
    site.feed(rss(item(0, link="/a")), ETag='"new"')
    assert run.later(days=1).now(feed_url).polls == {"same_body": 1}
    assert run.feed()["etag"] == '"new"'


def test_validators_that_are_no_longer_sent_are_forgotten(site, run, feed_url):
    site.page("/feed.xml", rss(item(0, link="/a")), etag='"1"')
    run.now(feed_url)
    site.feed(rss(item(0, link="/a"), item(1, link="/b")))
    run.later(days=1).now(feed_url)
    run.later(days=1).now(feed_url)
    assert "if-none-match" not in site.requests_of("/feed.xml")[-1].headers


def test_validators_of_a_failed_poll_are_not_believed(site, run, feed_url):
    site.page("/feed.xml", "<!doctype html>Down for maintenance", etag='"1"')
    run.now(feed_url)
    site.feed(rss(item(0, link="/a")))
    run.later(days=1).now(feed_url)
    assert "if-none-match" not in site.requests_of("/feed.xml")[-1].headers
    assert run.outcomes() == ["archived"]


def test_validators_and_entries_are_saved_in_one_transaction(site, run, feed_url, monkeypatch):
    site.page("/feed.xml", rss(item(0, link="/a")), etag='"1"')
    record_poll = "storage.archive.Archive.record_poll"

    with monkeypatch.context() as broken:
        broken.setattr(record_poll, lambda *_: 1 / 0)
        run.now(feed_url)
    assert run.outcomes() == []
    assert run.feed()["etag"] is None
    assert run.later(hours=2).now(feed_url).entries == {"archived": 1}


def test_a_poll_that_cannot_be_recorded_takes_no_other_with_it(site, run, monkeypatch):
    paths = [f"/{number}.xml" for number in range(9)]
    for path in paths:
        site.page(path, rss(item(0, link=f"/a{path}")))
    add_entries = Archive.add_entries

    def add(archive, feed_id, *arguments, **options):
        added = add_entries(archive, feed_id, *arguments, **options)
        assert feed_id != 5
        return added

    with monkeypatch.context() as broken:
        broken.setattr(Archive, "add_entries", add)
        tally = run.now(*(WantedFeed(site.url(path), article="feed") for path in paths))
    assert tally.polls == {"parsed": 8, "failed": 1}
    assert run.column("SELECT feed_id FROM entries ORDER BY feed_id") == [1, 2, 3, 4, 6, 7, 8, 9]
    assert run.column("SELECT id FROM feeds WHERE body_hash IS NULL") == [5]


def test_a_fault_of_ours_is_a_failed_poll_that_the_summary_names(site, run, feed_url, monkeypatch):
    site.feed(rss(item(0, link="/a")))
    with monkeypatch.context() as broken:
        broken.setattr("storage.archive.Archive.add_entries", lambda *_: 1 / 0)
        tally = run.now(feed_url)
    assert tally.polls == {"failed": 1}
    assert "a fault in ingest" in tally.failures[feed_url]
    assert run.row("SELECT outcome FROM polls")["outcome"] == "failed"
    assert run.due_in_s() > 0


def test_only_entries_not_seen_before_are_worked_on(site, run, feed_url):
    site.feed(rss(*(item(n, link=f"/{n}") for n in range(3))))
    run.now(feed_url)
    site.feed(rss(*(item(n, link=f"/{n}") for n in range(4))))
    tally = run.later(days=1).now(feed_url)
    assert (tally.entries_new, tally.entries) == (1, {"archived": 1})
    assert run.row("SELECT entries_seen, entries_new FROM polls ORDER BY id DESC LIMIT 1") == {
        "entries_seen": 4,
        "entries_new": 1,
    }


# moves, and hosts beside each other


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_move_is_believed_when_it_repeats_and_parses(site, run, feed_url, status):
    site.redirect("/feed.xml", "/moved.xml", status=status)
    site.page("/moved.xml", rss(item(0, link="/a")), etag='"1"')
    run.now(feed_url)
    assert run.feed()["address"] == feed_url
    run.later(days=1).now(feed_url)
    assert run.feed()["address"] == site.url("/moved.xml")
    run.later(days=1).now(feed_url)
    assert len(site.requests_of("/feed.xml")) == 2
    assert run.feed()["url"] == feed_url
    assert site.requests_of("/moved.xml")[-1].headers["if-none-match"] == '"1"'


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_move_is_never_believed(site, run, feed_url, status):
    site.redirect("/feed.xml", "/moved.xml", status=status)
    site.page("/moved.xml", rss(item(0, link="/a")))
    for _ in range(3):
        run.later(days=1).now(feed_url)
    assert run.feed()["address"] == feed_url


def test_a_permanent_move_to_a_page_is_not_believed(site, run, feed_url):
    site.redirect("/feed.xml", "/parked", status=301)
    site.page("/parked", "<!doctype html><p>This domain is for sale")
    for _ in range(3):
        run.later(days=1).now(feed_url)
    assert (run.feed()["address"], run.feed()["failures"]) == (feed_url, 3)


def test_a_move_ends_where_the_chain_is_temporary(site, run, feed_url):
    site.redirect("/feed.xml", "/moved.xml", status=301)
    site.redirect("/moved.xml", "/today.xml", status=302)
    site.page("/today.xml", rss(item(0, link="/a")))
    for _ in range(2):
        run.later(days=1).now(feed_url)
    assert run.feed()["address"] == site.url("/moved.xml")


def test_a_feed_taken_off_the_list_keeps_its_articles_and_comes_back(site, run, feed_url):
    site.feed(rss(item(0, link="/a")))
    run.now(feed_url)
    assert run.later(days=1).now().polls == {}
    assert (run.feed()["active"], len(run.column("SELECT id FROM articles"))) == (0, 1)
    assert run.later(days=1).now(feed_url).polls == {"same_body": 1}


def test_a_dead_slow_host_does_not_delay_the_others(sites, run):
    slow, quick = sites("127.0.0.2"), sites("127.0.0.3")
    for n in range(6):
        slow.hang(f"/{n}.xml")
        quick.page(f"/{n}.xml", rss(item(n, link=f"/{n}")))
    feeds = [site.url(f"/{n}.xml") for site in (slow, quick) for n in range(6)]
    tally = run.now(*feeds, web={"timeout_s": 0.5}, poll={"concurrency": 4})
    assert tally.polls == {"parsed": 6, "failed": 6}
    assert quick.requests[-1].at < slow.requests[2].at
