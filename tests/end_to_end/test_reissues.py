"""A feed whose entries turn new all at once has perhaps only issued them again: the poll says so, the texts decide."""

import pytest

from storage.records import WantedFeed
from tests.builders_feeds import item, page, prose, rss

COUNT = 8
NOTE = "{} of its {} entries have turned new at once: perhaps issued again under other names"


def document(name, numbers=range(COUNT), *, title="Title {n}", day=1):
    def one(n):
        date = f"<pubDate>{day + n:02} Feb 2026 10:00:00 GMT</pubDate>"
        made = item(n, link=f"/{name}/{n}", guid=f"<guid>{name}-{n}</guid>", text="A short teaser.", more=date)
        return made.replace(f"<title>Title {n}<", f"<title>{title.format(n=n)}<")

    return rss(*map(one, numbers))


def pages(site, name, numbers=range(COUNT), *, text=prose, more=""):
    for n in numbers:
        site.page(f"/{name}/{n}", page(n, text=text(n, 12) + more))


@pytest.fixture
def archived(site, run):
    feed = WantedFeed(site.url("/feed.xml"))
    site.page("/feed.xml", document("old"))
    pages(site, "old")
    run.now(feed)
    assert run.column("SELECT count(*) FROM articles") == [COUNT]
    assert run.column("SELECT error FROM polls") == [None]
    return feed


def polled(site, run, feed, new):
    site.page("/feed.xml", new)
    run.later(hours=1).now(feed)
    return run.column("SELECT error FROM polls ORDER BY id DESC LIMIT 1")[0]


def of_the_new(run, what="outcome"):
    return run.column(f"SELECT {what} FROM entries WHERE guid NOT LIKE 'old%'")


def test_a_reissue_is_reported_and_what_has_the_same_text_under_another_headline_is_a_copy(site, run, archived):
    pages(site, "new")
    assert polled(site, run, archived, document("new", title="Another headline {n}", day=9)) == NOTE.format(8, 8)
    assert run.feed()["last_error"] == NOTE.format(8, 8)
    assert of_the_new(run) == ["copy"] * COUNT
    assert of_the_new(run, "reissued") == [1] * COUNT
    assert run.column("SELECT newest_at FROM rhythms") == ["2026-02-08T10:00:00Z"]  # a reissue breaks no silence
    assert run.column("SELECT title FROM copies ORDER BY title") == [f"Another headline {n}" for n in range(COUNT)]


def test_what_has_the_same_title_and_instant_and_most_of_the_text_is_known_and_no_copy(site, run, archived):
    pages(site, "new", more=". The new system of the paper adds a line to each of its pages here")
    assert polled(site, run, archived, document("new")) == NOTE.format(8, 8)
    assert of_the_new(run) == ["known"] * COUNT
    assert all("which the feed has announced with this title and instant" in why for why in of_the_new(run, "reason"))
    assert run.column("SELECT count(*) FROM copies") == [0]


def test_what_has_another_text_is_a_new_article_though_title_and_instant_are_the_same(site, run, archived):
    pages(site, "new", text=lambda n, _: f"Nothing of piece {n} has been in the paper before. " * 20)
    assert polled(site, run, archived, document("new")) == NOTE.format(8, 8)
    assert of_the_new(run) == ["archived"] * COUNT


def test_a_reissue_is_no_reason_to_ask_sooner(site, run, archived):
    polled(site, run, archived, document("new"))
    assert run.due_in_s() > 3600


def test_a_feed_that_turns_over_with_news_is_no_reissue(site, run, archived):
    run.later(days=20)
    site.page("/feed.xml", document("old") + "<!-- polled again -->")
    run.now(archived)
    news = document("news", title="News {n}", day=21).replace(" Feb ", " Mar ")
    assert polled(site, run, archived, news) is None
    assert of_the_new(run, "reissued") == [0] * COUNT


def test_an_import_that_dates_everything_from_today_is_recognised_by_its_titles(site, run, archived):
    run.later(days=20)
    site.page("/feed.xml", document("old") + "<!-- polled again -->")
    run.now(archived)
    pages(site, "new")
    assert polled(site, run, archived, document("new", day=21).replace(" Feb ", " Mar ")) == NOTE.format(8, 8)
    assert of_the_new(run) == ["known"] * COUNT


@pytest.mark.parametrize(("new", "old", "is_warned"), [(5, 3, True), (5, 4, False), (4, 0, False)])
def test_a_reissue_is_most_of_a_document_and_five_entries(site, run, archived, new, old, is_warned):
    pages(site, "new")
    both = document("old", range(old)).replace("</channel></rss>", "")
    rest = document("new", range(new)).partition("<title>News</title>")[2]
    assert polled(site, run, archived, both + rest) == (NOTE.format(new, new + old) if is_warned else None)


def test_a_feed_that_had_little_before_cannot_have_issued_it_again(site, run):
    feed = WantedFeed(site.url("/feed.xml"))
    for name, numbers in (("old", range(4)), ("new", range(COUNT))):
        pages(site, name, numbers)
        assert polled(site, run, feed, document(name, numbers)) is None


def test_status_and_explain_say_it(site, folder):
    folder.set_up(site.url("/feed.xml"), article="page")
    for name in ("old", "new"):
        site.page("/feed.xml", document(name))
        pages(site, name)
        folder.ingest("now", "-q")
    assert NOTE.format(8, 8) in folder.ingest("status").out
    old, new = [line for line in folder.ingest("explain", site.url("/old/1")).out.splitlines() if line[:4] == "seen"]
    assert new.endswith("; most of its feed turned new with it")
    assert not old.endswith("with it")
