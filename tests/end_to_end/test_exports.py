"""Exports in every format, of articles with everything in them that a format may stumble over."""

import json
import os
import re
import sqlite3
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile
from typing import get_args

import feedparser
import pyarrow as pa
import pytest
import yaml
from lxml import html
from pyarrow import parquet as pq

import ingest.cli.export
import storage.exports.folder
import storage.exports.html
import storage.exports.parquet
from ingest.configuration.jobs import Format
from storage.archive import Archive
from storage.content import Copy
from storage.exports import FORMATS
from tests import builders as make
from tests.command_run import sentence

HOSTILE = """# Title</h1><script>alert(1)</script>

x [l](javascript:alert(1)) [d](data:text/html,x) <img src=x onerror=alert(1)> ![p](https://e.example/p.png "t")
[![in](https://e.example/i.png)](https://e.example/a"onclick="alert(1)) [m](mailto:a@b.example) <http://e.example/>

| a | b |
| - | - |
| </style> | ]]> --> &lt; |

[ref]

[ref]: javascript:alert(2)
"""
STRANGE = 'It\'s "quoted" ]]> </script></title>\x85\u2028\x01\x9b\ufeff 😀'
LONG = "word " * 1_000_000  # 5 MB


@pytest.fixture(scope="module")
def strange_archive(tmp_path_factory):
    """1: hostile; 2: without title, date, Markdown, tags; 3: right to left, a far date; 4: long, its date is none."""
    path = tmp_path_factory.mktemp("strange") / "news.db"
    with Archive(path, "now") as archive, archive.transaction():
        for url, fields in {
            "a": {"title": STRANGE, "body": "x\x01y\x85z\u2028w", "markdown": HOSTILE, "tags": ('"', "a, b", "<b>")},
            "b": {"title": None, "published_at": None, "body": "# 1.\n*b*", "authors": ('A "q" \\', "é"), "tags": ()},
            "c": {"title": "שלום", "body": "مرحبا", "markdown": "**مرحبا**", "language": "he", "summary": STRANGE},
            "d": {"title": "Long", "body": LONG, "markdown": LONG},
        }.items():
            archive.add_article(make.article(f"https://one.example/{url}", **fields), (), make.NOW)
    with closing(sqlite3.connect(path)) as db, db:
        for id_, published_at in {1: "0001-01-01T00:00:00Z", 3: "9999-12-31T23:59:59Z", 4: "no instant"}.items():
            db.execute("UPDATE articles SET published_at = ? WHERE id = ?", [published_at, id_])
        db.execute("""UPDATE articles SET authors = '["\\ud800x"]' WHERE id = 4""")
    return path


@pytest.fixture
def strange(folder, strange_archive):
    copyfile(strange_archive, folder.set_up().archive)
    return folder


def export(folder, format_, *words):
    """Return the path of an export."""
    path = folder.path / f"out.{format_}"
    result = folder.ingest("export", "--format", format_, "--output", path, *words)
    assert result.code == 0, result
    return path


def rows_of(folder):
    """Return the rows of an export as JSON lines: texts have what Python takes for ends of lines."""
    return [json.loads(line) for line in folder.ingest("export").out.split("\n")[:-1]]


def page(folder, id_, format_):
    (path,) = (folder.path / f"out.{format_}").glob(f"*/{id_:08d}-*")
    return path


def test_the_formats_of_the_command_and_of_the_settings_are_those_of_the_table():
    assert sorted(ingest.cli.export.FORMATS) == sorted(get_args(Format)) == sorted(FORMATS)


@pytest.mark.parametrize("format_", FORMATS)
def test_no_article_is_too_strange_for_a_format(strange, format_):
    path = export(strange, format_)
    texts = [path] if path.is_file() else list(path.rglob("0*-*"))
    assert len(texts) == (1 if path.is_file() else 4)
    if format_ not in ("parquet", "warc"):
        assert all(text.read_bytes().decode() for text in texts)  # UTF-8
    assert not list(path.parent.rglob("*.part"))


# Parquet


def test_parquet_has_lists_and_instants_and_no_instant_is_out_of_range(strange):
    file = pq.ParquetFile(export(strange, "parquet"))
    one, two, three, four = file.read().to_pylist()
    assert [row["id"] for row in (one, two, three, four)] == [1, 2, 3, 4]
    assert (one["title"], one["tags"], one["markdown"]) == (STRANGE, ['"', "a, b", "<b>"], HOSTILE)
    assert (two["title"], two["authors"], two["tags"], two["published_at"]) == (None, ['A "q" \\', "é"], [], None)
    assert one["published_at"] == datetime(1, 1, 1, tzinfo=UTC)
    assert three["published_at"] == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert (four["published_at"], four["authors"], four["body"]) == (None, ["\ufffdx"], LONG)
    assert (one["archived_at"], one["published_ahead"], three["published_ahead"]) == (make.NOW, False, True)
    types = {field.name: field.type for field in file.schema_arrow}
    assert types["archived_at"] == pa.timestamp("us", tz="UTC")
    assert (types["tags"], types["id"]) == (pa.list_(pa.string()), pa.int64())
    assert list(types) == list(rows_of(strange)[0])


def test_a_row_group_ends_when_its_texts_fill_the_memory(strange, monkeypatch):
    monkeypatch.setattr(storage.exports.parquet, "MAX_BATCH_CHARACTERS", 100)
    monkeypatch.setattr(storage.exports.parquet, "MAX_GROUP_BYTES", 100)
    metadata = pq.read_metadata(export(strange, "parquet", "--ids", "1,2,4"))
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [1, 2]


def test_parquet_goes_through_a_pipe_and_not_onto_a_terminal(strange):
    pipe = strange.path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert strange.ingest("export", "--format", "parquet", "--output", pipe, "--ids", "1-3").code == 0
    reader.join()
    assert pq.read_table(pa.BufferReader(read[0])).num_rows == 3
    with strange.start("export", "--format", "parquet", "--ids", "1-3") as process:
        assert process.communicate(timeout=60)[0] == read[0]
    terminals = os.openpty()
    result = strange.run("export", "--format", "parquet", stdout=terminals[1])
    assert "is no text for a terminal" in sentence(result, code=2)
    for fd in terminals:
        os.close(fd)


def test_without_its_library_parquet_says_what_installs_it_and_leaves_the_old_file(strange, monkeypatch):
    path = strange.path / "out.parquet"
    path.write_text("earlier")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "storage.exports.parquet")
    said = sentence(strange.ingest("export", "--format", "parquet", "--output", path), code=2)
    assert said.startswith("parquet needs pyarrow; `pip install 'ingest[parquet]'` installs it")
    assert path.read_text() == "earlier"


# Markdown, HTML, Atom


def test_front_matter_is_yaml_and_the_text_follows(strange):
    export(strange, "markdown")
    rows = rows_of(strange)
    for row in rows:
        _, head, text = page(strange, row["id"], "markdown").read_text().split("---\n", 2)
        found = yaml.safe_load(head)
        expected = {key: row[key] for key in ("id", "url", "title", "tags", "summary", "published_at", "language")}
        assert {key: found.get(key) for key in expected} == expected
        if row["markdown"]:
            assert text == f"\n{row['markdown'].rstrip(chr(10))}\n"
    assert page(strange, 2, "markdown").read_text().endswith("---\n\n\\# 1.\n\n\\*b\\*\n")


def test_a_hostile_text_does_nothing_in_its_page(strange):
    path = export(strange, "html")
    for file in path.rglob("*.html"):
        text = file.read_text()
        tree = html.fromstring(text.encode())
        tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
        assert not tags & {"script", "img", "iframe", "object", "link", "base", "form", "video", "svg"}
        assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
        assert text.count("<style>") == text.count("</style>") == text.count("</title>") == 1
        (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
        for address in tree.xpath("//@href"):
            if not address.startswith(("http://", "https://", "mailto:")):
                target, _, anchor = address.partition("#")
                linked = html.fromstring((file.parent / target).read_bytes())
                assert not anchor or linked.get_element_by_id(anchor) is not None
    tree = html.fromstring(page(strange, 1, "html").read_bytes())
    article = tree.xpath("//article")[0]
    assert [a.text_content() for a in article.xpath("./p//a")] == [
        "l",
        "d",
        "[p]",
        "[in]",
        "m",
        "http://e.example/",
        "ref",
    ]
    assert "<script>alert(1)</script>" in article.xpath("./h2")[0].text_content()
    assert html.fromstring(page(strange, 3, "html").read_bytes()).get("lang") == "he"
    assert (
        tree.xpath("//h1")[0].text_content() == tree.xpath("//title")[0].text == re.sub("[\x85\x01\x9b]", "", STRANGE)
    )


def test_feed_readers_take_the_atom_feed_the_newest_first(strange):
    with Archive(strange.archive, "now") as archive, archive.transaction():
        archive.add_article(make.article("https://one.example/b", "More at this address."), (), make.NOW)
        archive.revise(2, make.content("Later.", title=None), datetime(2026, 3, 2, tzinfo=UTC))
    feed = feedparser.parse(export(strange, "atom").read_bytes())
    assert not feed.bozo
    assert (feed.feed.title, feed.feed.updated) == ("news", "2026-03-02T00:00:00Z")
    assert [entry.link[-1] for entry in feed.entries] == ["b", "d", "c", "b", "a"]
    assert len({entry.id for entry in feed.entries}) == 5
    two, one = feed.entries[3:]
    assert (two.title, two.updated, two.content[0].value) == (two.link, "2026-03-02T00:00:00Z", "<p>Later.</p>")
    assert [author.name for author in two.authors] == ['A "q" \\', "é"]
    assert "published" not in feed.entries[1]
    assert [tag.term for tag in one.tags] == ['"', "a, b", "<b>"]
    assert "<script" not in one.content[0].value
    again = feedparser.parse(export(strange, "atom", "--newest", "1").read_bytes())
    assert (again.feed.id, [entry.id for entry in again.entries]) == (feed.feed.id, [feed.entries[0].id])
    assert feedparser.parse(export(strange, "atom", "--language", "he").read_bytes()).feed.id != feed.feed.id


# folders


def test_lists_of_articles_lead_to_each_other_and_follow_what_comes_and_goes(folder, monkeypatch):
    for module in (storage.exports.folder, storage.exports.html):
        monkeypatch.setattr(module, "PER_FOLDER", 2)
    monkeypatch.setattr(storage.exports.html, "NEWEST", 3)
    folder.set_up()
    with Archive(folder.archive, "now") as archive, archive.transaction():
        for n in range(1, 6):
            archive.add_article(make.article(f"https://one.example/{n}", title=f"N {n}"), (), make.NOW)

    def links(place):
        return html.fromstring((path / place).read_bytes()).xpath("//a/text() | //li//bdi/text()")

    path = export(folder, "html")
    assert links("index.html") == ["N 5", "N 4", "N 3", *["2026-03-01 – 2026-03-01"] * 3]
    assert links("00001/index.html") == ["Newest", "Newer", "Older", "N 3", "N 2", "Newest", "Newer", "Older"]
    before = {file: file.stat().st_mtime_ns for file in path.rglob("*.html")}
    seq = folder.column("SELECT max(seq) FROM changes")[0]
    with Archive(folder.archive, "now") as archive, archive.transaction():
        archive.revise(2, make.content("Later.", title="Later"), make.NOW)
        archive.merge(1, Copy(5, "by hand", 1, adds=True), make.NOW)
        archive.add_article(make.article("https://one.example/6", title="N 6"), (), make.NOW)
    (path / "00000/mine.txt").touch()
    (path / "00000/00000001-n-1.html").unlink()  # as a run leaves it that is killed before it writes the lists
    export(folder, "html", "--changes-after", seq)
    assert [*sorted(file.name for file in path.rglob("0*.html"))] == [
        "00000002-later.html", "00000003-n-3.html", "00000004-n-4.html", "00000005-n-5.html", "00000006-n-6.html",
    ]  # fmt: skip
    assert links("index.html")[:3] == ["N 6", "N 5", "N 4"]
    assert (links("00001/index.html")[2:4], links("00003/index.html")[:2]) == (["N 3", "Later"], ["Newest", "Older"])
    assert links("00002/index.html")[:3] == ["Newest", "Newer", "Older"]
    assert {file.name for file in (path / "00000").iterdir()} == {"mine.txt"}
    untouched = [file for file, time in before.items() if file.exists() and file.stat().st_mtime_ns == time]
    assert [*sorted(file.name for file in untouched)] == ["00000003-n-3.html", "00000004-n-4.html", "00000005-n-5.html"]


def test_a_title_of_any_script_names_its_file(folder):
    folder.set_up()
    titles = {
        "Москва: Новый й": "москва-новый-й",
        "हिन्दी में": "हिन्दी-में",
        "中" * 90: "中" * 40,
        "À l’Été, Straße": "a-l-ete-strasse",
    }
    with Archive(folder.archive, "now") as archive, archive.transaction():
        for n, title in enumerate(titles, 1):
            archive.add_article(make.article(f"https://one.example/{n}", title=title), (), make.NOW)
    path = folder.path / "out.txt"
    path.mkdir()
    (path / "00000001-article.txt").touch()  # of an export before there were such names
    for _ in "12":
        export(folder, "txt")
        assert {file.name[9:-4] for file in path.iterdir()} == set(titles.values())


def test_a_page_of_another_program_is_not_written_onto(strange):
    (strange.path / "site").mkdir()
    (strange.path / "site/index.html").write_text("<h1>Mine</h1>")
    result = strange.ingest("export", "--format", "html", "--output", strange.path / "site")
    assert "is not of an earlier export" in sentence(result, code=2)
    assert [file.name for file in (strange.path / "site").iterdir()] == ["index.html"]


# outputs that fail


def test_an_export_onto_a_full_disk_or_a_closed_pipe_is_no_fault(strange):
    for format_ in ("parquet", "atom"):
        with strange.start("export", "--format", format_) as export:
            export.stdout.close()
            assert (export.wait(timeout=60), export.stderr.read()) == (0, b"")
        if Path("/dev/full").exists():
            result = strange.ingest("export", "--format", format_, "--output", "/dev/full")
            assert "/dev/full: cannot be written: No space left on device" in sentence(result, code=1)


def test_an_export_that_cannot_be_written_names_no_next_number(strange):
    result = strange.ingest("export", "--changes-after", 0, "--output", strange.path / "config")
    assert "Is a directory" in sentence(result, code=1)
