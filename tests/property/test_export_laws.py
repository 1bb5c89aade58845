"""Exports: each format gives every text back, and exports of changes add up to an export of everything."""

import csv
import io
import json
import re
import unicodedata

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree, html
from pyarrow import BufferReader
from pyarrow import parquet as pq

from ingest.pipeline.record import split_off
from storage.archive import Archive
from storage.content import Copy
from storage.exports import atom, jsonl, markdown, parquet
from storage.exports import csv as csv_format
from storage.exports import html as html_format
from storage.exports.articles import COLUMNS
from storage.exports.folder import slug
from storage.exports.markdown import KEYS
from storage.exports.text import in_markup
from storage.reader import Reader
from storage.selection import EVERYTHING, Selection
from tests import builders as make
from tests.rendered import MARKDOWN

MARKS = [
    "</style>",
    "</title>",
    "<script>",
    "]]>",
    "-->",
    "<!--",
    "[a](javascript:b)",
    "![a](http://b)",
    "\n\n",
    "---\n",
]
texts = st.lists(
    st.one_of(st.text(max_size=8), st.sampled_from([*MARKS, "\x85", "\u2028", "\ufeff", "'", '"'])), max_size=4
)
texts = texts.map("".join)
instants = st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0"))
OTHERS = {"id": st.integers(1, 2**40), "words": st.integers(0, 2**40), "published_ahead": st.sampled_from([0, 1, None])}
OTHERS |= dict.fromkeys(("published_at", "revised_at"), st.none() | instants) | {"archived_at": instants}
OTHERS |= dict.fromkeys(("authors", "tags"), st.lists(texts, max_size=3)) | dict.fromkeys(
    ("body", "url", "site"), texts
)
rows = st.fixed_dictionaries({name: OTHERS.get(name, st.none() | texts) for name in COLUMNS})


class Listed(list):
    """The articles of an export, in place of an archive's."""

    raw = True
    selection = EVERYTHING
    ids = ()
    archive = Reader.__new__(Reader)

    def newest_first(self):
        return reversed(self)


def written(module, articles):
    file = io.BytesIO()
    module.write(Listed(articles), file)
    return file.getvalue()


@settings(max_examples=40)
@given(st.lists(rows, max_size=3))
def test_json_lines_csv_and_parquet_give_every_row_back(articles):
    lines = written(jsonl, articles).decode().split("\n")[:-1]
    assert [json.loads(line) for line in lines] == articles
    text = io.StringIO(written(csv_format, articles).decode(), newline="")
    joined = [row | {name: "; ".join(row[name]) for name in ("authors", "tags")} for row in articles]
    expected = [{name: "" if value is None else str(value) for name, value in row.items()} for row in joined]
    assert list(csv.DictReader(text)) == expected
    found = pq.read_table(BufferReader(written(parquet, articles))).to_pylist()
    for row in found:
        for name in ("published_at", "archived_at", "revised_at"):
            row[name] = row[name] and f"{row[name]:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")
    assert found == articles


@given(rows)
def test_front_matter_gives_its_columns_back_and_paragraphs_stay_paragraphs(row):
    _, head, text = markdown.page(row).decode().split("---\n", 2)
    assert yaml.safe_load(head) == {key: row[key] for key in KEYS if row[key] is not None}
    if row["markdown"] is not None:
        assert text.rstrip("\n") == f"\n{row['markdown']}".rstrip("\n")


@settings(max_examples=60)
@given(rows)
def test_a_page_has_no_element_of_a_text_and_an_entry_is_xml(row):
    tree = html.fromstring(html_format.page(row))
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "img", "iframe", "object", "base", "form"}
    assert len(tree.xpath("//style | //title | //article")) == 3
    entry = etree.fromstring(etree.tostring(atom.entry(row)))
    title = entry.findtext("{http://www.w3.org/2005/Atom}title")
    assert title == in_markup(row["title"] or row["url"])


@given(
    st.lists(st.text("ab \t09.)#>=+-*_`[]()<>&~|\\!:\"'é\u2028", min_size=1).filter(str.strip), min_size=1, max_size=3)
)
def test_a_text_without_markdown_is_paragraphs_and_nothing_else(lines):
    tokens = MARKDOWN.parse(markdown.markdown_of({"markdown": None, "body": "\n".join(lines)}))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"] * len(lines)
    shown = ["".join(child.content for child in token.children or ()) for token in tokens[1::3]]
    assert shown == [line.strip() for line in lines]


@given(st.text(st.characters(codec=None), max_size=70))
def test_a_name_made_of_a_title_is_known_again_and_is_one_for_every_file_system(title):
    name = slug(title)
    assert slug(name) == name
    assert re.fullmatch(r"[^\x00-,./:-`{-\x7f]{1,60}", name)
    assert len(name.encode()) <= 120
    assert unicodedata.normalize("NFC", name) == name


KINDS = ["add", "revise", "copy", "merge", "split", "forget", "export"]
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 9)), min_size=6, max_size=20)
FIRST = [("add", 1), ("add", 2), ("add", 3), ("merge", 2), ("export", 0)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "empty.db"
    Archive(path, "test").close()
    return path


def added_up(have, reader, seq):
    """Add the changes to what each selection had. Return the number to go on from."""
    for selection, rows in have.items():
        found = reader.to_export(selection, changes_after=seq)
        assert not set(found.ids) & set(found.gone)
        rows.update((row["id"], row) for row in reader.rows_of(found.ids))
        for id_ in found.gone:
            rows.pop(id_, None)
        assert rows == {row["id"]: row for row in reader.article_rows(selection)}
    return found.last_seq


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(STEPS)
def test_exports_of_what_has_changed_add_up_to_an_export_of_everything(empty, tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("run") / "a.db"
    path.write_bytes(empty.read_bytes())
    have, seq = {EVERYTHING: {}, Selection(match="text"): {}}, 0
    count = 0
    with Archive(path, "test") as archive, Reader(path) as reader:
        for step, place in [*FIRST, *steps, ("export", 0)]:
            ids = [row["id"] for row in reader.article_rows()]
            copies = [copy for id_ in ids for copy in archive.copies_of(id_) if copy.split_id is None]
            with archive.transaction():
                if step == "add":
                    count += 1
                    archive.add_article(make.article(f"https://a.example/{count}", f"Text {place}"), (), make.NOW)
                elif step == "revise" and ids:
                    archive.revise(ids[place % len(ids)], make.content(f"Later {place}"), make.NOW)
                elif step == "copy" and ids:
                    archive.add_copy(
                        make.article("https://c.example"), Copy(ids[place % len(ids)], "m", 1, adds=False), (), make.NOW
                    )
                elif step == "merge" and len(ids) > 1:
                    archive.merge(ids[place % len(ids)], Copy(ids[place % len(ids) - 1], "m", 1, adds=False), make.NOW)
                elif step == "split" and copies:
                    split_off(copies[place % len(copies)], archive, make.NOW, reason="test")
                elif step == "forget" and ids:
                    archive.forget_articles(archive.with_merged(ids[place % len(ids)]), make.NOW)
            if step == "export":
                seq = added_up(have, reader, seq)
