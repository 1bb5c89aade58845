"""Reports of one template: the next day's and another firm's are other articles, a report sent again is a copy."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.dedupe import near
from storage.content import CandidateText
from tests import builders as make
from tests.builders_copies import TEXTS

HOURS, DAYS = timedelta(hours=5), timedelta(days=3)

TEMPLATES = {
    (kind, language): (title, body, *(values.split("|") for values in filled))
    for block in (TEXTS / "reports.txt").read_text(encoding="utf-8").strip().split("\n\n")
    for first, title, body, *filled in [block.split("\n")]
    for kind, language in [first.split()]
}
BACKGROUND = (
    "Traders had spoken of a calm market since the morning, and nobody in the trade was surprised by the measure. "
    "The ministry did not comment on reports that further steps were being thought of for the coming season. "
)


def report(body, *, title="Report", after=timedelta(), site="wire.example"):
    return make.article(f"https://{site}/{after}", body, title=title, site=site, published_at=make.NOW + after)


def two_of(kind, language):
    """Return a report, and the next of its template at the same time."""
    title, body, *filled = TEMPLATES[kind, language]
    return [report(body.format(*values), title=title.format(*values)) for values in filled]


def are_one(one, other):
    def found(text, old):
        candidate = CandidateText(1, old.site, old.title, old.published_at, old.body)
        return near.find(near.Text(text), {candidate: near.Text(candidate)})

    there, back = found(one, other), found(other, one)
    assert (there and there.score) == (back and back.score)
    return there is not None


def again(article, after, **changes):
    """Return `article` on another site, so much later."""
    return replace(article, **({"site": "paper.example", "published_at": article.published_at + after} | changes))


def in_languages_of(*kinds):
    return pytest.mark.parametrize(("kind", "language"), [template for template in TEMPLATES if template[0] in kinds])


@in_languages_of("bank", "rain", "ships", "statement")
def test_reports_days_apart_that_differ_in_a_figure_number_word_or_date_are_two(kind, language):
    one, other = two_of(kind, language)
    for site in ("wire.example", "paper.example"):
        assert not are_one(again(other, DAYS, site=site), one)


@in_languages_of("bank", "rain", "ships", "statement", "prices")
def test_a_report_that_is_sent_again_unchanged_days_later_is_a_copy(kind, language):
    one, _ = two_of(kind, language)
    assert are_one(again(one, DAYS, body=f"PORT SALIS (EFE) - {one.body}"), one)


@in_languages_of("bank")
def test_a_report_with_a_figure_corrected_hours_later_is_a_copy(kind, language):
    one, other = two_of(kind, language)
    assert are_one(again(other, HOURS), one)


@in_languages_of("prices")
def test_price_rises_of_two_firms_are_two(kind, language):
    one, other = two_of(kind, language)
    for after in (HOURS, DAYS):
        assert not are_one(again(other, after), one)


@in_languages_of("prices")
def test_a_firms_price_rise_under_another_headline_is_a_copy(kind, language):
    one, _ = two_of(kind, language)
    for after in (HOURS, DAYS):
        assert are_one(again(one, after, title=f"In brief: {one.title[:-2]}"), one)


def test_a_report_with_another_beginning_and_headline_hours_later_is_a_copy():
    body = "Prices {} at the morning market, and each household may buy a single crate. " + 3 * BACKGROUND
    one = report(body.format("doubled"), title="Pear prices doubled")
    other = again(one, HOURS, title="Pear prices soared", body=body.format("soared"))
    assert are_one(other, one)
    assert not are_one(replace(other, published_at=other.published_at + DAYS), one)


def test_two_notices_days_apart_whose_titles_name_two_firms_are_two():
    body = "Quarterly payout 10 cents against 10 cents before, payable to the holders of common shares at midyear."
    one = report(body, title="Harlow Oil Corp sets payout")
    assert not are_one(report(body, title="Tarrant Oil Corp sets payout", after=DAYS, site="paper.example"), one)
    assert are_one(report(body, title="Harlow sets payout", after=DAYS, site="paper.example"), one)


@pytest.mark.parametrize(("site", "copy"), [("paper.example", True), ("wire.example", False)])
def test_one_figure_of_a_long_text_is_a_correction_days_later_by_another_site_only(site, copy):
    body = "".join(
        f"Of the {number} growers in district {number}0 none complained. {BACKGROUND}" for number in (3, 5, 8, 9)
    )
    one = report(body)
    other = report(body.replace("5 growers", "6 growers"), after=DAYS, site=site)
    assert are_one(other, one) == copy


def test_within_a_site_a_text_with_another_beginning_is_a_copy_hours_later_only():
    rest = (
        "Of 312 growers 48 sold early, at 61 crowns a crate, and 17 kept their pears in the cold store until February."
        f" {BACKGROUND} Nobody could remember a spring as cold as this one, and the bees stayed in their hives."
    )
    one = report(f"The growers of the upper valley picked their first pears in the rain, three weeks late. {rest}")
    other = report(f"Pears are dear at the morning market after a cold spring, in which few trees bore fruit. {rest}")
    assert near.Match(near.Text(one), near.Text(other)).containment < near.MIN_CONTAINMENT_WITHIN_SITE
    assert are_one(other, one)
    assert not are_one(replace(other, published_at=other.published_at + DAYS), one)
