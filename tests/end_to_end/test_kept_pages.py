"""The raw pages of copies and edits are kept: for rechecks, for cleaning again, and for copies that are split off."""

import sqlite3

import pytest

from storage.reader import Reader
from storage.records import WantedFeed
from tests.builders_copies import copied, original
from tests.builders_feeds import page, prose, rss
from tests.builders_pages import article_page
from tests.command_run import ingest_here

EDITED = prose(3, 10)
CUT = "UPDATE revisions SET body = substr(body, 1, instr(body, char(10)) - 1), content_hash = '1:0'"
STAMP = "<pubDate>Sun, 01 Mar 2026 11:00:00 GMT</pubDate>"


class News:
    """An article whose site edits it again and again."""

    def __init__(self, site, run):
        self.site, self.run = site, run
        self.edits = 0

    def publish(self, text=None, *, etag, **sections):
        """Serve the page with this text, announce another summary, and poll."""
        self.edits += 1
        link, summary = self.site.url("/0"), f"Summary {'abcdef'[self.edits]}."
        self.site.page("/0", page(0, text=text), etag=etag)
        entry = f"<item><title>Title 0</title><link>{link}</link><description>{summary}</description>{STAMP}</item>"
        self.site.page("/feed", rss(entry))
        self.run.now(WantedFeed(self.site.url("/feed")), **sections)
        self.run.later(days=3)

    def pages(self):
        """Return the latest text's pages."""
        with Reader(self.run.path) as reader:
            return [each.html.decode() for each in reader.current_pages(1)]

    def write(self, sql):
        with sqlite3.connect(self.run.path) as db:
            db.execute(sql)
        db.close()


@pytest.fixture
def news(site, run):
    news = News(site, run)
    news.publish(etag='"v1"')
    news.publish(EDITED, etag='"v2"')
    return news


def test_the_page_of_an_edit_is_kept_beside_that_of_the_first_text(news):
    assert news.pages() == [page(0, text=EDITED)]
    assert news.run.column("SELECT count(*) FROM pages") == [1]
    (kept,) = news.run.rows("SELECT * FROM revision_pages")
    assert (kept["revision_id"], kept["part"], kept["status"]) == (1, 1, 200)
    assert kept["headers"]["etag"] == '"v2"'
    assert kept["final_url"] == news.site.url("/0")
    assert news.run.column("SELECT cause FROM revisions") == ["edit"]
    assert news.run.column("SELECT markdown FROM current_articles") == [EDITED.replace(". ", ".\n\n") + "."]


def test_a_recheck_asks_with_the_validators_of_the_last_edit(news):
    news.publish(EDITED, etag='"v2"')
    asked = news.site.requests_of("/0")
    assert [request.headers.get("if-none-match") for request in asked] == [None, '"v1"', '"v2"']
    assert news.run.column("SELECT rechecks, reason FROM entries") == [2]
    assert news.run.column("SELECT count(*) FROM revisions") == [1]


def test_what_another_method_makes_of_an_edited_page_is_no_edit(news):
    news.write("UPDATE revisions SET body = body || char(10) || 'Read on.', extractor = 'an older one'")
    news.publish(EDITED, etag='"v3"')
    assert len(news.site.requests_of("/0")) == 3
    assert news.run.column("SELECT count(*) FROM revisions") == [1]


def test_without_the_pages_of_the_last_edit_a_recheck_has_no_validators(site, run):
    news = News(site, run)
    news.publish(etag='"v1"')
    news.publish(EDITED, etag='"v2"', archive={"keep_pages": False})
    assert run.column("SELECT count(*) FROM revision_pages") == [0]
    assert news.pages() == []
    news.publish(prose(4, 10), etag='"v3"')
    assert "if-none-match" not in news.site.requests_of("/0")[-1].headers
    assert run.column("SELECT count(*) FROM revisions") == [2]
    assert news.pages() == [page(0, text=prose(4, 10))]


def test_an_edited_article_is_cleaned_again_from_its_edited_page(news):
    news.write(CUT)
    result = ingest_here("reclean", "-q", "--archive", str(news.run.path))
    assert result.out == "1 article cleaned again: 1 revised\n"
    (body,) = news.run.column("SELECT body FROM current_articles")
    assert body.split("\n") == page(0, text=EDITED).partition("</h1><p>")[2].partition("</p></a")[0].split("</p><p>")
    assert news.run.column("SELECT cause FROM revisions ORDER BY id") == ["edit", "reclean"]
    assert news.run.column("SELECT title FROM current_articles") == ["Title 0"]
    result = ingest_here("reclean", "-q", "--archive", str(news.run.path))
    assert result.out == "1 article cleaned again: 1 unchanged\n"
    assert news.pages() == [page(0, text=EDITED)]


def test_a_recheck_after_cleaning_again_still_asks_for_the_edited_page(news):
    news.write(CUT)
    ingest_here("reclean", "-q", "--archive", str(news.run.path))
    news.publish(EDITED, etag='"v2"')
    assert news.site.requests_of("/0")[-1].headers["if-none-match"] == '"v2"'


def test_a_copy_has_its_page_and_takes_it_with_it_when_it_is_split_off(site, sites, folder):
    wire, other = original("en"), sites("127.0.0.2")
    pages = {}
    for host, path, text in ((site, "/wire", wire), (other, "/ours", copied(wire, wire.body, title="In our words"))):
        pages[path] = article_page(text.title, tuple(text.body.split("\n")), language="en")
        host.page(path, pages[path], etag='"v1"')
        host.page("/feed", rss(f"<item><title>{text.title}</title><link>{host.url(path)}</link>{STAMP}</item>"))
    for feeds in ([site], [site, other]):
        folder.set_up(*(host.url("/feed") for host in feeds), article="page")
        folder.ingest("now", "-q")
    assert folder.column("SELECT outcome FROM entries ORDER BY id") == ["archived", "copy"]
    with Reader(folder.archive) as reader:
        assert [each.html.decode() for each in reader.pages_of_copy(1)] == [pages["/ours"].decode()]
    (markdown,) = folder.column("SELECT markdown FROM copies")
    assert markdown
    folder.ingest("split", "1")
    assert folder.column("SELECT markdown FROM articles WHERE id = 2") == [markdown]
    with Reader(folder.archive) as reader:
        assert [each.html.decode() for each in reader.pages(2)] == [pages["/ours"].decode()]
    assert folder.column("SELECT count(*) FROM copy_pages") == [0]
    result = folder.ingest("reclean", "-q", "--site", "127.0.0.2", "--dry-run")
    assert result.out.splitlines()[-1].startswith("1 article cleaned again: 1 ")
