"""What a site repeats is learned from its third article on, and left out of those that follow."""

import pytest

from storage.records import WantedFeed
from tests.builders_feeds import item, page, prose, rss

CALL = "Sign up for the morning letter and get our best pieces in your inbox"
RIGHTS = "No part of this text may be published or broadcast without our written consent"


def with_call(n: int, call: str = CALL) -> str:
    return page(n, text=f"{prose(n, 10)} {call}. {RIGHTS}")


@pytest.fixture
def announce(site, run):
    """Put pages on the site by their numbers, announce them and archive them, one after the other."""

    def announce(*numbers: int, call: str = CALL) -> None:
        for n in numbers:
            site.page(f"/{n}", with_call(n, call))
            site.page("/feed", rss(item(n, link=site.url(f"/{n}"), text="")))
            run.later(hours=1).now(WantedFeed(site.url("/feed")))

    return announce


def test_lines_are_learned_with_the_third_article_and_left_out_of_the_fourth(run, announce):
    announce(1, 2)
    assert run.rows("SELECT * FROM boilerplate") == []
    announce(3, 4)
    assert run.rows("SELECT site, line, articles FROM boilerplate ORDER BY line DESC") == [
        {"site": "127.0.0.1", "line": f"{line.casefold()}.", "articles": 3} for line in (CALL, RIGHTS)
    ]
    first, _, third, fourth = run.rows("SELECT body, words FROM articles ORDER BY id")
    assert CALL in first["body"]
    assert CALL in third["body"]
    assert (fourth["body"].count("\n"), CALL in fourth["body"], RIGHTS in fourth["body"]) == (9, False, False)
    assert third["words"] - fourth["words"] == len(f"{CALL} {RIGHTS}".split())


def test_what_the_site_repeats_later_is_learned_from_texts_without_what_is_known(run, announce):
    announce(1, 2, 3)
    announce(4, 5, 6, call="Support the paper that is read in every kitchen of this town")
    announce(7, call="Support the paper that is read in every kitchen of this town")
    assert len(run.rows("SELECT * FROM boilerplate")) == 3
    assert run.column("SELECT body FROM articles ORDER BY id")[-1].count("\n") == 9


def test_a_text_that_came_with_boilerplate_is_known_without_it(site, run, announce):
    announce(1, 2, 3)
    site.page("/again", with_call(1))
    site.page("/feed", rss(item(1, link=site.url("/again"), text="")))
    run.later(hours=1).now(WantedFeed(site.url("/feed")))
    assert run.outcomes() == ["archived"] * 3 + ["known"]


def test_the_feeds_own_texts_are_learned_from_too(site, run):
    for n in range(1, 5):
        site.page("/feed", rss(item(n, text=f"{prose(n, 10)}</p><p>{CALL}.")))
        run.later(hours=1).now(site.url("/feed"))
    assert [CALL in body for body in run.column("SELECT body FROM articles ORDER BY id")] == [True] * 3 + [False]
