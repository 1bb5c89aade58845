"""Laws of near-duplicates."""

import unicodedata
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.dedupe import near
from storage.content import CandidateText
from tests import builders as make
from tests.builders_copies import LANGUAGES, copied, original, other, report

sentences = st.sampled_from(
    [line for language in LANGUAGES for made in (original, other) for line in made(language).body.split("\n")]
    + [line for language in LANGUAGES for day in (4, 5) for line in report(language, day).body.split("\n")]
)
bodies = st.lists(sentences, min_size=1, max_size=9).map("\n".join)
sites = st.sampled_from(["a.example", "b.example"])
articles = st.builds(
    lambda language, body, site, hours: copied(
        original(language), body, site=site, published_at=make.NOW + timedelta(hours=hours)
    ),
    st.sampled_from(LANGUAGES),
    bodies,
    sites,
    st.integers(0, 99),
)
beginnings = st.builds(
    lambda article, share: replace(article, body=article.body[: int(len(article.body) * share)]),
    articles,
    st.floats(0.2, 1),
)
spaces = st.text(" \t\xa0\u2009\u3000", min_size=1, max_size=3)


def found(one, *others):
    candidates = [CandidateText(id_, it.site, it.title, it.published_at, it.body) for id_, it in enumerate(others, 1)]
    return near.find(near.Text(one), {candidate: near.Text(candidate) for candidate in candidates})


@given(articles, articles | beginnings)
def test_the_order_of_arrival_does_not_matter(one, two):
    there, back = found(one, two), found(two, one)
    assert (there and there.score) == (back and back.score)


@given(articles, st.floats(0.2, 1))
def test_a_text_and_its_beginning_match_in_either_order(article, share):
    beginning = copied(article, article.body[: int(len(article.body) * share)])
    there, back = found(beginning, article), found(article, beginning)
    assert (there and there.score) == (back and back.score)


@given(articles, articles | beginnings, spaces)
def test_whitespace_does_not_matter(one, two, space):
    assert found(replace(one, body=one.body.replace(" ", space)), two) == found(one, two)


@given(articles, articles | beginnings)
def test_case_does_not_matter_under_one_headline(one, two):
    two = replace(two, title=one.title)
    assert found(replace(one, body=one.body.upper()), two) == found(one, two)


@given(articles, articles | beginnings, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_unicode_form_does_not_matter(one, two, form):
    assert found(replace(one, body=unicodedata.normalize(form, one.body)), two) == found(one, two)


@given(articles, st.lists(articles, min_size=1, max_size=4))
def test_the_score_is_a_share_and_the_article_a_candidate(one, others):
    copy = found(one, *others)
    assert copy is None or (0.5 <= copy.score <= 1 and 1 <= copy.article_id <= len(others))


@given(st.text(), st.text())
def test_any_text_has_an_answer(one, two):
    article = original("en")
    assert found(copied(article, one), copied(article, two)) is None or len(one) > 12
