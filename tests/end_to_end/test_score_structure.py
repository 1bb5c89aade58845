"""The Markdown of pages scored: the table, the check of the words, and what is missing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import score_structure
from marked import DATA
from rendered_words import words_of

from storage.content import Content
from tests.builders_feeds import page
from tests.marked_set import marked_set

SCRIPT = Path(score_structure.__file__)
REAL_SCORER = score_structure.SCORER
# It prints what the real one prints, with the number of predictions as every figure.
SCORER = """
import sys
rows = open(sys.argv[1]).read().splitlines()
n = f"{len(rows) / 10:.3f}"
print("                P      R     F1  page F1  detail  expected  pages")
for kind in ("heading", "list item", "image"):
    print(f"{kind:10} {n} {n} {n} {n} {n} 7 2")
print(f"mean                     {n}   {n}  without images")
print(f"text F1 {n}  pages 2  relative URLs 3")
"""


@pytest.fixture
def data(tmp_path) -> Path:
    folder = marked_set(tmp_path, "worldnews", a=(page(1), {"body": ""}), b=("<p>", {"body": ""}))
    for number in (1, 2):
        marked = folder / "structure" / str(number)
        marked.mkdir(parents=True)
        (marked / "source.html").write_text(page(number))
        (marked / "expected.html").write_text(page(number))
        (marked / "expected-metadata.json").write_text('{"title": "Title"}')
    return folder


@pytest.fixture
def scorer(tmp_path) -> Path:
    (tmp_path / "scorer.py").write_text(SCORER)
    return tmp_path / "scorer.py"


def run(*arguments):
    command = [sys.executable, SCRIPT, *arguments, "--without", "trafilatura", "readability-lxml", "newspaper4k"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def tables(out):
    return [[line.strip("| ").split(" | ") for line in table.splitlines()] for table in out.strip().split("\n\n")]


def test_the_table_has_what_the_scorer_says_of_each_kind(data, scorer, tmp_path):
    done = run("--data", data, "--scorer", scorer, "--sets", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (table,) = tables(done.stdout)
    assert table[0] == ["F1", "product"]
    assert table[2:] == [
        ["heading", ".200"],
        ["list item", ".200"],
        ["image", ".200"],
        ["mean without images", ".200"],
        ["text", ".200"],
        ["relative addresses", "3"],
        ["failed", "0"],
    ]
    rows = [json.loads(line) for line in (tmp_path / "out/product.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["1", "2"]


def test_every_page_of_every_set_is_checked(data, scorer):
    done = run("--data", data, "--scorer", scorer)
    assert done.returncode == 0, done.stderr
    counts = {row[0]: row[1:3] for row in tables(done.stdout)[1][2:]}
    assert counts["worldnews"] == ["2", "1"]
    assert counts["structure"] == ["2", "2"]
    assert counts["articles"] == ["0", "0"]


@pytest.mark.parametrize(
    ("markdown", "differs"), [("# A *line*\n\n![x](http://a.example/)\\\ncaption", False), ("A\n\nlime", True)]
)
def test_a_page_whose_words_differ_is_found(data, monkeypatch, markdown, differs):
    content = Content("article", None, None, "A line", 2, "page", "blocks", markdown=markdown)
    monkeypatch.setattr(score_structure, "content_of", lambda *_: content)
    checks = [score_structure.check(page) for page in score_structure.pages_of(data, "structure")]
    assert [(check.differs, check.body_bytes, check.markdown_bytes) for check in checks] == [
        (differs, 6, len(markdown))
    ] * 2


def test_the_words_are_those_of_the_text_alone():
    picture = "![alt](http://a.example/) ![b](http://b.example/)\\\nits caption"
    markdown = (
        f"1. one ![alt](http://a.example/)\\\ntwo\n\n{picture}\n\n```py\nthree\n```\n\n| four |\n| --- |\n| `five` |"
    )
    assert words_of(markdown) == ["one", "two", "three", "four", "five"]


def test_a_tool_that_fails_is_counted(data, monkeypatch):
    monkeypatch.setitem(score_structure.TOOLS, "newspaper4k + markdownify", lambda *_: 1 / 0)
    page = next(score_structure.pages_of(data, "structure"))
    row = score_structure.row_of("newspaper4k + markdownify", page)
    assert (row["markdown"], row["error"]) == ("", "ZeroDivisionError: division by zero")


def test_without_pages_or_scorer_one_sentence_says_so(data, tmp_path):
    done = run("--data", tmp_path)
    assert done.returncode == 2
    assert f"there are no marked pages in {tmp_path / 'structure'}; name their folder with --data" in done.stderr
    done = run("--data", data, "--scorer", tmp_path / "none.py")
    assert done.returncode == 2
    assert f"there is no {tmp_path / 'none.py'}; name the program that judges with --scorer" in done.stderr


def test_tools_that_are_not_installed_are_named(monkeypatch, capsys):
    monkeypatch.setattr(score_structure.importlib.util, "find_spec", lambda module: module == "trafilatura" or None)
    assert score_structure.chosen([]) == ["product", "trafilatura"]
    assert "not installed: readability-lxml + markdownify, newspaper4k + markdownify;" in capsys.readouterr().err


@pytest.mark.skipif(not REAL_SCORER.exists(), reason=f"the scorer is not in {DATA.parent}")
def test_the_real_scorer_is_understood(data):
    done = run("--data", data, "--sets")
    assert done.returncode == 0, done.stderr
    names = [row[0] for row in tables(done.stdout)[0]]
    assert {"heading", "list item", "code block", "paragraph", "image", "mean without images", "text"} <= set(names)
