"""What `ingest status` says of crawls."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.archive import Archive

AGO = datetime.now(UTC) - timedelta(hours=2, minutes=1)


@pytest.fixture
def crawls(folder):
    """One is read, one is damaged at its half, one was left at a quarter, and of one nothing is read."""
    folder.set_up()
    with Archive(folder.archive, "test") as archive, archive.transaction():
        for path, kind, position, ends, error in (
            ("read.warc", "warc", "2000000-0badcafe", True, None),
            ("cut.warc.gz", "warc", "1000000-0badcafe", True, "the file is cut off\nat 1000000"),
            ("left.warc.gz", "warc", "500000-0badcafe", False, None),
            ("site.wacz", "wacz", "data.warc.gz 7", False, None),
        ):
            crawl = archive.begin_crawl(path, f"/crawls/{path}", kind, 2_000_000, AGO)
            archive.move_crawl(crawl.id, "", position, 3, 1, AGO)
            if ends:
                archive.end_crawl(crawl.id, AGO, error)
    return folder


def test_status_says_how_far_crawls_are_read_and_which_are_damaged(crawls):
    lines = crawls.ingest("status").out.splitlines()
    assert lines[:4] == [
        "crawl /crawls/site.wacz: not read to its end, 2 h ago; 3 pages, 1 other answer",
        "crawl /crawls/left.warc.gz: read up to 25% of 2.0 MB, 2 h ago; 3 pages, 1 other answer",
        "crawl /crawls/cut.warc.gz: faulty: the file is cut off at 1000000; 3 pages, 1 other answer",
        "crawls: 4 (2 unfinished, 1 faulty), 12 pages",
    ]
    assert "crawl /crawls/read.warc: read 2 h ago; 3 pages, 1 other answer" in crawls.ingest("status", "-v").out


def test_status_gives_crawls_as_json(crawls):
    first, second, *_ = crawls.ingest("status", "--json").json["crawls"]
    assert (first["path"], first["read_bytes"], first["ended_at"]) == ("/crawls/site.wacz", None, None)
    assert (second["read_bytes"], second["size_bytes"], second["pages"]) == (500_000, 2_000_000, 3)
    assert second["began_at"].endswith("Z")


def test_a_crawl_that_was_only_begun_is_read_up_to_nothing(folder):
    folder.set_up()
    with Archive(folder.archive, "test") as archive:
        archive.begin_crawl("k", "/a.warc", "warc", 3_000_000_000, AGO)
    assert "crawl /a.warc: read up to 0% of 3.0 GB, 2 h ago; 0 pages\n" in folder.ingest("status").out
