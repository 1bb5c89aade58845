"""Answers with status 200 that are not the article, however they are dressed."""

import gzip

import pytest

from storage.records import WantedFeed
from tests.builders_feeds import item, page, prose, rss

STUB = "<p>The council passed the budget late on Tuesday after twelve hours of debate.</p>"
BACK = "Please check the address, try our search, or go back to the front page of the paper and read on from there."
OTHER_THAN_PAGES = {
    "an image": (
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        b"RIFF\0\0\0\0WEBP",
        b"<?xml version='1.0'?><svg>",
    ),
    "a PDF document": (b"%PDF-1.7\n",),
    "a video": (b"\0\0\0\x18ftypmp42", b"\x1a\x45\xdf\xa3"),
    "a sound file": (b"ID3\x04", b"OggS"),
    "an archive of files": (b"PK\x03\x04", b"BZh9"),
    "JSON": (b'{"articles": [', b'\n[{"a":'),
    "a feed": (b"<?xml version='1.0'?><!-- a --><rss>", b"<feed xmlns='x'>"),
    "a sitemap": (b"<?xml version='1.0'?>\n<urlset>",),
    "no text": (bytes(range(256)),),
}
NO_ARTICLES = {
    "a page that leads on after a while": (
        '<meta http-equiv="Refresh" content="60; URL=\'/a\x1b[31m/b\'"><p>Wait.',
        "no_text",
        "the page has no text, it leads on to /a\ufffd[31m/b",
    ),
    "a set of frames": ('<frameset><frame src="/b"></frameset>', "no_text", "it is a frame around another"),
    "a frame": ('<body><iframe src="/b"></iframe>', "no_text", "it is a frame around another"),
    "a title of no page": (
        f"<title>Page not found | The Gazette</title><h1>404</h1><p>{prose(3, 8)}",
        "no_text",
        "the page's title says that there is no such page",
    ),
    "a title of no page in French": (
        f"<title>Erreur 404 - Page introuvable</title><p>{prose(4, 8)}",
        "no_text",
        "the page's title says that there is no such page",
    ),
    "a text of no page": (
        f"<title>The Gazette</title><p>Sorry, the page you’re looking for doesn’t exist. {BACK}",
        "no_text",
        "the text says that there is no such page",
    ),
    "a text of no page in German": (
        f"<title>Zeitung</title><p>Die gesuchte Seite wurde leider nicht gefunden. {BACK}",
        "no_text",
        "the text says that there is no such page",
    ),
    "a paywall's stub": (
        f"<title>Budget passes</title><article>{STUB}<p>This article is for subscribers only. Subscribe now.</article>",
        "walled",
        "a login",
    ),
    "a cookie wall": (
        "<title>News</title><p>We and our 842 partners store and access personal data on your device.</p>",
        "walled",
        "a consent wall",
    ),
}


@pytest.fixture
def read(site, run):
    """The page's entry, after a run; `text` is what the feed has of the article."""

    def read(body, text="", content_type="text/html"):
        site.page("/a", body, content_type=content_type)
        site.page("/feed", rss(item(1, link=site.url("/a"), text=text)))
        run.now(WantedFeed(site.url("/feed")))
        return run.row(
            "SELECT outcome, reason, body, body_from FROM entries e LEFT JOIN articles a ON a.id = article_id"
        )

    return read


@pytest.mark.parametrize("kind", OTHER_THAN_PAGES)
def test_a_body_that_is_not_the_page_it_claims_to_be_is_refused_by_its_bytes(site, run, kind):
    bodies = [start + bytes(range(256)) * 9 + prose(1, 9).encode() for start in OTHER_THAN_PAGES[kind]]
    for n, body in enumerate(bodies):
        site.page(f"/{n}", body, content_type=("text/html", "text/plain", "")[n % 3])
    site.page("/feed", rss(*(item(n, link=site.url(f"/{n}"), text="") for n in range(len(bodies)))))
    run.now(WantedFeed(site.url("/feed")))
    assert set(run.column("SELECT outcome || ': ' || reason FROM entries")) == {f"refused: not a page but {kind}"}


@pytest.mark.parametrize("kind", NO_ARTICLES)
def test_what_is_not_the_article_ends_with_the_reason(read, kind):
    body, outcome, reason = NO_ARTICLES[kind]
    entry = read(body)
    assert (entry["outcome"], entry["body"]) == (outcome, None)
    assert reason in entry["reason"]


@pytest.mark.parametrize("kind", ["a set of frames", "a text of no page", "a paywall's stub"])
def test_the_feeds_own_text_is_taken_in_its_place(read, kind):
    entry = read(NO_ARTICLES[kind][0], text=prose(1, 20))
    assert (entry["outcome"], entry["body_from"], entry["body"]) == ("archived", "feed", prose(1, 20))


@pytest.mark.parametrize(
    "charset", ["utf-16", "utf-16-le", "utf-16-be", "iso2022_jp", "shift_jis", "gbk", "windows-1251"]
)
def test_a_page_in_any_encoding_is_still_a_page(read, charset):
    words = {"gbk": "市议会周二晚间通过了第 {} 号预算。", "windows-1251": "Совет утвердил бюджет {} вечером!"}
    text = words.get(charset, "議会は火曜日の夜に予算案 {} を可決した。")
    paragraphs = [" ".join(text.format(10 * n + k) for k in range(3)) for n in range(9)]
    declared = f'<meta charset="{"iso-2022-jp" if charset == "iso2022_jp" else charset}">'
    body = page(1, head=declared, text=". ".join(paragraphs)).replace(".</p>", "</p>")
    assert read(body.encode(charset))["body"] == "\n".join(paragraphs)


def test_a_body_compressed_without_a_header_is_read_as_its_content(site, run):
    site.page("/0", gzip.compress(page(0).encode()))
    site.page("/1", gzip.compress(gzip.compress(page(1).encode())), headers={"Content-Encoding": "gzip"})
    site.page("/2", gzip.compress(b"\x89PNG\r\n\x1a\n"))
    site.page("/3", gzip.compress(gzip.compress(b" " * 2**20)))
    feed = rss(*(item(n, link=site.url(f"/{n}"), text="") for n in range(4)))
    site.page("/feed", gzip.compress(gzip.compress(feed.encode())))
    run.now(WantedFeed(site.url("/feed")), web={"max_bytes": 2**19})
    assert run.column("SELECT coalesce(reason, outcome) FROM entries ORDER BY title") == [
        "archived",
        "archived",
        "not a page but an image",
        "the body is larger than 524288 bytes (web.max_bytes)",
    ]


@pytest.mark.parametrize(
    "link", ['<link rel="canonical" href="/">', '<link rel="canonical" href="http://other.example/a">']
)
def test_an_address_that_is_not_the_articles_is_not_believed(site, run, read, link):
    assert read(page(1, head=link))["outcome"] == "archived"
    assert run.column("SELECT url FROM articles") == [site.url("/a")]


def test_a_notice_beside_the_article_is_no_part_of_it(read):
    notice = (
        '<div class="cookie-consent"><p>We use cookies to improve your experience. Accept all cookies</p></div><main>'
    )
    entry = read(page(2, head='<link rel="amphtml" href="/amp/a">').replace("<main>", notice))
    assert entry["outcome"] == "archived"
    assert "cookies" not in entry["body"]
