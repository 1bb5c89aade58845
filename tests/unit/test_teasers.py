"""A teaser and its article, in either order, through chains, digests and what a person decides."""

from itertools import cycle, permutations

import pytest

from ingest.maintenance.copies import merge, split
from storage.reader import Reader
from tests import builders as make
from tests.arrivals import Arrivals
from tests.builders_copies import LANGUAGES, original, texts


@pytest.fixture
def news(tmp_path):
    with Arrivals(tmp_path / "news.db") as news:
        yield news


def lines(language, first=0, last=None):
    return "\n".join(original(language).body.split("\n")[first:last])


def teaser(language):
    return f"{lines(language, 0, 1)[:-1]} …"


@pytest.mark.parametrize(
    ("language", "title", "body_from"),
    [
        (language, title, body_from)
        for language, (title, body_from) in zip(
            LANGUAGES, cycle([("Something else", "feed"), ("same", "page"), (None, "page")]), strict=False
        )
    ],
)
def test_the_full_text_that_comes_after_its_teaser_is_the_article(news, language, title, body_from):
    full = original(language)
    title = full.title if title == "same" else title
    first = news.arrive(teaser(language), title, url="https://a.example/feed.xml#1", body_from=body_from)
    second = news.arrive(full.body, full.title, url="https://b.example/full")
    assert (second.outcome, news.shown()) == ("archived", [full.body])
    assert news.rows("SELECT article_id, merged_id, body FROM copies") == [
        {"article_id": second.article, "merged_id": first.article, "body": teaser(language)}
    ]
    assert news.column("SELECT kind FROM changes ORDER BY seq") == ["article", "article", "copy"]
    assert news.column("SELECT article_id FROM pages") == ([1, 2] if body_from == "page" else [2])
    keys = news.column("SELECT key FROM aliases")
    assert news.leads_to(*keys) == [second.article] * len(keys)
    with Reader(news.path) as reader:
        assert [hit.id for hit in reader.search(full.title)] == [second.article]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_teaser_part_and_full_text_does_not_change_what_is_shown(news, order):
    fullest = []
    for language in LANGUAGES:
        full = original(language)
        three = [teaser(language), lines(language, 0, 3), f"{full.body}\n{texts(language)[1]}"]
        ids = [news.arrive(three[number], full.title).article for number in order]
        fullest.append(three[2])
        with Reader(news.path) as reader:
            assert len(reader.article_row(ids[0])["copies"]) == 2
            assert len(reader.article_row(ids[0])["entries"]) == 3
    assert news.shown() == sorted(fullest)


def test_a_chain_ends_at_the_longest_and_splitting_gives_each_back(news):
    title, bodies = "The bridge", [teaser("en"), lines("en", 0, 3), original("en").body]
    ids = [news.arrive(body, title).article for body in bodies]
    assert news.shown() == [bodies[2]]
    again = news.arrive("", title, url=news.column("SELECT url FROM articles WHERE id = ?", ids[0])[0])
    assert (again.outcome, again.article) == ("known", ids[2])
    first, second = news.rows("SELECT id, merged_id FROM copies ORDER BY id")
    with news.archive.transaction():
        assert split(second["id"], news.archive, news.now) == ids[1]
    assert sorted(news.column("SELECT id FROM current_articles")) == [ids[1], ids[2]]
    assert news.column("SELECT article_id FROM entries WHERE id = ?", again.entry) == [ids[1]]
    with news.archive.transaction():
        assert split(first["id"], news.archive, news.now) == ids[0]
    assert sorted(news.column("SELECT id FROM current_articles")) == sorted(ids)
    assert news.column("SELECT article_id FROM entries WHERE id = ?", again.entry) == [ids[0]]
    assert news.column("SELECT kind FROM changes ORDER BY seq")[-2:] == ["article", "article"]


def test_what_a_person_has_split_off_is_not_merged_again(news):
    full, more = original("en").body, "\n".join([original("en").body, *texts("en")[1].split("\n")])
    short = news.arrive(teaser("en"), "The bridge", body_from="feed")
    news.arrive(full, "The bridge")
    with news.archive.transaction():
        split(1, news.archive, news.now)
    assert news.arrive(f"By the agency\n{full}", "The bridge again").outcome == "copy"
    last = news.arrive("\n".join([more, more[::-1]]), "The bridge")
    assert last.outcome == "archived"
    assert sorted(news.column("SELECT id FROM current_articles")) == [short.article, last.article]


def test_what_a_person_has_merged_stays_so(news):
    full = original("en").body
    short = news.arrive(teaser("en"), "Something else")
    other = news.arrive(texts("en")[1], "The orchard")
    with news.archive.transaction():
        merge(other.article, short.article, news.archive, news.now)
    last = news.arrive(full, "Something else")
    assert news.column("SELECT id FROM current_articles") == [last.article]
    assert news.rows("SELECT article_id, method FROM copies WHERE merged_id = ?", other.article) == [
        {"article_id": short.article, "method": "by hand"}
    ]


def test_a_page_under_another_headline_that_breaks_off_is_a_teaser_and_one_that_does_not_is_not(news):
    full = original("en").body
    news.arrive(f"{lines('en', 0, 1)[:90]} …\nRead more", "Something else")
    assert news.arrive(full, "The bridge").outcome == "archived"
    assert news.shown() == [full]


def test_a_page_under_another_headline_that_has_the_beginning_keeps_its_copy(news):
    first = news.arrive(lines("en", 0, 2), "What we make of it")
    second = news.arrive(original("en").body, "The bridge")
    assert (second.outcome, second.article) == ("copy", first.article)


def test_a_text_that_is_not_twice_as_long_is_a_copy(news):
    first = news.arrive(lines("en", 0, 4), "The bridge", body_from="feed")
    assert news.arrive(original("en").body, "The bridge").article == first.article


def test_a_teaser_that_its_site_has_made_the_full_text_keeps_its_place(news):
    full = original("en").body
    first = news.arrive(teaser("en"), "The bridge", body_from="feed")
    with news.archive.transaction():
        news.archive.revise(first.article, make.content(full, title="The bridge", content_hash="1:full"), news.now)
    later = news.arrive(f"By the agency\n{full}", "The bridge")
    assert (later.outcome, later.article, news.shown()) == ("copy", first.article, [full])


def test_all_teasers_of_a_text_are_its_copies(news):
    for title in ("What we make of it", "The bridge", "Two summers"):
        news.arrive(f"{lines('en', 0, 1)} And more", title, body_from="feed")
    assert news.titles() == ["What we make of it", "The bridge", "Two summers"]
    news.arrive(original("en").body, "The bridge")
    assert news.shown() == [original("en").body]


def test_copies_of_a_teaser_go_with_it(news):
    news.arrive(teaser("en"), "The bridge", body_from="feed")
    news.arrive(f"{lines('en', 0, 1)} Read on", "The bridge, once more")
    last = news.arrive(original("en").body, "The bridge")
    with Reader(news.path) as reader:
        article = reader.article_row(last.article)
    assert [copy["title"] for copy in article["copies"]] == ["The bridge, once more", "The bridge"]
    assert len(article["entries"]) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_text_that_begins_with_a_teaser_is_no_copy_of_its_full_text(news, language):
    full, another = original(language), f"{teaser(language)}\n{texts(language)[1]}"
    news.arrive(teaser(language), full.title, body_from="feed")
    news.arrive(full.body, full.title)
    assert news.arrive(another, "Something else").outcome == "archived"
    assert news.shown() == sorted([full.body, another])


@pytest.mark.parametrize("order", ["123d", "12d3", "1d23", "d123", "2d31", "3d12", "21d3"])
def test_a_digest_of_short_articles_swallows_none_and_is_swallowed_by_none(news, order):
    expected = []
    for language in LANGUAGES:
        short = [lines(language, 0, 2), lines(language, 3, 5), texts(language)[1]]
        bodies = {"1": short[0], "2": short[1], "3": short[2], "d": "\n".join(short)}
        for name in order:
            body = bodies[name]
            title = "The week in short" if name == "d" else f"{body[:12]} {body[-9:]}"
            news.arrive(body, title, body_from="page" if language in ("en", "ja") else "feed")
        expected += bodies.values()
    assert news.shown() == sorted(expected)


def test_a_digest_titled_like_its_first_article_is_an_article_once_both_are_there(news):
    first, *others = lines("en", 0, 1), *texts("en")[1].split("\n")
    for body in (first, "\n".join(others)):
        news.arrive(body, body[:30], body_from="feed")
    assert news.arrive("\n".join([first, *others, lines("en", 3, 4)]), first[:30]).outcome == "archived"
    assert news.column("SELECT count(*) FROM copies") == [0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_overlapping_excerpts_are_copies_only_of_a_text_they_share_a_paragraph_with(news, language):
    """Each has half of the one before it."""
    every = [*original(language).body.split("\n"), *texts(language)[1].split("\n")]
    for start in range(0, len(every) - 3, 2):
        news.arrive("\n".join(every[start : start + 4]), "The ticker")
    bodies = {row["id"]: set(row["body"].split("\n")) for row in news.rows("SELECT id, body FROM articles")}
    assert len(bodies) > 1
    for copy in news.rows("SELECT article_id, body FROM copies"):
        assert bodies[copy["article_id"]] & set(copy["body"].split("\n"))
