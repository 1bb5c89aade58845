"""The feed list, changed and looked at by commands."""

import re

import pytest

from ingest.feeds.discover import MAX_PLACES
from tests.builders_feeds import item, rss
from tests.command_run import ingest_here


def test_add_finds_a_sites_feeds_and_names_the_others(paper, folder):
    folder.set_up()
    told = folder.ingest("feeds", "add", paper.url("/"))
    assert (told.code, told.out) == (0, f"added: {paper.url('/feed.xml')} (News)\n")
    assert told.err.startswith(f"the site also has {paper.url('/feed.json')} (")
    again = folder.ingest("feeds", "add", paper.url("/"), "--json").json
    assert (again["added"], again["url"], again["name"]) == (False, paper.url("/feed.xml"), "News")


def test_add_takes_a_feeds_own_address_and_what_is_said_of_it(paper, folder):
    folder.set_up()
    told = folder.ingest("feeds", "add", paper.url("/feed.xml"), "--name", "Näme", "--tag", "a", "--tag", "b", "--json")
    expected = {
        "url": paper.url("/feed.xml"),
        "name": "Näme",
        "tags": ["a", "b"],
        "interval_s": None,
        "article": "page",
    }
    assert told.json == {"added": True, **expected, "others": []}
    assert folder.ingest("feeds", "list", "--json").json == [expected]
    assert "Näme  a, b  page" in folder.ingest("feeds", "list").out


def test_a_feed_whose_title_is_taken_is_added_without_a_name(paper, folder):
    folder.set_up()
    paper.page("/twin.xml", rss(item(1)))
    folder.ingest("feeds", "add", paper.url("/feed.xml"))
    told = folder.ingest("feeds", "add", paper.url("/twin.xml"))
    assert (told.code, told.out) == (0, f"added: {paper.url('/twin.xml')}\n")


def test_a_feed_on_the_list_is_left_as_it_is_and_not_asked_again(paper, folder):
    folder.set_up(paper.url("/feed.xml"))
    before = (folder.config / "feeds.toml").read_text(), len(paper.requests)
    told = folder.ingest("feeds", "add", paper.url("/feed.xml"))
    assert (told.code, told.out) == (0, f"on the list already: {paper.url('/feed.xml')}\n")
    assert ((folder.config / "feeds.toml").read_text(), len(paper.requests)) == before


def test_add_finds_the_feed_of_a_page_that_names_none_and_asks_no_further(sites, folder):
    silent = sites("127.0.0.2")
    silent.page("/", '<meta name="generator" content="Joomla!"><p>News.')
    silent.page("/?format=feed&type=atom", rss(item(1)))
    silent.page("/feed", rss(item(1)))
    folder.set_up()
    told = folder.ingest("feeds", "add", silent.url())
    assert told.out == f"added: {silent.url('/?format=feed&type=atom')} (News)\n"
    assert [request.path for request in silent.requests] == ["/", "/?format=feed&type=rss", "/?format=feed&type=atom"]


def test_add_says_when_there_is_no_feed(sites, folder):
    lonely = sites("127.0.0.2")
    lonely.page("/", "<p>No feed here.")
    folder.set_up()
    told = folder.ingest("feeds", "add", lonely.url())
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith(f"ingest: {lonely.url()}: no feed there, nor named by the page")
    assert len(lonely.requests) <= 1 + MAX_PLACES
    assert folder.ingest("feeds", "add", "--unchecked", lonely.url()).code == 0


@pytest.mark.parametrize("url", ["ftp://a.example/", "http://", "a b", "http://[", "http://a:x/"])
def test_add_refuses_what_is_no_address(folder, url):
    folder.set_up()
    told = folder.ingest("feeds", "add", url)
    assert (told.code, told.out) == (2, "")
    assert "is no http or https address" in told.err
    assert folder.ingest("feeds", "list", "--json").json == []


def test_remove_takes_a_name_or_an_address_and_keeps_the_articles(paper, folder):
    paper.page("/plain.xml", rss(item(1)))
    folder.set_up(paper.url("/plain.xml"), paper.url("/dead.xml"))
    folder.ingest("now", "-q")
    told = folder.ingest("feeds", "remove", paper.url("/plain.xml"))
    assert told.out == f"removed: {paper.url('/plain.xml')}; its articles stay in the archive\n"
    assert folder.ingest("feeds", "remove", paper.url("/plain.xml")).code == 2
    folder.ingest("now", "-q")
    assert folder.rows("SELECT active, (SELECT count(*) FROM articles) AS n FROM feeds ORDER BY id") == [
        {"active": 0, "n": 1},
        {"active": 1, "n": 1},
    ]


def test_check_looks_without_archiving(archived, paper, folder):
    folder.set_up(paper.url("/feed.xml"), paper.url("/dead.xml"))
    told = folder.ingest("feeds", "check")
    assert told.code == 0
    assert re.search(r"/feed\.xml +rss20 +6 +News$", told.out, re.MULTILINE)
    assert re.search(r"/dead\.xml +0 +HTTP 404$", told.out, re.MULTILINE)
    assert not folder.archive.exists()
    (look,) = folder.ingest("feeds", "check", "--json", paper.url("/feed.json")).json
    assert (look["version"], look["entries"], look["error"]) == ("json11", 2, None)
    assert folder.ingest("feeds", "check", paper.url("/dead.xml")).code == 1


def test_check_dates_the_newest_entry_as_the_archive_would(site, folder):
    site.page("/dated.xml", rss(item(1, more="<pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate>")))
    folder.set_up()
    (look,) = folder.ingest("feeds", "check", "--json", site.url("/dated.xml")).json
    assert look["newest_at"] == "2026-03-01T12:00:00Z"


def test_opml_goes_out_and_comes_back(folder, tmp_path):
    folder.set_up("http://a.example/f?x=1&y=2")
    folder.ingest(
        "feeds", "add", "--unchecked", "http://b.example/f", "--name", "Familie 👨‍👩‍👧 <&>", "--tag", "ünd so"
    )
    before = folder.ingest("feeds", "list", "--json").json
    opml = tmp_path / "list.opml"
    assert folder.ingest("feeds", "export", "--output", opml).code == 0
    assert folder.ingest("feeds", "export").out == opml.read_text(encoding="utf-8")
    folder.set_up()
    assert folder.ingest("feeds", "import", opml).out == "added: 2 of 2 feeds; 0 on the list already\n"
    assert folder.ingest("feeds", "import", opml, "--json").json == {"added": 0, "listed": 2}
    assert folder.ingest("feeds", "list", "--json").json == before


def test_init_writes_a_configuration_that_works_and_no_second_one(tmp_path):
    target = tmp_path / "new" / "config"
    told = ingest_here("init", str(target))
    assert told.out.splitlines() == [str(target / "settings.toml"), str(target / "feeds.toml")]
    assert len(ingest_here("--config", str(target), "--json", "feeds", "list").json) > 50
    again = ingest_here("init", str(target))
    assert again.code == 2
    assert "exists already" in again.err
    assert ingest_here("init", "--json", str(tmp_path / "other")).json[0] == str(tmp_path / "other" / "settings.toml")
