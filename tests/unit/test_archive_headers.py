"""Headers of pages: those that a host sends with every page are stored once, and each page has all of its own."""

import json

import pytest

from storage.archive import Archive
from storage.compression import compress
from storage.reader import Reader
from tests import builders as make

HTML = compress(b"<p>Text.", None)[0]
POLICY = "default-src 'self'; " + "script-src https://cdn.example " * 100


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "news.db", "test") as archive:
        yield archive


def sent(number, **others):
    """What a server sends with its page of that number."""
    own = {"content-type": "text/html", "date": f"Sun, 01 Mar 2026 12:00:{number:02} GMT", "age": str(number)}
    return own | {"server": "nginx", "content-security-policy": POLICY} | others


def add(archive, number, headers, host="news.example"):
    url = f"https://{host}/{number}"
    page = make.page(HTML, final_url=url, headers=headers)
    return archive.add_article(make.article(url, f"Text {number}."), [page], make.NOW)


def stored(archive, article_id):
    """Return the headers in the page's own row, and its set's id."""
    (row,) = archive.db.execute("SELECT headers, header_set_id FROM pages WHERE article_id = ?", [article_id])
    return json.loads(row["headers"]), row["header_set_id"]


def test_what_a_host_sends_with_every_page_is_stored_once(archive):
    for number in range(1, 5):
        add(archive, number, sent(number))
    assert archive.db.execute("SELECT count(*) FROM header_sets").fetchone()[0] == 1
    assert [set(stored(archive, number)[0]) for number in (2, 3, 4)] == [{"content-type", "date", "age"}] * 3
    assert [archive.pages(number)[0].headers for number in range(1, 5)] == [sent(number) for number in range(1, 5)]
    assert archive.first_page(4)["headers"] == archive.pages_kept(4, limit=1)[0]["headers"] == sent(4)


def test_a_header_of_the_set_that_a_page_lacks_is_not_given_to_it(archive):
    for number in (1, 2):
        add(archive, number, sent(number))
    lacking = {name: value for name, value in sent(3).items() if name != "server"}
    add(archive, 3, lacking)
    assert stored(archive, 3)[0]["server"] is None
    assert archive.pages(3)[0].headers == lacking


def test_a_host_that_changes_its_headers_gets_another_set(archive):
    other = POLICY.replace("cdn", "cdn2")
    for number in (1, 2, 3, 4, 5):
        add(archive, number, sent(number, **({"content-security-policy": other} if number > 2 else {})))
    assert [stored(archive, number)[1] for number in range(1, 6)] == [None, 1, 1, 2, 2]
    add(archive, 6, sent(6))
    assert (stored(archive, 6)[1], archive.pages(6)[0].headers) == (1, sent(6))
    assert archive.pages(5)[0].headers["content-security-policy"] == other


def test_a_set_has_nothing_of_one_page_only(archive):
    about = "x" * 300
    add(archive, 1, sent(1, link=about))
    add(archive, 1, sent(1, link=about))  # the same page again, as a recheck fetches it
    assert archive.db.execute("SELECT count(*) FROM header_sets").fetchone()[0] == 0
    add(archive, 2, sent(2))
    (text,) = archive.db.execute("SELECT headers FROM header_sets").fetchone()
    assert set(json.loads(text)) == {"server", "content-security-policy"}


def test_a_set_that_was_rolled_back_is_not_used(archive):
    add(archive, 1, sent(1))
    archive.db.execute("BEGIN")
    add(archive, 2, sent(2))
    archive.db.execute("ROLLBACK")
    with archive.transaction():
        add(archive, 3, sent(3))
    with Reader(archive.path) as reader:
        assert reader.pages(2)[0].headers == sent(3)


def test_few_headers_make_no_set(archive):
    for number in (1, 2, 3):
        add(archive, number, {"server": "nginx", "content-type": "text/html"})
    assert stored(archive, 3) == ({"server": "nginx", "content-type": "text/html"}, None)
