"""Answers of WARC and WACZ files: by each packing and writer, from each position, up to damage."""

import gzip
import shutil
import subprocess
import tracemalloc
import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pytest
import zstandard
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.crawls.answers import CrawlError
from ingest.crawls.reading import open_crawl, read_body
from tests import crawl_files as make
from tests.crawl_files import (
    ADDRESS,
    HTML,
    MAX_BYTES,
    PACKERS,
    bodies,
    http,
    only,
    opened,
    read,
    record,
    record_id,
    response,
    urls,
)


def skipped(tmp_path, *records):
    reading = opened(tmp_path / "a.warc", make.plain([*records, response("https://paper.example/last")])).answers()
    assert [answer.url for answer in reading] == ["https://paper.example/last"]
    return dict(reading.skipped)


@pytest.mark.parametrize("packing", PACKERS)
def test_each_answer_is_read_with_its_body_and_reading_goes_on_after_each(tmp_path, packing):
    crawl = opened(tmp_path / "a", PACKERS[packing](make.pages(5)))
    answers, error = read(crawl)
    assert error is None
    assert [answer.url for answer in answers] == urls(5)
    assert bodies(answers) == [make.page(url) for url in urls(5)]
    for number, answer in enumerate(answers):
        assert read(crawl, answer.position) == (answers[number + 1 :], None)
    assert crawl.is_at_end(answers[-1].position)
    assert not crawl.is_at_end(answers[-2].position)


def test_an_answer_has_what_the_crawler_noted(tmp_path):
    fields = {"WARC_IP_Address": "192.0.2.7", "WARC_Date": "2019-05-17T08:30:00.123456789Z", "WARC_Truncated": "length"}
    block = http(b"x", "Set-Cookie: a", "set-cookie: b", "X-Note: Z\u00fcrich", "X-Folded: one\r\n  two")
    answer = only(tmp_path, record("response", ADDRESS, block, **fields))
    assert answer.id == record_id(ADDRESS)
    assert answer.fetched_at == datetime(2019, 5, 17, 8, 30, tzinfo=UTC)
    assert (answer.status, answer.ip_address, answer.truncated) == (200, "192.0.2.7", "length")
    assert answer.headers == {
        "content-type": HTML,
        "set-cookie": "a, b",
        "x-note": "Zürich",
        "x-folded": "one two",
    }
    assert answer.place.size_bytes == 1


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("<https://paper.example/a>", ADDRESS),  # wget
        ("https://paper.example/a#top", ADDRESS),  # Browsertrix
        ("https://user:secret@paper.example/a", ADDRESS),
        ("https://paper.example/a b", "https://paper.example/a%20b"),
    ],
)
def test_an_address_is_the_one_that_was_asked(tmp_path, written, url):
    assert only(tmp_path, response(ADDRESS, WARC_Target_URI=written)).url == url


@pytest.mark.parametrize(
    "written", [None, "", "2019-13-01T00:00:00Z", "0000-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday"]
)
def test_a_date_that_is_none_is_unknown(tmp_path, written):
    assert only(tmp_path, response(ADDRESS, WARC_Date=written)).fetched_at is None


@pytest.mark.parametrize("line", ["HTTP/2 200", "HTTP/1.0 200 ", "HTTP/2.0 200 OK", "HTTP/1.1 200\tFine"])
def test_status_lines_of_all_versions_are_read(tmp_path, line):
    assert only(tmp_path, record("response", ADDRESS, http(b"", line=line))).status == 200


def test_interim_answers_are_passed_over(tmp_path):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    answer = only(tmp_path, record("response", ADDRESS, hints + http(b"text")))
    assert (answer.status, answer.headers["content-type"]) == (200, HTML)
    assert read_body(answer.place, MAX_BYTES) == b"text"


def test_lines_may_end_without_a_carriage_return(tmp_path):
    block = http(b"").replace(b"\r\n", b"\n") + b"one\r\n\r\ntwo"
    head, _, rest = record("response", ADDRESS, block).partition(b"\r\n\r\n")
    answer = only(tmp_path, head.replace(b"\r\n", b"\n") + b"\n\n" + rest)
    assert read_body(answer.place, MAX_BYTES) == b"one\r\n\r\ntwo"


def test_a_record_without_an_id_has_one_of_its_own(tmp_path):
    records = [response(url, WARC_Record_ID=None) for url in urls(2)]
    answers, _ = read(opened(tmp_path / "a.warc", make.plain(records)))
    moved, _ = read(opened(tmp_path / "b.warc.gz", make.gzipped([make.pages(1)[0], *records])))
    assert len({answer.id for answer in answers}) == 2
    assert [answer.id for answer in moved] == [answer.id for answer in answers]
    assert bodies(answers) == [make.page(url) for url in urls(2)]


def test_a_page_as_a_resource_is_an_answer(tmp_path):
    answer = only(tmp_path, record("resource", ADDRESS, b"<p>text", Content_Type="text/html"))
    assert (answer.status, answer.headers) == (200, {"content-type": "text/html"})
    assert read_body(answer.place, MAX_BYTES) == b"<p>text"


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        (record("revisit", ADDRESS, http(b"", line="HTTP/1.1 304 Not Modified")), "revisit"),
        (response(ADDRESS, WARC_Segment_Number="1"), "continuation"),
        (record("continuation", ADDRESS, b"the rest", WARC_Segment_Number="2"), "continuation"),
        (record("resource", "urn:text:https://paper.example/a", b"text"), "not of the web"),
        (record("resource", "metadata://gnu.org/software/wget/warc/wget.log", b"log"), "not of the web"),
        (record("response", "dns:paper.example", b"2019 A 192.0.2.7", Content_Type="text/dns"), "not of the web"),
        (record("response", ADDRESS, b"\x16\x03\x01 no HTTP"), "not HTTP"),
        (record("response", ADDRESS, b"HTTP/1.1 200 OK\r\nX: " + b"a" * 2_000_000), "not HTTP"),
        (record("metadata", ADDRESS, b"fetchTimeMs: 7"), None),
        (record("conversion", ADDRESS, b"text"), None),
    ],
)
def test_what_is_no_answer_of_its_own_is_counted(tmp_path, left_out, reason):
    assert skipped(tmp_path, left_out) == ({reason: 1} if reason else {})


@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd", "zstd with a dictionary", "zstd in many frames"])
def test_a_cut_file_is_read_up_to_the_cut_and_on_when_it_has_grown(tmp_path, packing):
    complete = PACKERS[packing](make.pages(4))
    answers, _ = read(opened(tmp_path / "a", complete))
    at = answers[3].place.offset
    for cut in (at + 1, at + 3, at + 50, len(complete) - 200):
        crawl = opened(tmp_path / "a", complete[:cut])
        before, error = read(crawl)
        assert before == answers[:3]
        assert f"{tmp_path / 'a'} is cut in the record at byte" in str(error)
        grown = opened(tmp_path / "a", complete)
        assert grown.key == crawl.key
        assert read(grown, error.position) == (answers[3:], None)


@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd"])
def test_a_damaged_file_is_read_up_to_the_damage(tmp_path, packing):
    damaged = bytearray(PACKERS[packing](make.pages(4)))
    answers, _ = read(opened(tmp_path / "a", bytes(damaged)))
    at = answers[2].place.offset
    damaged[at : at + 30] = b"?" * 30
    before, error = read(opened(tmp_path / "a", bytes(damaged)))
    assert before == answers[:2]
    assert f"is damaged at byte {at:,}" in str(error)


@pytest.mark.parametrize(
    ("length", "cause"),
    [
        ("9223372036854775807", "is cut in the record"),
        ("99999999999999999999", "length cannot be read"),
        ("-5", "length cannot be read"),
        ("", "length cannot be read"),
        ("40", "its length is wrong"),
    ],
)
def test_a_length_that_cannot_be_ends_a_plain_file(tmp_path, length, cause):
    answers, error = read(opened(tmp_path / "a", make.plain([*make.pages(2), response(ADDRESS, length=length)])))
    assert [answer.url for answer in answers] == urls(2)
    assert cause in str(error)


def test_an_empty_member_at_the_end_is_the_end(tmp_path):
    crawl = opened(tmp_path / "a", make.gzipped([*make.pages(1), b"", b"\r\n"]))
    reading = crawl.answers()
    assert len(list(reading)) == 1
    assert crawl.is_at_end(reading.position)


def test_a_record_longer_than_it_says_is_left_out_of_a_compressed_file(tmp_path):
    records = [response(ADDRESS, length=300), response(urls(1)[0])]
    reading = opened(tmp_path / "a", make.gzipped(records)).answers()
    assert [answer.url for answer in reading] == urls(1)
    assert reading.skipped == {"of a wrong length": 1}


def test_a_header_without_end_is_not_held(tmp_path):
    crawl = opened(tmp_path / "a", make.plain(make.pages(1)) + b"WARC/1.0\r\nX: " + b"a" * 5_000_000)
    tracemalloc.start()
    try:
        answers, error = read(crawl)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert len(answers) == 1
    assert "header is longer than 1 MiB" in str(error)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_file_compressed_as_one_stream_is_to_be_unpacked(tmp_path, pack):
    _, error = read(opened(tmp_path / "a.warc.gz", pack(make.plain(make.pages(2)))))
    assert "unpack it with `gunzip` or `unzstd`" in str(error)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "is empty"),
        (b"a text", "is not a crawl"),
        (gzip.compress(b"a text", mtime=0), "is not a crawl"),
        (b"filedesc://a.arc 0.0.0.0 19970101 text/plain 9\n", "is an ARC file"),
        (gzip.compress(b"filedesc://a.arc 0.0.0.0 19970101 text/plain 9\n", mtime=0), "is an ARC file"),
    ],
)
def test_a_file_that_is_no_crawl_is_recognised_by_its_bytes(tmp_path, data, cause):
    with pytest.raises(CrawlError, match=cause):
        opened(tmp_path / "a.warc.gz", data)


def test_a_file_is_recognised_under_another_name_and_not_taken_for_one_with_the_same_dictionary(tmp_path):
    one, other = (opened(tmp_path / name, make.zstd_with_dictionary([response(ADDRESS + name)])) for name in "ab")
    assert one.key != other.key
    assert open_crawl(shutil.copy(one.path, tmp_path / "c")).key == one.key


def test_a_position_is_not_gone_on_from_in_another_file_that_begins_alike(tmp_path):
    first, second, *others = (response(url) for url in urls(4))
    one, other = opened(tmp_path / "a", first + second), opened(tmp_path / "b", first + b"".join(others))
    end = read(one)[0][-1].position
    assert one.key == other.key
    assert not other.is_at_end(end)
    assert read(other, end) == read(other)


def test_the_warcs_of_a_wacz_are_read_in_the_order_of_their_names(tmp_path):
    members = {
        "archive/b.warc.zst": make.zstd_with_dictionary([response(urls(4)[2]), response(urls(4)[3])]),
        "archive/a.warc.gz": make.gzipped([response(url) for url in urls(2)]),
        "indexes/index.cdx.gz": gzip.compress(b"paper.example", mtime=0),
    }
    crawl = open_crawl(str(make.wacz(tmp_path / "a.wacz", members)))
    answers, error = read(crawl)
    assert (crawl.kind, error) == ("wacz", None)
    assert [answer.url for answer in answers] == urls(4)
    assert bodies(answers) == [make.page(url) for url in urls(4)]
    for number, answer in enumerate(answers):
        assert read(crawl, answer.position) == (answers[number + 1 :], None)
    assert crawl.is_at_end(answers[-1].position)


def test_a_wacz_that_cannot_be_read_says_what_to_do(tmp_path):
    members = {"archive/a.warc.gz": make.gzipped(make.pages(3))}
    path = make.wacz(tmp_path / "a.wacz", members, zipfile.ZIP_DEFLATED)
    _, error = read(open_crawl(str(path)))
    assert "has archive/a.warc.gz compressed; `unzip` it" in str(error)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(CrawlError, match="copy it again"):
        open_crawl(str(path))
    with pytest.raises(CrawlError, match="no WACZ"):
        open_crawl(str(make.wacz(tmp_path / "b.wacz", {"a.txt": b"text"})))


def test_damage_in_one_warc_of_a_wacz_is_at_its_byte_of_the_file(tmp_path):
    path = make.wacz(tmp_path / "a.wacz", {"archive/a.warc": make.plain(make.pages(3))})
    answers, _ = read(open_crawl(str(path)))
    damaged = bytearray(path.read_bytes())
    at = answers[1].place.offset
    damaged[at : at + 5] = b"?????"
    path.write_bytes(damaged)
    before, error = read(open_crawl(str(path)))
    assert before == answers[:1]
    assert f"is damaged at byte {at:,}" in str(error)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # warcio leaves its own files open
@pytest.mark.parametrize("is_gzip", [False, True])
def test_a_file_by_warcio_is_read(tmp_path, is_gzip):
    with (tmp_path / "a").open("wb") as file:
        writer = WARCWriter(file, gzip=is_gzip)
        for url in urls(3):
            headers = StatusAndHeaders("200 OK", [("Content-Type", HTML)], protocol="HTTP/1.1")
            page = BytesIO(make.page(url))
            writer.write_record(writer.create_warc_record(url, "response", payload=page, http_headers=headers))
    answers, error = read(open_crawl(str(tmp_path / "a")))
    assert error is None
    assert [(answer.url, answer.headers) for answer in answers] == [(url, {"content-type": HTML}) for url in urls(3)]
    assert bodies(answers) == [make.page(url) for url in urls(3)]


@pytest.mark.skipif(not shutil.which("wget"), reason="wget is not installed")
def test_a_file_and_a_mirror_by_wget_are_read(tmp_path, site):
    site.page("/", make.page("a"))
    command = ["wget", "-q", "-r", f"--warc-file={tmp_path / 'a'}", "-P", tmp_path, site.url("/")]
    subprocess.run(command, check=False, timeout=20)
    answers, error = read(open_crawl(str(tmp_path / "a.warc.gz")))
    assert error is None
    assert (answers[0].url, bodies(answers[:1])) == (site.url("/"), [make.page("a")])
