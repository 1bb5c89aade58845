"""The pages of the archive as a WARC, which other programs read."""

import gzip
import io

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.archive import Archive
from storage.compression import compress
from storage.content import Copy
from storage.exports import write_export
from storage.files import Protected
from storage.reader import Reader
from tests import builders as make
from tests.command_run import sentence

BODIES = {
    name: f"<p>{name} déjà \r\n\0 {'x' * 300}".encode("latin-1") for name in "first second edit copy merged".split()
}
A = "https://news.example/a"


def kept(name, final_url=A, **fields):
    headers = {"content-type": "text/html", "content-encoding": "gzip", "content-length": "9", "server": "a\r\nX: b"}
    return make.page(compress(BODIES[name], None)[0], final_url=final_url, headers=headers, **fields)


@pytest.fixture
def pages(folder):
    """1: two pages, an edit, a copy, and article 2 merged into it; 3: none."""
    folder.set_up()
    with Archive(folder.archive, "now") as archive, archive.transaction():
        first = kept("first", url="https://news.example/r", ip_address="192.0.2.1")
        archive.add_article(make.article(), [first, kept("second", "https://news.example/a?page=2")], make.NOW)
        archive.revise(1, make.content("Later."), make.NOW, pages=[kept("edit")])
        copy = make.article("https://other.example/c", "Copied.", site="other.example")
        archive.add_copy(copy, Copy(1, "near 1", 1, adds=False), [kept("copy", copy.url)], make.NOW)
        archive.add_article(
            make.article("https://third.example/m", "Merged."), [kept("merged", "https://third.example/m")], make.NOW
        )
        archive.merge(2, Copy(1, "by hand", 1, adds=False), make.NOW)
        archive.add_article(make.article("https://news.example/none", "Of the feed."), [], make.NOW)
    return folder


def records(data):
    """Return (type, URI, fields, HTTP headers, content) of each record. warcio checks the digests."""
    found = []
    for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
        content = record.content_stream().read()
        found.append((record.rec_type, record.rec_headers, record.http_headers, content))
    return found


def export(folder, name="out.warc.gz", *words, code=0):
    path = folder.path / name
    result = folder.ingest("export", "--format", "warc", "--output", path, *words)
    assert result.code == code, result
    return path.read_bytes(), result


def test_a_warc_by_export_is_read_by_warcio_and_gives_the_pages_byte_for_byte(pages):
    data, result = export(pages)
    assert result.err == "left out: 1 article of which the archive has no page\n"
    (info, *_), *others = records(data)
    assert info == "warcinfo"
    responses = [(fields["WARC-Target-URI"], content) for type_, fields, _, content in others if type_ == "response"]
    addresses = [A, f"{A}?page=2", A, "https://other.example/c", "https://third.example/m"]
    assert sorted(responses) == sorted(zip(addresses, BODIES.values(), strict=True))
    first = next(record for record in others if record[3] == BODIES["first"])
    assert (first[1]["WARC-Date"], first[1]["WARC-IP-Address"]) == ("2026-03-01T12:00:00Z", "192.0.2.1")
    (via,) = (record for record in others if record[0] == "metadata")
    assert (via[3], via[1]["WARC-Target-URI"]) == (b"via: https://news.example/r\r\n", A)
    assert via[1]["WARC-Refers-To"] == first[1]["WARC-Record-ID"]
    assert len({fields["WARC-Record-ID"] for _, fields, *_ in others}) == 6


def test_an_answers_headers_are_those_of_its_decoded_body(pages):
    *_, http, content = next(record for record in records(export(pages)[0]) if record[0] == "response")
    assert http.get_statuscode() == "200"
    assert dict(http.headers) == {
        "content-type": "text/html",
        "X-Crawler-Content-Encoding": "gzip",
        "X-Crawler-Content-Length": "9",
        "server": "a X: b",
        "content-length": str(len(content)),
    }


def test_the_same_archive_gives_the_same_bytes_compressed_or_not(pages):
    data = export(pages)[0]
    assert (export(pages, "again.warc.gz")[0], gzip.decompress(data)) == (data, export(pages, "out.warc")[0])
    stream = io.BytesIO()
    with Reader(pages.archive) as archive:
        write_export(archive, "warc", stream, Protected(pages.archive))
    assert stream.getvalue() == data


def test_filters_choose_whose_pages_are_written(pages):
    ((type_, _, _, about),) = records(export(pages, "out.warc", "--ids", "3")[0])
    assert type_ == "warcinfo"
    assert b'of 1 articles; selection: {"ids"' in about


def test_a_damaged_page_is_left_out_and_named(pages):
    with Archive(pages.archive, "now") as archive, archive.transaction():
        archive.db.execute("UPDATE pages SET html = x'00' WHERE part = 2")
    data, result = export(pages, code=1)
    assert [content for type_, *_, content in records(data) if type_ == "response"].count(BODIES["second"]) == 0
    assert f"left out: {A}?page=2 (article 1): the stored page of article 1 is damaged" in result.err
    assert len(records(data)) == 6


def test_a_warc_goes_to_no_terminal_and_onto_no_archive(pages):
    result = pages.ingest("export", "--format", "warc", "--output", pages.archive)
    assert "is the archive and is not written onto" in sentence(result, code=2)
