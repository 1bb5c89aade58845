import os

import pytest

from ingest.crawls.finding import find_crawls
from tests import crawl_files as make
from tests.crawl_files import response, urls


@pytest.fixture
def folder(tmp_path):
    """A folder with three WARCs, of which one is deeper and one has the name of none, and what is beside them."""
    for name, url in zip(("b.warc.gz", "deep/er/a.warc.gz", "c.data"), urls(3), strict=True):
        path = tmp_path / "crawls" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make.gzipped([response(url)]))
    (tmp_path / "crawls" / "index.cdx.gz").write_bytes(b"\x1f\x8b nothing")
    (tmp_path / "crawls" / "pages.jsonl").write_text("{}")
    return tmp_path / "crawls"


def found(*names):
    crawls, faults = find_crawls([str(name) for name in names])
    return [crawl.path for crawl in crawls], [str(fault) for fault in faults]


def paths(folder, *names):
    return [str(folder / name) for name in names]


def test_a_folder_stands_for_the_crawls_in_it_in_the_order_of_their_paths(folder):
    assert found(folder) == (paths(folder, "b.warc.gz", "c.data", "deep/er/a.warc.gz"), [])


def test_globs_stand_for_the_crawls_that_they_match(folder, monkeypatch):
    assert found(folder / "*") == (paths(folder, "b.warc.gz", "c.data", "deep/er/a.warc.gz"), [])
    assert found(folder / "**" / "*.warc.gz") == (paths(folder, "b.warc.gz", "deep/er/a.warc.gz"), [])
    monkeypatch.chdir(folder)
    assert found("c.*") == (paths(folder, "c.data"), [])


def test_a_name_may_have_the_characters_of_globs(tmp_path):
    (tmp_path / "a[1].warc").write_bytes(response("https://paper.example/a"))
    assert found(tmp_path / "a[1].warc") == (paths(tmp_path, "a[1].warc"), [])


def test_a_crawl_is_read_once_under_all_its_names(folder):
    os.link(folder / "b.warc.gz", folder / "z.warc.gz")
    (folder / "y.warc.gz").symlink_to(folder / "c.data")
    assert found(folder / "c.data", folder, folder / "y.warc.gz")[0] == paths(
        folder, "c.data", "b.warc.gz", "deep/er/a.warc.gz"
    )


def test_each_name_that_is_no_crawl_is_said_and_the_others_are_found(folder):
    (folder / "empty.warc").touch()
    (folder / "page.html").write_text("<p>text")
    (folder.parent / "none").mkdir()
    crawls, faults = found(
        folder / "missing.warc",
        folder / "pages.jsonl",
        folder / "empty.warc",
        folder / "page.html",
        folder / "*.zip",
        folder.parent / "none",
        "/dev/null",
        folder / "b.warc.gz",
    )
    assert crawls == paths(folder, "b.warc.gz")
    assert faults == [
        f"{folder}/missing.warc cannot be read: No such file or directory",
        f"{folder}/pages.jsonl is not a crawl: it does not begin with a record of a WARC file",
        f"{folder}/empty.warc is empty",
        f"{folder}/page.html is a saved page; name the folder that it is in",
        f"{folder}/*.zip matches no crawl",
        f"{folder.parent}/none has no WARC or WACZ files and no saved pages",
        "/dev/null is neither a file nor a folder",
    ]


def test_in_a_folder_what_should_be_a_crawl_is_said(folder):
    (folder / "cut.wacz").write_bytes(b"PK\x03\x04 cut")
    crawls, faults = found(folder)
    assert len(crawls) == 3
    assert faults == [f"{folder}/cut.wacz is a cut or damaged zip: the directory at its end is missing; copy it again"]


def test_saved_pages_below_a_folder_are_one_crawl_beside_its_files(folder):
    (folder / "deep" / "page.html").write_text("<p>text")
    crawls, faults = find_crawls([str(folder), str(folder / "deep")])
    assert [crawl.kind for crawl in crawls] == ["warc", "warc", "warc", "pages"]
    assert (crawls[-1].path, crawls[-1].size_bytes, faults) == (str(folder), 7, [])
