"""Which texts are one article, in words, kana and Han, and Thai. The laws run over all six languages."""

import unicodedata
from datetime import timedelta

import pytest

from ingest.dedupe import near
from storage.content import CandidateText
from tests import builders as make
from tests.builders_copies import DENSE, copied, edited, original, other, report, texts

pytestmark = pytest.mark.parametrize("language", ["en", "ja", "th"])


def found(one, *others, boilerplate=()):
    candidates = [CandidateText(id_, it.site, it.title, it.published_at, it.body) for id_, it in enumerate(others, 1)]
    lines = near.boilerplate(boilerplate)
    return near.find(near.Text(one, lines), {candidate: near.Text(candidate, lines) for candidate in candidates})


def are_one(one, other, **known):
    there, back = found(one, other, **known), found(other, one, **known)
    assert (there and there.score) == (back and back.score)
    return there is not None


def lines(article):
    return article.body.split("\n")


def test_the_same_text_under_another_headline_is_a_copy(language):
    article = original(language)
    copy = found(copied(article, article.body, title="Something else"), article)
    assert (copy.article_id, copy.method, copy.score, copy.adds) == (1, near.METHOD, 1.0, False)


def test_a_text_with_a_byline_and_a_dateline_is_a_copy(language):
    article = original(language)
    assert are_one(copied(article, f"By M. Okafor, for the agency\nPORT SALIS (EFE) — {article.body}"), article)


def test_a_text_in_another_typesetting_is_a_copy(language):
    article = original(language)
    body = (
        unicodedata.normalize("NFD", article.body.upper()).replace("\n", "\r\n").replace('"', "”").replace(", ", " , ")
    )
    assert are_one(copied(article, body), article)


def test_a_text_without_its_first_paragraph_is_a_copy(language):
    article = original(language)
    assert are_one(copied(article, "\n".join(lines(article)[1:])), article)


@pytest.mark.parametrize("share", [0.25, 0.4, 0.8])
def test_a_text_cut_short_is_a_copy(language, share):
    article = original(language)
    assert are_one(copied(article, article.body[: int(share * len(article.body))] + "…"), article)


def test_a_teaser_is_a_copy(language):
    article = original(language)
    assert are_one(copied(article, f"{lines(article)[0][:-3]} …\nRead more", title="Something else"), article)


def test_a_text_with_links_below_it_is_a_copy(language):
    article = original(language)
    links = "Most read\nTen plants for a dark room\nFive apps compared\nThe week in pictures"
    assert are_one(copied(article, f"{article.body}\n{links}"), article)


def test_a_lightly_edited_text_is_a_copy(language):
    article = original(language)
    assert are_one(copied(article, edited(article.body, language)), article)


def test_a_text_with_one_corrected_figure_is_a_copy(language):
    article = original(language)
    assert are_one(
        copied(article, article.body.replace("1998", "1999").replace("48", "49").replace("36", "38")), article
    )


def test_a_page_that_quotes_most_of_a_text_is_a_copy_and_adds_to_it(language):
    article = original(language)
    page = copied(
        article,
        "\n".join([texts(language)[1].split("\n")[0], *lines(article)[:5], *texts(language)[1].split("\n")[1:]]),
    )
    assert are_one(page, article)
    assert found(page, article).adds


def test_paragraphs_in_another_order_are_a_copy(language):
    article = original(language)
    first, second, third, *rest = lines(article)
    assert are_one(copied(article, "\n".join([second, first, *rest, third])), article)


def test_two_reports_of_one_template_are_two(language):
    assert not are_one(report(language, 4), report(language, 11))


def test_a_copy_of_a_report_is_a_copy_of_that_days_report(language):
    reports = [report(language, day) for day in range(3, 10)]
    copy = copied(reports[4], f"From our correspondent\n{reports[4].body}", published_at=None)
    assert found(copy, *reports).article_id == 5


def test_a_report_with_one_figure_corrected_is_a_copy(language):
    body = report(language, 4).body
    figure = body[body.rindex("\n") :].translate({ord(c): " " for c in set(body) if not c.isdigit()}).split()[0]
    corrected = copied(report(language, 4), body.replace(figure, "7777"), published_at=make.NOW + timedelta(days=4.5))
    assert are_one(corrected, report(language, 4))


def test_a_month_later_one_other_figure_makes_two(language):
    article = original(language)
    body = article.body.replace("1998", "2003").replace("48", "49").replace("36", "38")
    later = make.NOW + timedelta(days=31)
    assert not are_one(copied(article, body, published_at=later), article)
    assert are_one(copied(article, article.body, published_at=later), article)


def test_pages_of_one_site_that_share_their_boilerplate_are_two(language):
    boilerplate = "\n".join(lines(original(language))[:3])
    one = copied(other(language), f"{texts(language)[1]}\n{boilerplate}")
    two = copied(other(language), f"{texts(language)[2]}\n{boilerplate}")
    assert not are_one(one, two)


def test_known_boilerplate_does_not_count(language):
    repeated = lines(original(language))
    one = copied(other(language), "\n".join([texts(language)[1], *repeated]))
    two = copied(
        other(language), "\n".join([texts("fr" if language == "en" else "en")[1], *repeated]), site="b.example"
    )
    assert are_one(one, two)
    assert not are_one(one, two, boilerplate=[line.casefold() for line in repeated])


def test_lines_of_two_articles_of_the_site_do_not_count(language):
    repeated = lines(original(language))
    pages = [
        copied(other(language), "\n".join([*repeated, body]))
        for body in (
            texts(language)[1].split("\n")[0],
            texts(language)[1].split("\n")[1],
            texts(language)[1].split("\n")[2],
        )
    ]
    assert found(*pages) is None


def test_a_quotation_is_not_a_copy(language):
    article = original(language)
    quoting = other(language, body="\n".join([texts(language)[1], lines(article)[2], texts(language)[2]]))
    assert not are_one(quoting, article)


def test_a_digest_is_not_a_copy_of_a_teaser_in_it(language):
    teasers = [text.split("\n")[0] for text in (texts(language)[1], texts(language)[2], original(language).body)]
    digest = other(language, title="The week", body="\n".join([*teasers[:2], *texts("en")[1].split("\n"), teasers[2]]))
    assert not are_one(copied(original(language), teasers[2]), digest)


def test_two_texts_of_one_sentence_are_one_under_one_headline_only(language):
    sentence = lines(original(language))[1][: 55 if language in DENSE else 100]
    one = copied(original(language), sentence)
    assert are_one(one, copied(one, f"{sentence} (EFE)", site="b.example"))
    assert not are_one(one, copied(one, f"{sentence} (EFE)", site="b.example", title="Something else"))


def test_of_several_candidates_the_most_similar_is_found(language):
    article = original(language)
    shorter = copied(article, "\n".join(lines(article)[:2]))
    assert found(copied(article, f"{article.body}\nAgency"), other(language), shorter, article, article).article_id == 3


def test_of_a_very_long_text_the_beginning_is_read(language):
    article = original(language)
    long = f"{article.body}\n" + "\n".join(str(number) for number in range(near.MAX_TEXT_CHARS))
    assert near.Text(copied(article, long)).shingles.weight < near.MAX_TEXT_CHARS
    assert are_one(copied(article, long), article)
