"""Pages of an article, of its texts compared, of the page as kept, of an address, and of copies."""

from datetime import timedelta

import pytest
from lxml import html

from ingest.browse.pages.article import beginning_of
from ingest.browse.server import browsing
from ingest.browse.showing import spelled
from ingest.maintenance.forget import find, forget
from storage.archive import Archive
from storage.compression import compress
from storage.content import Copy
from storage.records import Outcome
from tests import builders as make

FIRST = "The gate stays open. It was shut for years.\nA second paragraph.\nA third one that stays."
SECOND = "The gate stays shut. It was shut for years.\nA third one that stays.\nA fourth one."
COPIED = "The gate stays open. It was shut for years.\nA second paragraph."
MARKDOWN = """# A heading

| left | right |
|---|---:|
| a | 1,200 |

<script>alert(1)</script> [js](javascript:alert(1)) [data](data:text/html,x) [web](https://ok.example/?a=1&b="2")
![picture](https://pictures.example/p.png)

    a listing
"""
TITLE = "\"'><script>alert(1)</script> & \u202e{{7*7}}"
KEPT = "<html><head><link rel=preconnect href=//x.example><script>1</script></head><body onload=a()>café<iframe src=f>"
LONG = ("Word **word** [l](http://a.example/) " + "word " * 60) * 3000


def hours(number):
    return make.NOW + timedelta(hours=number)


def kept(text, **fields):
    return make.page(compress(text, None)[0], **fields)


def fill(archive):
    """1: revised, with copies. 2: hostile. 3: merged into 1. 4: forgotten. 5: long. 6: without an instant."""
    latin = {"content-type": "text/html; charset=iso-8859-1"}
    two_pages = [kept(KEPT.encode("latin-1"), headers=latin), kept(b"<p>The second page")]
    archive.subscribe([make.feed(name="The feed")], make.NOW)
    archive.add_entries(1, [make.entry(guid="1", url="https://news.example/1")], make.NOW)
    archive.add_article(make.article("https://news.example/1", FIRST, published_at=hours(-2)), two_pages, make.NOW)
    archive.add_aliases(1, ["news.example/1"])
    archive.settle(1, Outcome.ARCHIVED, article_id=1, reason="as its feed said")
    archive.revise(1, make.content(SECOND, title="Another title"), hours(1), pages=[kept(b"<p>An edit")])
    elsewhere = make.content(COPIED, url="https://other.example/c", site="other.example", published_at=hours(-3))
    archive.add_copy(elsewhere, Copy(1, "containment 2", 0.875, adds=True), [kept(b"<p>A copy")], hours(2))
    hostile = {"authors": ("<i>Eve</i>",), "tags": ("a&b <c>",), "summary": "<b>Summary</b>", "site_name": "The <Evil>"}
    dated = {
        "published_from": "json-ld",
        "published_precision": "day",
        "access": "metered",
        "access_reason": "a <counter>",
    }
    hostile |= dated | {"title": TITLE, "markdown": MARKDOWN, "image_url": "javascript:alert(1)"}
    archive.add_article(
        make.article("https://evil.example/a?b=\"'><script>", "Words.", site="evil.example", **hostile), (), make.NOW
    )
    archive.add_article(
        make.article("https://third.example/m", "Merged.", site="third.example"), [kept(b"<p>Merged")], hours(-1)
    )
    archive.merge(3, Copy(1, "by hand", 1.0, adds=False), hours(3))
    archive.add_article(make.article("https://news.example/4", "Forgotten."), (), make.NOW)
    archive.add_aliases(4, ["news.example/4"])
    archive.add_article(make.article("https://news.example/5", "x", markdown=LONG, title="Long"), (), make.NOW)
    undated = make.article("https://news.example/6", "y", published_at=None, published_from=None, title=None)
    archive.add_article(undated, (), make.NOW)


@pytest.fixture(scope="module")
def datasette(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "news.db"
    with Archive(path, "test") as archive:
        with archive.transaction():
            fill(archive)
        with archive.transaction():
            forget(find("https://news.example/4", archive), archive, make.NOW)
    with browsing(path) as datasette:
        yield datasette


@pytest.fixture
def get(datasette):
    async def page(path, status=200):
        answer = await datasette.client.get(path)
        assert answer.status_code == status, answer.text[-500:]
        return html.fromstring(answer.text)

    return page


def text_of(tree, xpath):
    return [" ".join(" ".join(element.itertext()).split()) for element in tree.xpath(xpath)]


async def test_an_article_has_its_latest_text_and_where_its_fields_come_from(get):
    tree = await get("/article/1")
    assert text_of(tree, "//h1") == ["Another title"]
    assert text_of(tree, "//div[@class='body']/p") == SECOND.split("\n")
    facts = dict(zip(text_of(tree, "//aside//dt"), text_of(tree, "//aside//dd"), strict=True))
    assert facts["Published"] == "2026-03-01 10:00 UTC from the feed"
    assert facts["Revised"] == "2026-03-01 13:00 UTC"
    assert facts["Page"] == "as it was kept 5 pages"
    assert tree.xpath("//a[@rel='author']/@href") == ["/search?author=Ada+Byron"]
    assert tree.xpath("//aside//a[contains(@class, 'badge')]/@href") == ["/search?tag=tech"]
    assert text_of(tree, "//section[@aria-labelledby='revisions']//tbody/tr") == [
        "1 2026-03-01 12:00 UTC first",
        "2 2026-03-01 13:00 UTC edited by the site Another title from text 1 to 2",
    ]
    (entry,) = text_of(tree, "//section[@aria-labelledby='entries']//tbody/tr")
    assert entry == "The feed archived as its feed said 2026-03-01 12:00 UTC 2026-03-01 12:00 UTC"
    assert tree.xpath("//section[@aria-labelledby='entries']//td/a/@href") == ["/feed/1"]
    told = text_of(tree, "//section[@aria-labelledby='explained']//dt")
    assert told == ["address", "entry", "seen", "outcome", "article", "identity", "fetched", "extraction"]
    (first,) = text_of(tree, "//section[@aria-labelledby='copies']/p")
    assert first == "2 copies of this text at other addresses. other.example had it first, 2026-03-01 09:00 UTC ."
    other, merged = text_of(tree, "//section[@aria-labelledby='copies']//tbody/tr")
    assert "1 of its 3 sentences and text that the article lacks containment 2 88 % of the shorter text" in other
    assert "was article 3 before it was merged" in merged


async def test_a_hostile_article_is_text(get):
    tree = await get("/article/2")
    assert len(tree.xpath("//h1")) == 1
    assert text_of(tree, "//h1") == [TITLE]
    assert not tree.xpath("//script | //img | //iframe | //style | //@style | //@*[starts-with(name(), 'on')]")
    assert text_of(tree, "//div[@class='body']/h2") == ["A heading"]
    assert tree.xpath("//td[@align='right']/text()") == ["1,200"]
    assert tree.xpath("//div[@class='wide'][@tabindex='0'][@role='region']/table")
    assert tree.xpath("//pre[@tabindex='0']")
    links = tree.xpath("//div[@class='body']//a")
    assert [(a.text, a.get("href"), a.get("rel")) for a in links] == [
        ("js", None, None),
        ("data", None, None),
        ("web", "https://ok.example/?a=1&b=%222%22", "noreferrer noopener nofollow"),
        ("[picture]", "https://pictures.example/p.png", "noreferrer noopener nofollow"),
    ]
    assert not [href for href in tree.xpath("//@href") if href.startswith(("javascript:", "data:"))]
    facts = dict(zip(text_of(tree, "//aside//dt"), text_of(tree, "//aside//dd"), strict=True))
    assert facts["Published"] == "2026-03-01 from the page’s JSON-LD, to the day"
    assert facts["Access"] == "metered a <counter>"
    assert facts["Page"] == "not kept ( archive.keep_pages was off)"


async def test_of_a_very_long_text_the_page_has_the_beginning_and_all_is_a_link_away(get, datasette):
    tree = await get("/article/5")
    assert text_of(tree, "//p[@class='note warn']") == [
        "The text is long: these are its first 150,000 characters. All of it, as Markdown"
    ]
    whole = await datasette.client.get("/article/5/text")
    assert whole.headers["content-type"] == "text/plain; charset=utf-8"
    assert whole.text == f"Long\n\n{LONG}"


def test_markdown_is_set_as_far_as_ten_thousand_marks_and_lines():
    assert beginning_of("[a] " * 20_000) == "[a] " * 5000
    assert beginning_of("a\n" * 20_000) == "a\n" * 10_000 + "a"
    assert beginning_of("**A** text of few marks.\n") == "**A** text of few marks.\n"


def test_an_address_is_shown_with_what_would_reverse_it_escaped():
    assert spelled("https://a.example/\u202emoc.knab\u200b/é") == "https://a.example/%E2%80%AEmoc.knab%E2%80%8B/é"


async def test_the_neighbours_of_an_article_are_of_its_site_in_the_order_of_publication(get):
    def beside(tree):
        return tree.xpath("//nav[@class='beside']/a/@href")

    assert beside(await get("/article/6")) == ["/article/1"]  # without an instant: before the others
    assert beside(await get("/article/1")) == ["/article/6", "/article/5"]
    assert beside(await get("/article/5")) == ["/article/1"]


async def test_differences_of_two_texts_are_marked(get):
    tree = await get("/article/1?from=1&to=2")
    assert text_of(tree, "//article//del") == ["A", "open", "A second paragraph."]
    assert text_of(tree, "//article//ins") == ["Another", "shut", "A fourth one."]
    assert text_of(tree, "//article/p") == [
        "The gate stays open shut . It was shut for years.",
        "A second paragraph.",
        "A third one that stays.",
        "A fourth one.",
    ]
    for numbers in ("from=0&to=1", "from=1&to=3", "from=x", "copy=99", "copy=x"):
        await get(f"/article/1?{numbers}", status=404)


async def test_what_article_and_copy_share_is_marked_in_both(get):
    tree = await get("/article/1?copy=1")
    for side in ("one", "other"):
        assert text_of(tree, f"//section[@aria-labelledby='{side}']//mark") == ["It was shut for years."]
    assert tree.xpath("//section[@aria-labelledby='other']//p[@dir]")[1].text_content() == "A second paragraph."


async def test_a_merged_article_leads_on_a_forgotten_one_is_gone_an_unknown_one_is_not_found(get, datasette):
    answer = await datasette.client.get("/article/3")
    assert (answer.status_code, answer.headers["location"]) == (302, "/article/1")
    assert text_of(await get("/article/4", status=410), "//h1") == ["This article was forgotten"]
    for path in (
        "/article/99",
        "/article/999999999999999999",
        "/article/9/page",
        "/article/9/page/html",
        "/article/9/text",
    ):
        await get(path, status=404)


async def test_an_address_leads_to_its_article_or_to_what_is_known_of_it(get, datasette):
    answer = await datasette.client.get("/article?url=http://www.news.example/1%23top")
    assert (answer.status_code, answer.headers["location"]) == (302, "/article/1")
    tree = await get("/article?url=https://news.example/4")
    assert text_of(tree, "//dl/dt") == ["address", "article", "forgotten"]
    assert (
        "No feed has announced https://none.example/x"
        in text_of(await get("/article?url=https://none.example/x", 404), "//main")[0]
    )
    assert "is no http or https address" in text_of(await get("/article?url=javascript:1", 404), "//main")[0]
    assert (await get("/article")).xpath("//input[@name='url']")


async def test_a_kept_page_is_shown_in_a_sandbox_and_loads_nothing(get, datasette):
    viewer = await datasette.client.get("/article/1/page")
    assert viewer.headers["content-security-policy"].endswith("; frame-src 'self'")
    tree = html.fromstring(viewer.text)
    assert [(f.get("sandbox"), f.get("src")) for f in tree.xpath("//iframe")] == [("", "/article/1/page/html")]
    others = tree.xpath("//nav[@aria-label='Kept pages']/a/@href")
    assert others[1:] == [f"/article/1/page?{which}" for which in ("part=2", "revision=1", "copy=1", "copy=2")]
    page = await datasette.client.get("/article/1/page/html")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; ")
    assert "allow-" not in policy
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "café" in page.text
    assert not html.fromstring(page.text).xpath("//link | //iframe | //script[not(@type='text/kept')] | //@onload")
    source = await datasette.client.get("/article/1/page/text")
    assert (source.headers["content-type"], source.text) == ("text/plain; charset=utf-8", KEPT)
    texts = [(await datasette.client.get(href.replace("/page", "/page/text"))).text for href in others[1:]]
    assert texts == ["<p>The second page", "<p>An edit", "<p>A copy", "<p>Merged"]
    assert "No page of this article was kept" in text_of(await get("/article/2/page"), "//main")[0]
    await get("/article/1/page/html?part=3", status=404)


async def test_copies_are_shown_the_most_first_with_who_had_them_first(get):
    tree = await get("/copies?period=all")
    (cluster,) = text_of(tree, "//ol/li")
    assert cluster.startswith("Another title 2 copies on 3 sites · first other.example , 2026-03-01 09:00 UTC · last ")
    assert not (await get("/copies?period=all&page=2")).xpath("//ol/li")
    assert text_of(await get("/copies?period=week&page=x"), "//p[@class='note']")
