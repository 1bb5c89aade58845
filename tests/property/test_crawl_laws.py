from contextlib import suppress
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.crawls.answers import BadBody, CrawlError
from ingest.crawls.reading import open_crawl, read_body
from tests import crawl_files as make
from tests.crawl_files import MAX_BYTES, PACKERS, read

CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=12)), max_size=3)


@cache
def packed(packing):
    return PACKERS[packing](make.pages(4))


def answers_of(path):
    try:
        crawl = open_crawl(str(path))
    except CrawlError:
        return []
    answers, error = read(crawl)
    if error:
        assert str(path) in str(error)
        more, _ = read(crawl, error.position)
        assert more == ([] if error.position else answers)
    for number, answer in enumerate(answers):
        assert read(crawl, answer.position)[0] == answers[number + 1 :]
    return answers


@given(st.sampled_from(sorted(PACKERS)), CHANGES, st.floats(0, 1))
@settings(max_examples=60)
def test_a_damaged_file_gives_complete_answers_and_a_sentence(tmp_path_factory, packing, changes, cut):
    data = bytearray(packed(packing))
    for share, written in changes:
        start = int(share * len(data))
        data[start : start + len(written)] = written
    path = tmp_path_factory.getbasetemp() / "crawl"
    path.write_bytes(data[: int(cut * len(data)) if cut < 0.5 else None])
    for answer in answers_of(path):
        try:
            body = read_body(answer.place, MAX_BYTES)
        except BadBody:
            continue
        if not changes:
            assert body == make.page(answer.url)


@given(st.binary(max_size=60), st.binary(max_size=200))
@settings(max_examples=50)
def test_any_bytes_after_a_record_are_read_or_refused(tmp_path_factory, head, rest):
    path = tmp_path_factory.getbasetemp() / "crawl"
    path.write_bytes(make.response("https://paper.example/a") + b"WARC/1.0\r\n" + head + b"\r\n\r\n" + rest)
    answers_of(path)


@given(st.sampled_from(["gzip", "br", "zstd", "deflate", "identity"]), st.binary(max_size=300))
@settings(max_examples=30)
def test_a_body_of_any_bytes_is_read_or_refused(tmp_path_factory, coding, body):
    path = tmp_path_factory.getbasetemp() / "crawl"
    headers = (f"Content-Encoding: {coding}", "Transfer-Encoding: chunked")
    path.write_bytes(make.response("https://paper.example/a", b"4\r\n" + body, *headers))
    (answer,) = answers_of(path)
    with suppress(BadBody):
        read_body(answer.place, MAX_BYTES)
