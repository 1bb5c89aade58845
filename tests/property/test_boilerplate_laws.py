from hypothesis import given
from hypothesis import strategies as st

from ingest.articles.boilerplate import MAX_SHARE, line_key, repeated, without
from ingest.text.words import word_count

lines = st.one_of(st.text(), st.text(alphabet="ab 。1–É中", min_size=20, max_size=60))
bodies = st.lists(lines, min_size=1, max_size=12).map("\n".join)


@st.composite
def with_boilerplate(draw):
    body = draw(bodies)
    keys = [line_key(line) for line in body.split("\n")]
    return body, frozenset(draw(st.lists(st.sampled_from(keys))))


@given(with_boilerplate())
def test_taking_out_twice_takes_out_no_more(case):
    body, boilerplate = case
    assert without(without(body, boilerplate), boilerplate) == without(body, boilerplate)


@given(with_boilerplate())
def test_a_text_keeps_most_of_its_words_and_is_never_emptied(case):
    body, boilerplate = case
    text = without(body, boilerplate)
    assert bool(text.strip()) == bool(body.strip())
    assert word_count(text) >= (1 - MAX_SHARE) * word_count(body)


@given(with_boilerplate())
def test_what_stays_is_the_texts_own_lines_in_their_order(case):
    body, boilerplate = case
    rest = iter(body.split("\n"))
    assert all(line in rest for line in without(body, boilerplate).split("\n"))


@given(st.lists(bodies, max_size=5))
def test_boilerplate_is_counted_from_three(texts):
    assert all(count >= 3 for count in repeated(texts).values())
