"""Texts that earlier versions have tied wrongly: a dry run shows them, and a run puts them right."""

import pytest

from ingest.maintenance.copies import merge
from storage.content import Copy
from storage.records import Outcome
from tests import builders as make
from tests.arrivals import Arrivals
from tests.builders_copies import original, texts
from tests.command_run import sentence

BLURB = "A lecture of the series, with slides and questions."
LINES = [*original("en").body.split("\n"), *texts("en")[1].split("\n")]


@pytest.fixture
def news(folder):
    folder.set_up()
    with Arrivals(folder.archive) as news:
        yield news


def announced(news, url, title):
    with news.archive.transaction():
        news.archive.add_entries(1, [make.entry(url, url, title)], news.now)
    return news.column("SELECT max(id) FROM entries")[0]


def tied(news, body, title, url, article_id, *, adds=True):
    """Add a copy as an earlier version has left it."""
    entry_id = announced(news, url, title)
    with news.archive.transaction():
        copied = make.article(url, body, title=title, site=url.split("/")[2])
        news.archive.add_copy(copied, Copy(article_id, "containment 1", 0.97, adds), (), news.now)
        news.archive.settle(entry_id, Outcome.COPY, article_id=article_id, reason="97% the same")
        news.archive.add_aliases(article_id, [url.partition("//")[2]])


def known(news, title, url, article_id):
    """Add an entry that was known for its text alone."""
    entry_id = announced(news, url, title)
    with news.archive.transaction():
        reason = f"the same text as {news.archive.article_url(article_id)}"
        news.archive.settle(entry_id, Outcome.KNOWN, article_id=article_id, reason=reason)
        news.archive.add_aliases(article_id, [url.partition("//")[2]])


def again(folder, news):
    """Return what a dry run shows and what a run says. A second run finds nothing to do."""
    news.close()
    tables = ("copies", "entries", "aliases", "changes")
    before = [folder.rows(f"SELECT * FROM {table}") for table in tables]
    shown = folder.ingest("merge", "--again", "--dry-run").out
    assert before == [folder.rows(f"SELECT * FROM {table}") for table in tables]
    assert shown.endswith("; nothing was written (--dry-run)\n")
    done = folder.ingest("merge", "--again").out
    assert folder.ingest("merge", "--again", "--json").json.keys() <= {"texts", "unchanged", "dry_run"}
    assert folder.column("PRAGMA foreign_key_check") == []
    return shown.splitlines()[:-1], done


def test_a_teaser_gives_way_to_the_full_text_that_it_has_hidden(folder, news):
    full = original("en")
    news.arrive(LINES[0][:-1] + " …", "Something else", body_from="feed")
    tied(news, full.body, full.title, "https://b.example/full", 1)
    tied(news, f"By the agency\n{full.body}", "The agency's", "https://c.example/full", 1)
    shown, done = again(folder, news)
    assert shown[0] == (
        f"copy 1 is the full text of article 1, which becomes its copy: {full.title}  https://b.example/full"
    )
    assert "2 texts decided again: 1 full text, 1 unchanged" in done
    assert [row["title"] for row in folder.ingest("search", "harbour", "--json").rows] == [full.title]
    assert folder.column("SELECT body FROM current_articles") == [full.body]
    article = folder.ingest("show", "https://c.example/full", "--json").json
    assert (article["id"], len(article["copies"]), len(article["entries"])) == (2, 2, 3)
    assert folder.column("SELECT kind FROM changes ORDER BY seq")[-2:] == ["article", "copy"]
    assert folder.ingest("split", folder.column("SELECT max(id) FROM copies")[0]).code == 0
    assert folder.column("SELECT id FROM current_articles ORDER BY id") == [1, 2]


def test_what_was_drawn_in_by_a_copy_is_split_off(folder, news):
    news.arrive("\n".join(LINES[:4]), "The ticker")
    tied(news, "\n".join(LINES[2:6]), "The ticker", "https://b.example/2", 1)
    tied(news, "\n".join(LINES[4:8]), "The ticker", "https://c.example/3", 1)
    shown, _ = again(folder, news)
    assert shown == ["copy 2 is an article of its own and no copy of article 1: The ticker  https://c.example/3"]
    assert folder.column("SELECT article_id FROM entries ORDER BY id") == [1, 1, 2]
    assert folder.ingest("show", "https://c.example/3", "--json").json["id"] == 2


def test_entries_known_by_an_equal_text_under_another_headline_come_back(folder, news):
    news.arrive(BLURB, "Lecture 101", feed="https://school.example/feed.xml")
    for number in (101, 102, 96):
        known(news, f"Lecture {number}", f"https://school.example/{number}", 1)
    news.arrive(original("en").body, "The bridge")
    known(news, "Two summers by ferry", "https://d.example/ferry", 2)
    shown, done = again(folder, news)
    assert [line.split(" is ")[0] for line in shown] == ["entry 3", "entry 4", "entry 6"]
    assert "4 texts decided again: 2 article, 1 copy, 1 unchanged" in done
    assert folder.column("SELECT title FROM current_articles ORDER BY id") == [
        "Lecture 101",
        "The bridge",
        "Lecture 102",
        "Lecture 96",
    ]
    assert folder.rows("SELECT title, article_id FROM copies WHERE split_id IS NULL") == [
        {"title": "Two summers by ferry", "article_id": 2}
    ]
    assert folder.column("SELECT outcome FROM entries ORDER BY id") == [
        "archived", "known", "archived", "archived", "archived", "copy",
    ]  # fmt: skip
    assert folder.ingest("show", "https://school.example/102", "--json").json["title"] == "Lecture 102"


def test_what_was_decided_by_hand_stays(folder, news):
    news.arrive(LINES[0], "Something else", body_from="feed")
    other = news.arrive("\n".join(LINES[6:]), "The orchard")
    with news.archive.transaction():
        merge(other.article, 1, news.archive, news.now)
    shown, done = again(folder, news)
    assert (shown, done) == ([], "0 texts decided again: none\n")


@pytest.mark.parametrize("words", [("1",), ("--dry-run",), ("1", "2", "--dry-run"), ("1", "2", "--again")])
def test_two_articles_or_all_of_them(folder, news, words):
    assert "give two articles" in sentence(folder.ingest("merge", *words), code=2)
