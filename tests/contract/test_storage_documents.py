"""The archive is as its README describes it: tables, views, outcomes, queries and code to copy."""

import re
import sqlite3

import pytest
import zstandard

from storage.archive import Archive
from storage.compression import compress
from storage.connection import SCHEMA_VERSION
from storage.figures import query_of
from storage.reader import Reader
from storage.records import Dictionary, Outcome
from tests import builders as make
from tests.documents import CHECKOUT, README, room, rows

STORAGE = room("storage")


@pytest.fixture
def db(tmp_path):
    with Archive(tmp_path / "news.db", "now") as archive:
        archive.subscribe([make.feed()], make.NOW)
        archive.add_entries(1, [make.entry()], make.NOW)
        archive.add_article(make.article(), [make.page(zstandard.compress(b"<p>First paragraph."))], make.NOW)
        connection = sqlite3.connect(tmp_path / "news.db")
        yield connection
        connection.close()


def described():
    """Return {table: [columns]} as the README has them."""
    tables = re.split(r"^\*\*(\w+)\*\*:", STORAGE.section("Tables"), flags=re.MULTILINE)[1:]
    return {
        name: re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
        for name, text in zip(tables[::2], tables[1::2], strict=True)
    }


def test_every_table_and_column_is_described_in_the_files_order(db):
    tables = [
        row[0]
        for row in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%STRICT%' ORDER BY name"
        )
        if row[0] != "_sqlite_migrations"
    ]
    in_file = {table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for table in tables}
    assert described() == {name: in_file[name] for name in described()}
    assert set(described()) == set(in_file)


def test_every_table_of_ours_is_strict(db):
    loose = db.execute(
        """SELECT name FROM pragma_table_list
           WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'"""
    )
    assert loose.fetchall() == []


def test_every_view_and_the_search_index_are_described(db):
    views = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")}
    named = set(re.findall(r"^- `(\w+)`: ", STORAGE.section("Views and search"), re.MULTILINE))
    assert named == views | {"articles_fts"}


def test_every_figure_is_described_with_its_parameters_and_columns(db):
    described = {cells[0].strip("`"): cells for cells in rows(STORAGE.section("Figures"))}
    assert list(described) == sorted(path.stem for path in (CHECKOUT / "storage/figures").glob("*.sql"))
    for name, (_, parameters, columns, _) in described.items():
        sql = query_of(name)
        assert sql.startswith("-- "), name
        assert set(filter(None, parameters.split(", "))) == set(re.findall(r":(since|until|feed_id)\b", sql)), name
        values = {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z", "feed_id": 1}
        assert re.findall(r"`(\w+)`", columns) == [column[0] for column in db.execute(sql, values).description], name


def test_every_outcome_is_described():
    assert [cells[0].strip("`") for cells in rows(STORAGE.section("Outcomes"))] == list(Outcome)


def test_every_outcome_of_a_poll_is_described(db):
    (sql,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'polls'").fetchone()
    outcomes = re.findall(r"'(\w+)'", sql)
    (cell,) = re.findall(r"^\| `outcome` \| (`parsed`.+) \|$", STORAGE.section("Tables"), re.MULTILINE)
    assert re.findall(r"`(\w+)`", cell) == outcomes


def test_every_schema_is_described(db):
    assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    section = STORAGE.section("Earlier schemas")
    assert [int(cells[0]) for cells in rows(section)] == list(range(1, SCHEMA_VERSION + 1))
    assert f"this version writes {SCHEMA_VERSION}" in section


def test_every_query_to_copy_runs(db):
    text = STORAGE.section("Queries to copy") + STORAGE.section("Deliveries")
    queries = "".join(re.findall(r"^```sql\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    statements = [statement for statement in queries.split(";") if statement.strip()]
    assert len(statements) >= 8
    for statement in statements:
        db.execute(statement, {"last": 0} if ":last" in statement else {})


def test_every_query_in_the_readme_runs(db):
    lines = re.findall(r'sqlite3 news\.db "(.+)"$', "\n".join(README.blocks("sh")), re.MULTILINE)
    assert len(lines) >= 2
    for line in lines:
        db.execute(line)


@pytest.mark.parametrize("dictionary", [None, b"<p>a page of the site"])
def test_a_raw_page_is_restored_as_described(db, tmp_path, monkeypatch, capsys, dictionary):
    known = None
    if dictionary:
        with db:
            content = zstandard.compress(dictionary)
            db.execute(
                "INSERT INTO dictionaries (id, site, trained_at, dictionary) VALUES (1, 'news.example', '', ?)",
                [content],
            )
        known = Dictionary(1, content)
    html, dictionary_id = compress(b"<p>a page of the site, another", known)
    with db:
        db.execute("UPDATE pages SET html = ?, dictionary_id = ?", [html, dictionary_id])
    monkeypatch.chdir(tmp_path)
    section = STORAGE.section("Raw pages")
    exec(section.partition("```python")[2].partition("```")[0])
    assert capsys.readouterr().out == "b'<p>a page of the site, another'\n"
    assert '`storage.reader.Reader("news.db").pages(1)`' in section
    assert Reader("news.db").pages(1)[0].html == b"<p>a page of the site, another"


def test_the_archive_is_read_from_python_as_described(db, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(code_of_readers()[0])
    *article, change, page = capsys.readouterr().out.splitlines()
    assert article == ["1 2026-03-01 12:00:00+00:00 A title First paragraph.", "Second paragraph."]
    assert (change, page) == ("1 https://news.example/a", "https://news.example/a text/html 19")


def code_of_readers():
    """Return the README's examples of reading and of following the archive from Python."""
    return re.findall(r"^```python\n(.*?)^```$", STORAGE.section("From Python"), re.MULTILINE | re.DOTALL)
