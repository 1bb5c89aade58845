"""The same words under other headlines, and what goes with a copy that is split off."""

from datetime import timedelta

import pytest

from ingest.dedupe.titles import same_title
from ingest.maintenance.copies import split
from tests import builders as make
from tests.arrivals import Arrivals
from tests.builders_copies import original

BLURB = "A lecture of the series, with slides and questions."
SNOW = " ".join(f"word{n}" for n in range(50))
LONG = original("en").body


@pytest.fixture
def news(tmp_path):
    with Arrivals(tmp_path / "news.db") as news:
        yield news


def outcomes(news):
    return news.column("SELECT outcome FROM entries ORDER BY id")


def test_lectures_with_one_blurb_are_articles(news):
    for title in ("Lecture 101", "Lecture 102", "Lecture 96"):
        news.arrive(BLURB, title, host="school.example")
    assert news.titles() == ["Lecture 101", "Lecture 102", "Lecture 96"]


def test_a_blurb_that_a_feed_repeats_is_no_copy_of_the_lecture_that_begins_with_it(news):
    blurb = f"{BLURB} Bring a pen and paper, and come in time."
    news.arrive(blurb, "On bridges", host="school.example")
    news.arrive(f"{blurb}\n{LONG}", "On bridges", host="b.example")
    news.arrive(blurb, "On ferries", host="school.example")
    assert news.titles() == ["On bridges", "On ferries"]
    again = news.arrive(blurb, "On bridges", host="c.example")
    assert (again.outcome, again.article) == ("known", 2)
    with news.archive.transaction():
        split(1, news.archive, news.now)
    assert news.column("SELECT article_id FROM entries ORDER BY id") == [1, 2, 3, 1]


@pytest.mark.parametrize("hosts", [("a.example", "a.example"), ("a.example", "b.example")])
def test_a_short_text_under_two_headlines_is_two_articles(news, hosts):
    january = make.NOW - timedelta(days=53)
    for host, title, at in zip(
        hosts, ("Snow closes the pass", "Flooding: a second day"), (january, make.NOW), strict=True
    ):
        news.arrive(SNOW, title, host=host, published_at=at)
    assert news.titles() == ["Snow closes the pass", "Flooding: a second day"]


def test_a_text_of_many_words_under_another_headline_on_another_site_is_a_copy_with_a_row_of_its_own(news):
    news.arrive(LONG, "The bridge")
    news.arrive(LONG, "Two summers by ferry", url="https://b.example/ferry", published_at=make.NOW)
    assert news.rows("SELECT url, site, title, published_at, method, score FROM copies") == [
        {
            "url": "https://b.example/ferry",
            "site": "b.example",
            "title": "Two summers by ferry",
            "published_at": "2026-03-01T12:00:00Z",
            "method": "same text 1",
            "score": 1.0,
        }
    ]
    assert outcomes(news) == ["archived", "copy"]


def test_what_one_feed_gives_to_two_entries_is_two_articles_and_ties_nothing_after_that(news):
    news.arrive(LONG, "The bridge", host="a.example")
    news.arrive(LONG, "The ferry", host="a.example")
    news.arrive(LONG, "The harbour", host="b.example")
    news.arrive(LONG, "The ferry", host="c.example")
    assert outcomes(news) == ["archived", "archived", "archived", "known"]
    assert news.column("SELECT article_id FROM entries") == [1, 2, 3, 2]


@pytest.mark.parametrize("body", [BLURB, LONG, f"{LONG}\nThe tag is {{}}."])
def test_another_version_is_no_copy(news, body):
    for version in ("9.0-rc1", "9.0-rc2"):
        news.arrive(body.format(version), f"{version} tagged", host=f"{version}.example")
    assert news.titles() == ["9.0-rc1 tagged", "9.0-rc2 tagged"]


def test_a_feed_that_issues_its_entries_again_gives_a_text_once(news):
    news.arrive(LONG, "The bridge", host="a.example")
    news.arrive(LONG, "Two summers by ferry", host="a.example", reissued=True)
    news.arrive(LONG, "The bridge", host="a.example", reissued=True)
    assert outcomes(news) == ["archived", "copy", "known"]


@pytest.mark.parametrize("body", [BLURB, LONG])
def test_the_same_text_under_the_same_headline_is_known(news, body):
    """A thread that is opened anew each day is known too: it does not differ from an entry that was issued again."""
    news.arrive(body, "Open thread", host="a.example", guid="1", published_at=make.NOW)
    later = make.NOW + timedelta(days=1)
    news.arrive(body, "OPEN THREAD!", host="a.example", guid="2", published_at=later)
    news.arrive(body, "Open thread – Kestrel Wire", host="kestrel-wire.example")
    news.arrive(body, None)
    assert outcomes(news) == ["archived", "known", "known", "known"]


def test_a_headline_is_not_lost_in_a_text_without_one(news):
    news.arrive(LONG, None)
    news.arrive(LONG, "The bridge")
    assert news.column("SELECT title FROM copies") == ["The bridge"]


def test_a_page_that_names_an_article_of_the_same_words_as_its_address_is_that(news):
    news.arrive(LONG, "The bridge", url="https://a.example/bridge")
    news.arrive(LONG, "On our mobile page", url="https://a.example/mobile/a7", canonical="https://a.example/bridge")
    assert outcomes(news) == ["archived", "known"]


@pytest.mark.parametrize(
    ("new", "old", "same"),
    [
        ("Snow closes the pass", "SNOW closes the pass!", True),
        ("Snow closes the pass | Kestrel Wire", "Snow closes the pass", True),
        ("Snow closes the pass", "Kestrel: Snow closes the pass", True),
        ("Snow closes the pass …", "Snow closes the pass again", True),
        ("Snow closes the pass - Part 2", "Snow closes the pass", False),
        ("Part 1 | Kestrel Wire", "Part 2 | Kestrel Wire", False),
        ("雪で峠が閉鎖 | Kestrel Wire", "雪で峠が閉鎖", True),
        ("Flooding", "Snow closes the pass", False),
        (None, "Snow", True),
        ("Snow", None, False),
    ],
)
def test_a_headline_is_the_same_whatever_site_names_itself_beside_it(new, old, same):
    assert same_title(new, old, ("Kestrel Wire", "kestrel.example")) is same


def test_what_announced_a_copy_goes_with_it_after_redirects(news):
    news.arrive(LONG, "The bridge", url="https://a.example/1")
    news.arrive(LONG, "Ferries", url="https://go.example/2", final="https://b.example/2", guid="tag:go.example,2026:2")
    known = news.arrive(
        "", "Ferries", url="https://go.example/2", feed="https://c.example/feed.xml", guid="tag:c.example,2026:7"
    )
    names = ["go.example/2", "b.example/2", "guid:tag:go.example,2026:2", "guid:tag:c.example,2026:7"]
    assert (known.outcome, known.article, news.leads_to(*names)) == ("known", 1, [1, 1, 1, 1])
    with news.archive.transaction():
        assert split(1, news.archive, news.now) == 2
    assert news.leads_to("a.example/1", *names) == [1, 2, 2, 2, 2]
    assert news.rows("SELECT outcome, article_id FROM entries WHERE id > 1") == [
        {"outcome": "archived", "article_id": 2},
        {"outcome": "known", "article_id": 2},
    ]


def test_a_copy_from_before_goes_with_its_own_address(news):
    news.arrive(LONG, "The bridge", url="https://a.example/1")
    news.arrive(LONG, "Ferries", url="https://b.example/2")
    news.execute("UPDATE entries SET copy_id = NULL", "UPDATE aliases SET copy_id = NULL")
    with news.archive.transaction():
        split(1, news.archive, news.now)
    assert news.leads_to("a.example/1", "b.example/2") == [1, 2]
    assert news.column("SELECT article_id FROM entries") == [1, 2]
