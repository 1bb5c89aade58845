from datetime import UTC, date, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles.body.model import choose, expected_f1
from ingest.articles.body.walk import blocks
from ingest.articles.extract import extract
from ingest.articles.metadata.author_names import names_in
from ingest.articles.metadata.dates import shown_dates
from ingest.articles.metadata.next_page import next_page
from ingest.articles.tree import parse
from ingest.text.charset import decode
from ingest.text.markup import clean
from ingest.text.words import fold
from storage.records import NewEntry

NOW = datetime(2024, 6, 1, tzinfo=UTC)
TAGS = "p,/p,div class='comments',/div,br,br,h1,h2,/h2,table,td,script type='application/ld+json',/script,a href='x'"
SAID = ["By Anna Lee", "Published May 17, 2024", "<span class=author>", "<time datetime=2024-05-17>", "<title>By"]
WORDS = ["©", "Read also", "Commentaires", "une phrase assez longue. ", "\x00", "é"]
PIECES = [*(f"<{tag}>" for tag in TAGS.split(",")), *WORDS, *SAID]


@given(st.binary(max_size=2000), st.one_of(st.none(), st.text(max_size=40)))
def test_any_bytes_decode_under_any_content_type(body, content_type):
    assert isinstance(decode(body, content_type), str)


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_utf_8_text_comes_back_as_it_was(text):
    page = f"<p>{text.replace(chr(0), '')}</p>"
    assert decode(page.encode(), "text/html; charset=utf-8").encode() == page.encode()


@settings(max_examples=50)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_tangle_of_markup_has_a_verdict(pieces):
    page = "".join(pieces).encode()
    entry = NewEntry(guid="1", url=None, title=None)
    found = extract(page, url="https://a.example/", content_type=None, entry=entry, now=NOW)
    assert (found.verdict == "article") == bool(found.body) == (found.reason is None)
    assert "could not be read" not in (found.reason or "")


@given(st.text())
def test_folding_twice_folds_no_further(text):
    assert fold(fold(text)) == fold(text)


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_the_blocks_hold_all_the_text_and_places_nest(pieces):
    tree = parse(f"<p>{''.join(pieces)}".encode(), None)
    found = blocks(tree)
    visible = "".join(tree.xpath("//text()[not(ancestor::script)]"))
    assert "".join("".join(found.texts).split()) == "".join(visible.split())
    for number, place in enumerate(found.elements):
        assert (
            place.parent < number < place.end <= (found.elements[place.parent].end if number else len(found.elements))
        )
    assert all(0 <= linked <= chars for chars, linked in zip(found.chars, found.linked, strict=True))


@settings(max_examples=50)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_a_body_is_made_of_the_pages_own_lines_and_the_same_each_time(pieces):
    page = ("<title>Une phrase</title>" + "".join(pieces)).encode()
    entry = NewEntry(guid="1", url=None, title=None)
    found = extract(page, url="https://a.example/", content_type=None, entry=entry, now=NOW)
    lines = {line for text in blocks(parse(page, None)).texts for line in clean(text).split("\n")}
    assert set(found.body.split("\n")) <= lines | {""}
    assert extract(page, url="https://a.example/", content_type=None, entry=entry, now=NOW) == found


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 60)), min_size=1, max_size=7))
def test_no_other_choice_of_blocks_has_a_greater_expected_f1(blocks_of_a_page):
    chances, words = np.array(blocks_of_a_page, float).T
    kept, expected = choose(chances, words)
    every = [np.array(shares, float) for shares in product((0, 1), repeat=len(chances))]
    assert expected == pytest.approx(max(expected_f1(chances, words, shares) for shares in every))
    assert expected == pytest.approx(expected_f1(chances, words, kept.astype(float)))


BYLINE_PIECES = "By |von |Anna| Lee|J. |, | and | & |Senior Editor| · |May 3| 2024| in Rome|PhD|(x)|李雷".split("|")
BYLINES = st.lists(st.sampled_from(BYLINE_PIECES)).map("".join)


@given(st.lists(st.one_of(st.text(max_size=60), BYLINES), max_size=4))
def test_names_are_each_once_and_name_themselves(claims):
    found = names_in(claims)
    assert len({fold(name) for name in found}) == len(found)
    assert names_in(list(found)) == found


MONTHS = {
    "{d} {m} {y}": "January February March April May June July August September October November December",
    "{m} {d}, {y}": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "le {d} {m} {y}": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "{d}. {m} {y}": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "{d} de {m} de {y}": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "{d} {m}, {y}": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "{y}年{m}月{d}日": "1 2 3 4 5 6 7 8 9 10 11 12",
    "{y}년 {m}월 {d}일": "01 02 03 04 05 06 07 08 09 10 11 12",
    "{y}-{m}-{d:02}": "01 02 03 04 05 06 07 08 09 10 11 12",
    "{d:02}.{m}.{y}": "1 2 3 4 5 6 7 8 9 10 11 12",
}


@given(st.dates(date(1990, 1, 1), date(2024, 6, 1)), st.sampled_from(sorted(MONTHS)), st.sampled_from(("", "x · ")))
def test_a_day_comes_back_from_every_way_to_write_it(day, form, before):
    written = before + form.format(d=day.day, m=MONTHS[form].split()[day.month - 1], y=day.year)
    assert [found.days for found in shown_dates(written, now=NOW)] == [(day,)]


@given(st.text())
def test_dates_are_found_in_any_text_or_not_but_never_fail(text):
    for found in shown_dates(text, now=NOW):
        assert 0 <= found.start < found.end <= len(text)
        assert (found.at is None) == (len(found.days) > 1)


@given(st.text(alphabet="https://a.be?page=/2-,[]#"), st.text(alphabet="https://a.be?page=/2-,[]#"))
def test_the_next_page_is_on_the_same_host(href, path):
    from lxml import html

    url = f"https://echo.example/{path}"
    link = html.Element("a", href=href, rel="next")
    tree = html.document_fromstring("<html><body></body></html>")
    tree.body.append(link)
    found = next_page(tree, url)
    assert found is None or found.startswith("https://echo.example/")
