"""Datasette's pages over the archive: what they show, what they refuse, and what strangers' words do there."""

import asyncio
import re
import shutil
import sqlite3
from contextlib import closing
from html import unescape
from urllib.parse import urlencode

import pytest

from ingest.browse.catalogue import FACETS, GROUPS, NEWEST_FIRST, SHOWN
from ingest.browse.security import refused
from ingest.browse.server import browsing
from storage.archive import Archive
from storage.described import descriptions, queries
from tests import builders as make
from tests.hostile_archive import TITLE, make_hostile

HOST = (b"host", b"127.0.0.1:8001")
HOSTILE = [f"/archive/{name}" for name in sorted(SHOWN)] + [
    *("/archive/articles/1", "/archive/feeds/1", "/archive/entries/1", "/archive/nothing<script>"),
    *("/archive/articles?_facet=title&_facet_array=authors", "/archive/entries?_facet=reason&_search=<script>"),
    "/archive/articles?" + urlencode({"title__contains": TITLE, "_sort": TITLE}),
    "/archive?" + urlencode({"sql": f"SELECT '{TITLE}', :x", "x": TITLE}),
    "/archive?" + urlencode({"sql": f"</textarea>{TITLE}"}),
]


def ask(archive, *paths):
    async def answers(datasette):
        return [await datasette.client.get(path) for path in paths]

    with browsing(archive) as datasette:
        return asyncio.run(answers(datasette))


def query(sql, form=""):
    return f"/archive{form}?{urlencode({'sql': sql})}"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A hostile archive, with what only another program can have written: broken UTF-8, NUL, a surrogate, megabytes."""
    path = tmp_path_factory.mktemp("hostile") / "news.db"
    make_hostile(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE feeds SET name = CAST(x'41FF42' AS TEXT)")
        db.execute(
            "UPDATE articles SET section = 'a' || char(0) || 'b' || char(8238), summary = CAST(x'EDA080' AS TEXT)"
        )
        db.execute(
            "UPDATE articles SET body = '[' || printf('%.*c', 5000000, 'x'), site_name = ?", ["http://" + "y" * 10**6]
        )
    return path


@pytest.fixture(scope="module")
def pages(newsroom_archive):
    paths = ["/archive", "/archive/current_articles", "/archive/current_articles?_search=network&_facet=site"]
    paths += ["/archive/articles.json?_shape=objects", "/archive/articles.csv", "/archive/articles/1", "/archive/polls"]
    return dict(zip(paths, ask(newsroom_archive, *paths), strict=True))


def test_tables_stand_by_subject_with_their_descriptions_and_internal_ones_below(pages):
    shown, internal = pages["/archive"].text.split("<summary>Internal tables</summary>")
    assert re.findall(r'<dt><a href="/archive/(\w+)"', shown) == [name for names in GROUPS.values() for name in names]
    assert descriptions()["hosts"].text[:20] in unescape(shown)
    assert {"aliases", "fingerprints", "articles_fts", "_sqlite_migrations"} <= set(
        re.findall(r"/archive/(\w+)", internal)
    )


def test_what_the_catalogue_names_is_in_the_archive(newsroom_archive):
    with closing(sqlite3.connect(newsroom_archive)) as db:
        for name in SHOWN | FACETS.keys() | NEWEST_FIRST.keys():
            columns = {row[1] for row in db.execute(f"PRAGMA table_info({name})")}
            facets = {column for facet in FACETS.get(name, ()) for column in facet.values()}
            assert facets | ({NEWEST_FIRST[name]} if name in NEWEST_FIRST else set()) <= columns, name


def test_a_table_is_newest_first_with_titles_as_links_and_long_texts_folded(pages):
    page = pages["/archive/current_articles"].text
    ids = [int(number) for number in re.findall(r'<tr><td[^>]*><a href="/article/(\d+)">', page)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) > 20
    assert re.search(r'<td dir="auto"><a href="/article/\d+"><bdi>\D', page)
    assert page.count("<details><summary>") > len(ids)
    assert "<code>sqlite3</code>" not in page


def test_tables_are_searched_and_counted_by_columns(pages):
    page = pages["/archive/current_articles?_search=network&_facet=site"].text
    found = len(re.findall(r'<tr><td[^>]*><a href="/article/', page))
    assert 0 < found < 25
    assert '<section aria-label="site">' in page


def test_tables_are_files_for_programs(pages):
    rows, table = pages["/archive/articles.json?_shape=objects"], pages["/archive/articles.csv"]
    assert rows.json()["rows"][0]["title"]
    assert table.text.startswith("id,")
    for answer in (rows, table):
        assert "html" not in answer.headers["content-type"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_queries_are_those_of_the_readme_and_run(newsroom_archive):
    answers = ask(newsroom_archive, *(f"/archive/{each.name}.json?last=0&_shape=objects" for each in queries()))
    assert len(answers) >= 8
    assert [answer.json()["error"] for answer in answers if answer.json()["error"]] == []
    assert sum(bool(answer.json()["rows"]) for answer in answers) >= 10


def test_what_strangers_wrote_stays_text_in_tables(hostile):
    for path, answer in zip(HOSTILE, ask(hostile, *HOSTILE), strict=True):
        assert answer.status_code in {200, 302, 400}, path
        tags = re.sub(r'"[^"]*"', "", " ".join(re.findall(r"<[a-zA-Z][^>]*>", answer.text)))
        assert not re.search(r"<(script|svg|img|iframe|style|base|meta http)|\s(on\w+|style)=", tags), path
        hrefs = map(unescape, re.findall(r'(?:href|action)="([^"]*)"', answer.text))
        assert [href for href in hrefs if not re.match(r"/|https?:|\?|#", href)] == [], path
        assert len(answer.content) < 2_500_000, path  # a row has a million characters of a text
        assert "\x00" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "set-cookie" not in answer.headers


def test_broken_characters_are_shown_as_such(hostile):
    feed, article = ask(hostile, "/archive/feeds/1", "/archive/articles/1")
    assert "A\N{REPLACEMENT CHARACTER}B" in feed.text
    assert "a\N{REPLACEMENT CHARACTER}b" in article.text


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '/etc/passwd' AS x",
        "PRAGMA writable_schema = 1",
        "DELETE FROM articles",
        "VACUUM INTO 'copy.db'",
        "WITH x AS (SELECT 1) INSERT INTO hosts (host) VALUES (1)",
        "SELECT load_extension('x')",
        "SELECT 1; SELECT 2",
        "SELECT",
    ],
)
def test_sql_only_reads(newsroom_archive, sql):
    page, rows = ask(newsroom_archive, query(sql), query(sql, ".json"))
    assert (page.status_code, rows.status_code, rows.json()["ok"]) == (400, 400, False)
    assert f">{sql}</textarea>" in unescape(page.text)  # to be changed


def test_what_datasette_could_do_besides_is_refused(newsroom_archive):
    paths = [
        "/-/versions",
        "/-/metadata.json",
        "/-/logout",
        "/-/static/table.js",
        "/archive.db",
        "/_internal",
        "/_memory",
    ]
    assert [answer.status_code for answer in ask(newsroom_archive, *paths)] == [404, 404, 404, 404, 403, 404, 404]


def test_a_query_that_lasts_is_ended_with_a_sentence(newsroom_archive):
    endless = query("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c")
    page, rows = ask(newsroom_archive, f"{endless}&_timelimit=20", endless.replace("?", ".json?") + "&_timelimit=20")
    assert (page.status_code, rows.status_code) == (400, 400)
    assert "The query took longer than" in page.text
    assert "narrow it by a date" in rows.json()["error"]


def test_only_this_machine_is_answered_and_only_reads():
    hosts = [b"localhost", b"LOCALHOST:80", b"127.0.0.1:8001", b"[::1]:8001"]
    assert [refused("GET", [(b"host", host)]) for host in hosts] == [None] * 4
    for host in (b"evil.example", b"127.0.0.1.evil.example", b"localhost.", b"127.0.0.1@evil", b"localhost:80x", b""):
        assert refused("GET", [(b"host", host)])[0] == 421
    assert refused("GET", [])[0] == 421
    assert refused("GET", [HOST, HOST])[0] == 421
    assert [refused(method, [HOST])[0] for method in ("POST", "PUT", "DELETE", "OPTIONS")] == [405] * 4


def test_a_page_of_another_site_leads_here_but_does_not_load_or_query():
    cross = [HOST, (b"sec-fetch-site", b"cross-site")]
    link = [*cross, (b"sec-fetch-mode", b"navigate")]
    assert refused("GET", link) is None
    assert refused("GET", link, is_query=True)[0] == 403
    assert refused("GET", [*cross, (b"sec-fetch-mode", b"no-cors")])[0] == 403


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Datasette's, after an error
def test_an_archive_that_goes_or_is_replaced_is_told_and_read_again(newsroom_archive, tmp_path):
    path = tmp_path / "news.db"
    shutil.copy(newsroom_archive, path)
    with Archive(tmp_path / "other.db", "test") as other, other.transaction():
        other.add_article(make.article(title="Of the other archive"), (), make.NOW)

    async def answers(datasette):
        counts = []
        for step in (lambda: None, path.unlink, lambda: (tmp_path / "other.db").rename(path)):
            step()
            answer = await datasette.client.get("/archive/articles.json?_shape=array")
            counts.append(len(answer.json()) if answer.status_code == 200 else answer.json()["error"])
        return counts

    with browsing(path) as datasette:
        before, gone, after = asyncio.run(answers(datasette))
    assert before == 29
    assert gone == f"{path}: there is no archive yet; `ingest now` makes it"
    assert after == 1
