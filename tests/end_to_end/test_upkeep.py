"""Pages of one site are compressed against each other once there are enough."""

import random
import sqlite3

import pytest
import zstandard
from sqlite_utils import Database

from ingest.maintenance import upkeep
from ingest.maintenance.forget import find, forget
from storage.archive import Archive
from storage.connection import APPLICATION_ID
from storage.content import Copy
from storage.migrations import migrations
from storage.reader import Reader
from storage.records import WantedFeed
from tests import builders as make
from tests.builders_feeds import item, page, rss
from tests.command_run import ingest_here, sentence

PAGES = upkeep.MIN_PAGES


def template(seed: int) -> str:
    return f"<meta name='t' content='{random.Random(seed).randbytes(8000).hex()}'>"


def fill(path, *, first: int = 1, count: int = PAGES, seed: int = 1) -> dict[int, bytes]:
    """Archive articles with pages of one template, compressed alone. Return the pages by article."""
    pages = {n: page(n, head=template(seed)).encode() for n in range(first, first + count)}
    with Archive(path, "now") as archive, archive.transaction():
        for n, received in pages.items():
            html = zstandard.compress(received)
            archive.add_article(make.article(f"https://news.example/{n}", f"Text {n}."), [make.page(html)], make.NOW)
    return pages


def are_readable(path, pages: dict[int, bytes]) -> bool:
    with Reader(path) as reader:
        return all(reader.pages(number)[0].html == received for number, received in pages.items())


def test_enough_pages_get_a_dictionary_and_later_ones_use_it(run, site):
    pages = fill(run.path)
    (before,) = run.column("SELECT sum(length(html)) FROM pages")
    run.now()
    assert run.column("SELECT DISTINCT dictionary_id FROM pages") == [1]
    (after,) = run.column("SELECT sum(length(html)) FROM pages")
    (dictionary,) = run.column("SELECT length(dictionary) FROM dictionaries")
    assert after + dictionary < before / 4
    assert are_readable(run.path, pages)


def test_a_new_page_is_compressed_with_its_sites_dictionary(run, site):
    fill(run.path)
    run.now()
    with sqlite3.connect(run.path) as db:
        db.execute("UPDATE dictionaries SET site = '127.0.0.1'")
    db.close()
    received = page(99, head=template(1))
    site.page("/99", received)
    site.page("/feed", rss(item(99, link=site.url("/99"), text="")))
    run.now(WantedFeed(site.url("/feed")))
    assert run.column("SELECT dictionary_id FROM pages ORDER BY article_id DESC LIMIT 1") == [1]
    assert are_readable(run.path, {PAGES + 1: received.encode()})


def test_pages_of_revisions_and_copies_count_and_are_compressed_like_the_others(run):
    fill(run.path, count=PAGES - 2)
    received = {n: page(n, head=template(1)).encode() for n in (97, 98)}
    edited, copied = (make.page(zstandard.compress(html)) for html in received.values())
    with Archive(run.path, "now") as archive, archive.transaction():
        archive.revise(1, make.content("Edited.", content_hash="1:e"), make.NOW, pages=[edited])
        other = archive.add_article(make.article("https://o.example/1", site="o.example"), (), make.NOW)
        copy = Copy(other, "test 1", 1, adds=False)
        archive.add_copy(make.article("https://news.example/copy"), copy, [copied], make.NOW)
    run.now()
    for table in ("pages", "revision_pages", "copy_pages"):
        assert run.column(f"SELECT DISTINCT dictionary_id FROM {table}") == [1]
    with Reader(run.path) as reader:
        found = [*reader.pages_of_revision(1), *reader.pages_of_copy(1)]
    assert [each.html for each in found] == [*received.values()]


def test_a_few_pages_get_no_dictionary(run):
    fill(run.path, count=PAGES - 1)
    run.now()
    assert run.rows("SELECT * FROM dictionaries") == []


def test_that_no_dictionary_pays_is_noted_and_tried_again_a_month_later(run):
    with Archive(run.path, "now") as archive, archive.transaction():
        for n in range(PAGES):
            html = zstandard.compress(template(n).encode())
            archive.add_article(make.article(f"https://news.example/{n}", f"Text {n}."), [make.page(html)], make.NOW)
    run.now()
    noted = "SELECT length(dictionary) AS size, trained_at FROM dictionaries"
    assert run.rows(noted) == [{"size": 0, "trained_at": "2026-03-01T12:00:00Z"}]
    run.later(days=29).now()
    assert run.rows(noted) == [{"size": 0, "trained_at": "2026-03-01T12:00:00Z"}]
    run.later(days=2).now()
    assert run.rows(noted) == [{"size": 0, "trained_at": "2026-04-01T12:00:00Z"}]


def test_a_new_template_gets_a_dictionary_of_its_own_and_the_old_one_stays(run):
    old = fill(run.path)
    run.now()
    new = fill(run.path, first=PAGES + 1, seed=2)
    run.now()
    assert run.column("SELECT dictionary_id FROM pages GROUP BY 1 ORDER BY 1") == [1, 2]
    assert are_readable(run.path, old | new)


def test_a_run_compresses_a_limited_number_of_pages_and_the_next_goes_on(run, monkeypatch):
    monkeypatch.setattr(upkeep, "MAX_PAGES", PAGES)
    pages = fill(run.path, count=2 * PAGES)
    run.now()
    assert run.column("SELECT count(*) FROM pages WHERE dictionary_id IS NULL") == [PAGES]
    run.now()
    assert run.column("SELECT count(*) FROM pages WHERE dictionary_id IS NULL") == [0]
    assert run.column("SELECT count(*) FROM dictionaries") == [1]
    assert are_readable(run.path, pages)


def no_memory(*_):
    raise zstandard.ZstdError("cannot compress: Allocation error : not enough memory")


def no_such_thing(*_):
    raise KeyError("no")


def test_pages_that_take_too_much_memory_cost_a_run_one_sentence(run, monkeypatch, caplog):
    fill(run.path)
    monkeypatch.setattr(upkeep, "choose_dictionary", no_memory)
    assert run.now().polls == {}
    assert caplog.messages == [
        "compressing the pages of news.example further needed more than 160 MB (articles.page_memory_mb)"
    ]


@pytest.mark.parametrize(
    ("broken", "work"),
    [
        ("choose_dictionary", "compressing the pages of news.example further"),
        ("refresh", "keeping the archive in order"),
    ],
)
def test_a_bug_costs_a_run_one_sentence(run, monkeypatch, caplog, broken, work):
    fill(run.path)
    monkeypatch.setattr(upkeep, broken, no_such_thing)
    assert run.now().polls == {}
    assert caplog.messages == [f"{work} met a fault in ingest itself: KeyError('no')"]


@pytest.fixture
def released(run):
    """Make an archive as the first version did, with a page. Return the page."""
    received = page(1).encode()
    with sqlite3.connect(run.path) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(Database(db, strict=True), stop_before="m002_cleaning")
        article = {"url": "https://news.example/1", "site": "news.example", "archived_at": "2026-01-01T00:00:00Z"}
        article |= {"body": "B", "body_from": "page", "words": 1, "content_hash": "1:0", "extractor": "x"}
        db.execute(f"INSERT INTO articles ({', '.join(article)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [*article.values()])
        row = [1, "2026-01-01T00:00:00Z", 200, "https://news.example/1", "{}", zstandard.compress(received)]
        db.execute("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?)", row)
    db.close()
    return received


def test_a_page_of_the_first_version_is_read_back(run, released):
    run.now()
    assert are_readable(run.path, {1: released})
    assert run.column("SELECT count(*) FROM articles") == [1]


def test_a_feed_that_repeats_another_is_named_until_it_does_no_longer(run, site):
    feeds = [site.url("/a.xml"), site.url("/b.xml")]
    run.now(*feeds)
    with Archive(run.path, "now") as archive, archive.transaction():
        for feed_id in (1, 2):
            archive.add_entries(
                feed_id, [make.entry(f"g{n}", f"https://news.example/{n}") for n in range(10)], make.NOW
            )
        archive.db.execute("UPDATE entries SET outcome = 'failed', due_at = NULL")
    run.later(days=2).now(*feeds)
    assert run.column("SELECT repeats_id FROM feeds ORDER BY id") == [None, 1]
    with run.writing() as db:
        db.execute("UPDATE entries SET canonical_url = canonical_url || '-b' WHERE feed_id = 2")
    run.now(*feeds)
    assert run.column("SELECT repeats_id FROM feeds ORDER BY id") == [None, None]


def test_a_dry_run_of_cleaning_does_not_change_a_file_of_the_first_version(run, released):
    before = run.path.read_bytes()
    result = ingest_here("reclean", "--dry-run", "--archive", str(run.path), "-q")
    assert "written by an earlier version of ingest" in sentence(result, code=3)
    assert run.path.read_bytes() == before


def test_a_dictionary_that_is_a_forgotten_page_is_replaced(run):
    pages = fill(run.path)
    run.now()
    (row,) = run.rows("SELECT id, dictionary FROM dictionaries")
    used = zstandard.decompress(row["dictionary"])
    (number,) = (n for n, received in pages.items() if received == used)
    with Archive(run.path, "forget") as archive:
        with archive.transaction():
            archive.add_aliases(number, [f"news.example/{number}"])
            forget(find(f"https://news.example/{number}", archive), archive, make.NOW)
        assert archive.newest_dictionary("news.example") is None
    del pages[number]
    assert are_readable(run.path, pages)  # though it ended before the pages were compressed anew
    assert ingest_here("--archive", str(run.path), "forget").code == 0
    assert run.column("SELECT id FROM dictionaries") == []
    assert run.column("SELECT count(*) FROM pages WHERE dictionary_id IS NULL") == [len(pages)]
    assert are_readable(run.path, pages)
