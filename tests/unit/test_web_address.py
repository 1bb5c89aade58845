from base64 import b64encode

import pytest

from ingest.web.address import address_of, redirected


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("http://Example.ORG", "http://example.org/"),
        ("HTTPS://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        (" http://example.org:8080/a\n", "http://example.org:8080/a"),
        ("http://example.org/été à paris?q=é", "http://example.org/%C3%A9t%C3%A9%20%C3%A0%20paris?q=%C3%A9"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://example.org?x=1", "http://example.org/?x=1"),
        ("http://user:p%40w@example.org/", "http://example.org/"),
        ("http://my_blog.example.org/", "http://my_blog.example.org/"),
        ("http://[::1]:80/", "http://[::1]/"),
    ],
)
def test_a_url_is_normalised_to_the_form_that_is_sent(written, asked):
    assert address_of(written).url == asked


def test_escapes_are_sent_unchanged():
    url = "http://example.org/a%2fb%7e/%C3%A9?sig=a%2Bb+c%20d%3D&x=|'()"
    assert address_of(url).url == url


def test_the_url_of_an_address_gives_the_same_address():
    once = address_of("http://Exä.example./a b?c=ü").url
    assert address_of(once).url == once


@pytest.mark.parametrize(
    "url", ["", "example.org/a", "//example.org/a", "ftp://example.org/", "javascript:alert(1)", "file:///etc/passwd",
            "http://", "http:///a", "http://a b/", "http://example.org:99999/", "http://example.org:x/", "http://[::1/",
            "http://h:0/"],
)  # fmt: skip
def test_text_that_is_not_an_http_url_is_an_error(url):
    with pytest.raises(ValueError, match=r"."):
        address_of(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "0x7f000001", "\uff11\uff12\uff17.0.0.1"]
)
def test_every_way_to_spell_an_ipv4_address_is_one_address(host):
    address = address_of(f"http://{host}/")
    assert (address.host, str(address.literal)) == ("127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("b", "http://example.org/news/b"),
        ("/b?c", "http://example.org/b?c"),
        ("?p=2", "http://example.org/news/a?p=2"),
        ("//other.example/b", "http://other.example/b"),
        ("https://other.example", "https://other.example/"),
        ("/déjà vu#x", "http://example.org/d%C3%A9j%C3%A0%20vu"),
        (b"/caf\xe9".decode("utf-8", "surrogateescape"), "http://example.org/caf%E9"),
        ("../../../x", "http://example.org/x"),
    ],
)
def test_a_location_is_resolved_against_its_source(location, target):
    assert redirected(address_of("http://example.org/news/a"), location).url == target


def test_credentials_stay_on_their_origin():
    source = address_of("http://user:secret@example.org/a")
    for own in ("/b", "http://example.org/b", "http://other:user@example.org:80/b"):
        assert redirected(source, own).credentials == "user:secret"
    for other in ("http://other.example/", "https://example.org/", "http://example.org:8080/"):
        assert redirected(source, other).credentials == ""
    assert "user" not in f"{source} {source.url}"


def test_credentials_in_a_location_are_dropped():
    assert redirected(address_of("http://a.example/"), "http://x:y@b.example/c").credentials == ""


@pytest.mark.parametrize(
    ("credentials", "sent"),
    [("user:p%40:w", b"user:p@:w"), ("token", b"token:"), (":s%20cret", b":s cret"), ("ü:ß", "ü:ß".encode())],
)
def test_credentials_are_sent_as_basic_authentication(credentials, sent):
    assert address_of(f"http://{credentials}@example.org/").authorization == f"Basic {b64encode(sent).decode()}"


def test_a_url_that_is_too_long_is_an_error():
    with pytest.raises(ValueError, match="longer than 8192"):
        address_of(f"http://news.example/{'a' * 8192}")
