from datetime import timedelta

import pytest

from ingest.web.headers import MAX_RETRY_AFTER_S, freshness_s, product_token, retry_after_at, without_secrets
from tests.builders_web import NOON


def test_retry_after_is_read_in_seconds():
    assert retry_after_at(" 120 ", NOON) == NOON + timedelta(seconds=120)


@pytest.mark.parametrize(
    "value", ["Wed, 01 May 2024 13:00:00 GMT", "Wednesday, 01-May-24 13:00:00 GMT", "Wed May  1 13:00:00 2024"]
)
def test_retry_after_is_read_as_any_form_of_http_date(value):
    assert retry_after_at(value, NOON) == NOON + timedelta(hours=1)


@pytest.mark.parametrize("value", ["99999999999", "9" * 5000, "Fri, 01 May 2099 12:00:00 GMT"])
def test_a_retry_after_of_years_is_a_week(value):
    assert retry_after_at(value, NOON) == NOON + timedelta(seconds=MAX_RETRY_AFTER_S)


@pytest.mark.parametrize(
    "value",
    ["", "0", "-5", "soon", "1e3", "\u0663", "Mon, 01 Jan 2024 00:00:00 GMT", "Wed, 99 May 2024 13:00:00 GMT", "1 2 3"],
)
def test_a_retry_after_without_a_future_instant_is_ignored(value):
    assert retry_after_at(value, NOON) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache-control": "public, max-age=600"}, 600),
        ({"cache-control": 'MAX-AGE="600"', "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "9999"}, 0),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"cache-control": "max-age=600, no-cache"}, 0),
        ({"cache-control": "no-store, max-age=600"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=" + "9" * 5000}, 2**31),
        ({"cache-control": "max-age=60", "expires": "Wed, 01 May 2024 18:00:00 GMT"}, 60),
        ({"cache-control": "public", "expires": "Wed, 01 May 2024 12:10:00 GMT"}, 600),
        ({"expires": "Wed, 01 May 2024 18:00:00 GMT", "date": "Wed, 01 May 2024 17:00:00 GMT"}, 3600),
        ({"expires": "Wed, 01 May 2024 11:00:00 GMT"}, 0),
        ({"expires": "0"}, 0),
        ({"cache-control": ',,=;"', "expires": "-1", "age": "x"}, 0),
    ],
)
def test_freshness_is_what_the_headers_say_and_0_for_nonsense(headers, seconds):
    assert freshness_s(headers, NOON) == seconds


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("ingest/0.1.0 (news archiver; postmaster@example.org)", "ingest"),
        ("News Reader", "News Reader"),
        ("mybot (compatible; Mozilla/5.0)", "mybot"),
        ("Mozilla/5.0 (compatible; mybot/1.0; +https://example.org/bot)", "mybot"),
        ("Mozilla/5.0 (compatible; MyBot; https://example.org/bot)", "MyBot"),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, compatible; my-bot/2.1; +http://a.example) Chrome/9", "my-bot"),
        ("Mozilla/5.0 (X11) AppleWebKit/605.1 (KHTML) Safari/605.1 (mybot/0.1; +http://a.example)", "mybot"),
        ("Mozilla/5.0 (X11; Linux x86_64) mybot/3", "mybot"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ""),
        ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)", ""),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Edg/140.0", ""),
        ("Mozilla/5.0 (compatible; https://a.example/b)", ""),
    ],
)  # fmt: skip
def test_the_product_token_is_not_a_browsers(user_agent, name):
    assert product_token(user_agent) == name


@pytest.mark.parametrize(
    "name",
    [
        "set-cookie",
        "set-cookie2",
        "www-authenticate",
        "authentication-info",
        "proxy-authenticate",
        "optional-www-authenticate",
        "x-auth-token",
        "x-oauth-scopes",
        "x-csrf-token",
        "x-session-id",
        "x-api-key",
    ],
)
def test_a_header_that_may_give_a_visitor_away_is_not_kept(name):
    assert without_secrets({name: "x"}) == {}


@pytest.mark.parametrize("name", ["x-author", "etag", "content-security-policy", "link", "x-authority", "report-to"])
def test_every_other_header_is_kept(name):
    assert without_secrets({name: "x"}) == {name: "x"}
