"""Archives of every schema that there has been, as they were left by their version, under today's commands."""

import json
import sqlite3
from contextlib import closing

import pytest
import zstandard
from sqlite_utils import Database

from storage.connection import APPLICATION_ID
from storage.migrations import migrations
from storage.reader import Reader
from tests.command_run import sentence

VERSIONS = [migration.name for migration in migrations.pending(Database(memory=True))]
ROWS = """
INSERT INTO feeds (url, address, name, added_at) VALUES ('http://a.example/f', 'http://a.example/f', 'A', :at);
INSERT INTO articles (url, site, title, archived_at, body, body_from, words, content_hash, extractor)
  VALUES (:url, 'a.example', 'Élan', :at, 'First text.', 'page', 2, '1:a', 'x 1');
INSERT INTO entries (feed_id, guid, url, canonical_url, host, first_seen_at, last_seen_at, outcome, article_id)
  VALUES (1, 'g', :url, :url, 'a.example', :at, :at, 'archived', 1);
INSERT INTO aliases (key, article_id) VALUES ('a.example/1', 1);
INSERT INTO copies (article_id, url, site, body, archived_at, method, score)
  VALUES (1, 'https://b.example/1', 'b.example', 'First text.', :at, 'near 1', 1);
INSERT INTO revisions (article_id, title, body, content_hash, archived_at)
  VALUES (1, 'Élan vital', 'Second text.', '1:b', :at);
INSERT INTO pages (article_id, fetched_at, status, final_url, headers, html) VALUES (1, :at, 200, :url, '{}', :html);
INSERT INTO polls (feed_id, at, outcome, status, entries_seen, entries_new, bytes, ms)
  VALUES (1, :at, 'parsed', 200, 1, 1, 9, 1);
INSERT INTO hosts (host, blocked_until) VALUES ('a.example', :at);
"""
VALUES = {"at": "2026-01-01T00:00:00Z", "url": "https://a.example/1", "html": zstandard.compress(b"<p>First text.")}


RULES = """
[[rules]]
name = "no texts"
action = "drop"
feeds = ["http://a.example/f"]
text = ["text"]
"""


@pytest.fixture(params=range(1, len(VERSIONS) + 1), ids=VERSIONS)
def earlier(request, folder):
    """An archive whose last migration was this one, with a row in each table of the first."""
    folder.set_up("http://a.example/f")
    (folder.config / "rules.toml").write_text(RULES)
    with closing(sqlite3.connect(folder.archive, isolation_level=None)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA journal_mode = WAL")
        following = VERSIONS[request.param] if request.param < len(VERSIONS) else None
        migrations.apply(Database(db, strict=True), stop_before=following)
        for statement in ROWS.split(";\n"):
            db.execute(statement, VALUES)
    return folder


def test_every_reading_command_reads_it(earlier, tmp_path):
    before = earlier.archive.read_bytes()
    status = earlier.ingest("status", "--json").json
    assert (status["totals"]["articles"], status["feeds"][0]["articles"]) == (1, 1)
    assert [row["id"] for row in earlier.ingest("search", "--json", "elan vital second").rows] == [1]
    for which in ("1", "https://a.example/1"):
        article = earlier.ingest("show", "--json", which).json
        assert (article["title"], article["site_name"], len(article["copies"])) == ("Élan vital", None, 1)
        assert (article["markdown"], article["media"], article["revisions"][0]["cause"]) == (None, [], None)
    explained = earlier.ingest("explain", "--json", "https://a.example/1").json
    assert (explained["article"]["id"], explained["entries"][0]["outcome"]) == (1, "archived")
    for words in (["changes"], ["changes", "--without-reclean"]):
        assert [row["kind"] for row in earlier.ingest(*words).rows] == ["article", "copy", "revision"]
    with Reader(earlier.archive) as reader:
        (article,), (copy,), (revision,) = reader.articles(), reader.copies(1), reader.revisions(1)
        assert (article.body, copy.body, revision.body) == ("Second text.", "First text.", "Second text.")
        assert [change.kind for change in reader.changes()] == ["article", "copy", "revision"]
        found = reader.results("elan vital second")
        assert (found.total, [each.name for each in found.facets["feed"]]) == (1, ["A"])
    (row,) = earlier.ingest("export").rows
    assert (row["body"], row["section"]) == ("Second text.", None)
    report = earlier.ingest("report", "--json", "-", "--since", "2026-01-01", "--until", "2026-01-02").json
    assert [len(report[name]) for name in ("coverage", "growth", "requests", "copies", "copied")] == [1, 1, 1, 1, 1]
    texts = [["status"], ["search", "elan"], ["show", "1"], ["show", "1", "--diff"], ["explain", "https://a.example/1"]]
    texts += [
        ["export", "--format", "csv"],
        ["export", "--format", "atom"],
        ["export", "--changes-after", "1"],
        ["export", "--site", "a.example", "--since", "2025-01-01"],
        ["feeds", "list"],
        ["hooks", "list"],
        ["hooks", "dead"],
        ["rules", "test"],
        ["rules", "apply", "--dry-run"],
    ]
    texts += [["export", "--format", format_, "--output", str(tmp_path / format_)] for format_ in ("txt", "html")]
    texts += [["backup", str(tmp_path / "copy.db")]]
    for words in texts:
        result = earlier.ingest(*words)
        assert (result.code, "fault" in result.err) == (0, False), (words, result)
    forget = earlier.ingest("forget", "--dry-run", "https://a.example/1")
    assert forget.out.endswith("1 article, 1 revision, 1 copy, 1 page, 1 entry\n")
    dry = earlier.ingest("reclean", "--dry-run")
    assert dry.code == 0 or "let `ingest now` bring it up to date" in sentence(dry, code=3)
    assert earlier.archive.read_bytes() == before


def test_every_writing_command_brings_it_up_to_date(earlier):
    assert earlier.ingest("fingerprint").code == 0
    assert earlier.column("PRAGMA user_version") == [len(VERSIONS)]
    assert earlier.column("PRAGMA integrity_check") == ["ok"]
    assert json.loads(earlier.ingest("show", "--json", "1").out)["title"] == "Élan vital"
    assert earlier.ingest("reclean", "--dry-run").code == 0
