"""What a document tells of its feed."""

import shlex
from datetime import timedelta

import pytest

from ingest.errors import PageFound, ParseError
from ingest.feeds.parsed import ParsedFeed
from ingest.pipeline.documents import alternate, cause, with_document
from tests import builders as make

EARLIER = make.NOW - timedelta(hours=9)


def parsed(entries=1, **fields):
    return ParsedFeed("rss20", None, None, None, (), entries, **fields)


@pytest.mark.parametrize(
    ("empty_at", "document", "had_entries", "expected"),
    [
        (None, parsed(0), True, make.NOW),
        (None, parsed(0), False, None),
        (None, parsed(0, is_truncated=True), True, None),
        (None, parsed(1), True, None),
        (EARLIER, parsed(0), True, EARLIER),
        (EARLIER, None, True, EARLIER),
        (EARLIER, parsed(0, is_truncated=True), True, EARLIER),
        (EARLIER, parsed(1), True, None),
    ],
)
def test_a_feed_is_empty_from_the_first_document_that_has_lost_its_entries_to_the_first_that_has_some(
    empty_at, document, had_entries, expected
):
    state = with_document(make.state(empty_at=empty_at), document, make.NOW, had_entries=had_entries)
    assert state.empty_at == expected


def test_hours_to_skip_are_those_of_the_last_document_and_an_unchanged_one_keeps_them():
    asked = with_document(make.state(), parsed(skip_hours=(3,), skip_days=(6,)), make.NOW, had_entries=True)
    assert (asked.skip_hours, asked.skip_days) == ((3,), (6,))
    assert with_document(asked, None, make.NOW, had_entries=True) == asked
    cleared = with_document(asked, parsed(), make.NOW, had_entries=True)
    assert (cleared.skip_hours, cleared.skip_days) == ((), ())


def test_a_good_poll_of_any_kind_forgets_the_feed_that_a_page_named():
    state = make.state(alternate_url="https://news.example/new.xml")
    assert with_document(state, None, make.NOW, had_entries=True).alternate_url is None


def test_a_page_proposes_the_first_feed_that_is_not_the_one_that_it_replaces():
    own = ("https://news.example/feed", "https://news.example/")
    feeds = ("https://news.example/feed#top", "https://news.example/new.xml", "https://news.example/b")
    assert alternate(PageFound("u", "a page", feeds), own) == "https://news.example/new.xml"
    assert alternate(PageFound("u", "a page", feeds[:1]), own) is None
    assert alternate(ParseError("u", "the body is empty"), own) is None


def test_a_proposed_command_runs_nothing_else():
    url = "https://news.example/feed?a=1&b='$(reboot)`reboot`"
    said = cause(PageFound("u", "a page", (url,)), url)
    assert said.startswith("a page; it names another feed: `ingest feeds add ")
    command = said.partition("`")[2].removesuffix("`")
    assert shlex.split(command) == ["ingest", "feeds", "add", url]
    assert cause(ParseError("u", "the body is empty"), None) == "the body is empty"
