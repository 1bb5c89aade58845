"""Datasette's pages over an archive: tables, rows, queries; what they refuse, and how they say what went wrong."""

import asyncio
import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from ingest.browse.catalogue import FACETS, NEWEST_FIRST, SHOWN
from ingest.browse.cells import MAX_IN_TABLE, cell
from ingest.browse.security import Guard, refused
from ingest.browse.server import browsing
from storage.archive import Archive
from storage.described import descriptions, queries
from tests.hostile_archive import make_hostile

RUNS = re.compile(
    r"<(?:script|style|iframe|img|object|base)\b|<[^>]*\s(?:on\w+|style)=|href=\"(?:javascript|data):", re.IGNORECASE
)
HUGE = 3_000_000


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "news.db"
    make_hostile(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE feeds SET language = CAST(x'ff41fe' AS TEXT), name = 'a' || char(0) || 'b\u202e'")
        db.execute("UPDATE articles SET summary = ? WHERE id = 1", ["x" * HUGE])
    return path


@pytest.fixture
def pages(newsroom_archive):
    with browsing(newsroom_archive) as datasette:
        yield datasette.client


def without_strangers(html: str) -> str:
    """Return the markup without what is quoted: escaped text cannot be told from markup otherwise."""
    return html.replace("&lt;", "").replace("&#34;", "").replace("&#39;", "")


async def test_what_an_archive_holds_neither_runs_nor_breaks_out_of_its_cell(hostile):
    with browsing(hostile) as datasette:
        shown = [name for name in descriptions() if name != "articles_fts"]
        addresses = [f"/archive/{name}" for name in shown]
        addresses += [f"/archive/{name}/1" for name in ("articles", "entries", "feeds", "copies", "alerts")]
        addresses += ["/archive/articles?_facet=site&_facet_array=tags", "/archive?sql=SELECT+*+FROM+articles"]
        addresses += [
            f"/archive/articles?{name}=%22%3E%3Cscript%3E" for name in ("_search", "title__contains", "_sort")
        ]
        for address in addresses:
            answer = await datasette.client.get(address)
            assert answer.status_code == (400 if "_sort" in address else 200), address
            assert not RUNS.search(without_strangers(answer.text)), address
            assert "\x00" not in answer.text
            assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
            assert "set-cookie" not in answer.headers
            assert len(answer.text) < HUGE or address == "/archive/articles/1"


def test_a_long_text_is_folded_and_cut():
    html = str(cell({}, "a" * HUGE, "body", "articles"))
    assert html.startswith("<details><summary>aaa")
    assert len(html) < MAX_IN_TABLE + 500
    assert "3,000,000 characters in all" in html


@pytest.mark.parametrize(
    ("value", "column", "table", "html"),
    [
        (None, "title", "articles", ""),
        (0, "failures", "feeds", "0"),
        (b"1234", "html", "pages", '<span class="muted">4 bytes</span>'),
        (29, "article_id", "copies", '<a href="/article/29"><bdi>29</bdi></a>'),
        (3, "id", "feeds", '<a href="/feed/3"><bdi>3</bdi></a>'),
        (3, "id", "copies", "3"),
        ({"value": 7, "label": "<b>"}, "article_id", "copies", '<a href="/article/7"><bdi>&lt;b&gt; (7)</bdi></a>'),
        ({"value": 7, "label": "x"}, "hook_id", "deliveries", None),
        ('["A", "B & C"]', "authors", "articles", '<ul class="items"><li>A</li><li>B &amp; C</li></ul>'),
        ("[not a list", "title", "feeds", "[not a list"),
        ("javascript:alert(1)", "url", "articles", "javascript:alert(1)"),
        ("a\x00b\x1b", "name", "feeds", "a\ufffdb\ufffd"),
    ],
)
def test_a_cell_shows_what_its_value_is(value, column, table, html):
    shown = cell({}, value, column, table)
    assert shown == html


def test_a_title_leads_to_its_article():
    assert cell({"id": 4, "title": "T"}, "T", "title", "articles") == '<a href="/article/4"><bdi>T</bdi></a>'
    assert cell({"article_id": 5, "title": "T"}, "T", "title", None) == '<a href="/article/5"><bdi>T</bdi></a>'
    assert cell({"id": 4, "title": "T"}, "T", "title", None) == "T"  # an id of a query may be any table's


def test_an_address_becomes_a_link_that_tells_nothing():
    html = str(cell({}, 'https://news.example/"onclick=x', "url", "articles"))
    assert html.startswith('<a href="https://news.example/&#34;onclick=x" rel="noreferrer noopener nofollow"')


async def test_tables_are_listed_with_their_descriptions_and_internal_ones_apart(pages):
    html = (await pages.get("/archive")).text
    main, _, internal = html.partition("Internal tables")
    assert main.index(">current_articles<") < main.index(">articles<") < main.index(">feeds<")
    assert "the latest text of each article" in main
    for name in ("shingles", "postings", "_sqlite_migrations", "articles_fts_data"):
        assert f">{name}<" not in main
        assert f">{name}<" in internal


def test_what_the_catalogue_names_is_in_the_archive(newsroom_archive):
    with closing(sqlite3.connect(newsroom_archive)) as db:
        for name in SHOWN | FACETS.keys() | NEWEST_FIRST.keys():
            columns = {row[1] for row in db.execute(f"PRAGMA table_info({name})")}
            named = {column for facet in FACETS.get(name, ()) for column in facet.values()}
            assert columns >= named | ({NEWEST_FIRST[name]} if name in NEWEST_FIRST else set()), name


async def test_every_query_to_copy_is_there_and_runs(pages):
    listed = (await pages.get("/archive")).text
    assert len(queries()) >= 8
    for query in queries():
        assert f'href="/archive/{query.name}' in listed
        answer = await pages.get(f"/archive/{query.name}?last=0")
        assert (answer.status_code, 'role="alert"' in answer.text) == (200, False), query.name
    found = (await pages.get("/archive/what-is-new-since-the-last?last=3")).text
    assert 'name="last" value="3"' in found


async def test_articles_are_found_by_their_words_and_filtered_without_scripts(pages):
    html = (await pages.get("/archive/current_articles?_search=pellucid")).text
    assert 'name="q" value=""' in html  # the box of the head is another one
    assert 'name="_search" value="pellucid"' in html
    assert 'href="/article/' in html
    moved = await pages.get("/archive/entries?_filter_column=outcome&_filter_op=exact&_filter_value=archived")
    assert moved.headers["location"] == "/archive/entries?outcome__exact=archived"
    facets = await pages.get("/archive/current_articles?_facet=site&_size=1")
    assert 'class="facet-results"' in facets.text
    assert "127.0.0." in facets.text


async def test_rows_are_read_as_json_and_csv(pages):
    assert (await pages.get("/archive/feeds.json?_shape=array")).json()[0]["id"] == 1
    assert (await pages.get("/archive/feeds.csv")).text.startswith("id,url,name,")
    wrong = await pages.get("/archive.json?sql=SELECT+nothing")
    assert (wrong.status_code, wrong.json()["ok"]) == (400, False)


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/archive?sql=DELETE+FROM+articles", 400, "Statement must be a SELECT"),
        ("/archive?sql=WITH+x+AS+(SELECT+1)+INSERT+INTO+hosts+(host)+VALUES+(1)", 400, "attempt to write a readonly"),
        ("/archive?sql=SELECT+load_extension('x')", 400, "not authorized"),
        ("/archive?sql=ATTACH+'x'+AS+y", 400, "Statement must be a SELECT"),
        ("/archive?sql=PRAGMA+query_only=0", 400, "Statement must be a SELECT"),
        ("/archive?sql=SELECT+1&_timelimit=x", 400, "A parameter of the address is not understood"),
        ("/archive/current_articles?_next=x", 400, "A parameter of the address is not understood"),
        ("/archive.db", 403, "`ingest backup`"),
        ("/archive/nothing", 404, "There is no such page"),
        ("/nothing", 404, "There is no such page"),
        ("/_internal", 404, "There is no such page"),
        ("/-/versions", 404, "There is no such page"),
        ("/-/settings.json", 404, "there is no such page"),
        ("/-/logout", 404, "There is no such page"),
    ],
)
async def test_what_is_not_for_reading_is_refused_with_a_sentence(pages, address, status, sentence):
    answer = await pages.get(address)
    assert (answer.status_code, sentence in answer.text) == (status, True)
    assert "Traceback" not in answer.text


async def test_a_query_that_takes_too_long_is_ended(newsroom_archive):
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"
    with browsing(newsroom_archive) as datasette:
        answer = await datasette.client.get("/archive", params={"sql": endless, "_timelimit": "30"})
    assert answer.status_code == 400
    assert "narrow it by a date" in answer.text
    assert "<script" not in answer.text


async def test_an_archive_that_goes_and_comes_back_is_said_and_read(newsroom_archive, tmp_path):
    path = shutil.copy(newsroom_archive, tmp_path / "news.db")
    with browsing(path) as datasette:
        assert (await datasette.client.get("/archive/feeds")).status_code == 200
        for name in ("news.db", "news.db-wal", "news.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        for address in ("/", "/archive/feeds"):
            answer = await datasette.client.get(address)
            assert (answer.status_code, "there is no archive yet" in answer.text) == (503, True)
        shutil.copy(newsroom_archive, path)
        assert (await datasette.client.get("/archive/feeds")).status_code == 200
        Archive(tmp_path / "other.db", "test").close()
        (tmp_path / "other.db").rename(path)
        assert "No rows" in (await datasette.client.get("/archive/feeds")).text


@pytest.mark.parametrize("host", [b"127.0.0.1:8001", b"localhost", b"LOCALHOST:9", b"[::1]:8001"])
def test_this_machines_browser_is_answered(host):
    assert refused("GET", [(b"host", host)]) is None
    assert refused("HEAD", [(b"host", host), (b"origin", b"https://evil.example")]) is None


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", [], 421),
        ("GET", [(b"host", b"evil.example:8001")], 421),
        ("GET", [(b"host", b"127.0.0.1.evil.example")], 421),
        ("GET", [(b"host", b"localhost"), (b"host", b"evil.example")], 421),
        ("POST", [(b"host", b"localhost")], 405),
        ("OPTIONS", [(b"host", b"localhost")], 405),
        ("GET", [(b"host", b"localhost"), (b"sec-fetch-site", b"cross-site"), (b"sec-fetch-mode", b"no-cors")], 403),
    ],
)
def test_other_requests_are_refused(method, headers, status):
    answer = refused(method, headers)
    assert answer
    assert answer[0] == status


def test_a_page_of_another_site_may_lead_here_but_not_to_a_query():
    link = [(b"host", b"localhost"), (b"sec-fetch-site", b"cross-site"), (b"sec-fetch-mode", b"navigate")]
    assert refused("GET", link) is None
    answer = refused("GET", link, is_query=True)
    assert answer
    assert answer[0] == 403


async def test_an_answer_ends_when_its_reader_has_gone():
    messages = iter([{"type": "http.request"}, {"type": "http.disconnect"}])
    ended = []

    async def endless(scope, receive, send):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(scope["path"])

    async def receive():
        await asyncio.sleep(0)
        return next(messages)

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"localhost")]}
    await Guard(endless)(scope, receive, None)
    assert ended == ["/"]
