"""What other programs import: its types hold, and the examples of the READMEs run."""

import os
import re
import subprocess
import sys

import pytest

from tests.builders_feeds import page
from tests.documents import CHECKOUT, room

TYPED = """
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, assert_type

from ingest import extract_page
from storage.content import Content
from storage.reader import (
    EVERYTHING, ArchiveError, Article, Change, Changes, Copy, Found, Hit, Media, Reader, Record, Revision, Row,
    Selection, StoredPage,
)


def use(archive: Reader, change: Change) -> None:
    assert_type(archive.articles(EVERYTHING, after=1), Iterator[Article])
    assert_type(archive.article(1), Article | None)
    assert_type(archive.revisions(1), list[Revision])
    assert_type(archive.copies(1), list[Copy])
    assert_type(archive.media(1), list[Media])
    assert_type(archive.pages(1), list[StoredPage])
    assert_type(archive.search("a", Selection(languages=("fr",)), limit=2), Found[Hit])
    assert_type(archive.search("a").ranked, int | None)
    assert_type(archive.changes(after=1, follow=True, until=lambda: True), Changes[Change])
    assert_type(next(archive.changes()), Change)
    assert_type(archive.rows("SELECT 1"), Iterator[Row])
    assert_type(change.record, Record | None)
    if isinstance(change.record, Article):
        assert_type(change.record.published_at, datetime | None)
        assert_type(change.record.tags, tuple[str, ...])
    match change.record:
        case Copy(url=url) | Article(url=url):
            assert_type(url, str)
        case Revision(title=title):
            assert_type(title, str | None)
    content = extract_page(b"", "https://news.example/", authors=["A"], method="blocks")
    assert_type(content, Content)
    assert_type(content.verdict, Literal["article", "no_text", "walled"])


try:
    use(Reader(Path("news.db")), next(Reader("news.db").changes()))
except ArchiveError:
    pass
"""


def examples(name, title):
    return re.findall(r"^```python\n(.*?)^```$", room(name).section(title), re.MULTILINE | re.DOTALL)


def test_a_page_is_extracted_as_described(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.html").write_text(page(1, title="The quay"))
    (code,) = examples("ingest", "From Python: extract a page")
    exec(code)
    first, *markdown = capsys.readouterr().out.splitlines()
    assert first.startswith("The quay () ")
    assert "commission settled question" in "".join(markdown)
    (tmp_path / "page.html").write_bytes(b"")
    exec(code)
    assert capsys.readouterr().out == "no_text the page is empty\n"


def test_a_caller_of_the_interface_passes_mypy_strict(tmp_path):
    pytest.importorskip("mypy")
    callers = [TYPED, *examples("storage", "From Python"), *examples("ingest", "From Python: extract a page")]
    assert len(callers) == 4
    files = [tmp_path / f"caller_{n}.py" for n in range(len(callers))]
    for file, code in zip(files, callers, strict=True):
        file.write_text(code)
    options = ["--strict", "--config-file=", "--cache-dir", str(CHECKOUT / ".mypy_cache" / "callers")]
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *files],
        cwd=tmp_path,
        env=os.environ | {"MYPYPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "Success: no issues found in 4 source files\n")
