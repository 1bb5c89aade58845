"""Pages that lead on to another by <meta http-equiv="refresh">."""

import time

import pytest

from ingest.articles.refresh import leads_on_to, refresh_of
from ingest.articles.tree import parse

URL = "https://news.example/a/b?c=1"


def page(content, *, more=""):
    escaped = content.replace("&", "&amp;").replace('"', "&quot;")
    return parse(f'<meta http-equiv=" REFRESH " content="{escaped}">{more}<p>.</p>'.encode(), "text/html")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("0;url=/b", (0, "/b")),
        (" 12 , URL = '/b?d=1&e=2' ", (12, "/b?d=1&e=2")),
        ('3.7; url="/b" and more', (3, "/b")),
        ("0 url=/b", (0, "/b")),
        ("0;/b", (0, "/b")),
        (";url=/b", (0, "/b")),
        ("0;url='/b", (0, "/b")),
        (f"{'9' * 5000};url=/b", (999_999_999, "/b")),
        ("5", None),
        ("5;", None),
        ("0;url=''", None),
        ("0; URL=", None),
        ("url=/b", None),
        ("soon; url=/b", None),
    ],
)
def test_a_refresh_is_read_as_browsers_read_it(content, found):
    assert refresh_of(page(content)) == found


@pytest.mark.parametrize(
    ("content", "more", "target"),
    [
        ("0;url=../d", "", "https://news.example/d"),
        ("30;url=//u:p@other.example/d", "", "https://other.example/d"),
        ("31;url=/d", "", None),
        ("0;url=d", '<base href="/x/">', "https://news.example/x/d"),
        ("0;url=d", '<base href="http://[">', "https://news.example/a/d"),
        ("0;url=#e", "", None),
        ("0;url=HTTPS://NEWS.example:443/a/b?c=1#e", "", None),
        ("0;url=?c=2", "", "https://news.example/a/b?c=2"),
        ("0;url=data:text/html,x", "", None),
        ("0;url=http://[/", "", None),
    ],
)
def test_a_target_is_an_address_of_another_page(content, more, target):
    assert leads_on_to(page(content, more=more), URL) == target


SPACES = " " * 500_000


@pytest.mark.parametrize(
    "content", [f"{SPACES}x", f"0{SPACES}", f"0{SPACES};{SPACES}x", f"0;url{SPACES}x", "9" * 500_000]
)
def test_a_hostile_refresh_takes_no_time(content):
    began_s = time.process_time()
    refresh_of(page(content))
    assert time.process_time() - began_s < 1
