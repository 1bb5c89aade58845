import gzip
from dataclasses import replace

import brotli
import zstandard
from hypothesis import assume, given
from hypothesis import strategies as st
from yarl import URL

from ingest.hosts import same_publisher
from ingest.text.decoding import Body, Broken, TooLarge
from ingest.web.address import address_of, redirected
from ingest.web.headers import freshness_s, retry_after_at
from ingest.web.request import RequestOptions
from tests.builders_web import NOON

PACKERS = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstandard.compress}
BEGINNINGS = ["http://", "https://a.example/", "HTTP://u:p@", "//", ""]
URLS = st.builds("{}{}{}".format, st.sampled_from(BEGINNINGS), st.text(), st.text())


@given(URLS)
def test_a_url_is_understood_once_and_for_all_or_not_at_all(url):
    try:
        address = address_of(url)
    except ValueError:
        return
    assert address.url.isascii()
    assert address.url.isprintable()
    assert " " not in address.url
    assert address_of(address.url) == replace(address, credentials="")
    asked = URL(address.url, encoded=True)  # as aiohttp reads it
    assert address.url.startswith(f"{address.scheme}://{asked.host_port_subcomponent}/")
    assert asked.user is None


@given(URLS, st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_credentials_stay_on_their_origin(url, location):
    try:
        source = address_of(url)
        target = redirected(source, location)
    except ValueError:
        return
    assert target.credentials == (source.credentials if target.origin == source.origin else "")
    assert target.url.isascii()


HOSTS = st.sampled_from(
    "a.example www.a.example b.example example a.github.io b.github.io x.a.github.io github.io a.co.uk b.co.uk co.uk"
    " 192.0.2.1 192.0.2.2 [2001:db8::1] localhost a.localhost".split()
)
SITES = st.builds("{}://{}{}/".format, st.sampled_from(["http", "https"]), HOSTS, st.sampled_from(["", ":80", ":8443"]))


@given(SITES, SITES, SITES)
def test_request_options_hold_for_one_publisher_over_ways_that_are_no_weaker(url, other, third):
    options = RequestOptions(url)
    assert options.hold_for(address_of(url))
    if options.hold_for(address_of(other)):
        assert same_publisher(url, other)
        assert url.startswith("http:") or other.startswith("https:")
        assert not RequestOptions(other).hold_for(address_of(third)) or options.hold_for(address_of(third))


@given(st.binary(max_size=3000), st.sampled_from(sorted(PACKERS)), st.integers(1, 200), st.integers(0, 3000))
def test_a_packed_body_is_decoded_or_too_large(text, coding, chunk_bytes, max_bytes):
    assume(not text.startswith(b"\x1f\x8b"))  # it would be unpacked
    packed = PACKERS[coding](text)
    body = Body(coding, max_bytes)
    try:
        for start in range(0, len(packed), chunk_bytes):
            body.feed(packed[start : start + chunk_bytes])
    except TooLarge:
        assert len(text) > max_bytes
        assert body.decoded() == text[:max_bytes]
    else:
        assert body.finish() == text


@given(st.binary(max_size=300), st.sampled_from(["", *sorted(PACKERS), "deflate", "gzip, br"]))
def test_any_bytes_are_decoded_or_broken(noise, encoding):
    body = Body(encoding, 1000)
    try:
        body.feed(noise)
        body.finish()
    except (Broken, TooLarge):
        pass
    assert len(body.decoded()) <= 1000


@given(st.text(), st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age"]), st.text()))
def test_no_header_value_raises_or_gives_a_past_instant(value, headers):
    until = retry_after_at(value, NOON)
    assert until is None or until > NOON
    assert freshness_s(headers, NOON) >= 0
