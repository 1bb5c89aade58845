"""The marked pages scored: the table, what it takes its figures from, and the list of the worst pages."""

import json
import subprocess
import sys
from pathlib import Path

import cleaners
import pytest
import score_articles
from marked import Marked, by_id, figures
from passages import passages

from ingest.articles.body.walk import blocks
from ingest.articles.tree import parse
from tests.builders_feeds import page, prose
from tests.marked_set import marked_set

SCRIPT = Path(score_articles.__file__)
CAPTION = "Seven councillors stand on the quay and wait for the evening ferry from the northern islands"
BOX = f'<aside class="offer-box"><p>{CAPTION}.</p><p>{CAPTION}, again.</p></aside>'


def body(n):
    return "\n".join(f"{sentence.rstrip('.')}." for sentence in prose(n, 12).split(". "))


@pytest.fixture
def data(tmp_path) -> Path:
    pages = {
        "a": (page(1), {"title": "Title 1", "author": None, "date": None, "body": body(1), "language": "en"}),
        "b": (page(2), {"title": "Another", "author": None, "date": None, "body": body(2), "language": "pl"}),
    }
    return marked_set(tmp_path, "worldnews", **pages)


def scored(data, *more):
    command = [sys.executable, str(SCRIPT), "--data", str(data), "--without", *score_articles.cleaners.MODULES, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def table(out):
    rows = [line.strip("| ").split(" | ") for line in out.splitlines() if line.startswith("| ")]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def test_the_table_has_a_row_for_each_set_and_language(data):
    rows = table(scored(data, "--sets", "worldnews"))
    assert [(row["set"], row["tool"], row["pages"]) for row in rows] == [
        ("worldnews", "product", "2"),
        ("worldnews en", "product", "1"),
        ("worldnews pl", "product", "1"),
    ]
    assert [row["F1"] for row in rows] == ["1", "1", "1"]
    assert [row["title"] for row in rows] == [".50", "1", ".00"]


def test_predictions_that_were_written_give_the_same_table_as_folds(data, tmp_path):
    out = scored(data, "--sets", "worldnews", "--out", str(tmp_path / "out"))
    file = tmp_path / "out/product/worldnews.jsonl"
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == ["a", "b"]
    assert scored(data, "--sets", "worldnews", "--folds", str(file.parent)) == out
    file.write_text("")
    assert [row["empty"] for row in table(scored(data, "--sets", "worldnews", "--folds", str(file.parent)))] == list(
        "211"
    )


def test_folds_that_lack_a_set_are_named(data, tmp_path, capsys):
    with pytest.raises(SystemExit):
        score_articles.parsed(["--folds", str(tmp_path), "--sets", "worldnews", "--data", str(data)])
    assert f"{tmp_path} has no worldnews.jsonl" in capsys.readouterr().err


def test_texts_of_other_tools_are_read_again(data, tmp_path):
    score_articles.write(tmp_path / "out/trafilatura/worldnews.jsonl", [{"id": "a", "body": body(1)}])
    given = ["--others", str(tmp_path / "out"), "--data", str(data)]
    found = score_articles.found_by("trafilatura", Marked(data), "worldnews", score_articles.parsed(given))
    assert found == [{"id": "a", "body": body(1)}]


def test_the_worst_page_comes_first_with_what_came_in_and_what_was_lost_and_where(tmp_path):
    html = page(2).replace("</article>", f"{BOX}</article>")
    data = marked_set(tmp_path, "newspapers", a=(page(1), {"body": body(1)}), b=(html, {"body": body(2)}))
    half = body(2).split("\n")[:6]
    found = [{"id": "a", "body": body(1)}, {"id": "b", "body": "\n".join([*half, f"{CAPTION}."])}]
    score_articles.write(tmp_path / "folds/newspapers.jsonl", found)
    out = scored(data, "--sets", "newspapers", "--folds", str(tmp_path / "folds"), "--worst", "1")
    assert out.splitlines()[1].startswith("newspapers b: F1 .66 precision .90 recall .52, https://news.example/b")
    assert [line.strip() for line in out.splitlines()[2:]] == [
        "extra: 16 words, 14 % of the text",
        f"16 words, {CAPTION[:60]!r} in main > article > aside.offer-box > p",
        "missing: 102 words, 50 % of what is marked",
        "102 words, 'In report 2 the orchard commission settled question 6 after ' in body > main > article > p",
    ]


def test_a_missing_folder_is_named_with_the_option_that_gives_another(tmp_path):
    command = [sys.executable, str(SCRIPT), "--data", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"there is no {tmp_path / 'none'}; name the folder of the marked pages with --data" in done.stderr


def test_a_tool_that_fails_on_a_page_gives_an_empty_text_that_is_counted(data, monkeypatch):
    def fails(html, url):
        raise LookupError(url)

    monkeypatch.setitem(cleaners.CLEANERS, "trafilatura", fails)
    truth = Marked(data).truth("worldnews")
    tasks = [score_articles.Task(data, "worldnews", "trafilatura", page, feed=False, options={}) for page in truth]
    rows = [score_articles.row_of(task) for task in tasks]
    assert [row["error"] for row in rows] == [f"LookupError: https://news.example/{number}" for number in "ab"]
    assert score_articles.failed(rows, truth[:1]) == 1
    assert figures(truth, by_id(rows))["empty"] == 2


def test_a_tool_that_is_not_installed_is_left_out_with_the_command_that_installs_it(data, monkeypatch, capsys):
    monkeypatch.setitem(cleaners.MODULES, "newspaper4k", "no_such_module")
    arguments = score_articles.parsed(["--with", "trafilatura", "newspaper4k", "--data", str(data)])
    assert score_articles.chosen(arguments) == ["product", "trafilatura"]
    assert "not installed: newspaper4k; to have them: .venv/bin/pip install" in capsys.readouterr().err


def test_a_field_that_is_found_where_none_is_marked_is_counted_as_invented(tmp_path):
    marks = [{"author": None, "body": "x"}, {"author": "Ada", "body": "x"}, {"author": None, "body": "x"}]
    marked = Marked(marked_set(tmp_path, "articles", **{f"p{n}": ("", mark) for n, mark in enumerate(marks)}))
    found = {"p0": {"author": "Bob"}, "p1": {"author": "Ada"}, "p2": {"author": None}}
    scores = figures(marked.truth("articles"), found)
    assert (scores["author"], scores["author_none"], scores["author_invented"]) == (1, 2, 1)
    assert "date" not in scores


def test_snippets_are_scored_over_all_pages(tmp_path):
    snippets = {
        "one": ("", {"with": ["good", "fine"], "without": ["bad"]}),
        "two": ("", {"with": [], "without": ["bad"]}),
    }
    marked = Marked(marked_set(tmp_path, "snippets", **snippets))
    scores = figures(marked.truth("snippets"), {"one": {"body": "good bad"}, "two": {"body": "bad"}})
    assert (scores["precision"], scores["recall"], scores["f1"]) == (1 / 3, 1 / 2, 2 / 5)
    assert "bad" not in scores


def test_a_passage_names_the_element_that_holds_it():
    tree = parse(page(1).replace("</article>", f"{BOX}</article>").encode(), None)
    text = f"{body(1)}\n{CAPTION}.\n{CAPTION}, again."
    (passage,) = passages(text, body(1), blocks(tree), str.split)
    assert passage.places == ("main > article > aside.offer-box > p",)
    assert passage.words == 2 * len(CAPTION.split()) + 1
    assert str(passage).startswith(f"{passage.words} words, {CAPTION[:60]!r} in main")


def test_a_line_that_is_repeated_but_marked_once_is_a_passage():
    tree = parse(page(1).encode(), None)
    text = f"{CAPTION}.\nAdvertisement\nAdvertisement\n{CAPTION}."
    found = passages(text, f"{CAPTION}.\nAdvertisement", blocks(tree), str.split)
    assert [passage.text for passage in found] == [f"Advertisement / {CAPTION}."]


def test_a_feeds_entry_beside_the_page_has_the_marked_title_and_date_and_two_sentences():
    marks = {"url": "https://news.example/a", "title": "T", "date": "2026-03-01", "body": "One. Two! Three?"}
    entry = score_articles.entry_of(marks)
    assert (entry.title, entry.summary, str(entry.published_at)) == ("T", "One. Two!", "2026-03-01 00:00:00+00:00")
    assert score_articles.entry_of({"url": "https://news.example/a"}).published_at is None
