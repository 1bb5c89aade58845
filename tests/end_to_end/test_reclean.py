"""Cleaning the archive again: what changes becomes a revision, and nothing else is touched."""

import re
import sqlite3
from hashlib import blake2b
from shutil import copyfile, copytree

import pytest

from storage.archive import Archive
from storage.reader import Reader
from tests import builders as make
from tests.builders_feeds import item, page, prose, rss
from tests.command_run import LOOPBACK, Folder, sentence, until
from tests.search_index import check_selections

CALL = "Sign up for the morning letter and get our best pieces in your inbox"


@pytest.fixture
def archived(site, folder) -> Folder:
    """Four articles of one site; the first three have its boilerplate."""
    folder.set_up(site.url("/feed"), article="page")
    for n in range(1, 5):
        site.page(f"/{n}", page(n, text=f"{prose(n, 10)} {CALL}"))
        site.page("/feed", rss(item(n, link=site.url(f"/{n}"), text="")))
        folder.ingest("now", "-q")
    assert folder.column("SELECT count(*) FROM articles WHERE body LIKE ?", f"%{CALL}%") == [3]
    return folder


def write(folder, sql, *parameters):
    with sqlite3.connect(folder.archive) as db:
        db.execute(sql, parameters)
    db.close()


def test_the_first_articles_lose_their_boilerplate_and_the_change_is_logged(archived):
    result = archived.ingest("reclean", "-q")
    assert (result.code, result.err) == (0, "")
    assert result.out == "4 articles cleaned again: 3 revised, 1 unchanged\n"
    assert archived.column("SELECT count(*) FROM current_articles WHERE body LIKE ?", f"%{CALL}%") == [0]
    assert archived.column("SELECT count(*) FROM articles WHERE body LIKE ?", f"%{CALL}%") == [3]
    revisions = archived.rows("SELECT r.*, a.words AS before FROM revisions r JOIN articles a ON a.id = article_id")
    for revision in revisions:
        assert revision["before"] - revision["words"] == len(CALL.split())
        assert revision["extractor"].startswith(("blocks ", "trafilatura "))
    with Reader(archived.archive) as reader:
        assert [change["kind"] for change in reader.change_rows(after=4)] == ["revision"] * 3
        assert reader.search('"morning letter"') == []
        assert len(reader.search("commission")) == 4
    check_selections(archived.archive)


def test_a_second_run_revises_nothing(archived):
    archived.ingest("reclean", "-q")
    assert archived.ingest("reclean", "-q").out == "4 articles cleaned again: 4 unchanged\n"
    assert archived.column("SELECT count(*) FROM revisions") == [3]


def test_a_dry_run_shows_what_would_change_and_changes_nothing(archived):
    def state():
        files = [archived.archive, archived.archive.with_name("news.db-wal")]
        return [blake2b(file.read_bytes()).digest() if file.exists() else None for file in files]

    before = state()
    result = archived.ingest("reclean", "--dry-run", "-q")
    assert state() == before
    lines = result.out.splitlines()
    assert lines[:3] == ["     1  Title 1  [127.0.0.1]", "        184 → 170 words", f"        - {CALL}."]
    assert lines[-1] == "4 articles cleaned again: 3 revised, 1 unchanged; nothing was written (--dry-run)"


def test_as_json_each_change_is_a_line_and_the_last_is_the_summary(archived):
    *changes, summary = archived.ingest("reclean", "--dry-run", "--json", "-q").rows
    assert [change["id"] for change in changes] == [1, 2, 3]
    assert changes[0]["diff"] == [f"-{CALL}."]
    assert summary == {
        "articles": 4,
        "revised": 3,
        "unchanged": 1,
        "dry_run": True,
        "archive": str(archived.archive),
    }


def test_a_dry_run_needs_no_lock_and_a_writing_one_names_the_holder(archived):
    with Archive(archived.archive, "daemon"):
        assert archived.ingest("reclean", "--dry-run", "-q").code == 0
        assert "`ingest daemon`" in sentence(archived.ingest("reclean", "-q"), code=3)


def test_only_articles_of_the_site_and_since_the_date_are_cleaned(archived):
    archived_at = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")
    for number, at in enumerate(archived_at, start=1):
        write(archived, "UPDATE articles SET archived_at = ? WHERE id = ?", at, number)
    result = archived.ingest("reclean", "-q", "--site", "other.example")
    assert sentence(result, code=1).startswith("other.example: the archive has no article of this site")
    result = archived.ingest("reclean", "-q", "--since", "2026-03-01", "--site", "127.0.0.1")
    assert result.out == "2 articles cleaned again: 1 revised, 1 unchanged\n"
    assert archived.column("SELECT article_id FROM revisions") == [3]


def test_where_no_article_is_found_today_the_text_stays(archived):
    html = b"(\xb5/\xfd \x00\x01\x00\x00"  # an empty page, in zstandard's terms
    write(archived, "UPDATE pages SET html = ? WHERE article_id = 1", html)
    write(archived, "UPDATE pages SET html = x'00' WHERE article_id = 2")
    result = archived.ingest("reclean", "-v")
    assert result.out.splitlines()[-1] == "4 articles cleaned again: 2 kept, 1 revised, 1 unchanged"
    assert "article 1 stays as it is: today's method finds no article: " in result.err
    assert "article 2 stays as it is: cleaning it again the stored page of article 2 is damaged" in result.err


def test_cleaning_again_uses_the_method_of_the_settings(archived):
    """The site's boilerplate is taken out first, so that what differs afterwards is the method alone."""
    archived.ingest("reclean", "-q")
    write(archived, "UPDATE articles SET body = body || char(10) || 'Read on.', content_hash = '1:0' WHERE id = 4")
    archived.set_up(settings=LOOPBACK.replace("[articles]", '[articles]\nmethod = "blocks"'))
    archived.ingest("reclean", "-q")
    (extractor,) = archived.column("SELECT extractor FROM current_articles WHERE id = 4")
    assert re.fullmatch(r"blocks \d+", extractor)
    assert archived.column("SELECT body FROM current_articles WHERE body LIKE '%Read on%'") == []


def test_articles_without_a_page_lose_boilerplate_only(archived):
    write(archived, "DELETE FROM pages")
    archived.ingest("reclean", "-q")
    assert [body.count("\n") for body in archived.column("SELECT body FROM current_articles ORDER BY id")] == [9] * 4


def test_an_article_over_several_pages_is_not_cut_down_to_the_first(archived):
    archived.ingest("reclean", "-q")
    first, second = archived.column("SELECT body FROM current_articles ORDER BY id LIMIT 2")
    write(
        archived,
        "INSERT INTO pages (article_id, part, fetched_at, status, final_url, headers, html)"
        " SELECT 1, 2, fetched_at, status, final_url, headers, html FROM pages WHERE article_id = 2",
    )
    write(archived, "UPDATE entries SET title = 'Title' WHERE article_id = 1")
    archived.ingest("reclean", "-q")
    (body,) = archived.column("SELECT body FROM current_articles WHERE id = 1")
    assert body == f"{first}\n{second}"


def test_the_feeds_own_text_is_taken_from_the_feed_again(site, folder):
    folder.set_up(site.url("/feed"))
    site.page("/feed", rss(item(1)))
    folder.ingest("now", "-q")
    write(folder, "UPDATE articles SET body = 'Cut.', content_hash = '1:0'")
    folder.ingest("reclean", "-q")
    assert folder.column("SELECT body FROM current_articles") == [prose(1)]


def test_a_text_that_its_site_has_corrected_is_not_put_back(archived):
    write(archived, "UPDATE pages SET html = x'00'")
    write(archived, "INSERT INTO entries (feed_id, guid, host, first_seen_at, last_seen_at, outcome, article_id)"
          " SELECT 1, id, 'h', archived_at, archived_at, 'revised', id FROM articles")  # fmt: skip
    assert archived.ingest("reclean", "-q").out == "4 articles cleaned again: 3 revised, 1 unchanged\n"


def test_a_title_that_differs_only_in_its_setting_makes_no_revision(archived):
    archived.ingest("reclean", "-q")
    write(archived, "UPDATE entries SET title = 'TITLE  1!' WHERE article_id = 1")
    write(archived, "UPDATE entries SET title = 'Another title' WHERE article_id = 2")
    assert archived.ingest("reclean", "-q").out == "4 articles cleaned again: 3 unchanged, 1 revised\n"
    assert archived.column("SELECT title FROM current_articles ORDER BY id")[:2] == ["Title 1", "Another title"]


def test_a_missing_archive_is_not_made(folder):
    folder.set_up()
    assert "there is no archive yet" in sentence(folder.ingest("reclean", "-q"), code=3)
    assert not folder.archive.exists()


def test_a_run_that_is_killed_is_run_again(site, folder):
    folder.set_up(site.url("/feed"), article="page")
    with Archive(folder.archive, "now") as archive, archive.transaction():
        for n in range(120):
            body = "\n".join([*prose(n, 10).split(". "), f"{CALL}."])
            archive.add_article(make.article(f"https://news.example/{n}", body), (), make.NOW)
    process = folder.start("reclean", "-q")
    until(lambda: folder.column("SELECT count(*) FROM revisions")[0] > 10 or process.poll() is not None)
    process.kill()
    process.communicate()
    done = folder.column("SELECT count(*) FROM revisions")[0]
    again = folder.ingest("reclean", "-q", "--json").rows[-1]
    assert again.get("revised", 0) == 120 - done
    assert folder.column("SELECT count(DISTINCT article_id) FROM revisions") == [120]
    assert folder.column("SELECT count(*) FROM revisions") == [120]


@pytest.mark.xdist_group("cluster")
def test_a_cluster_makes_the_same_revisions(archived, tmp_path, dask):
    local = Folder(tmp_path / "local")
    local.path.mkdir()
    copytree(archived.config, local.config)
    copyfile(archived.archive, local.archive)
    result = archived.ingest("reclean", "--cluster", dask.address)
    assert (result.code, result.out) == (0, "4 articles cleaned again: 3 revised, 1 unchanged\n")
    assert result.err.startswith(f"{dask.address}: ")
    local.ingest("reclean", "-q")
    columns = "SELECT article_id, title, body, markdown, content_hash, words, extractor FROM revisions ORDER BY 1"
    assert archived.rows(columns) == local.rows(columns)
