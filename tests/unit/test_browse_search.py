"""The search page and its formats, asked in this process."""

import asyncio
import csv
import io
import json
import re
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import feedparser
import pytest

from ingest.browse.server import browsing
from storage.archive import Archive
from storage.content import Copy
from storage.reader import Reader
from storage.records import Outcome
from storage.results import MARKS
from tests import builders as make

HOSTILE = 'The "[end]" of <script>alert(1)</script> & \x02harbours\x03 '


def at(day, month=3):
    return datetime(2026, month, day, 9, 30, tzinfo=UTC)


ARTICLES = [
    {"site": "a.example", "title": "Élections at the harbour", "authors": ("Ada Byron",), "tags": ("Ports",)},
    {"site": "a.example", "title": "Second", "language": "fr-FR", "tags": ("ports", "Été"), "published_at": at(2, 4)},
    {"site": "b.example", "title": None, "language": "fr", "authors": ("ADA BYRON",), "access": "partial"},
    {"site": "b.example", "title": HOSTILE, "authors": ("=cmd()",), "published_at": None, "language": None},
    {"site": "merged.example", "title": "Merged", "published_at": at(3)},
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    path = tmp_path_factory.mktemp("search") / "news.db"
    with Archive(path, "test") as archive, archive.transaction():
        archive.subscribe(
            [
                make.feed("https://a.example/f", name="Wire", tags=("Économie",)),
                make.feed("https://b.example/f", name="Bee"),
            ],
            make.NOW,
        )
        for number, fields in enumerate(ARTICLES, start=1):
            known = {"tags": (), "authors": (), "published_at": at(number)} | fields
            url = f"https://{fields['site']}/{number}"
            archive.add_article(
                make.article(url, f"{HOSTILE} A text about harbours {number}.", **known), (), at(number + 10)
            )
            archive.add_entries(1 + number % 2, [make.entry(str(number), url)], at(number))
            archive.settle(number, Outcome.ARCHIVED, article_id=number)
        later = make.content("Now about lighthouses in the fog.", title="Second, later", content_hash="2", words=6)
        archive.revise(2, later, at(20))
        archive.merge(5, Copy(4, "by hand", 1, adds=False), at(21))
    return path


@pytest.fixture(scope="module")
def get(filled):
    """Return a function that asks for a page."""
    with browsing(filled) as datasette:

        def ask(path="/search", **parameters):
            url = f"{path}?{urlencode(parameters, doseq=True)}" if parameters else path
            return asyncio.run(datasette.client.get(url, headers={"host": "127.0.0.1:8001"}))

        yield ask


def ids(answer):
    return [row["id"] for row in answer.json()["results"]]


def values(answer, facet):
    return [(each["value"], each["articles"]) for each in answer.json()["facets"][facet]]


def test_without_words_the_newest_articles_are_shown(get):
    page = get().text
    assert re.findall(r'href="/article/(\d+)"', page) == ["2", "3", "1", "4"]
    assert "4 articles" in page
    assert "best match" not in page


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"q": "elections"}, [1]),
        ({"q": '"text about harbours"'}, [4, 3, 1]),
        ({"q": "“text about harbours”"}, [4, 3, 1]),
        ({"q": "„about text“"}, []),
        ({"q": "lighthouse*"}, [2]),
        ({"q": "harbours", "sort": "oldest"}, [1, 3, 4]),
        ({"q": "harbours", "sort": "archived"}, [4, 3, 1]),
        ({"sort": "archived"}, [4, 3, 2, 1]),
        ({"site": "b.example"}, [3, 4]),
        ({"site": "https://www.b.example/x"}, [3, 4]),
        ({"site": ["a.example", "b.example"], "sort": "oldest"}, [1, 3, 2, 4]),
        ({"language": "FR"}, [2, 3]),
        ({"author": "ada byron"}, [3, 1]),
        ({"tag": "ÉTÉ"}, [2]),
        ({"tag": "économie"}, [2, 4]),
        ({"feed": "https://b.example/f"}, [3, 1, 4]),
        ({"month": "2026-04"}, [2]),
        ({"access": "partial"}, [3]),
        ({"q": "harbours", "author": "Ada Byron", "month": "2026-03", "site": "b.example"}, [3]),
        ({"per_page": "2", "page": "2"}, [1, 4]),
        ({"page": "9"}, []),
    ],
)
def test_words_filters_orders_and_pages(get, parameters, found):
    answer = get("/search.json", **parameters)
    assert sorted(ids(answer)) == sorted(found) if "about" in str(parameters) else ids(answer) == found
    assert get("/search", **parameters).status_code == 200


def test_facets_count_what_their_filters_find(get):
    answer = get("/search.json")
    assert values(answer, "site") == [("a.example", 2), ("b.example", 2)]
    assert values(answer, "language") == [("fr", 2), ("en", 1), (None, 1)]
    assert values(answer, "author") == [("Ada Byron", 2), ("=cmd()", 1)]
    assert values(answer, "tag") == [("Ports", 2), ("Économie", 2), ("Été", 1)]
    assert values(answer, "feed") == [
        ("https://b.example/f", 3),
        ("https://a.example/f", 2),
    ]  # 4 also by its merged one
    assert values(answer, "month") == [("2026-04", 1), ("2026-03", 2), (None, 1)]
    assert values(get("/search.json", q="lighthouses"), "site") == [("a.example", 1)]


def test_facets_are_links_that_narrow_and_chosen_ones_can_be_removed(get):
    page = get(q="harbours", site="b.example", sort="newest").text
    assert 'href="/search?q=harbours&amp;site=b.example&amp;month=2026-03&amp;sort=newest"' in page
    assert (
        'href="/search?q=harbours&amp;sort=newest"><span class="hidden">Remove </span>site: <bdi>b.example</bdi>'
        in page
    )
    assert '<input type="hidden" name="site" value="b.example">' in page
    assert 'id="facet-site"' not in page


def test_matches_are_marked_in_titles_and_texts_and_nothing_of_a_text_is_markup(get):
    page = get(q="harbours", site="b.example").text
    assert "<mark>harbours</mark>" in page
    assert "The &#34;[end]&#34; of &lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page
    assert "<script" not in page
    assert not set(MARKS) & set(page)
    (row,) = get("/search.json", q="lighthouses").json()["results"]
    assert (row["title"], row["snippet"]) == ("Second, later", "Now about [lighthouses] in the fog.")
    assert row["snippet_html"] == "Now about <mark>lighthouses</mark> in the fog."
    assert row["revised_at"] == "2026-03-20T09:30:00Z"


QUERIES = [
    '"', "(", ")", "AND", "NOT x", "*", "a*b", "NEAR(", "title:", "nosuch: x", "^", "-x", "a AND OR b", "%", "{{7*7}}",
    "'; DROP TABLE articles --", "\0", "a\0b", "\ufffd", "<script>alert(1)</script>", "x " * 490, " ",
    "\u202e", "日本*",
    "(" * 400 + "a" + ")" * 400, "“quoted”",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_is_a_fault(get, query):
    page = get(q=query)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "49" not in re.sub("<[^>]*>", "", page.text)
    assert get("/search.json", q=query).json()["query"] == query.replace("\0", " ").strip()
    assert get("/search.atom", q=query).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"q": "x" * 1001}, "The query has 1,001 characters; search with at most 1,000."),
        ({"site": [f"{n}.example" for n in range(21)]}, "There are too many or too long filters; choose at most 20."),
        ({"tag": "a\0b"}, "A filter has a NUL character; leave it out."),
        ({"month": "2026-13"}, "month=2026-13: name a month such as 2026-11."),
        ({"month": "0000-01"}, "month=0000-01: name a month such as 2026-11."),
        ({"access": "paid"}, "access=paid: name one of free, metered, partial."),
        ({"sort": "best"}, "sort=best: name one of rank, newest, oldest, archived."),
        ({"facet": "words"}, "facet=words: name one of site, language, author, tag, feed, month, access."),
        ({"page": "0"}, "page=0: name a number from 1."),
        ({"page": "9" * 400}, f"page={'9' * 20}: name a number from 1."),
        ({"page": "\N{ARABIC-INDIC DIGIT ONE}"}, "page=\N{ARABIC-INDIC DIGIT ONE}: name a number from 1."),
        ({"per_page": "101"}, "per_page=101: a page has at most 100 articles."),
    ],
)
def test_a_wrong_address_is_answered_with_a_sentence(get, parameters, sentence):
    page = get(**parameters)
    assert page.status_code == 400
    assert f'<p class="note bad">{sentence}</p>' in page.text
    answer = get("/search.json", **parameters)
    assert (answer.status_code, answer.json()["error"]) == (400, sentence)
    assert get("/search.csv", **parameters).text == f"{sentence}\n"


def test_an_unknown_name_is_said_with_those_that_are_near(get):
    page = get(site="a.exmple", q="harbours").text
    assert "Nothing found" in page
    assert 'Did you mean <a href="/search?q=harbours&amp;site=a.example"><bdi>a.example</bdi></a>' in page
    unknown = get("/search.json", author="Bda Byron", feed="Wir").json()["unknown"]
    assert [sentence.partition(";")[2] for sentence in unknown] == [" did you mean ada byron?", " did you mean Wire?"]


def test_pages_of_json_lead_to_all_matches(get):
    found, url = [], "/search.json?per_page=1&q=harbours&site=a.example&site=b.example&sort=oldest"
    while url:
        answer = get(url.removeprefix("http://127.0.0.1:8001"))
        found += ids(answer)
        url = answer.json()["next"]
    assert found == [1, 3, 4]


def test_csv_has_the_same_articles_and_runs_no_formula(get):
    answer = get("/search.csv", site="b.example")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["id"], row["authors"]) for row in rows] == [("3", "ADA BYRON"), ("4", "'=cmd()")]


def test_atom_is_a_feed_of_the_articles_archived_last_whose_id_stays(get):
    answer = get("/search.atom", site="b.example", per_page=1)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert [entry.link for entry in feed.entries] == ["https://b.example/4"]
    links = {link.rel: link.href for link in feed.feed.links}
    assert links["self"] == "http://127.0.0.1:8001/search.atom?site=b.example&per_page=1"
    following = feedparser.parse(get(links["next"].removeprefix("http://127.0.0.1:8001")).content)
    assert [entry.link for entry in following.entries] == ["https://b.example/3"]
    assert following.feed.id == feed.feed.id
    assert feedparser.parse(get("/search.atom", site="a.example").content).feed.id != feed.feed.id
    page = get(site="b.example").text
    assert (
        '<link rel="alternate" type="application/atom+xml" title="These articles" href="/search.atom?site=b.example">'
        in page
    )


def test_of_many_matches_the_page_says_what_it_counts_and_where_pages_end(get, monkeypatch):
    monkeypatch.setattr("storage.results.MAX_RESULTS", 2)
    monkeypatch.setattr("storage.results.MAX_FACETED", 1)
    page = get(q="harbours", sort="newest").text
    assert "More than 2 articles" in page
    assert "Pages lead to the first 2." in page
    assert "Counted in the article that was archived last." in page
    answer = get("/search.json", q="harbours", sort="oldest", per_page=1, page=2).json()
    assert (answer["total"], answer["more"], answer["counted"], answer["next"]) == (2, True, 1, None)
    assert get("/search.json", sort="oldest", per_page=1, page=2).json()["results"][0]["id"] == 3
    monkeypatch.setattr("storage.search.MAX_COUNTED", 1)
    monkeypatch.setattr("storage.search.MAX_RANKED_IN_MEMORY", 1)
    assert "The newest 1 of them are ranked and shown." in get(q="harbours").text


def test_a_search_that_takes_too_long_is_ended_with_a_sentence(get, monkeypatch):
    monkeypatch.setattr("storage.results.MAX_SEARCH_S", -1)
    monkeypatch.setattr("storage.results.INSTRUCTIONS", 10)
    page = get(q="harb*")
    assert page.status_code == 400
    assert "The search was ended after" in page.text
    assert "The search was ended after" in get("/search.json", q="harb*").json()["error"]


def test_opened_facets_show_more_values(tmp_path):
    path = tmp_path / "news.db"
    with Archive(path, "test") as archive, archive.transaction():
        tags = tuple(f"tag {n:02}" for n in range(12))
        archive.add_article(make.article(tags=tags), (), make.NOW)
    with browsing(path) as datasette:
        page = asyncio.run(datasette.client.get("/search", headers={"host": "127.0.0.1"})).text
        assert '<a href="/search?facet=tag#facet-tag">2 more</a>' in page
        assert quote("tag 11") not in page.replace("+", "%20")
        opened = asyncio.run(datasette.client.get("/search?facet=tag", headers={"host": "127.0.0.1"})).text
        assert "/search?tag=tag+11" in opened


def test_an_earlier_reader_of_the_archive_finds_the_same(filled):
    with Reader(filled) as reader:
        assert {hit.id for hit in reader.search("harbours")} == {1, 3, 4}
        assert (
            json.dumps([hit.snippet for hit in reader.search("lighthouses")])
            == '["Now about [lighthouses] in the fog."]'
        )


def test_a_word_of_any_length_makes_no_long_snippet(tmp_path):
    with Archive(tmp_path / "news.db", "test") as archive:
        archive.add_article(make.article(body=f"{'x' * 9000} gate {'y' * 9000}"), (), make.NOW)
        (row,) = archive.results("gate").rows
    assert len(row["snippet"]) <= 1001
