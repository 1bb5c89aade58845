"""Laws of what counts as an edit."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ingest.dedupe.material import material_change

words = st.sampled_from(
    ["Bridge", "5", "comments", "été", "Updated", "10:30", "STRASSE", "あ", "ﬁne", "3", "March", "."]
)
texts = st.lists(st.lists(words, max_size=15).map(" ".join), max_size=4).map("\n".join)
spaces = st.text(" \n\t\xa0\u2009\u3000\r", min_size=1, max_size=3)


@given(texts, texts, texts, texts)
def test_a_material_change_is_symmetric(old_title, old, new_title, new):
    assert material_change(old_title, old, new_title, new) == material_change(new_title, new, old_title, old)


@given(texts, st.data())
def test_whitespace_is_not_a_change(text, data):
    spaced = "".join(word + data.draw(spaces) for word in text.split())
    assert not material_change(text, text, spaced, spaced)


@given(texts, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_is_not_a_change(text, cased):
    assert not material_change(text, text, cased(text), cased(text))


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_unicode_form_is_not_a_change(text, form):
    other = unicodedata.normalize(form, text)
    assert not material_change(text, text, other, other)


@given(texts)
def test_an_added_word_is_a_change(text):
    assert material_change(None, text, None, f"{text}\nzebra")
