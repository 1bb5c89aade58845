"""The model of a page's blocks, fitted by one command to marked pages in the documented form."""

import importlib.util
import json
import subprocess
import sys

import pytest
import train_model

from ingest.articles.body.model import made_of
from ingest.articles.body.walk import blocks
from ingest.articles.tree import parse
from tests.builders_feeds import page, prose
from tests.marked_set import marked_set

LACKING = [name for name in train_model.LIBRARIES if importlib.util.find_spec(name) is None]
needs_libraries = pytest.mark.skipif(bool(LACKING), reason=f"the extra 'train' is not installed: {LACKING}")


def body(n):
    return "\n".join(f"{sentence.rstrip('.')}." for sentence in prose(n, 12).split(". "))


def run(*arguments):
    command = [sys.executable, train_model.__file__, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def data(tmp_path):
    """Twenty pages of ten sites, each with a menu and a footer."""
    pages = {}
    for n in range(20):
        menu = "".join(f"<li class='menu'><a href='/{topic}'>Topic {topic}</a></li>" for topic in range(8))
        html = page(n).replace("<main>", f"<ul>{menu}</ul><main>").replace("</body>", "<p>Imprint</p></body>")
        pages[f"p{n}"] = (html, {"url": f"https://site{n // 2}.example/{n}", "title": f"Title {n}", "body": body(n)})
    return marked_set(tmp_path, "own", **pages)


@needs_libraries
def test_one_command_prints_held_out_figures_and_writes_a_model_that_the_product_reads(data, tmp_path):
    done = run("--data", data, "--out", tmp_path / "model.json", "--trees", 5)
    assert done.returncode == 0, done.stderr
    head, _, row = (line.strip("| ").split(" | ") for line in done.stdout.splitlines()[:3])
    scores = dict(zip(head, row, strict=True))
    assert (scores["set"], scores["pages"]) == ("own", "20")
    assert float(scores["F1"]) > 0.5
    assert "model.json" in done.stdout.splitlines()[-1]
    model = made_of(json.loads((tmp_path / "model.json").read_text()))
    assert len(model.alone.values) == len(model.advised.values) == 5
    assert "menu" in model.weights


@needs_libraries
def test_with_folds_the_texts_are_kept_and_no_model_is_written(data, tmp_path):
    done = run("--data", data, "--out", tmp_path / "model.json", "--folds", tmp_path / "folds", "--trees", 2)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "folds/own.jsonl").read_text().splitlines()) == 20
    assert not (tmp_path / "model.json").exists()


def test_missing_data_and_libraries_are_named(tmp_path):
    done = run("--data", tmp_path)
    assert done.returncode == 2
    assert ("there is no SET/truth.jsonl in" if not LACKING else f"{LACKING[0]}") in done.stderr


def test_all_pages_of_a_site_are_in_one_fold():
    rows = [{"id": "1", "url": url} for url in ("https://www.news.example/a", "https://sport.news.example/b")]
    assert len({train_model.fold_of(row) for row in rows}) == 1
    many = [{"id": "1", "url": f"https://site{n}.example/"} for n in range(40)]
    assert {train_model.fold_of(row) for row in many} == set(range(train_model.FOLDS))


def test_a_block_is_labelled_by_the_snippets_that_it_holds_or_is_part_of():
    texts = ["A wanted sentence, and more.", "An unwanted sentence.", "Neither of them.", "part of a long wanted text"]
    wanted, unwanted = ["wanted sentence,", "It is part of a long wanted text, which goes on."], ["unwanted sentence"]
    labels = train_model.of_snippets(texts, wanted, unwanted)
    assert labels.tolist() == [1, 0, train_model.UNKNOWN, 1]


def test_the_names_above_a_block_are_those_of_all_its_ancestors():
    page = blocks(parse(b"<div class='story'><div id='text'><p>One.</p></div></div>", None))
    assert {"story", "text"} <= train_model.names_of(page, page.places[0])
