"""The archive from Python: records with typed fields, and the change log as an iterator."""

import sqlite3
import subprocess
import sys
import types
from contextlib import closing
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Literal, Union, get_args, get_origin

import pytest

from storage.archive import Archive
from storage.content import Copy as Evidence
from storage.errors import ArchiveGone
from storage.exports import ExportRefused, write_export
from storage.files import Protected
from storage.migrations import migrate
from storage.reader import Article, Change, Copy, Reader, Revision, Selection
from tests import builders as make
from tests.command_run import CHECKOUT

TABLES = {Article: "current_articles", Copy: "copies", Revision: "revisions", Change: "changes"}
HEAVY = ("numpy", "pydantic", "pydantic_settings", "aiohttp", "lxml", "sqlite_utils", "asyncio", "trafilatura", "click")


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "news.db", "test") as archive:
        yield archive


@pytest.fixture
def reader(archive):
    with Reader(archive.path) as reader:
        yield reader


def add(archive, *numbers, **more):
    """Each in a transaction of its own."""
    for number in numbers:
        with archive.transaction():
            archive.add_article(make.article(f"https://news.example/{number}", f"Text {number}.", **more), (), make.NOW)


def fits(value, kind):
    """Return whether a value is of the type that a record's field has."""
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(fits(each, get_args(kind)[0]) for each in value)
    if get_origin(kind) in (Union, types.UnionType):
        return any(fits(value, each) for each in get_args(kind))
    return type(value) is kind


def check(record):
    wrong = {f.name: getattr(record, f.name) for f in fields(record) if not fits(getattr(record, f.name), f.type)}
    assert wrong == {}
    assert not hasattr(record, "__dict__")


@pytest.mark.parametrize("record", TABLES)
def test_a_record_has_the_columns_of_its_table(record):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        migrate(db)
        columns = {row["name"]: row for row in db.execute("SELECT * FROM pragma_table_info(?)", [TABLES[record]])}
    types_of = {field.name: field.type for field in fields(record)}
    types_of.pop("record", None)
    assert list(types_of) == list(columns)
    if record is not Article:  # a view does not say which columns may be NULL
        may_be_null = {name for name, row in columns.items() if not row["notnull"] and not row["pk"]}
        assert {name for name, kind in types_of.items() if fits(None, kind)} == may_be_null


def test_rows_are_records_with_instants_tuples_and_literals(archive, reader):
    add(archive, 1, markdown="Text.\n", access="free", published_precision="second", tags=("a", "b"))
    add(archive, 2, title=None, published_at=None, published_from=None, authors=(), tags=())
    with archive.transaction():
        archive.revise(1, make.content("Later.", title=None, content_hash="1:x"), make.NOW + timedelta(days=1))
        archive.add_copy(make.article("https://b.example/1"), Evidence(1, "test 1", 1, adds=False), (), make.NOW)
    one, two = reader.articles()
    (revision,) = reader.revisions(1)
    (copy,) = reader.copies(1)
    for record in (one, two, revision, copy, *reader.changes(), *reader.search("later OR text")):
        check(record)
    assert (one.tags, one.authors, one.published_at) == (("a", "b"), ("Ada Byron",), make.NOW)
    assert (one.body, one.title, one.revised_at) == ("Later.", "A title", make.NOW + timedelta(days=1))
    assert (two.title, two.published_at, two.authors, two.published_ahead) == (None, None, (), False)
    assert (revision.body, revision.cause, revision.title) == ("Later.", "edit", None)
    assert (copy.url, copy.score, copy.adds) == ("https://b.example/1", 1.0, False)
    assert reader.article(1) == one
    assert reader.article(3) is None
    with pytest.raises(FrozenInstanceError):
        one.title = "Another"


def test_an_instant_is_aware_and_in_utc(archive, reader):
    add(archive, 1, published_at=datetime.fromisoformat("2026-03-01T23:30:00+05:30"))
    (article,) = reader.articles()
    assert article.published_at == datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
    assert article.published_at.tzinfo is UTC
    assert article.published_ahead


def test_articles_are_selected_and_go_on_after_an_id(archive, reader):
    add(archive, 1, 2, 3)
    add(archive, 4, site="other.example")
    assert [article.id for article in reader.articles(after=2)] == [3, 4]
    assert [article.id for article in reader.articles(Selection(sites=("news.example",)), after=1)] == [2, 3]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"sites": "news.example"}, "sites: 'news.example' is a string; give a tuple of strings"),
        ({"until": datetime(2026, 3, 1)}, "until: 2026-03-01 00:00:00 has no time zone; give an aware datetime"),  # noqa: DTZ001
    ],
)
def test_a_filter_that_would_select_something_else_is_refused(filters, message):
    with pytest.raises(ValueError, match=message):
        Selection(**filters)
    assert Selection(match="words", languages=["fr"])


def test_an_iterator_may_outlive_its_reader(archive):
    add(archive, 1, 2)
    with Reader(str(archive.path)) as reader:
        iterators = reader.articles(), reader.article_rows(), reader.changes(), reader.rows("SELECT id FROM articles")
        for iterator in iterators:
            next(iterator)
    del iterator, iterators  # a warning would fail this test


def test_a_merged_article_is_read_as_the_one_that_it_was_merged_into(archive, reader):
    add(archive, 1, 2)
    with archive.transaction():
        archive.revise(1, make.content("Later.", content_hash="1:x"), make.NOW)
        archive.merge(2, Evidence(1, "by hand", 1, adds=False), make.NOW)
    assert reader.article(2) == reader.article(1)
    assert reader.revisions(2) == reader.revisions(1)
    assert [copy.merged_id for copy in reader.copies(2)] == [2]
    assert [article.id for article in reader.articles()] == [1]


def test_a_search_says_how_many_were_ranked(archive, reader, monkeypatch):
    add(archive, 1, 2, 3)
    monkeypatch.setattr("storage.search.MAX_RANKED", 2)
    found = reader.search("text", limit=5)
    assert ([hit.id for hit in found], found.ranked) == ([3, 2], 2)
    assert "[Text]" in found[0].snippet
    assert reader.search("nothing") == []


# the change log


def test_each_change_has_the_record_that_was_added_as_it_is_now(archive, reader):
    add(archive, 1, 2)
    with archive.transaction():
        archive.revise(1, make.content("Later.", content_hash="1:x"), make.NOW)
        archive.add_copy(make.article("https://b.example/1"), Evidence(1, "test 1", 1, adds=False), (), make.NOW)
    with archive.transaction():
        archive.forget_articles([2], make.NOW)
    changes = list(reader.changes())
    assert [(change.seq, change.kind, change.article_id) for change in changes] == [
        (1, "article", 1), (2, "article", 2), (3, "revision", 1), (4, "copy", 1), (5, "forgotten", 2),
    ]  # fmt: skip
    kinds = [type(change.record).__name__ for change in changes]
    assert kinds == ["Article", "NoneType", "Revision", "Copy", "NoneType"]
    first = changes[0].record
    assert (first.body, first.revised_at) == ("Text 1.", None)  # the revision is a change of its own
    for change in changes:
        check(change)
        if change.record:
            check(change.record)


def test_following_goes_on_with_what_is_committed_until_it_is_asked_to_end(archive, reader):
    add(archive, 1)
    steps = iter([lambda: None, lambda: add(archive, 2, 3), lambda: add(archive, 4, site="other.example")])

    def until():
        step = next(steps, None)
        if step:
            step()
        return step is None and changes.after == 4

    changes = reader.changes(Selection(sites=("news.example",)), follow=True, until=until)
    assert [change.seq for change in changes] == [1, 2, 3]
    assert changes.after == 4  # the one of another site was read too
    assert list(reader.changes(after=changes.after)) == []


def test_a_change_counts_as_read_when_the_next_one_is_asked_for(archive, reader):
    add(archive, 1, 2, 3)
    changes = reader.changes(follow=True)
    assert (next(changes).seq, changes.after) == (1, 0)
    assert (next(changes).seq, changes.after) == (2, 1)
    changes.close()
    assert list(changes) == []
    assert changes.after == 2
    assert [change.seq for change in reader.changes(after=changes.after)] == [3]


def test_a_follower_holds_no_transaction_open(archive, reader):
    add(archive, 1, 2)
    changes = reader.changes(follow=True)
    next(changes)
    assert not reader.db.in_transaction
    add(archive, 3)
    (busy, *_) = archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    assert [next(changes).seq, next(changes).seq] == [2, 3]


def test_a_follower_of_a_file_that_is_gone_raises_archive_gone(archive, reader):
    add(archive, 1)
    changes = reader.changes(follow=True)
    next(changes)
    archive.path.rename(archive.path.with_name("moved.db"))
    with pytest.raises(ArchiveGone, match="removed, renamed or replaced"):
        next(changes)
    archive.path.with_name("moved.db").rename(archive.path)


# exports


@pytest.mark.parametrize(("format_", "message"), [("xml", "give one of jsonl, csv, "), ("html", "path of a folder")])
def test_an_export_that_cannot_be_is_refused(reader, format_, message):
    with pytest.raises(ExportRefused, match=message):
        write_export(reader, format_, BytesIO(), Protected(reader.path))


# the import


@pytest.mark.parametrize("module", ["storage.reader", "ingest"])
def test_the_import_loads_nothing_heavy(module):
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    environment = {"PYTHONPATH": str(CHECKOUT), "PATH": ""}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert result.stdout == "[]\n"
    assert (Path(CHECKOUT) / module.partition(".")[0] / "py.typed").exists()
