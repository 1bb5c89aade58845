"""Archives of schemas before 4, in which feed addresses have passwords."""

import sqlite3

import pytest
from sqlite_utils import Database

from storage.archive import Archive
from storage.connection import APPLICATION_ID
from storage.migrations import migrations
from storage.reader import Reader
from storage.records import WantedFeed
from tests import builders as make

SECRET = "s3cret-marker"
AT = "2026-01-01T00:00:00Z"
OLD = f"https://reader:{SECRET}@news.example"
SITE = "https://news.example"


def begun(path):
    """Return a connection to an archive of schema 3, whose deleted rows stay in the file."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA secure_delete = OFF")
    migrations.apply(Database(db, strict=True), stop_before="m004_no_passwords")
    return db


@pytest.fixture
def before(path):
    """Yield a connection to an archive with the marker in rows, in free pages and in the log."""
    db = begun(path)
    db.execute("BEGIN")
    feed = {
        "url": f"{OLD}/feed",
        "address": f"{OLD}/moved",
        "move_seen": f"{OLD}/new",
        "validators_url": f"{OLD}/moved",
    }
    polled = {"site_url": f"{OLD}/", "last_error": f"redirected to {OLD}/x: HTTP 401"}
    insert(db, "feeds", added_at=AT, polled_at=AT, **feed, **polled)
    seen = {"host": "news.example", "first_seen_at": AT, "last_seen_at": AT}
    entry = {"guid": f"{OLD}/a", "url": f"{OLD}/a", "canonical_url": f"{SITE}/a", "image_url": f"{OLD}/a.png"}
    insert(db, "entries", feed_id=1, reason=f"it leads to {OLD}/b now", outcome="archived", **entry, **seen)
    insert_poll(db, f"{OLD}/x: HTTP 401")
    said = {"body": "curl https://user@host.example", "image_url": f"{OLD}/a.png", "content_hash": "1:0", "words": 2}
    made = {"archived_at": AT, "body_from": "page", "extractor": "test"}
    insert(db, "articles", url=f"{SITE}/a", site="news.example", **said, **made)
    insert(db, "pages", article_id=1, fetched_at=AT, status=200, final_url=f"{OLD}/a", headers="{}", html=b"")
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("BEGIN")
    for _ in range(200):
        insert_poll(db, OLD * 50)
    db.execute("COMMIT")
    db.execute("DELETE FROM polls WHERE id > 1")
    yield db
    db.close()


def insert_poll(db, error):
    insert(db, "polls", feed_id=1, at=AT, outcome="failed", entries_seen=0, entries_new=0, bytes=0, ms=0, error=error)


def insert(db, table, **row):
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def found_in(path):
    return [file.name for file in sorted(path.parent.glob("news.db*")) if SECRET.encode() in file.read_bytes()]


def test_a_migrated_archive_has_no_password_in_any_byte(before, path):
    before.close()
    assert found_in(path) == ["news.db"]
    with Archive(path, "now") as archive:
        assert found_in(path) == []
        archive.subscribe([WantedFeed(f"{SITE}/feed")], make.NOW)
    with Reader(path) as reader:
        (feed,) = reader.rows("SELECT url, address, move_seen, active FROM feeds")
        assert feed == {"url": f"{SITE}/feed", "address": f"{SITE}/moved", "move_seen": f"{SITE}/new", "active": 1}
        (entry,) = reader.rows("SELECT guid, url, reason FROM entries")
        assert entry == {"guid": f"{SITE}/a", "url": f"{SITE}/a", "reason": f"it leads to {SITE}/b now"}
        (article,) = reader.rows("SELECT body, image_url FROM articles")
        assert article == {"body": "curl https://user@host.example", "image_url": f"{SITE}/a.png"}
        assert [hit.url for hit in reader.search("curl")] == [f"{SITE}/a"]
    assert found_in(path) == []


def test_while_another_program_reads_the_rewriting_waits_for_the_next_start(before, path, monkeypatch, caplog):
    monkeypatch.setattr("storage.connection.BUSY_TIMEOUT_MS", 10)
    before.execute("BEGIN")
    before.execute("SELECT count(*) FROM feeds").fetchone()
    Archive(path, "now").close()
    assert "another program reads it; run this again" in caplog.text
    before.close()
    caplog.clear()
    Archive(path, "now").close()
    assert (found_in(path), caplog.text) == ([], "")
    with Reader(path) as reader:
        assert reader.row("SELECT name FROM sqlite_schema WHERE name = 'rewriting_due'") is None


def test_feeds_that_differed_in_the_password_only_become_one(before, path):
    insert(before, "feeds", url=f"{SITE}/feed", address=f"{SITE}/feed", active=0, added_at=AT)
    insert(before, "feeds", url=f"https://reader:old-{SECRET}@news.example/feed", address="x", active=0, added_at=AT)
    for feed_id in (2, 3):
        insert(before, "entries", feed_id=feed_id, guid=f"g{feed_id}", host="h", first_seen_at=AT, last_seen_at=AT)
    before.close()
    Archive(path, "now").close()
    assert found_in(path) == []
    with Reader(path) as reader:
        assert list(reader.rows("SELECT id, url, active FROM feeds")) == [{"id": 1, "url": f"{SITE}/feed", "active": 1}]
        assert [row["feed_id"] for row in reader.rows("SELECT feed_id FROM entries ORDER BY id")] == [1, 1, 1]


def test_a_password_of_a_feed_that_was_united_with_another_leaves_the_file_too(path):
    before = begun(path)
    insert(before, "feeds", url=f"{SITE}/feed", address=f"{SITE}/feed", added_at=AT)
    insert(before, "feeds", url=f"{OLD}/feed", address="x", active=0, added_at=AT)
    before.close()
    Archive(path, "now").close()
    assert found_in(path) == []


def test_an_earlier_archive_is_read_without_its_passwords(before, path):
    with Reader(path) as reader:
        assert SECRET not in str([reader.feed_health(), reader.article_row(1), reader.entries_at([f"{SITE}/a"])])
        assert SECRET not in str([list(reader.rows("SELECT * FROM polls")), list(reader.rows("SELECT * FROM feeds"))])
        assert reader.schema_version() == 3


def test_an_archive_without_passwords_is_not_rewritten(path):
    before = begun(path)
    insert(before, "feeds", url=f"{SITE}/@feed", address=f"{SITE}/feed?u=a@b", added_at=AT)
    # More free pages than the later migrations fill.
    before.execute(
        """CREATE TABLE freed AS WITH RECURSIVE numbers (n) AS (VALUES (1) UNION SELECT n + 1 FROM numbers WHERE n < 99)
           SELECT hex(randomblob(9000)) || 'freed-marker' AS x FROM numbers"""
    )
    before.execute("DROP TABLE freed")
    before.close()
    Archive(path, "now").close()
    assert b"freed-marker" in path.read_bytes()
    with Reader(path) as reader:
        assert reader.row("SELECT url, address FROM feeds") == {
            "url": f"{SITE}/@feed",
            "address": f"{SITE}/feed?u=a@b",
        }
