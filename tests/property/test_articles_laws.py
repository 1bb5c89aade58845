from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles.decode import decode
from ingest.articles.extract import extract
from ingest.articles.tree import parse
from ingest.articles.walk import blocks
from ingest.articles.words import fold
from ingest.text import clean
from storage.records import NewEntry

NOW = datetime(2024, 6, 1, tzinfo=UTC)
TAGS = "p,/p,div class='comments',/div,br,br,h1,h2,/h2,table,td,script type='application/ld+json',/script,a href='x'"
WORDS = ["©", "Read also", "Commentaires", "une phrase assez longue. ", "\x00", "é"]
PIECES = [*(f"<{tag}>" for tag in TAGS.split(",")), *WORDS]


@given(st.binary(max_size=2000), st.one_of(st.none(), st.text(max_size=40)))
def test_any_bytes_decode_under_any_content_type(body, content_type):
    assert isinstance(decode(body, content_type), str)


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_utf_8_text_comes_back_as_it_was(text):
    page = f"<p>{text.replace(chr(0), '')}</p>"
    assert decode(page.encode(), "text/html; charset=utf-8").encode() == page.encode()


@settings(deadline=None, max_examples=50)
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
    for number, place in enumerate(found.within):
        assert place.parent < number < place.end <= (found.within[place.parent].end if number else len(found.within))
    assert all(0 <= linked <= chars for chars, linked in zip(found.chars, found.linked, strict=True))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_a_body_is_made_of_the_pages_own_lines_and_the_same_each_time(pieces):
    page = ("<title>Une phrase</title>" + "".join(pieces)).encode()
    entry = NewEntry(guid="1", url=None, title=None)
    found = extract(page, url="https://a.example/", content_type=None, entry=entry, now=NOW)
    lines = {line for text in blocks(parse(page, None)).texts for line in clean(text).split("\n")}
    assert set(found.body.split("\n")) <= lines | {""}
    assert extract(page, url="https://a.example/", content_type=None, entry=entry, now=NOW) == found
