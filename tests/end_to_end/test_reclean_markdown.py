"""Cleaning again gives Markdown to texts of before: in place where the text is the same, as a revision where not."""

import sqlite3
from dataclasses import replace

import pytest

from ingest.maintenance import reclean
from storage.reader import Reader
from storage.records import Media
from tests.builders_feeds import item, page, rss

PICTURE = Media("picture", "https://news.example/a.jpg", "page", position=0)
extract_stored = reclean.extract_stored


async def with_structure(*args):
    """Extract, and add Markdown, access and media in the form that the archive stores."""
    page = await extract_stored(*args)
    markdown = page.content.body.replace("\n", "\n\n") + "\n"
    content = replace(page.content, markdown=markdown, access="metered", access_reason="test", media=(PICTURE,))
    return replace(page, content=content)


@pytest.fixture
def archived(site, folder, monkeypatch):
    """Four articles of before, without Markdown."""
    monkeypatch.setattr(reclean, "extract_stored", with_structure)
    folder.set_up(site.url("/feed"), article="page")
    for n in range(1, 5):
        site.page(f"/{n}", page(n))
    site.page("/feed", rss(*(item(n, link=site.url(f"/{n}"), text="") for n in range(1, 5))))
    folder.ingest("now", "-q")
    write(folder, "UPDATE articles SET markdown = NULL, access = NULL, access_reason = NULL")
    write(folder, "DELETE FROM media")
    return folder


def write(folder, sql):
    with sqlite3.connect(folder.archive) as db:
        db.execute(sql)
    db.close()


def cleaned(folder, *words):
    """Return the last line of the command's output."""
    result = folder.ingest("reclean", "-q", *words)
    assert (result.code, result.err) == (0, "")
    return result.out.splitlines()[-1]


def test_a_text_that_is_the_same_gets_its_markdown_in_place(archived):
    before = archived.rows("SELECT id, title, body, content_hash, extractor, archived_at FROM articles")
    assert cleaned(archived) == "4 articles cleaned again: 4 got markdown"
    after = archived.rows("SELECT id, title, body, content_hash, extractor, archived_at FROM articles")
    assert after == before
    assert (
        archived.column("SELECT replace(markdown, char(10, 10), char(10)) = body || char(10) FROM articles") == [1] * 4
    )
    assert archived.rows("SELECT DISTINCT access, access_reason FROM current_articles") == [
        {"access": "metered", "access_reason": "test"}
    ]
    with Reader(archived.archive) as reader:
        assert [reader.media(n) for n in range(1, 5)] == [[PICTURE]] * 4
        assert [change["kind"] for change in reader.changes(after=0)] == ["article"] * 4
    assert cleaned(archived) == "4 articles cleaned again: 4 unchanged"
    assert archived.column("SELECT count(*) FROM media") == [4]


def test_what_access_and_media_a_text_has_stays(archived):
    write(archived, "UPDATE articles SET access = 'free' WHERE id = 1")
    write(
        archived, "INSERT INTO media (article_id, kind, url, source) VALUES (1, 'audio', 'https://a.example', 'feed')"
    )
    cleaned(archived)
    assert archived.rows("SELECT access, access_reason FROM articles WHERE id = 1") == [
        {"access": "free", "access_reason": None}
    ]
    assert archived.column("SELECT kind FROM media WHERE article_id = 1") == ["audio"]


def test_a_dry_run_counts_the_texts_that_would_get_markdown_and_writes_nothing(archived):
    write(archived, "UPDATE articles SET body = replace(body, '.', '!') WHERE id = 1")
    said = "4 articles cleaned again: 3 got markdown, 1 revised; nothing was written (--dry-run)"
    assert cleaned(archived, "--dry-run") == said
    summary = archived.ingest("reclean", "-q", "--dry-run", "--json").rows[-1]
    assert (summary["got_markdown"], summary["revised"], summary["dry_run"]) == (3, 1, True)
    assert archived.column("SELECT count(*) FROM articles WHERE markdown IS NOT NULL") == [0]
    assert archived.column("SELECT count(*) FROM media") == [0]
    assert archived.column("SELECT count(*) FROM revisions") == [0]


def test_a_text_without_markdown_that_differs_in_punctuation_is_revised_once(archived):
    write(archived, "UPDATE articles SET body = replace(body, '.', '!') WHERE id < 3")
    assert cleaned(archived) == "4 articles cleaned again: 2 got markdown, 2 revised"
    (revision, _) = archived.rows("SELECT * FROM revisions")
    assert (revision["cause"], revision["access"], revision["title"]) == ("reclean", "metered", "Title 1")
    assert revision["markdown"].replace("\n\n", "\n") == revision["body"] + "\n"
    assert archived.column("SELECT markdown FROM articles WHERE id < 3") == [None, None]
    assert cleaned(archived) == "4 articles cleaned again: 4 unchanged"
    with Reader(archived.archive) as reader:
        assert reader.article(1)["media"][0]["url"] == PICTURE.url


def test_a_text_with_markdown_that_differs_in_punctuation_stays(archived):
    cleaned(archived)
    write(archived, "UPDATE articles SET body = replace(body, '.', '!')")
    assert cleaned(archived) == "4 articles cleaned again: 4 unchanged"


def test_a_revision_of_before_gets_the_markdown_of_its_own_text(archived):
    columns = "title, body, content_hash, archived_at, words, extractor"
    write(archived, f"INSERT INTO revisions (article_id, {columns}) SELECT id, {columns} FROM articles WHERE id = 1")
    write(archived, "UPDATE articles SET body = 'Of before.' WHERE id = 1")
    assert cleaned(archived) == "4 articles cleaned again: 4 got markdown"
    assert archived.column("SELECT markdown FROM articles WHERE id = 1") == [None]
    assert archived.column("SELECT markdown IS NOT NULL FROM revisions") == [1]
    assert archived.column("SELECT cause FROM revisions") == [None]


def test_a_text_whose_page_was_not_kept_has_no_markdown_and_keeps_its_own(archived):
    cleaned(archived)
    write(archived, "UPDATE articles SET markdown = NULL WHERE id = 1")
    write(archived, "DELETE FROM pages")
    assert cleaned(archived) == "4 articles cleaned again: 4 unchanged"
    assert archived.column("SELECT markdown IS NULL FROM articles ORDER BY id") == [1, 0, 0, 0]


def test_a_new_title_is_a_revision_with_the_markdown_of_the_text(archived):
    write(archived, "UPDATE articles SET title = 'Another' WHERE id = 1")
    assert cleaned(archived) == "4 articles cleaned again: 3 got markdown, 1 revised"
    assert archived.column("SELECT markdown IS NOT NULL FROM current_articles") == [1] * 4


def test_followers_can_leave_out_what_cleaning_again_has_changed(archived):
    write(archived, "UPDATE articles SET body = replace(body, '.', '!') WHERE id = 1")
    cleaned(archived)
    lines = archived.ingest("changes").rows
    assert [(line["kind"], line["cause"]) for line in lines] == [("article", None)] * 4 + [("revision", "reclean")]
    assert [line["seq"] for line in archived.ingest("changes", "--without-reclean").rows] == [1, 2, 3, 4]
    assert archived.column("SELECT seq FROM changes WHERE cause IS NOT 'reclean'") == [1, 2, 3, 4]
