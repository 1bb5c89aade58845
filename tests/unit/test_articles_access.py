"""What a page says and shows of who may read its article."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.articles.access.declared import xpath_of
from ingest.articles.extract import extract
from storage.content import Content
from storage.records import NewEntry
from tests.builders_feeds import prose
from tests.builders_pages import ENGLISH
from tests.builders_walls import METERS, TEASERS, TITLE, WALLS, json_ld, part, walled_page

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TEASER = TEASERS["en"]
FULL = [prose(n, 3) for n in range(8)]
SHORT = [prose(n, 2) for n in range(4)]
EACH_WALL = [(language, wall) for language, walls in WALLS.items() for wall in walls]
OFFER = "<div class='offer'><p>From $1 a week</p><p>Already a subscriber? Log in</p></div>"


def read(page: bytes, **fields: object) -> Content:
    entry = replace(NewEntry(guid="1", url="https://gazette.example/a", title=TITLE), **fields)
    return extract(page, url="https://gazette.example/a", content_type="text/html", entry=entry, now=NOW)


def markup(wall: tuple[str, ...], name: str = "box") -> str:
    return f"<div class='{name}'>{''.join(f'<p>{line}</p>' for line in wall)}</div>"


@pytest.mark.parametrize(("language", "wall"), EACH_WALL, ids=[f"{lang} {wall[0][:30]}" for lang, wall in EACH_WALL])
@pytest.mark.parametrize("name", ["box", "paywall"])
def test_a_text_above_a_wall_is_the_beginning_of_the_article_and_the_wall_is_no_text(language, wall, name):
    teaser = TEASERS.get(language, TEASER)
    found = read(walled_page(teaser, markup(wall, name)))
    assert (found.verdict, found.body, found.access) == ("article", teaser, "partial")
    assert wall[0].replace("’", "'").rstrip(".?")[:20] in found.access_reason


@pytest.mark.parametrize(("language", "wall"), EACH_WALL, ids=[f"{lang} {wall[0][:30]}" for lang, wall in EACH_WALL])
def test_the_words_of_a_wall_within_the_text_are_left_out(language, wall):
    teaser = TEASERS.get(language, TEASER)
    found = read(walled_page([teaser, *wall]))
    assert (found.verdict, found.body, found.access) == ("article", teaser, "partial")


def test_a_wall_that_begins_within_a_paragraph_is_cut_off_there():
    found = read(walled_page(f"{TEASER} <a href='/s'>Subscribe to continue reading.</a>"))
    assert (found.body, found.access) == (TEASER, "partial")


def test_a_wall_above_the_text_is_left_out_too():
    found = read(walled_page(["This article is for subscribers only.", TEASER]))
    assert (found.body, found.access) == (TEASER, "partial")


@pytest.mark.parametrize("wall", [walls[0] for walls in WALLS.values()], ids=list(WALLS))
def test_a_wall_alone_is_walled(wall):
    found = read(walled_page(["The council passed the budget late on Tuesday.", *wall]))
    assert (found.verdict, found.body, found.access) == ("walled", "", None)
    assert found.reason


def test_a_long_beginning_above_a_wall_is_partial_too():
    found = read(walled_page(FULL, markup(WALLS["fr"][0])))
    assert (found.body, found.access) == ("\n".join(FULL), "partial")


# what pages declare


@pytest.mark.parametrize("free", [False, "False", "false", "http://schema.org/False", [False]])
@pytest.mark.parametrize("nested", [False, True])
def test_a_text_in_full_that_is_declared_as_not_free_is_metered(free, nested):
    article = {"@type": "NewsArticle", "isAccessibleForFree": free}
    data = json.dumps({"@graph": [{"@type": "WebSite"}, article]} if nested else [article])
    head = f'<script type="application/ld+json">{data}</script>'
    found = read(walled_page(FULL, head=head))
    assert (found.access, found.access_reason) == ("metered", "isAccessibleForFree is false")
    assert found.body == "\n".join(FULL)


@pytest.mark.parametrize(
    ("selector", "access"),
    [
        (".text", "metered"),
        ("article .text", "metered"),
        ("main > article > div.text", "metered"),
        (".missing, .text", "metered"),
        ([".missing", ".text"], "metered"),
        (".missing", "partial"),
        ("#rest", "partial"),
        ([".missing", "#rest"], "partial"),
        (".empty", "partial"),
    ],
)
@pytest.mark.parametrize("as_list", [False, True])
def test_a_part_that_is_not_free_is_in_the_page_or_the_text_is_partial(selector, access, as_list):
    paid = part(selector)
    head = json_ld(isAccessibleForFree="False", hasPart=[paid] if as_list else paid)
    found = read(walled_page(SHORT, "<div class='empty'> </div>", head=head))
    assert (found.access, found.body) == (access, "\n".join(SHORT))


def test_a_selector_that_is_not_understood_makes_no_full_text_partial():
    head = json_ld(isAccessibleForFree=False, hasPart=part(".text:nth-child(7)"))
    assert read(walled_page(FULL, head=head)).access == "metered"


def test_a_part_that_is_not_free_counts_if_the_article_says_nothing():
    assert read(walled_page(SHORT, head=json_ld(hasPart=part(".missing", "False")))).access == "partial"
    assert read(walled_page(SHORT, head=json_ld(hasPart=part(".missing", free=True)))).access == "free"
    assert read(walled_page(SHORT, head=json_ld(isAccessibleForFree=True, hasPart=part(".missing")))).access == "free"


def test_a_short_text_of_a_long_article_is_partial_by_the_number_of_its_words():
    found = read(walled_page(SHORT, head=json_ld(isAccessibleForFree=False, wordCount=900)))
    assert found.access == "partial"
    assert "words of 900" in found.access_reason
    assert read(walled_page(SHORT, head=json_ld(isAccessibleForFree=False, wordCount=140))).access == "metered"


def test_a_text_that_is_not_free_and_breaks_off_is_partial():
    head = json_ld(isAccessibleForFree=False)
    assert read(walled_page([*SHORT, f"{TEASER[:-1]}…"], head=head)).access == "partial"


@pytest.mark.parametrize(
    ("meta", "access"),
    [
        ("<meta property='article:content_tier' content='metered'>", "metered"),
        ("<meta property='article:content_tier' content='locked'>", "metered"),
        ("<meta property='article:content_tier' content='free'>", "free"),
        ("<meta name='og:article:content_tier' content='Metered'>", "metered"),
        ("<meta name='cXenseParse:xyz-tier' content='metered'>", "metered"),
        ("<meta name='cXenseParse:recs-isPaidContent' content='true'>", "metered"),
        ("<meta name='cXenseParse:recs-isPaidContent' content='false'>", "free"),
        ("<meta name='lp.type' content='premium'>", "metered"),
        ("<meta itemprop='isAccessibleForFree' content='false'>", "metered"),
        ("<meta name='adv:premium' content='yes'>", "free"),
        ("<meta property='lp:paywall_user' content='1'>", "free"),
        ("<meta property='article:tag' content='premium'>", "free"),
    ],
)
def test_meta_elements_declare_the_access_of_a_text_in_full(meta, access):
    assert read(walled_page(FULL, head=meta)).access == access


def test_a_short_text_that_is_locked_is_partial():
    assert read(walled_page(TEASER, head="<meta property='article:content_tier' content='locked'>")).access == "partial"


def test_microdata_declare_the_access():
    found = read(walled_page(FULL, "<span itemprop='isAccessibleForFree' content='false'></span>"))
    assert found.access == "metered"


def test_a_free_tier_counts_more_than_the_pages_structured_data():
    page = '<script type="application/ld+json">{"@type": "WebPage", "isAccessibleForFree": false}</script>'
    assert read(walled_page(FULL, head=page)).access == "metered"
    assert read(walled_page(FULL, head=f"{page}<meta property='article:content_tier' content='free'>")).access == "free"


@pytest.mark.parametrize("meter", METERS.values(), ids=list(METERS))
def test_a_page_that_counts_the_articles_that_were_read_is_metered(meter):
    found = read(walled_page(FULL, f"<div class='meter'><p>{meter}</p></div>"))
    assert (found.access, found.body) == ("metered", "\n".join(FULL))
    assert meter.rstrip(".")[:20] in found.access_reason


# text that fades out


@pytest.mark.parametrize("name", ["fade-out", "fadeout", "article-fade", "text-gradient", "truncated", "teaser-fade"])
@pytest.mark.parametrize("is_empty", [False, True])
def test_a_text_that_fades_out_above_an_offer_is_partial(name, is_empty):
    fading = f"<div class='{name}'></div>" if is_empty else ""
    page = walled_page(TEASER, f"{fading}{OFFER}")
    if not is_empty:
        page = page.replace(b'class="text"', f'class="text {name}"'.encode())
    found = read(page)
    assert (found.access, found.access_reason) == ("partial", "the text fades out above an offer")
    assert found.body == TEASER


@pytest.mark.parametrize("language", TEASERS)
def test_an_offer_below_a_text_that_fades_out_is_known_in_each_language(language):
    for wall in WALLS[language]:
        page = walled_page(TEASERS[language], f"<div class='fade-out'></div><div><p>{wall[-1]}</p></div>")
        if wall[-1] != "It only takes a minute.":
            assert read(page).access == "partial", wall[-1]


@pytest.mark.parametrize("name", ["paywall", "regwall", "paywall-teaser", "piano", "tp-container-inner tp-container"])
def test_an_offer_in_an_element_with_a_walls_name_makes_a_short_text_partial(name):
    assert read(walled_page(TEASER, f"<div class='{name}'>{OFFER}</div>")).access == "partial"


def test_a_text_that_fades_out_above_no_offer_is_free():
    page = walled_page(TEASER, "<p class='tags'>Ferries</p>").replace(b'class="text"', b'class="text fade-out"')
    assert read(page).access == "free"


# pages that are free


@pytest.mark.parametrize(
    "below",
    [
        "<section class='newsletter'><h2>Register to read more</h2><p>Our newsletter, every Friday.</p></section>",
        "<p>Subscribe to our newsletter</p>",
        "<div class='support'><p>Support our journalism from $5 a month</p></div>",
        "<div hidden><p>Subscribe to continue reading</p></div>",
        "<div style='display: none'><p>Subscribe to continue reading</p></div>",
        "<div class='modal d-none'><p>Subscribe to continue reading</p></div>",
        "<section class='comments'><p>Sign in to read the full story of comments</p></section>",
        "<aside class='related'><p>This article is for subscribers only</p></aside>",
        "<p>Sign up to receive more stories like this.</p>",
    ],
)
@pytest.mark.parametrize("text", [TEASER, FULL], ids=["short", "long"])
def test_a_page_that_advertises_a_subscription_is_free(below, text):
    found = read(walled_page(text, below))
    assert (found.access, found.access_reason) == ("free", None)


LABELS = [
    "Subscribers only",
    "Article réservé aux abonnés",
    "Exklusiv für Abonnenten",
    "Solo para suscriptores",
    "Riservato agli abbonati",
    "Alleen voor abonnees",
    "Exclusivo para assinantes",
]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("tag", ["li", "article", "div"])
def test_the_labels_of_teasers_below_a_short_text_are_no_walls(label, tag):
    teasers = "".join(f"<{tag}><a href='/{n}'>Another article of today</a><p>{label}</p></{tag}>" for n in range(3))
    assert read(walled_page(TEASER, f"<div class='latest'>{teasers}</div>")).access == "free"


ABOUT_WALLS = [
    *ENGLISH[:4],
    "Readers were met by a box that said “Subscribe to continue reading” and by a price of $12 a month.",
    "“This article is for subscribers only,” it read. The publisher says that subscribers pay for the newsroom.",
    "Already a subscriber for ten years, Ms Oyelaran had to log in again to read on.",
    *ENGLISH[4:],
]


def test_an_article_about_walls_keeps_its_sentences():
    found = read(walled_page(ABOUT_WALLS))
    assert (found.body, found.access) == ("\n".join(ABOUT_WALLS), "free")


def test_lines_in_the_middle_of_a_long_text_stay():
    listed = [*FULL, "Subscribe to continue reading", *(prose(n, 4) for n in range(10, 14))]
    found = read(walled_page(listed))
    assert (found.body, found.access) == ("\n".join(listed), "free")


def test_a_wall_below_a_long_text_that_is_declared_free_is_an_advertisement():
    found = read(walled_page(FULL, markup(WALLS["en"][0]), head=json_ld(isAccessibleForFree=True)))
    assert found.access == "free"


def test_a_wall_is_seen_below_a_short_text_that_is_declared_free():
    found = read(walled_page(TEASER, markup(WALLS["en"][0]), head=json_ld(isAccessibleForFree=True)))
    assert found.access == "partial"


# a fuller text


def test_any_longer_text_of_the_feed_is_taken_for_a_partial_page():
    page = walled_page(SHORT, markup(WALLS["en"][0]))
    more = "\n".join([*SHORT, "And one more sentence."])
    found = read(page, content=more)
    assert (found.body, found.body_from) == (more, "feed")
    assert (found.access, found.access_reason) == ("free", None)
    assert read(walled_page(SHORT), content=more).body_from == "page"


def test_a_longer_teaser_of_the_feed_is_partial_too():
    page = walled_page(TEASER, markup(WALLS["en"][0]))
    for teaser in (f"{TEASER} A word more.", f"{' '.join(SHORT)} And then…"):
        found = read(page, content=teaser)
        assert (found.body_from, found.access) == ("feed", "partial")


def test_a_shorter_text_of_the_feed_is_not_taken_for_a_partial_page():
    found = read(walled_page(TEASER, markup(WALLS["en"][0])), content=TEASER[:200])
    assert (found.body_from, found.access) == ("page", "partial")


def test_a_full_text_in_the_structured_data_is_metered():
    head = json_ld(isAccessibleForFree=False, articleBody="\n".join(FULL), hasPart=part(".missing"))
    found = read(walled_page(TEASER, markup(WALLS["en"][0]), head=head))
    assert (found.body, found.body_from, found.access) == ("\n".join(FULL), "page", "metered")
    assert found.access_reason


# selectors


@pytest.mark.parametrize("selector", ["p:first-child", "a + b", "a ~ b", "", ".", "'", "//p", ".a]", "a b c d e f g"])
def test_a_selector_that_is_not_understood_says_nothing(selector):
    assert xpath_of(selector) is None


@pytest.mark.parametrize(
    "selector", [".a.b", "#a", "div.a", "div .a > p", "[data-lock]", "DIV#x .y", '[data-x="1"]', "p[data-x=y]"]
)
def test_a_simple_selector_is_understood(selector):
    assert re.fullmatch(r"(?://[a-z*]+(?:\[[^\]]+\])*)+", xpath_of(selector))
