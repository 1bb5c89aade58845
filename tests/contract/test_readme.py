"""The README describes the archive that there is."""

import re
import sqlite3
from pathlib import Path

import pytest
import zstandard

from ingest.cli import COMMANDS
from ingest.configuration.settings import Settings
from storage.archive import Archive
from storage.packing import pack
from storage.reader import Reader
from storage.records import Dictionary
from tests import builders as make

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def db(tmp_path):
    with Archive(tmp_path / "news.db", "now") as archive:
        archive.subscribe([make.feed()], make.NOW)
        archive.add_entries(1, [make.entry()], make.NOW)
        archive.add_article(make.article(), [make.page()], make.NOW)
        connection = sqlite3.connect(tmp_path / "news.db")
        yield connection
        connection.close()


def described():
    """{table: [columns]} as the README has them."""
    section = README.partition("### Tables")[2].partition("**Views.**")[0]
    tables = re.split(r"^\*\*(\w+)\*\*:", section, flags=re.MULTILINE)[1:]
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


def test_every_view_is_described(db):
    for (view,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'view'"):
        assert f"`{view}`: " in README


def test_every_query_to_copy_runs(db):
    queries = README.partition("### Queries to copy")[2].partition("```sql")[2].partition("```")[0]
    statements = [statement for statement in queries.split(";") if statement.strip()]
    assert len(statements) >= 8
    for statement in statements:
        db.execute(statement, {"last": 0} if ":last" in statement else {})


def test_every_command_is_described():
    for name in COMMANDS:
        assert f"`ingest {name}" in README


def test_every_setting_is_described():
    table = README.partition("| section | keys (default) |")[2].partition("## Operation")[0]
    for section, model in Settings.model_fields.items():
        (row,) = [line for line in table.splitlines() if f"`[{section}]`" in line]
        keys = set(re.findall(r"`(\w+)`", row))
        assert keys == set(model.annotation.model_fields)


def test_every_default_is_as_described():
    table = README.partition("| section | keys (default) |")[2].partition("## Operation")[0]
    for section, settings in Settings():
        for key, default in re.findall(r"`(\w+)` \(([^,;)]+)", table.partition(f"`[{section}]`")[2].partition("\n")[0]):
            if key not in ("user_agent", "workers"):  # of this machine
                value = getattr(settings, key)
                said = {"true": True, "false": False, "[]": (), "10 MiB": 10 * 1024 * 1024}.get(
                    default, default.strip('"')
                )
                assert said in (value, str(value), str(value).removesuffix(".0")), key


def test_every_file_that_is_named_is_there():
    names = set(re.findall(r"(?:ingest|storage|scripts|tests|config|\.ci)/[\w/]*\w(?:\.\w+)?", README))
    assert {"scripts/demo", "ingest/articles/extract.py", "config/settings.toml"} <= names
    assert [name for name in sorted(names) if not (CHECKOUT / name).exists()] == []


@pytest.mark.parametrize("script", sorted((CHECKOUT / "scripts").glob("**/*.py")), ids=lambda path: path.name)
def test_a_script_takes_every_option_that_is_named_for_it(script):
    code = script.read_text(encoding="utf-8")
    path = script.relative_to(CHECKOUT).as_posix()
    usage = [line for line in code.split('"""')[1].splitlines() if f"python {path}" in line]
    for line in [*usage, *re.findall(rf"{path}[^`\n]*", README)]:
        for option in re.findall(r"(?<!\w)--[a-z-]+", line):
            assert f'"{option}"' in code, f"{script.name} has no {option}"


@pytest.mark.parametrize("dictionary", [None, b"<p>a page of the site"])
def test_a_page_is_had_back_as_described(db, tmp_path, monkeypatch, capsys, dictionary):
    known = None
    if dictionary:
        with db:
            content = zstandard.compress(dictionary)
            db.execute("INSERT INTO dictionaries VALUES (1, 'news.example', '2026-03-01T12:00:00Z', ?)", [content])
        known = Dictionary(1, content)
    html, dictionary_id = pack(b"<p>a page of the site, another", known)
    with db:
        db.execute("UPDATE pages SET html = ?, dictionary_id = ?", [html, dictionary_id])
    monkeypatch.chdir(tmp_path)
    section = README.partition("A page can be had back")[2].partition("## Configuration")[0]
    exec(section.partition("```python")[2].partition("```")[0])
    assert capsys.readouterr().out == "b'<p>a page of the site, another'\n"
    assert '`storage.reader.Reader(Path("news.db")).pages(1)`' in section
    assert Reader(Path("news.db")).pages(1)[0].html == b"<p>a page of the site, another"
