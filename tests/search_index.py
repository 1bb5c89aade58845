"""The search index against one that is made anew, and the labels of articles against the archive's other tables."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from storage import blocks as sets
from storage.labels import folded

INSTANCES = "SELECT term, doc, col, offset FROM temp.{} ORDER BY 1, 2, 3, 4"


def check_selections(path: Path) -> None:
    """Assert that the index has the current texts, and `selectable` and `postings` what they are made of."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
        db.execute("CREATE VIRTUAL TABLE temp.anew USING fts5 (title, body, tokenize='unicode61 remove_diacritics 2')")
        db.execute("INSERT INTO temp.anew (rowid, title, body) SELECT id, title, body FROM current_articles")
        db.execute("CREATE VIRTUAL TABLE temp.new_words USING fts5vocab(temp, anew, instance)")
        db.execute("CREATE VIRTUAL TABLE temp.old_words USING fts5vocab(main, articles_fts, instance)")
        assert (
            db.execute(INSTANCES.format("old_words")).fetchall() == db.execute(INSTANCES.format("new_words")).fetchall()
        )
        rows = "SELECT {}, site, language, access, published_at, archived_at, words FROM {} ORDER BY 1"
        assert (
            db.execute(rows.format("article_id", "selectable")).fetchall()
            == db.execute(rows.format("id", "current_articles")).fetchall()
        )
        assert posted(db) == expected(db)


def posted(db: sqlite3.Connection) -> dict[tuple[str, str], set[int]]:
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for kind, label, block, mask in db.execute(
        "SELECT kind, label, block, mask FROM postings JOIN labels ON labels.id = label_id WHERE mask <> 0"
    ):
        found[kind, label] |= set(sets.ids({block: mask}))
    return found


def expected(db: sqlite3.Connection) -> dict[tuple[str, str], set[int]]:
    """Return {(kind, label): ids}, from articles and entries themselves."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for kind, label, article_id in db.execute("SELECT kind, label, article_id FROM selectable_labels"):
        found[kind, label].add(article_id)
    for article_id, tags, authors in db.execute("SELECT id, tags, authors FROM articles"):
        for kind, names in (("tag", tags), ("author", authors)):
            for name in json.loads(names):
                found[kind, folded(name)].add(article_id)
    for feed_id, article_id in db.execute("SELECT feed_id, article_id FROM entries WHERE article_id IS NOT NULL"):
        found["feed", str(feed_id)].add(article_id)
    return found
