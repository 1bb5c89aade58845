"""The pages of one article, joined."""

from functools import reduce

import pytest

from ingest.articles.continuation import continuation, continues, join
from tests.builders import content, entry

STANDFIRST = "How a small town kept its ferry, and what it paid for it."
BYLINE = "Margaret Oyelaran reports from the harbour"
BOX = "Margaret Oyelaran has covered the coast for twenty years."
ONE, TWO, THREE = (f"This is what page {n} says of the ferry." for n in ("one", "two", "three"))


def test_the_texts_are_joined_in_order_and_the_metadata_are_those_of_the_first_page():
    pages = [
        content(ONE, title="Ferry", tags=("Sea",), next_url="https://news.example/a?page=2"),
        content(TWO, title="Ferry, page 2", tags=("sea", "Boats"), image_url="https://news.example/2.jpg"),
    ]
    joined = join(*pages)
    assert joined.body == f"{ONE}\n{TWO}"
    assert (joined.title, joined.tags, joined.image_url, joined.next_url) == ("Ferry", ("Sea", "Boats"), None, None)
    assert joined.words == 18


def test_the_extractor_names_each_way_that_a_page_was_cleaned():
    ways = ["blocks 3", "blocks 3 + trafilatura 2.3.1", "blocks 3"]
    pages = [content(text, extractor=way) for text, way in zip((ONE, TWO, THREE), ways, strict=True)]
    assert reduce(join, pages).extractor == "blocks 3; blocks 3 + trafilatura 2.3.1"


@pytest.mark.parametrize(
    ("accesses", "joined"),
    [(("free", "partial"), "partial"), (("metered", "free"), "metered"), (("partial", "metered"), "partial")],
)
def test_the_access_is_that_of_the_page_that_gives_least(accesses, joined):
    pages = [
        content(text, access=access, access_reason=access) for text, access in zip((ONE, TWO), accesses, strict=True)
    ]
    found = join(*pages)
    assert (found.access, found.access_reason) == (joined, joined)


def test_lines_that_each_page_repeats_at_its_head_and_end_are_kept_once():
    pages = [content(f"{STANDFIRST}\n{BYLINE}\n{text}\n{BOX}") for text in (ONE, TWO, THREE)]
    assert reduce(join, pages).body.split("\n") == [STANDFIRST, BYLINE, ONE, TWO, THREE, BOX]


def test_a_line_of_the_head_that_returns_at_the_end_is_left_out():
    pages = [content(f"{STANDFIRST}\n{ONE}"), content(f"{TWO}\n{STANDFIRST.upper()}")]
    assert join(*pages).body.split("\n") == [STANDFIRST, ONE, TWO]


def test_a_line_that_returns_in_the_middle_is_the_authors():
    pages = [content(f"{ONE}\nYes.\n{BOX}"), content(f"{TWO}\nYes.\n{THREE}")]
    assert join(*pages).body.split("\n") == [ONE, "Yes.", BOX, TWO, "Yes.", THREE]


def test_lines_without_a_word_are_no_repetition():
    pages = [content("begin {\n}"), content("}\nsecond {\n}")]
    assert join(*pages).body.split("\n") == ["begin {", "}", "}", "second {", "}"]


@pytest.mark.parametrize(
    ("title", "body", "goes_on"),
    [
        ("Ferry saved - page 2", f"{STANDFIRST}\n{TWO}", True),
        ("The engines of the ferry", TWO, True),
        (None, TWO, True),
        ("Council bans all cars", TWO, False),
        ("Ferry saved", f"{STANDFIRST}\n{ONE}", False),
        ("Ferry saved", f"Two hours ago\n{STANDFIRST}\n{ONE}", False),
    ],
)
def test_a_page_goes_on_when_its_title_is_like_and_its_text_is_new(title, body, goes_on):
    so_far = content(f"{STANDFIRST}\n{ONE}", title="Ferry saved")
    assert continues(so_far, content(body, title=title)) is goes_on


def test_the_feeds_words_on_the_beginning_are_not_held_against_a_later_page():
    announced = entry(summary="The beginning.", content="The joined.", authors=("Ada",))
    rest = continuation(announced)
    assert (rest.title, rest.summary, rest.content, rest.authors) == (None, None, None, ("Ada",))
