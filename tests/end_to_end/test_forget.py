"""What is forgotten is gone for good: from the tables, from the file, and from every later poll."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copyfile

import pytest

from ingest.maintenance import forget
from ingest.pipeline.poll import record_entries
from ingest.workers.tasks import parse_feed
from storage.archive import Archive
from storage.content import Copy
from storage.records import Outcome, WantedFeed
from tests import builders as make
from tests.archive_run import ArchiveRun
from tests.builders_feeds import item, page, prose, rss
from tests.command_run import CommandResult, ingest_here, sentence
from tests.site import Site

WORD = "Quibblefrost"  # of every text that is forgotten, and of no other


def entry(n, *, link, guid=None, title=f"{WORD} in the title", text=f"A teaser of {WORD}."):
    guid = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    author = f"<dc:creator>{WORD} Smith</dc:creator>" if WORD in title else ""
    made = item(n, link=link, guid=guid, text=text, more=author).replace(f"<title>Title {n}<", f"<title>{title}<")
    return made.replace("dc:creator>", 'dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">', 1)


OTHER = entry(2, link="/2", guid="g2", title="Two", text="Two.")


@pytest.fixture(scope="module")
def site():
    """A site with two articles; the first is the one to forget."""
    with Site() as site:
        site.page("/1", page(1, title=f"{WORD} in the title", text=f"{prose(1, 12)} And {WORD} was there."))
        site.page("/2", page(2, title="Two"))
        yield site


@pytest.fixture(scope="module")
def archives(site, tmp_path_factory):
    """The archive before and after the article is forgotten."""
    before = ArchiveRun(tmp_path_factory.mktemp("before") / "news.db")
    site.page("/feed.xml", rss(entry(1, link="/1", guid="g1"), OTHER))
    assert before.now(WantedFeed(site.url("/feed.xml"))).entries == {"archived": 2}
    assert bytes_of(before) > 0
    after = ArchiveRun(tmp_path_factory.mktemp("after") / "news.db")
    copyfile(before.path, after.path)
    result = ingest(after, "forget", site.url("/1"))
    assert (result.code, result.out) == (0, f"forgot {site.url('/1')}: 1 article, 1 page, 1 entry\n")
    assert bytes_of(after) == 0
    return before.path, after.path


@pytest.fixture
def feed(archives, site, run):
    copyfile(archives[0], run.path)
    return WantedFeed(site.url("/feed.xml"))


@pytest.fixture
def forgotten(archives, site, run):
    copyfile(archives[1], run.path)
    return WantedFeed(site.url("/feed.xml"))


def poll(run, *entries, feed_id=1):
    """Record a feed's document a day later, as a poll does, without a request. Return the outcomes of all entries."""
    run.later(days=1)
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.make_due(run.now_at)
        (due,) = archive.due_feeds(run.now_at, limit=1, only=[feed_id])
        record_entries(archive, due, parse_feed(rss(*entries).encode(), due.url, None, run.now_at), run.now_at)
    return run.outcomes()


def ingest(run, *words) -> CommandResult:
    return ingest_here("--archive", str(run.path), *map(str, words))


def bytes_of(run) -> int:
    """How often the word is in the file and its log, in any case."""
    files = (Path(f"{run.path}{end}") for end in ("", "-wal", "-shm"))
    return sum(file.read_bytes().lower().count(WORD.lower().encode()) for file in files if file.exists())


def counts(run, *tables):
    return [run.column(f"SELECT count(*) FROM {table}")[0] for table in tables]


def is_sound(run) -> bool:
    with run.writing() as db:
        merged = db.execute("SELECT 1 FROM copies WHERE merged_id > 0 AND split_id IS NULL").fetchone()
        # 1: as the articles are. Merged ones are in the index only.
        db.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', ?)", [not merged])
        return (
            db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            and not db.execute("PRAGMA foreign_key_check").fetchall()
        )


# what goes, and what is said of it


def test_the_article_its_page_and_its_entrys_text_are_gone_and_the_rest_stays(forgotten, site, run):
    assert is_sound(run)
    assert [row["id"] for row in run.rows("SELECT id FROM articles")] == [2]
    assert counts(run, "pages", "fingerprints", "aliases WHERE article_id = 1", "shingles WHERE article_id = 1") == [
        1, 1, 0, 0
    ]  # fmt: skip
    gone = run.row("SELECT * FROM entries WHERE id = 1")
    assert (gone["outcome"], gone["article_id"], gone["guid"], gone["url"]) == ("refused", None, "g1", site.url("/1"))
    assert [gone[name] for name in ("title", "authors", "summary", "text_hash")] == [None, [], None, None]
    assert ingest(run, "search", WORD).out == ""
    assert "Two" in ingest(run, "search", "orchard").out


def test_the_change_log_says_that_it_went(forgotten, run):
    changes = ingest(run, "changes").rows
    assert [(c["kind"], c["id"], c["article_id"], c["record"] is None) for c in changes] == [
        ("article", 1, 1, True), ("article", 2, 2, False), ("forgotten", 1, 1, True)
    ]  # fmt: skip


def test_explain_says_when_and_other_commands_say_that(forgotten, site, run):
    explained = ingest(run, "explain", site.url("/1"))
    day = run.column("SELECT substr(forgotten_at, 1, 10) FROM tombstones")[0]
    assert f"outcome     refused: forgotten {day} by `ingest forget`\n" in explained.out
    assert f"forgotten   {day}T" in explained.out
    assert "with article 1\n" in explained.out
    assert ingest(run, "explain", site.url("/1"), "--json").json["tombstone"]["article_id"] == 1
    for words in (("show", 1), ("show", site.url("/1")), ("merge", 2, 1), ("merge", 1, 2)):
        assert f"forgotten {day} by `ingest forget`" in sentence(ingest(run, *words), code=1)
    assert "forgotten: 1\n" in ingest(run, "status").out
    assert ingest(run, "forget", site.url("/1")).out == f"{site.url('/1')}: forgotten {day} by `ingest forget` before\n"


def test_a_dry_run_shows_what_would_go_and_writes_nothing(feed, site, run):
    before = run.path.read_bytes()
    result = ingest(run, "forget", "--dry-run", site.url("/1"))
    assert result.out == f"would forget {site.url('/1')} ({WORD} in the title): 1 article, 1 page, 1 entry\n"
    row = ingest(run, "forget", "--dry-run", "--json", site.url("/1")).json
    assert (row["article_ids"], row["pages"], row["dry_run"]) == ([1], 1, True)
    assert run.path.read_bytes() == before


def test_nothing_goes_if_one_of_the_addresses_is_not_known(feed, site, run):
    said = sentence(ingest(run, "forget", site.url("/1"), site.url("/nowhere")), code=1)
    assert "/nowhere: no article has this address" in said
    assert counts(run, "articles", "tombstones") == [2, 0]


def test_exported_files_of_it_are_removed(feed, site, run, tmp_path):
    ingest(run, "export", "--format", "txt", "--output", tmp_path / "txt")
    ingest(run, "forget", site.url("/1"))
    ingest(run, "export", "--format", "txt", "--output", tmp_path / "txt")
    assert [file.name for file in (tmp_path / "txt").iterdir()] == ["00000002-two.txt"]


# nothing brings it back


AGAIN = {
    "as it was": entry(1, link="/1", guid="g1"),
    "edited": entry(1, link="/1", guid="g1", title=f"{WORD}, corrected", text=f"More of {WORD}."),
    "at its address": entry(1, link="/1?utm_source=x", guid="another"),
    "with its guid": entry(1, link="/moved", guid="g1"),
    "at the address that it had with its guid": entry(1, link="/moved", guid="third"),
}


def test_its_feed_does_not_bring_it_back(forgotten, run):
    for again in (*AGAIN.values(), *AGAIN.values()):
        poll(run, again, OTHER)
        assert (counts(run, "articles", "rechecks_due"), bytes_of(run)) == ([1, 0], 0)
    assert run.outcomes() == ["refused", "archived", "refused"]  # the last is the entry with neither of its names


def test_an_entry_under_another_name_of_it_has_a_row_that_says_so(forgotten, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.subscribe([WantedFeed(f"{forgotten.url}?second")], run.now_at)
    assert poll(run, AGAIN["at its address"], feed_id=2) == ["refused", "archived", "refused"]
    row = run.row("SELECT reason, title, summary, published_at, due_at FROM entries WHERE id = 3")
    assert row["reason"].startswith("forgotten ")
    assert [value for name, value in row.items() if name != "reason"] == [None] * 4
    assert bytes_of(run) == 0


def test_an_entry_that_waits_for_its_page_ends_when_its_article_was_forgotten(feed, site, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        for n, address in enumerate(("/1", "/1/?utm_source=x", "/1?amp=1")):
            archive.add_entries(1, [make.entry(f"a{n}", site.url(address), title=WORD)], run.now_at)
        archive.add_entries(1, [make.entry("g1", site.url("/9"), title=WORD)], run.now_at)
    assert ingest(run, "forget", site.url("/1")).out.endswith(": 1 article, 1 page, 5 entries\n")
    assert (run.outcomes(), bytes_of(run)) == (["refused", "archived", *["refused"] * 4], 0)
    assert ingest(run, "explain", site.url("/9")).out.count("outcome     refused: forgotten") == 5


def test_an_edit_does_not_give_an_open_entry_the_text(forgotten, site, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.add_entries(1, [make.entry("g9", site.url("/9"), title="Nine", text_hash="1:a")], run.now_at)
        archive.settle(3, Outcome.FAILED, reason="HTTP 500")
    poll(run, entry(9, link="/1", guid="g9", title="Nine", text=f"Now {WORD}."))
    assert (run.outcomes(), bytes_of(run)) == (["refused", "archived", "refused"], 0)


def test_other_names_of_its_page_do_not_bring_it_back(forgotten, site, run):
    """A page at its address, a redirect, a page that names its address, and an article that goes on there."""
    claiming = page(1, title=WORD, head=f'<link rel="canonical" href="{site.url("/1")}">')
    site.redirect("/short", "/1")
    site.page("/claiming", claiming)
    site.page("/3", page(3, title="Three", head='<link rel="next" href="/1">'))
    names = [entry(1, link=f"/{name}", guid=name) for name in ("1", "short", "claiming")]
    site.page("/other.xml", rss(*names, entry(3, link="/3", guid="g3", title="Three", text="T.")))
    tally = run.later(days=1).now(WantedFeed(site.url("/other.xml")))
    assert tally.entries == {"refused": 2, "archived": 1}
    assert run.outcomes() == ["refused", "archived", "refused", "refused", "refused", "archived"]
    reasons = run.column("SELECT reason FROM entries WHERE id IN (4, 5)")
    assert all("it leads to what was forgotten" in reason for reason in reasons)
    assert (counts(run, "articles", "pages"), bytes_of(run)) == ([2, 2], 0)
    site.requests.clear()
    site.page("/third.xml", rss(*(entry(1, link=f"/{name}", guid=f"3{name}") for name in ("short", "claiming"))))
    run.now(WantedFeed(site.url("/third.xml")))
    assert [request.path for request in site.requests] == ["/third.xml"]
    assert (run.outcomes()[6:], bytes_of(run)) == (["refused"] * 2, 0)


def test_an_archived_article_that_redirects_to_it_keeps_its_text(forgotten, site, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.subscribe([forgotten], run.now_at)
        archive.add_aliases(2, [f"{site.host}/gone"])
        edited = make.entry("g2", site.url("/gone"), title="Two")
        archive.schedule_recheck(2, edited, run.now_at)
        archive.db.execute("UPDATE entries SET url = ?, canonical_url = ?1 WHERE id = 2", [site.url("/gone")])
    site.redirect("/gone", "/1")
    run.now(only=[])
    kept = run.row("SELECT outcome, reason FROM entries WHERE id = 2")
    assert (kept["outcome"], "it leads to what was forgotten" in kept["reason"]) == ("archived", True)
    assert (counts(run, "revisions", "rechecks_due"), bytes_of(run)) == ([0, 0], 0)


def test_its_guid_is_no_name_of_an_archived_article_that_takes_it(forgotten, run):
    assert poll(run, entry(2, link="/2", guid="g1", title="Two", text="Two.")) == ["refused", "archived"]
    assert run.column("SELECT key FROM aliases JOIN tombstone_keys USING (key)") == []


def test_a_guid_of_several_articles_is_the_name_of_none(feed, site, run):
    with run.writing() as db:
        db.execute("UPDATE entries SET guid = 'g1'")
    assert ingest(run, "forget", site.url("/1")).code == 0
    assert run.column("SELECT count(*) FROM tombstone_keys") == [1]
    new = entry(3, link="/3", guid="g1", title="Three", text="Three.")
    assert poll(run, new) == ["refused", "archived", "pending"]


def test_an_address_that_brought_no_article_is_forgotten_too(feed, site, run):
    with run.writing() as db:
        db.execute("UPDATE entries SET outcome = 'no_text', article_id = NULL WHERE id = 1")
        db.execute("DELETE FROM aliases WHERE article_id = 1")
    assert ingest(run, "forget", site.url("/1")).out == f"forgot {site.url('/1')}: 1 entry\n"
    assert run.row("SELECT outcome, title FROM entries WHERE id = 1") == {"outcome": "refused", "title": None}
    assert [change["kind"] for change in ingest(run, "changes").rows] == ["article", "article"]
    assert poll(run, AGAIN["edited"], OTHER) == ["refused", "archived"]
    assert run.column("SELECT summary FROM entries WHERE id = 1") == [None]


# copies


def add(archive, n, body=None, *, at=make.NOW):
    """Add an article with an entry and its alias."""
    url = f"https://news.example/{n}"
    made = make.article(url, body or f"{WORD} text {n}.", title=f"{WORD} {n}")
    article_id = archive.add_article(made, [make.page(f"page {n}".encode())], at)
    archive.add_entries(1, [make.entry(f"g{n}", url, title=f"{WORD} {n}", content=f"{WORD} " * 40)], at)
    archive.settle(n, Outcome.ARCHIVED, article_id=article_id)
    archive.add_aliases(article_id, [f"news.example/{n}"])
    return article_id


@pytest.fixture
def tied(run):
    """Article 1 has a revision, a copy, and article 2 merged into it; article 3 was merged and split off again."""
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.subscribe([make.feed()], make.NOW)
        for n in (1, 2, 3):
            add(archive, n)
        archive.revise(1, make.article("", f"{WORD}, later.", title=WORD), make.NOW, pages=[make.page(b"later")])
        archive.merge(2, Copy(1, "by hand", 1, adds=True), make.NOW)
        archive.merge(3, Copy(1, "by hand", 1, adds=True), make.NOW)
        archive.split(archive.copy(2), 3, [], make.NOW, reason="split off by hand")
        copy = make.article("https://other.example/1", f"{WORD}, copied.", title=WORD)
        copy_id = archive.add_copy(copy, Copy(1, "near 1", 1, adds=True), [make.page(b"copied")], make.NOW)
        archive.add_aliases(1, ["other.example/1"], copy_id)
    return run


@pytest.mark.parametrize("url", ["news.example/1", "news.example/2", "other.example/1"])
def test_its_copies_and_what_was_merged_into_it_go_with_it(tied, url):
    result = ingest(tied, "forget", f"https://{url}", "--json")
    assert result.json == {
        "url": f"https://{url}", "article_ids": [1, 2], "articles": 2, "revisions": 1, "copies": 3, "pages": 4,
        "entries": 2, "stays": [{"id": 3, "url": "https://news.example/3"}], "already": False, "dry_run": False,
    }  # fmt: skip
    assert counts(tied, "articles", "copies", "revisions", "pages", "revision_pages", "copy_pages") == [
        1,
        0,
        0,
        1,
        0,
        0,
    ]
    assert tied.column("SELECT key FROM tombstone_keys WHERE key LIKE '%/%' ORDER BY key") == [
        "news.example/1", "news.example/2", "other.example/1"
    ]  # fmt: skip
    assert [(c["kind"], c["id"]) for c in ingest(tied, "changes").rows][-2:] == [("forgotten", 1), ("forgotten", 2)]
    assert "its article was forgotten" in sentence(ingest(tied, "split", 3), code=1)
    assert is_sound(tied)


def test_an_article_that_was_split_off_goes_by_itself(tied):
    result = ingest(tied, "forget", "https://news.example/3")
    assert "  article 1 stays, which was split off: https://news.example/1\n" in result.out
    assert counts(tied, "current_articles", "copies", "articles") == [1, 2, 2]
    assert is_sound(tied)


# the bytes


@pytest.fixture
def careless(run):
    """An archive whose SQLite leaves the bytes of what it deletes, as most builds do."""
    with Archive(run.path, "test") as archive:
        archive.db.execute("PRAGMA secure_delete = OFF")
        with archive.transaction():
            archive.subscribe([make.feed()], make.NOW)
            for n in range(1, 9):
                add(archive, n, f"{WORD} text {n}." if n == 8 else f"Text {n}.")
        with archive.transaction():
            archive.db.execute("UPDATE entries SET title = 'T', content = NULL, summary = NULL WHERE id < 8")
            archive.db.execute("UPDATE entries SET content = ? WHERE id = 8", [f"{WORD} " * 3000])
            archive.db.execute("UPDATE articles SET title = 'T' WHERE id < 8")
            archive.db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')")
            archive.db.execute("UPDATE entries SET content = 'short' WHERE id = 8")
    return run


def test_no_byte_of_it_is_left_though_sqlite_had_left_some(careless):
    forget_without_erasing(careless)
    assert bytes_of(careless) > 0
    assert ingest(careless, "forget").code == 0
    assert bytes_of(careless) == 0
    assert careless.column("SELECT erased_at IS NOT NULL FROM tombstones") == [1]


def forget_without_erasing(run):
    """End before the file is rewritten."""
    with Archive(run.path, "test") as archive:
        going = forget.find("https://news.example/8", archive)
        with archive.transaction():
            forget.forget(going, archive, make.NOW)


def test_a_reader_that_keeps_the_bytes_is_named_and_the_next_run_removes_them(feed, site, run, monkeypatch):
    monkeypatch.setattr("storage.connection.BUSY_TIMEOUT_MS", 1)
    with closing(sqlite3.connect(run.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchone()
        result = ingest(run, "forget", site.url("/1"))
        assert (result.code, "another program reads the archive" in result.err) == (1, True)
        assert "bytes of 1 may be left" in ingest(run, "status").out
        assert "bytes of it may be left" in ingest(run, "explain", site.url("/1")).out
        assert bytes_of(run) > 0
    assert ingest(run, "forget").code == 0
    assert bytes_of(run) == 0
    assert "bytes" not in ingest(run, "status").out


@pytest.mark.parametrize("after", ["forget_articles", "give_to_tombstone", "add_tombstone_keys", "commit"])
def test_killed_at_any_instant_it_is_there_or_gone(feed, site, run, after):
    if not (child := os.fork()):
        with Archive(run.path, "test") as archive:
            going = forget.find(site.url("/1"), archive)
            if after != "commit":
                done = getattr(archive, after)
                setattr(archive, after, lambda *args: (done(*args), os._exit(9)))
            with archive.transaction():
                forget.forget(going, archive, make.NOW)
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    there = after != "commit"
    assert counts(run, "articles", "pages", "tombstones") == ([2, 2, 0] if there else [1, 1, 1])
    assert is_sound(run)
    assert ingest(run, "forget", site.url("/1")).code == 0
    assert (counts(run, "articles"), bytes_of(run)) == ([1], 0)
