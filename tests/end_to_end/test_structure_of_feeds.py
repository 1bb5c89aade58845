"""The article with every kind of structure as the text of a feed, in each format that feeds have."""

import asyncio
import json
from html import escape

import pytest
from lxml import etree
from lxml import html as lxml_html
from rendered_words import WORD, words_of

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.maintenance.reclean import run_reclean
from tests.archive_run import QUICK
from tests.builders_feeds import bare_atom, bare_rss
from tests.builders_structure import FIRST, SECOND, TITLE, expected

SOUND = "url='/s/talk.mp3' type='audio/mpeg' length='5000'"
TEXT = FIRST + SECOND
EDITED = TEXT.replace("has never owned", "has, until this week, never owned")


def rss(text, site):
    content = f"<content:encoded>{escape(text)}</content:encoded>"
    return bare_rss(
        f"<item><title>{TITLE}</title><link>{site.url('/clocks/1')}</link>{content}<enclosure {SOUND}/></item>"
    )


def atom(text, site):
    """XHTML, whose links start from its xml:base."""
    root = lxml_html.fragment_fromstring(text, create_parent="div")
    root.set("xmlns", "http://www.w3.org/1999/xhtml")
    links = f"<link href='{site.url('/1')}'/><link rel='enclosure' {SOUND.replace('url=', 'href=')}/>"
    content = f"<content type='xhtml' xml:base='/clocks/'>{etree.tostring(root, encoding='unicode')}</content>"
    return bare_atom(f"<entry><title>{TITLE}</title><id>urn:1</id>{links}{content}</entry>")


def json_feed(text, site):
    sound = {"url": site.url("/s/talk.mp3"), "mime_type": "audio/mpeg", "size_in_bytes": 5000}
    link = site.url("/clocks/1")
    entry = {"id": "1", "url": link, "title": TITLE, "content_html": text, "attachments": [sound]}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": [entry]})


@pytest.fixture(params=[rss, atom, json_feed])
def poll(request, site, run):
    """Return a function that serves a text in a feed and polls it, twenty minutes after the last time."""

    def poll(text):
        site.page("/feed", request.param(text, site))
        return run.later(minutes=20).now(site.url("/feed"))

    return poll


def media_of(run, site, revision=None):
    sql = "SELECT kind, url, source, type, length_bytes FROM media WHERE revision_id IS ? ORDER BY id"
    rows = [tuple(row.values()) for row in run.rows(sql, revision)]
    return [(kind, url.replace(site.url(""), ""), *others) for kind, url, *others in rows]


MEDIA = [
    ("picture", "/p/front-1600.jpg", "feed", None, None),
    ("picture", "/p/wall.png", "feed", None, None),
    ("picture", "/p/one.jpg", "feed", None, None),
    ("picture", "/p/two.jpg", "feed", None, None),
    ("video", "/v/bench.mp4", "feed", "video/mp4", None),
    ("video", "https://www.youtube.com/embed/abc123", "feed", None, None),
    ("audio", "/s/ticking.mp3", "feed", None, None),
    ("audio", "/s/talk.mp3", "feed", "audio/mpeg", 5000),
]


def test_a_feeds_text_has_the_structure_and_media_that_a_page_has(site, run, poll):
    assert poll(TEXT).entries == {"archived": 1}
    article = run.article()
    assert article["markdown"] == expected(site)
    assert words_of(article["markdown"]) == WORD.findall(article["body"])
    assert "The bench at nine." not in article["body"]
    assert (article["body_from"], article["access"]) == ("feed", "free")
    assert media_of(run, site) == MEDIA
    assert [request.path for request in site.requests] == ["/feed"]


def test_an_edit_in_the_feed_is_a_revision_with_markdown_and_media(site, run, poll):
    poll(TEXT)
    poll(EDITED)
    assert run.outcomes() == ["revised"]
    revision = run.row("SELECT * FROM revisions")
    assert revision["cause"] == "edit"
    assert revision["markdown"] == expected(site).replace("has never owned", "has, until this week, never owned")
    assert media_of(run, site, 1) == MEDIA


def test_cleaning_again_gives_a_feeds_text_its_markdown_in_place(site, run, poll):
    poll(TEXT)
    before = run.article()
    with run.writing() as db:
        db.execute("UPDATE articles SET markdown = NULL")
        db.execute("DELETE FROM media")
    reclean(run)
    assert run.article() == before
    assert media_of(run, site) == MEDIA
    assert run.rows("SELECT * FROM revisions") == []


def reclean(run):
    asyncio.run(
        run_reclean(
            Config(Settings(**QUICK)), run.path, since=None, site=None, dry_run=False, on_article=lambda _: None
        )
    )


def test_a_sound_that_text_and_feed_name_is_one_with_what_both_say(site, run):
    site.page("/feed", rss(TEXT.replace("ticking.mp3", "talk.mp3"), site))
    run.now(site.url("/feed"))
    sounds = [row for row in media_of(run, site) if row[0] == "audio"]
    assert sounds == [("audio", "/s/talk.mp3", "feed", "audio/mpeg", 5000)]
