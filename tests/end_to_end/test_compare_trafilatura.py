"""Another version of trafilatura compared with the installed one, on marked pages and on an archive."""

import json
import shutil
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path

import compare_trafilatura
import pytest
import trafilatura

from tests.builders_feeds import item, page, prose, rss
from tests.marked_set import marked_set

MORE = "A sentence that only the other version has"


@pytest.fixture
def data(tmp_path) -> Path:
    body = "\n".join(f"{sentence.rstrip('.')}." for sentence in prose(1, 12).split(". "))
    return marked_set(tmp_path, "articles", a=(page(1), {"title": None, "body": body}))


@pytest.fixture
def same() -> Path:
    return Path(trafilatura.__file__).parents[1]


@pytest.fixture
def other(tmp_path, same) -> Path:
    """A folder with a trafilatura that adds a sentence to each text."""
    shutil.copytree(same / "trafilatura", tmp_path / "other/trafilatura")
    with (tmp_path / "other/trafilatura/__init__.py").open("a") as start:
        start.write('\n__version__ = "9.9"\n')
    with (tmp_path / "other/trafilatura/core.py").open("a") as core:
        core.write(
            "\n_extraction = bare_extraction\n\n\n"
            "def bare_extraction(*arguments, **more):\n"
            "    found = _extraction(*arguments, **more)\n"
            f"    found.text += '\\n{MORE}.'\n"
            "    return found\n"
        )
    return tmp_path / "other"


def compared(*words):
    command = [sys.executable, compare_trafilatura.__file__, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def rows(out):
    return [line.strip("| ").split(" | ") for line in out.splitlines() if line.startswith("| articles")]


def test_the_same_version_changes_nothing(data, same):
    code, out, err = compared(same, "--sets", "articles", "--data", data)
    assert (code, err) == (0, "")
    assert out.startswith(f"trafilatura {trafilatura.__version__} → {trafilatura.__version__}\n")
    assert [row[:4] for row in rows(out)] == [["articles", "product", "1", "0"], ["articles", "trafilatura", "1", "0"]]
    assert "change most" not in out


def test_another_version_is_compared_page_by_page(data, other):
    code, out, err = compared(other, "--sets", "articles", "--data", data)
    assert (code, err) == (0, "")
    assert "→ 9.9\n" in out
    _, alone = rows(out)
    assert alone[3] == "1"
    before, after = alone[5].split(" → ")
    assert float(before) > float(after)
    assert "articles a, F1" in out
    assert f"{len(MORE.split())} gained, 0 lost" in out


def test_an_archive_is_cleaned_with_both_and_stays_as_it_is(site, folder, same):
    folder.set_up(site.url("/feed"), article="page")
    for n in (1, 2):
        site.page(f"/{n}", page(n))
    site.page("/feed", rss(*(item(n, link=site.url(f"/{n}"), text="") for n in (1, 2))))
    folder.ingest("now", "-q")

    def state():
        return blake2b(folder.archive.read_bytes()).digest()

    before = state()
    code, out, err = compared(same, "--sets", "--archive", folder.archive)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"{folder.archive}: 0 of 2 articles would change: 0 words gained, 0 lost"
    assert state() == before


def test_what_changes_in_an_archive_is_counted_and_listed_by_address(tmp_path, capsys):
    def written(name, *texts):
        rows = [{"article": n, "url": f"https://news.example/{n}", "body": text, "reason": None} for n, text in texts]
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in [{"version": "1"}, *rows]))
        return tmp_path / name

    before = written("before", (1, "one two three"), (2, "one"), (3, "one two"))
    after = written("after", (2, "one"), (1, "one four"), (3, "one two three"), (4, "archived meanwhile"))
    compare_trafilatura.report_archive(Path("news.db"), before, after)
    assert capsys.readouterr().out.splitlines() == [
        "",
        "news.db: 2 of 3 articles would change: 2 words gained, 2 lost",
        "",
        "of the archive's texts, those that change most:",
        "  article 1, https://news.example/1: 3 → 2 words, 1 gained, 2 lost",
        "  article 3, https://news.example/3: 2 → 3 words, 1 gained, 0 lost",
    ]


def test_an_archive_that_is_not_there_is_named(tmp_path):
    code, _, err = compared("2.2.0", "--sets", "--archive", tmp_path / "none.db")
    assert code == 2
    assert f"there is no archive {tmp_path / 'none.db'}" in err
