"""Laws of the exact fingerprint."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ingest.dedupe.fingerprint import content_hash, normalise

words = st.lists(st.text("abcÉßçΣ\u03c3жあ1.5,-'%#", min_size=1, max_size=6), min_size=1, max_size=6)
spaces = st.text(" \n\t\xa0\u2009\u3000\r", min_size=1, max_size=3)


@given(words, st.data())
def test_the_hash_does_not_depend_on_whitespace(words, data):
    spaced = data.draw(spaces) + "".join(word + data.draw(spaces) for word in words)
    assert content_hash(spaced) == content_hash(" ".join(words))


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_hash_does_not_depend_on_the_unicode_form(text, form):
    assert content_hash(unicodedata.normalize(form, text)) == content_hash(text)


@given(words.map(" ".join))
def test_the_hash_does_not_depend_on_case(text):
    assert content_hash(text.upper()) == content_hash(text.lower()) == content_hash(text)


@given(st.text())
def test_a_normal_text_is_its_own_normal_form(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.decimals(-9999, 9999, places=2), st.decimals(-9999, 9999, places=2))
def test_texts_with_different_figures_have_different_hashes(a, b):
    same = content_hash(f"It rose by {a} percent.") == content_hash(f"It rose by {b} percent.")
    assert same == (str(a) == str(b))
