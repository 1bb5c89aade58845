"""`search`, `export` and `changes` with filters, and the programs that find the search index by themselves."""

import io
import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlite_utils import Database
from sqlite_utils.cli import cli as sqlite_utils

from storage.archive import Archive
from storage.connection import APPLICATION_ID
from storage.content import Copy
from storage.migrations import m010_selections, migrations
from storage.records import Outcome
from storage.text_index import readable
from tests.builders import NOW, article, content, entry, feed
from tests.command_run import Folder, read_lines, sentence
from tests.search_index import check_selections

ARTICLES = [
    {"site": "a.example", "language": "en", "tags": ("Politics",), "authors": ("Ada Byron",), "words": 100},
    {"site": "b.example", "language": "fr-FR", "tags": ("Été",), "access": "partial", "words": 400},
    {"site": "b.example", "language": "fr", "published_at": None, "words": 700},
]


def fill(archive):
    """Archive three articles: the second has a later text, the first and the second are from feeds."""
    archive.subscribe([feed(name="Wire", tags=("Économie",)), feed("https://b.example/f", name="Bee")], NOW)
    for number, fields in enumerate(ARTICLES, start=1):
        at = NOW + timedelta(days=number)
        url = f"https://{fields['site']}/{number}"
        known = {"published_at": at, "title": f"Title {number}", "access": "free"} | fields
        with archive.transaction():
            archive.add_article(article(url, f"A text about harbours, number{number}.", **known), (), at)
            if number < 3:
                archive.add_entries(number, [entry(str(number), url)], at)
                archive.settle(number, Outcome.ARCHIVED, article_id=number)
    with archive.transaction():
        later = content("A later text about lighthouses.", title="New", words=400, access="partial", content_hash="2")
        archive.revise(2, later, NOW)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = Folder(tmp_path_factory.mktemp("selections")).set_up()
    with Archive(folder.archive, "test") as archive:
        fill(archive)
    return folder


FILTERS = [
    (["--site", "https://www.b.example/x"], [2, 3]),
    (["--site", "a.example", "--site", "b.example"], [1, 2, 3]),
    (["--feed", "Wire"], [1]),
    (["--feed", "https://b.example/f"], [2]),
    (["--feed", "https://user:secret@b.example/f"], [2]),
    (["--tag", "ÉTÉ"], [2]),
    (["--tag", "économie"], [1]),
    (["--tag", "E\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT}"], [2]),
    (["--author", "ada  BYRON", "--site", "a.example"], [1]),
    (["--language", "fr"], [2, 3]),
    (["--language", "FR-fr"], [2]),
    (["--language", "fr_FR"], [2]),
    (["--access", "partial"], [2]),
    (["--since", "2026-03-03"], [2]),
    (["--until", "2026-03-02"], [1]),
    (["--until", "2026-03-03T11:59Z"], [1]),
    (["--archived-since", "2026-03-03"], [2, 3]),
    (["--min-words", "101"], [2, 3]),
    (["--match", "lighthouse*"], [2]),
    (["--match", "harbours"], [1, 3]),
    (["--ids", ", 1,3-9,"], [1, 3]),
    (["--ids", "1", "--ids", "2-2"], [1, 2]),
    (["--language", "fr", "--min-words", "500"], [3]),
    (["--site", "a.example", "--language", "fr"], []),
]


def test_every_filter_is_that_of_search_export_and_changes(filled):
    for words, ids in FILTERS:
        assert [row["id"] for row in filled.ingest("export", *words).rows] == ids, words
        changes = filled.ingest("changes", *words).rows
        assert [row["article_id"] for row in changes] == ids + [id_ for id_ in ids if id_ == 2], words
        assert {row["id"] for row in filled.ingest("search", "--json", *words).rows} == set(ids), words
        found = filled.ingest("search", "--json", "harbours OR later", *words).rows
        assert {row["id"] for row in found} == set(ids), words


def test_without_words_the_newest_published_come_first_and_those_without_a_date_last(filled):
    rows = filled.ingest("search", "--json", "--min-words", "0").rows
    assert [(row["id"], row["snippet"]) for row in rows] == [
        (2, "A later text about lighthouses."),
        (1, "A text about harbours, number1."),
        (3, "A text about harbours, number3."),
    ]
    assert "name words to find, or a filter" in sentence(filled.ingest("search"), code=2)


def test_a_snippet_is_of_the_text_that_the_article_has_now(filled):
    (row,) = filled.ingest("search", "--json", "lighthouses").rows
    assert row["snippet"] == "A later text about [lighthouses]."


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--site", "c.example"], "did you mean"),
        (["--feed", "Wirr"], "did you mean Wire?"),
        (["--tag", "politcs"], "did you mean politics?"),
        (["--author", "Ada Biron"], "did you mean ada byron?"),
        (["--author", "Nobody Else At All"], "`ingest show` shows the authors of an article"),
        (["--language", "french"], "french: the archive has no article in this language; it has en, fr, fr-FR"),
    ],
)
def test_a_name_that_the_archive_does_not_know_is_an_error(filled, words, hint):
    assert hint in sentence(filled.ingest("export", *words), code=1)


@pytest.mark.parametrize("filter_", ["--site", "--feed", "--tag", "--author", "--language", "--match"])
@pytest.mark.parametrize(("text", "fault"), [("", "'' is empty"), (" ", "' ' is empty"), ("\udcff", "is not UTF-8")])
def test_a_filter_needs_text(filled, filter_, text, fault):
    assert f"'{filter_}': " in (said := sentence(filled.ingest("export", filter_, text), code=2))
    assert fault in said


def test_a_query_that_is_not_utf_8_is_an_error(filled):
    assert "is not UTF-8" in sentence(filled.ingest("search", "\udcff"), code=2)


def test_a_time_that_ends_before_it_begins_is_an_error(filled):
    said = sentence(filled.ingest("changes", "--since", "2026-03-02", "--until", "2026-03-01"), code=2)
    assert said.startswith("--since is after --until; swap them; ")
    assert filled.ingest("changes", "--since", "2026-03-02", "--until", "2026-03-02").rows


@pytest.mark.parametrize("ids", ["x", "5-3", "1;2", "99999999999999999999"])
def test_ids_that_are_none_are_an_error(filled, ids):
    assert "is no id" in sentence(filled.ingest("export", "--ids", ids), code=2)


def test_ids_are_read_from_stdin(filled, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("3\n1\n\n"))
    assert [row["id"] for row in filled.ingest("export", "--ids", "-").rows] == [1, 3]


def test_a_follower_with_filters_passes_over_other_changes_and_loses_none(folder):
    with Archive(folder.archive, "test") as archive:
        fill(archive)
        with folder.start("changes", "--follow", "--site", "c.example", "--after", "3") as follower:
            assert b"the archive has no article of this site" in follower.stderr.readline()
            with archive.transaction():
                archive.add_article(article("https://a.example/4", site="a.example"), (), NOW)
            for number in (5, 6):
                with archive.transaction():
                    archive.add_article(article(f"https://c.example/{number}", site="c.example"), (), NOW)
            with archive.transaction():
                archive.merge(5, Copy(1, "by hand", 1, adds=True), NOW)
            lines = [json.loads(line) for line in read_lines(follower, 1)]
            lines += [json.loads(line) for line in read_lines(follower, 1)] if lines[-1]["article_id"] == 5 else []
            assert lines[-1]["article_id"] == 6
            with archive.transaction():
                archive.revise(6, content("B", content_hash="1:x"), NOW)
            (line,) = read_lines(follower, 1)
            assert (json.loads(line)["kind"], json.loads(line)["article_id"]) == ("revision", 6)
            follower.terminate()
            assert follower.wait(timeout=10) == 0
            assert follower.stderr.read() == b"ended: go on with --after 9\n"


def test_a_search_for_a_word_of_very_many_articles_ranks_the_newest_and_says_so(filled, monkeypatch):
    monkeypatch.setattr("storage.search.MAX_COUNTED", 2)
    monkeypatch.setattr("storage.search.MAX_RANKED_IN_MEMORY", 1)
    result = filled.ingest("search", "--json", "harbours")
    assert [row["id"] for row in result.rows] == [3]
    assert result.err == "ranked the newest 1 of more matches; narrow it with a filter or another word\n"
    assert [row["id"] for row in filled.ingest("search", "--json", "harbours", "--site", "a.example").rows] == [1]
    assert filled.ingest("search", "--json", "number1").err == ""


def test_a_word_of_a_query_counts_once(filled):
    assert readable("the sea The bay") == "The sea bay"
    for query in ("sea AND sea", '"sea sea" sea', "sea* sea*"):
        assert readable(query) == query
    once, often = (filled.ingest("search", "--json", "harbours " * times) for times in (1, 2000))
    assert (once.out, len(once.rows)) == (often.out, 2)


# programs that find the index by themselves


def test_sqlite_utils_and_datasette_detect_the_search_index(filled):
    result = CliRunner().invoke(sqlite_utils, ["search", str(filled.archive), "articles", "lighthouses", "-c", "id"])
    assert json.loads(result.output) == [{"id": 2}]
    assert Database(filled.archive)["articles"].detect_fts() == "articles_fts"
    with closing(sqlite3.connect(filled.archive)) as db:  # as datasette.utils.detect_fts_sql asks
        patterns = "sql LIKE '%VIRTUAL TABLE%USING FTS%content=\"articles\"%'"
        found = db.execute(f"SELECT name FROM sqlite_master WHERE rootpage = 0 AND {patterns}").fetchall()
    assert found == [("articles_fts",)]


# archives of earlier schemas


def earlier(path):
    """Make an archive of the schema before, with a revised article, a merged one and a split one."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(Database(db, strict=True), stop_before="m010_selections")
        db.execute("INSERT INTO feeds (url, address, name, added_at) VALUES ('https://a.example/f', 'f', 'Wire', '')")
        for number in range(60, 70):
            db.execute(
                """INSERT INTO articles (id, url, site, title, archived_at, body, body_from, words, content_hash,
                     extractor, tags, authors, published_at, language)
                   VALUES (?1, 'https://a.example/' || ?1, 'a.example', 'T', '2026-03-01T00:00:00Z', 'first word' || ?1,
                     'page', ?1, ?1, 'x', '["Été", "été"]', '["Ada"]', '2026-02-01T00:00:00Z', 'fr')""",
                [number],
            )
        db.execute(
            """INSERT INTO entries (feed_id, guid, host, first_seen_at, last_seen_at, outcome, article_id)
               VALUES (1, 'g', 'a.example', '', '', 'archived', 62)"""
        )
        db.execute(
            """INSERT INTO revisions (article_id, body, content_hash, archived_at, words, access)
               VALUES (61, 'later text', 'r', '2026-03-01T00:00:00Z', 900, 'partial'),
                      (62, 'later merged', 'm', '2026-03-01T00:00:00Z', 901, 'free')"""
        )
        merge = """INSERT INTO copies (article_id, url, site, body, archived_at, method, score, merged_id, split_id)
                   VALUES (60, '', '', '', '', 'by hand', 1, ?, ?)"""
        db.execute(merge, [62, None])
        db.execute(merge, [63, 63])


@pytest.mark.parametrize("defensive", [False, True])
def test_an_earlier_archive_is_migrated_to_what_a_new_one_would_have(tmp_path, monkeypatch, defensive):
    if defensive:  # as where SQLite forbids writable_schema
        monkeypatch.setattr(m010_selections, "_redeclare", lambda _: False)
    path = tmp_path / "news.db"
    earlier(path)
    with Archive(path, "test") as archive:
        check_selections(path)
        archive.split(archive.copy(1), 62, (), NOW, reason="test")
        check_selections(path)
        assert archive.db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        assert [row["id"] for row in archive.search_rows("merged")] == [62]


def test_an_earlier_archive_is_selected_from_as_it_is(tmp_path):
    folder = Folder(tmp_path).set_up()
    earlier(folder.archive)
    before = folder.archive.read_bytes()
    tests = [
        (["--tag", "ÉTÉ", "--min-words", "900"], [61]),
        (["--match", "later"], [61]),
        (["--feed", "Wire"], [60]),
        (["--language", "fr", "--since", "2026-01-01", "--ids", "60-64"], [60, 61, 63, 64]),
        (["--access", "partial", "--author", "ada"], [61]),
    ]
    for words, ids in tests:
        assert [row["id"] for row in folder.ingest("export", *words).rows] == ids, words
        assert {row["id"] for row in folder.ingest("search", "--json", *words).rows} == set(ids), words
    assert folder.archive.read_bytes() == before
