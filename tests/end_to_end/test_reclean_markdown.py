"""Cleaning again gives Markdown to texts of before: in place where the text is the same, as a revision where not."""

import sqlite3

import pytest

from storage.reader import Reader
from tests.builders_feeds import item, page, rss

FIGURE = "<figure><img src='/bridge.jpg' alt='A bridge'><figcaption>The bridge at noon.</figcaption></figure>"
STRUCTURE = "SELECT markdown, kind, m.url, caption, position FROM articles a JOIN media m ON m.article_id = a.id"


@pytest.fixture
def new(site, folder):
    """Four articles with a picture each, as they are archived now."""
    folder.set_up(site.url("/feed"), article="page")
    for n in range(1, 5):
        site.page(f"/{n}", page(n).replace("</p>", f"</p>{FIGURE}", 1))
    site.page("/feed", rss(*(item(n, link=site.url(f"/{n}"), text="") for n in range(1, 5))))
    folder.ingest("now", "-q")
    assert all("![A bridge](http" in row["markdown"] for row in folder.rows(STRUCTURE))
    return folder


@pytest.fixture
def archived(new):
    """The same articles, as a version of before has archived them."""
    write(new, "UPDATE articles SET markdown = NULL, access = NULL, access_reason = NULL")
    write(new, "DELETE FROM media")
    return new


def write(folder, sql):
    with sqlite3.connect(folder.archive) as db:
        db.execute(sql)
    db.close()


def cleaned(folder, *words):
    """Return the last line of the command's output."""
    result = folder.ingest("reclean", "-q", *words)
    assert (result.code, result.err) == (0, "")
    return result.out.splitlines()[-1]


def test_a_text_that_is_the_same_gets_in_place_what_a_new_one_has(new):
    structure, texts = new.rows(STRUCTURE), new.rows("SELECT id, title, body, content_hash, archived_at FROM articles")
    write(new, "UPDATE articles SET markdown = NULL")
    write(new, "DELETE FROM media")
    assert cleaned(new) == "4 articles cleaned again: 4 got markdown"
    assert new.rows(STRUCTURE) == structure
    assert len(structure) == 4
    assert new.rows("SELECT id, title, body, content_hash, archived_at FROM articles") == texts
    with Reader(new.archive) as reader:
        assert [change["kind"] for change in reader.change_rows(after=0)] == ["article"] * 4
    assert cleaned(new) == "4 articles cleaned again: 4 unchanged"
    assert new.rows(STRUCTURE) == structure


def test_what_media_a_text_has_stay(archived):
    write(
        archived, "INSERT INTO media (article_id, kind, url, source) VALUES (1, 'audio', 'https://a.example', 'feed')"
    )
    cleaned(archived)
    assert archived.column("SELECT kind FROM media WHERE article_id = 1") == ["audio"]
    assert archived.column("SELECT kind FROM media WHERE article_id = 2") == ["picture"]


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
    assert (revision["cause"], revision["title"]) == ("reclean", "Title 1")
    assert revision["body"].split("\n")[0] in revision["markdown"]
    assert "![A bridge](http" in revision["markdown"]
    assert archived.column("SELECT markdown FROM articles WHERE id < 3") == [None, None]
    assert cleaned(archived) == "4 articles cleaned again: 4 unchanged"
    with Reader(archived.archive) as reader:
        assert [each["caption"] for each in reader.article_row(1)["media"]] == ["The bridge at noon."]


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
