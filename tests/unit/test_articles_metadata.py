import json
from datetime import UTC, datetime

import pytest
from lxml import html

from ingest.articles.metadata import structured
from ingest.articles.metadata.author_names import names_in
from ingest.articles.metadata.dates import date_in_path, read_date
from ingest.articles.metadata.fields import Metadata, read_metadata

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://www.echo-du-port.example/2024/05/17/ferry"


def read(head: str = "", body: str = "", url: str = "https://echo.example/a") -> Metadata:
    return read_metadata(
        html.document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>"), url=url, now=NOW
    )


def linked_data(**data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


@pytest.mark.parametrize("between", ["", " ", "\n\n"])
def test_a_structured_text_that_is_given_twice_in_a_row_counts_once(between):
    text = (
        "The council met on Tuesday.\nIt voted, after a long debate, to keep the ferry. "
        + "Nobody spoke. " * 5
        + "End."
    )
    assert read(linked_data(**{"@type": "NewsArticle"}, articleBody=f"{text}{between}{text}")).text == text
    assert (
        read(linked_data(**{"@type": "NewsArticle"}, articleBody=f"{text}{between}{text} Again.")).text.count("council")
        == 2
    )


def test_a_short_structured_text_may_say_the_same_twice():
    assert read(linked_data(**{"@type": "NewsArticle"}, articleBody="haha")).text == "haha"


def test_an_instant_of_leaving_or_changing_is_not_that_of_publishing():
    metas = '<meta name="unpublish_date" content="2031-01-01"><meta name="publisher-updated-time" content="2024-05-09">'
    assert read(metas).published_at is None
    assert read(f'{metas}<meta name="publisher-date" content="2024-05-02">').published_at.day == 2


@pytest.mark.parametrize(
    ("claim", "people"),
    [
        ("Anna Smith og Per Hansen", ("Anna Smith", "Per Hansen")),
        ("Anna Smith und Per Groß, dpa", ("Anna Smith", "Per Groß", "dpa")),
        ("Anna Smith, Korrespondentin", ("Anna Smith",)),
        ("Anna Smith Staff Writer", ("Anna Smith",)),
        ("Anna (Maria) Smith", ("Anna (Maria) Smith",)),
        ("Anna Smith (Echo)", ("Anna Smith",)),
        ("Anna Smith@annasmith", ("Anna Smith",)),
        ("Anna Smith Anna Smith", ("Anna Smith",)),
        ("Erstellt von Anna Smith", ("Anna Smith",)),
        ("作者：李雷", ("李雷",)),  # noqa: RUF001
        ("HB24 Redaktion", ("HB24 Redaktion",)),
        ("Anna Smith22", ()),
        ("Foto: Anna Smith", ()),
        ("Photographs by Anna Smith", ()),
        ("Anna Fotopoulos", ("Anna Fotopoulos",)),
        ("Fotopoulos, Anna", ("Anna Fotopoulos",)),
        ("Press Association", ("Press Association",)),
        ("Chris To", ("Chris To",)),
        ("About the author", ()),
        ("Press Release", ()),
        ("Periodista", ()),
        ("Donnerstag", ()),
        ("Letters To The Editor", ()),
        ("By Anna Smith and John O’Neil, Staff Writer", ("Anna Smith", "John O’Neil")),
        ("Par Hélène Garrec, publié le 17 mai 2024", ("Hélène Garrec",)),
        ("Robert E Lee", ("Robert E Lee",)),
        ("Maria Rossi, PhD, RDN", ("Maria Rossi",)),
        ("https://facebook.com/anna", ()),
        ("May 17, 2024", ()),
        ("Senior Editor", ()),
        ("BBC News Staff", ("BBC News Staff",)),
        ("Anna Smith; anna smith", ("Anna Smith",)),
        ("Anna Smith, Anna B. Smith", ("Anna Smith",)),
        ("Smith, Anna B.", ("Anna B. Smith",)),
        ("ByAnna Smith", ("Anna Smith",)),
        ("Anna Smith Founder & Lead Reviewer", ("Anna Smith",)),
        ("Anna Smith May 17, 2024", ("Anna Smith",)),
        ("山田太郎、鈴木花子", ("山田太郎", "鈴木花子")),
        ("Maria & Marco", ("Maria", "Marco")),
        ("Written by", ()),
        ("March", ()),
    ],
)
def test_bylines_name_people_or_desks_each_once(claim, people):
    assert names_in([claim]) == people


def test_a_desk_is_named_as_it_is():
    desk = "Center for Ships and Boats (Echo)"
    assert names_in([desk], [desk]) == (desk,)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-05-17T08:30:15+02:00", datetime(2024, 5, 17, 6, 30, 15, tzinfo=UTC)),
        ("2024-05-17T08:30:15.123Z", datetime(2024, 5, 17, 8, 30, 15, tzinfo=UTC)),
        ("2024-05-17T22:30-0500", datetime(2024, 5, 18, 3, 30, tzinfo=UTC)),
        ("2024-05-17 08:30", datetime(2024, 5, 17, 8, 30, tzinfo=UTC)),
        ("20240517", datetime(2024, 5, 17, tzinfo=UTC)),
        ("Fri, 17 May 2024 08:30:00 GMT", datetime(2024, 5, 17, 8, 30, tzinfo=UTC)),
        ("Published May 17, 2024", datetime(2024, 5, 17, tzinfo=UTC)),
        ("le 17 août 2023", datetime(2023, 8, 17, tzinfo=UTC)),
        ("17. März 2024", datetime(2024, 3, 17, tzinfo=UTC)),
        ("17 de mayo de 2024", datetime(2024, 5, 17, tzinfo=UTC)),
        ("17.05.24 | 08:30 Uhr", datetime(2024, 5, 17, 8, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_pages_write_them(text, instant):
    found = read_date(text, now=NOW)
    assert found
    assert found.at == instant


@pytest.mark.parametrize(
    "text",
    ["", "soon", "03/04/2024", "1970-01-01T00:00:00Z", "2031-01-01", "2024-02-30", "2024-13-45T99:99:99Z", "2024"],
)
def test_no_date_is_invented(text):
    assert read_date(text, now=NOW) is None


def test_an_address_may_name_its_day():
    assert date_in_path("https://a.example/2024/05/17/x", now=NOW) == (datetime(2024, 5, 17, tzinfo=UTC), "day")
    assert date_in_path("https://a.example/item/20455512", now=NOW) is None


def test_the_instant_is_taken_from_the_best_source_and_says_which():
    data = linked_data(**{"@type": "NewsArticle", "datePublished": "2024-05-17T08:30:00Z"})
    meta = '<meta property="article:published_time" content="2024-05-16">'
    stamp = "<article><h1>x</h1><time datetime='2024-05-15'>15 May</time></article>"
    assert read(data + meta, stamp).published_from == "json-ld"
    assert read(meta, stamp).published_from == "meta"
    assert read("", stamp, url=URL).published_from == "time"
    assert read("", "", url=URL).published_from == "url"
    assert (read().published_at, read().published_from) == (None, None)


def test_a_day_gets_its_time_from_another_source_of_the_same_day():
    data = linked_data(**{"@type": "NewsArticle", "datePublished": "2024-05-17"})
    stamp = "<h1>x</h1><time datetime='2024-05-17T08:30:15+02:00'>17 May</time>"
    found = read(data, stamp)
    assert (found.published_at, found.published_from) == (datetime(2024, 5, 17, 6, 30, 15, tzinfo=UTC), "time")


@pytest.mark.parametrize(
    ("head", "body", "precision"),
    [
        (linked_data(**{"@type": "Article", "datePublished": "2024-05-17T08:30:15Z"}), "", "second"),
        ('<meta property="article:published_time" content="2024-05-17T08:30Z">', "", "minute"),
        ('<meta name="x-publish-date" content="2024-05-17">', "", "day"),
        ("", "<h1>x</h1><p>May 17, 2024 8:30 am</p>", "minute"),
        ("", "<h1>x</h1><p>May 17, 2024</p>", "day"),
        ("", "<h1>x</h1><time datetime='2024-05-17T08:30:15Z'>May 17, 2024</time>", "second"),
        ("", "", None),
    ],
)
def test_an_instant_is_as_precise_as_the_page_says_it(head, body, precision):
    assert read(head, body).published_precision == precision


def test_the_day_of_an_address_is_but_a_day():
    assert read(url=URL).published_precision == "day"


def test_an_instant_that_is_still_to_come_is_kept():
    head = linked_data(**{"@type": "Article", "datePublished": "2024-07-01T08:30:15Z"})
    assert read(head).published_at == datetime(2024, 7, 1, 8, 30, 15, tzinfo=UTC)


def test_a_website_is_dated_by_what_it_shows_but_for_news():
    website = '<meta property="og:type" content="website">'
    article = linked_data(**{"@type": "Article", "datePublished": "2024-05-17"})
    news = linked_data(**{"@type": "NewsArticle", "datePublished": "2024-05-17"})
    assert read(website + article, "<h1>x</h1>").published_at is None
    assert read(website + article, "<h1>x</h1><p>May 17, 2024</p>").published_from == "json-ld"
    assert read(website + news, "<h1>x</h1>").published_from == "json-ld"


def test_the_only_stated_date_of_publication_is_taken_wherever_it_is():
    filler = "<p>text</p>" * 50
    line = "<div><span>Published:</span> May 17, 2024</div>"
    assert read("", f"<h1>x</h1>{filler}{line}").published_at == datetime(2024, 5, 17, tzinfo=UTC)
    assert read("", f"<h1>x</h1>{filler}{line}<p>Posted on May 18, 2024</p>").published_at is None
    assert read("", f"<h1>x</h1>{filler}<div>May 17, 2024</div>").published_at is None


def test_times_of_comments_and_sidebars_are_not_the_articles():
    stamp = "<time datetime='2024-05-15'>x</time>"
    body = f"<aside>{stamp}</aside><div class='comment'>{stamp}</div>"
    assert read("", body).published_at is None


def test_an_update_is_not_the_publication():
    updated = "<time class='updated' datetime='2024-05-20'></time>"
    body = f"<p>{updated}<time class='published' datetime='2024-05-15'></time></p>"
    assert read("", body).published_at == datetime(2024, 5, 15, tzinfo=UTC)


def test_structured_authors_are_found_through_the_graph():
    article = {
        "@type": ["Article"],
        "headline": "Tom &amp; Ann",
        "author": {"@id": "#ann"},
        "keywords": ["Sea", "Ports"],
    }
    found = structured.read([json.dumps({"@graph": [article, {"@id": "#ann", "@type": "Person", "name": "Ann Lee"}]})])
    assert (found.headline, found.authors, found.tags) == ("Tom & Ann", ("Ann Lee",), ("Sea", "Ports"))


def test_the_articles_of_a_list_are_not_the_pages_own():
    listed = {"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Another"}]}
    assert structured.read([json.dumps(listed)]).headline is None


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "Article", "headline": "Ferry"} -->',
        '/*<![CDATA[*/ {"@type": "Article", "headline": "Ferry",} /*]]>*/',
        '{"@type": "Article",\n "headline": "Ferry", "description": "two\nlines"};',
    ],
)
def test_structured_data_with_the_usual_faults_is_read(script):
    assert structured.read([script]).headline == "Ferry"


@pytest.mark.parametrize("script", ["", "{", "null", "[[[]]]", "[" * 100_000, '{"@type": 5, "author": 7}', '"Article"'])
def test_structured_data_that_are_not_json_give_nothing(script):
    assert structured.read([script]) == structured.Structured()


def test_the_section_is_what_the_page_names_or_the_step_before_the_article():
    steps = [{"@type": "ListItem", "name": name} for name in ("Home", "Sea", "Ferry saved")]
    trail = linked_data(**{"@type": "BreadcrumbList", "itemListElement": steps})
    title = "<title>Ferry saved</title>"
    assert read('<meta property="article:section" content="Harbour">').section == "Harbour"
    assert read(linked_data(**{"@type": "Article", "articleSection": ["Harbour", "Sea"]})).section == "Harbour"
    assert read(title + trail).section == "Sea"
    assert read("<title>Another</title>" + trail).section is None


def test_addresses_are_absolute_or_none():
    found = read('<link rel="canonical" href="/b"><meta property="og:image" content="//cdn.example/i.jpg">')
    assert (found.canonical_url, found.image_url) == ("https://echo.example/b", "https://cdn.example/i.jpg")
    assert read('<meta property="og:url" content="https://echo.example/c">').canonical_url == "https://echo.example/c"
    assert read('<link rel="canonical" href="javascript:void(0)">').canonical_url is None
    assert read('<link rel="canonical" href="https://[broken/">').canonical_url is None


def test_tags_are_listed_once_and_no_more_than_twenty():
    words = ",".join(f"tag{number}" for number in range(40))
    found = read(f'<meta property="article:tag" content="Ferry"><meta name="keywords" content="ferry, {words}">')
    assert found.tags[:2] == ("Ferry", "tag0")
    assert len(found.tags) == 20


def test_the_headline_that_a_page_shows_is_one_of_its_titles():
    data = linked_data(**{"@type": "NewsArticle", "headline": "The boats stay"})
    found = read(f"<title>Ferry vote</title>{data}", "<h1>Ferry vote: all results in</h1>")
    assert found.headline == "The boats stay"
    assert "Ferry vote: all results in" in found.titles
