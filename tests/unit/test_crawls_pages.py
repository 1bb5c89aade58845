import gzip
import os
from datetime import UTC, datetime

import pytest

from ingest.crawls.answers import BadBody, CrawlError, Unreadable
from ingest.crawls.reading import open_folder, read_body
from tests.crawl_files import MAX_BYTES

ADDRESS = "https://paper.example/a?b=1&c=2"
SAVED_AT = datetime(2019, 5, 17, 8, 30, tzinfo=UTC)


def saved(folder, pages):
    """Write pages into a folder, by their paths, and open it."""
    for name, page in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page if isinstance(page, bytes) else page.encode())
        os.utime(path, (SAVED_AT.timestamp(), SAVED_AT.timestamp()))
    return open_folder(str(folder))


def names(crawl):
    return [os.path.relpath(answer.place.path, crawl.path) for answer in crawl.answers()]


def only(crawl):
    (answer,) = crawl.answers()
    return answer


NOTES = {
    "Chrome": ("<!DOCTYPE html>\n<!-- saved from url=(0031){} -->\n<html>", None),
    "SingleFile": (
        "<!--\n Page saved with SingleFile \n url: {} \n saved date: Fri May 17 2019 10:29:00 GMT+0200 (Europe)\n-->",
        datetime(2019, 5, 17, 8, 29, tzinfo=UTC),
    ),
    "Save Page WE": ('<html><head><meta name="savepage-url" content="{}">', None),
    "WebScrapBook": (
        '<html data-scrapbook-source="{}" data-scrapbook-create="20190517082900123">',
        datetime(2019, 5, 17, 8, 29, tzinfo=UTC),
    ),
    "Wayback Machine": (
        '<link rel="canonical" href="https://web.archive.org/web/20190517082900/{}">',
        datetime(2019, 5, 17, 8, 29, tzinfo=UTC),
    ),
    "a canonical link": ("<title>a</title><link href={} rel=canonical>", None),
    "Open Graph": ('<meta content="{}" property="og:url">', None),
    "a base": ('<base href="{}"><base href="https://paper.example/">', None),
}


@pytest.mark.parametrize("program", NOTES)
def test_a_page_has_the_address_and_the_instant_that_its_program_noted(tmp_path, program):
    note, saved_at = NOTES[program]
    answer = only(saved(tmp_path, {"a page.html": note.format(ADDRESS.replace("&", "&amp;")) + "<p>text"}))
    assert answer.url == ADDRESS
    assert answer.fetched_at == (saved_at or SAVED_AT)
    assert (answer.status, answer.headers) == (200, {"content-type": "text/html"})


def test_a_mirror_by_httrack_notes_the_address_without_its_scheme(tmp_path):
    note = "<html><!-- Mirrored from paper.example/a by HTTrack Website Copier/3.x [XR&CO'2014], {} -->"
    answer = only(saved(tmp_path, {"a.html": note.format("Fri, 17 May 2019 08:29:00 GMT")}))
    assert (answer.url, answer.fetched_at.minute) == ("http://paper.example/a", 29)


@pytest.mark.parametrize(
    ("path", "page", "url"),
    [
        ("paper.org/2019/05/index.html", "<p>", "https://paper.org/2019/05/"),
        ("mirrors/paper.org/a b.html", "<p>", "https://paper.org/a%20b.html"),
        ("paper.org/list.php?page=2.html", "<p>", "https://paper.org/list.php?page=2"),
        ("127.0.0.1:8000/title", "<!doctype html><p>", "http://127.0.0.1:8000/title"),
        ("paper.org/a.html", "<link rel=canonical href=https://www.paper.org/title>", "https://www.paper.org/title"),
        ("paper.org/a.html", "<link rel=canonical href=https://agency.example/a>", "https://paper.org/a.html"),
        ("notes.of.mine/a.html", "<link rel=canonical href=https://agency.example/a>", "https://agency.example/a"),
        ("notes/a.html", "<p>", ""),
    ],
)
def test_the_path_in_a_mirror_is_the_address_unless_the_page_knows_better(tmp_path, path, page, url):
    assert only(saved(tmp_path / "saved", {path: page})).url == url


def test_a_folder_named_like_a_host_is_a_mirror(tmp_path):
    assert only(saved(tmp_path / "paper.org", {"2019/title": "<html><p>"})).url == "https://paper.org/2019/title"


def test_pages_are_read_in_the_order_of_their_paths_and_companions_are_left_out(tmp_path):
    pages = dict.fromkeys(
        ("b.html", "a/z.htm", "a.xhtml", "c.html.gz", "b_files/frame.html", "d_files/e.html", ".hidden.html", "f.txt"),
        "<p>text",
    )
    crawl = saved(tmp_path, pages)
    (tmp_path / "link.html").symlink_to(tmp_path / "b.html")
    (tmp_path / "around").symlink_to(tmp_path)
    (tmp_path / "empty.html").touch()
    reading = crawl.answers()
    assert names(crawl) == ["a.xhtml", "a/z.htm", "b.html", "c.html.gz", "d_files/e.html"]
    assert len(list(reading)) == 5
    assert (dict(reading.skipped), reading.read_bytes) == ({"empty": 1}, crawl.size_bytes)


def test_reading_goes_on_after_each_page_and_begins_again_after_the_last(tmp_path):
    crawl = saved(tmp_path, {f"{name}.html": name for name in "abc"})
    reading = crawl.answers()
    answers = list(reading)
    for number, answer in enumerate(answers):
        assert list(crawl.answers(answer.position)) == answers[number + 1 :]
    assert reading.position == ""
    assert not crawl.is_at_end(reading.position)


def test_a_page_that_was_saved_again_is_another(tmp_path):
    first = only(saved(tmp_path, {"a.html": "<p>one"}))
    second = only(saved(tmp_path, {"a.html": "<p>two"}))
    assert first.id != second.id
    assert read_body(second.place, MAX_BYTES) == b"<p>two"
    with pytest.raises(Unreadable, match="has changed"):
        read_body(first.place, MAX_BYTES)


MHTML = """From: <Saved by Blink>\r
Snapshot-Content-Location: https://paper.example/a#top\r
Date: Fri, 17 May 2019 08:29:00 -0000\r
Content-Type: multipart/related;\r
\ttype="text/html";\r
\tboundary="----of-parts----"\r
\r
\r
------of-parts----\r
Content-Type: image/png\r
Content-Transfer-Encoding: base64\r
\r
iVBO\r
------of-parts----\r
Content-Type: text/html; charset="windows-1252"\r
Content-Transfer-Encoding: {encoding}\r
Content-Location: https://paper.example/other\r
\r
{page}\r
------of-parts------\r
"""


@pytest.mark.parametrize(
    ("encoding", "page"),
    [
        ("quoted-printable", '<p class=3D=\r\n"a">Z=FCrich'),
        ("base64", "PHAgY2xhc3M9\r\nImEiPlr8cmljaA=="),
        ("8BIT", '<p class="a">Z\xfcrich'),
    ],
)
def test_the_page_of_an_mhtml_is_read_in_its_charset(tmp_path, encoding, page):
    mhtml = MHTML.format(encoding=encoding, page=page).encode("windows-1252")
    answer = only(saved(tmp_path, {"a.mhtml": mhtml}))
    assert (answer.url, answer.fetched_at.minute) == ("https://paper.example/a", 29)
    assert answer.headers == {"content-type": 'text/html; charset="windows-1252"'}
    assert read_body(answer.place, MAX_BYTES).strip() == b'<p class="a">Z\xfcrich'


@pytest.mark.parametrize(
    ("name", "page", "cause"),
    [
        ("a.html", "a" * (MAX_BYTES + 1), "larger than"),
        ("a.html.gz", gzip.compress(b"a" * (MAX_BYTES + 1), mtime=0), "larger than"),
        ("a.html.gz", gzip.compress(b"text", mtime=0)[:-4], "gzip stream is cut"),
        ("a.mht", MHTML.format(encoding="7bit", page="a")[:-25], "the file is cut"),
        ("a.mht", MHTML.format(encoding="base64", page="a"), "base64 is damaged"),
    ],
    ids=["large", "large when unpacked", "cut gzip", "cut MHTML", "base64"],
)
def test_a_page_that_cannot_be_used_says_why(tmp_path, name, page, cause):
    with pytest.raises(BadBody, match=cause):
        read_body(only(saved(tmp_path, {name: page})).place, MAX_BYTES)


def test_what_cannot_be_read_is_counted_and_ends_nothing(tmp_path):
    crawl = saved(tmp_path, {"a.html.gz": b"\x1f\x8b damaged", "b.mht": "no page", "c.html": "<p>text"})
    (tmp_path / os.fsdecode(b"\xff.html")).write_text("<p>text")
    reading = crawl.answers()
    assert [answer.position for answer in reading] == ["c.html"]
    assert reading.skipped == {"damaged": 2, "of a name that is not UTF-8": 1}


def test_a_folder_that_is_gone_is_said(tmp_path):
    crawl = saved(tmp_path / "a", {"a.html": "<p>"})
    (tmp_path / "a").rename(tmp_path / "b")
    with pytest.raises(CrawlError, match="cannot be read"):
        list(crawl.answers())
