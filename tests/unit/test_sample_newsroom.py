import importlib.util
import json
import sys
from html import escape
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from xml.etree import ElementTree as ET

import pytest

PACKAGE = Path(__file__).parents[2] / "scripts" / "newsroom" / "__init__.py"


@pytest.fixture(scope="module")
def newsroom():
    spec = importlib.util.spec_from_file_location("newsroom", PACKAGE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["newsroom"] = module
    spec.loader.exec_module(module)
    yield module
    for name in [name for name in sys.modules if name.partition(".")[0] == "newsroom"]:
        del sys.modules[name]


@pytest.fixture
def room(newsroom):
    with newsroom.serve() as room:
        yield room


def get(url, **headers):
    request = Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urlopen(request, timeout=5) as response:
            return response.status, response.headers, response.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def links(feed, body):
    if feed.url.endswith(".json"):
        return [entry["url"] for entry in json.loads(body)["items"]]
    tree = ET.fromstring(body)
    atom = [node.get("href") for node in tree.iterfind(".//{*}entry/{*}link")]
    return atom or [node.text for node in tree.iterfind(".//{*}item/{*}link")]


def living(room):
    return [(feed, get(feed.url)[2]) for feed in room.feeds[:-1]]


def test_there_is_enough_to_read_in_two_languages(newsroom):
    articles = newsroom.expected_articles()
    assert len(articles) >= 25
    assert {article.language for article in articles} == {"en", "fr"}
    assert len({article.site for article in articles}) >= 3
    assert all(150 <= len(article.body.split()) <= 500 for article in articles)


def test_every_link_of_every_feed_answers(room):
    urls = {url for feed, body in living(room) for url in links(feed, body)}
    assert {get(url)[0] for url in urls} == {200}


def test_the_feeds_announce_every_expected_article(room, newsroom):
    announced = {url.partition("?")[0] for feed, body in living(room) for url in links(feed, body)}
    assert {room.url(article) for article in newsroom.expected_articles()} <= announced


def test_one_article_is_shared_by_three_feeds_once_with_tracking(room):
    announced = [url for feed, body in living(room) for url in links(feed, body)]
    shared = [url for url in announced if "spectrum-auction" in url]
    assert len({url.partition("?")[0] for url in shared}) == 1
    assert sorted(urlsplit(url).query.startswith("utm_") for url in shared) == [False, False, True]


def test_the_last_feed_is_dead_and_one_has_moved(room):
    assert get(room.feeds[-1].url)[0] == 404
    for feed in room.feeds:
        get(feed.url)
    assert 301 in {status for _, status in room.answers}


def test_what_has_not_changed_is_not_sent_again(room):
    _, headers, _ = get(room.feeds[0].url)
    assert get(room.feeds[0].url, If_None_Match=headers["ETag"])[0] == 304
    assert get(room.feeds[0].url, If_Modified_Since=headers["Last-Modified"])[0] == 304
    assert room.requests[room.feeds[0].url] == 3


def test_the_edit_changes_one_page_and_its_feed_and_no_other(room, newsroom):
    urls = [feed.url for feed in room.feeds[:-1]] + [room.url(a) for a in newsroom.expected_articles()]
    etags = {url: get(url)[1]["ETag"] for url in urls}
    edited = next(article for article in newsroom.expected_articles() if article.update)
    room.edit()
    changed = {url: body for url in urls if (body := get(url, If_None_Match=etags[url])[2])}
    assert set(changed) == {room.url(edited), next(feed.url for feed in room.feeds if "json" in feed.url)}
    assert escape(edited.update).encode() in changed[room.url(edited)]


def test_one_site_writes_windows_1252(room, newsroom):
    article = next(article for article in newsroom.expected_articles() if article.site == "fanal")
    page = get(room.url(article))[2]
    assert escape(article.blocks[0]) in page.decode("windows-1252")
    with pytest.raises(UnicodeDecodeError):
        page.decode("utf-8")


def test_the_walled_page_does_not_carry_its_article(room):
    walled = next(url for feed, body in living(room) for url in links(feed, body) if "courtiers" in url)
    page = get(walled)[2].decode("windows-1252")
    assert "Avant de continuer" in page
    assert "écran de consentement" not in page


def test_robots_txt_closes_one_announced_page(room):
    feed, body = living(room)[0]
    site = feed.url.removesuffix("/feed.xml")
    rules = get(f"{site}/robots.txt")[2].decode()
    assert any(f"Disallow: {urlsplit(url).path}\n" in rules for url in links(feed, body))


def test_two_newsrooms_run_beside_each_other(newsroom):
    with newsroom.serve() as one, newsroom.serve() as other:
        assert get(one.feeds[0].url)[0] == get(other.feeds[0].url)[0] == 200
        assert one.requests != other.requests
