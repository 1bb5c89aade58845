import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.articles import extract as room
from ingest.articles.body import advice
from ingest.articles.extract import extract, from_feed
from ingest.articles.fullest import METHOD, MIN_PAGE_SHARE
from storage.content import Content, Method
from storage.records import NewEntry
from tests.builders_pages import ENGLISH, FRENCH, FRENCH_TITLE, GERMAN, article_page

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://echo.example/a"
ENTRY = NewEntry(guid="1", url=URL, title=None)
PAGE = article_page(FRENCH_TITLE, FRENCH)
BLOCKS, COMBINED = rf"blocks {METHOD}", rf"(?:blocks {METHOD} \+ )?trafilatura 2\.\S+"
EVERY_METHOD: tuple[Method, ...] = ("combined", "blocks", "trafilatura")
WALL = b"<html><title>Just a moment...</title><body>Enable JavaScript and cookies to continue</body></html>"


def cleaned(page: bytes, method: Method = "combined", **entry: object) -> Content:
    entry_ = replace(ENTRY, **entry)
    return extract(page, url=URL, content_type="text/html", entry=entry_, now=NOW, method=method)


def test_the_page_says_what_the_feed_does_not():
    found = cleaned(PAGE)
    assert found.title == FRENCH_TITLE
    assert found.authors == ("Anne Le Goff",)
    assert (found.published_at, found.published_from) == (datetime(2024, 5, 17, 6, 30, tzinfo=UTC), "time")
    assert (found.site_name, found.language) == ("L’Écho du port", "fr")
    assert found.words > 150
    assert re.fullmatch(COMBINED, found.extractor)


@pytest.mark.parametrize(
    ("method", "extractor"), [("combined", COMBINED), ("blocks", BLOCKS), ("trafilatura", r"trafilatura 2\.\S+")]
)
def test_each_method_finds_the_article_and_the_extractor_names_it(method, extractor):
    found = cleaned(PAGE, method)
    assert found.body.split("\n") == list(FRENCH)
    assert re.fullmatch(extractor, found.extractor)


def test_trafilaturas_text_is_taken_as_it_is_but_for_the_headline():
    rows = "".join(f"<tr><td>Ligne {n}</td><td>{n} colis</td></tr>" for n in range(6))
    text = "".join(f"<p>{paragraph}</p>" for paragraph in FRENCH)
    page = f"<html><body><article><h1>{FRENCH_TITLE}</h1>{text}<table>{rows}</table></article></body></html>".encode()
    own = advice.trafilatura_lines(room.parse(page, None))
    assert own[0] == FRENCH_TITLE
    assert "Ligne 5 | 5 colis" in own[-1]
    assert cleaned(page, "trafilatura").body.split("\n") == [line.strip() for line in own[1:]]


@pytest.mark.parametrize("error", [RecursionError(), MemoryError(), ValueError("not trafilatura's own")])
def test_if_trafilatura_fails_the_blocks_give_the_text(monkeypatch, error):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(advice, "bare_extraction", fail)
    for method in EVERY_METHOD:
        assert cleaned(PAGE, method).extractor == f"blocks {METHOD}"
        assert cleaned(PAGE, method).body.split("\n") == list(FRENCH)


def test_where_trafilatura_finds_nothing_or_would_take_too_long_the_blocks_give_the_text(monkeypatch):
    monkeypatch.setattr(advice, "bare_extraction", lambda *_, **__: None)
    assert re.fullmatch(BLOCKS, cleaned(PAGE, "trafilatura").extractor)
    assert re.fullmatch(COMBINED, cleaned(PAGE).extractor)
    monkeypatch.undo()
    monkeypatch.setattr(advice, "MAX_ELEMENTS", 10)
    assert {cleaned(PAGE, method).extractor for method in EVERY_METHOD} == {f"blocks {METHOD}"}


@pytest.mark.parametrize("tag", ["aside", "footer"])
def test_where_trafilatura_finds_the_headline_alone_the_blocks_give_the_text(tag):
    text = "".join(f"<p>{paragraph}</p>" for paragraph in FRENCH)
    page = f"<html><body><h1>{FRENCH_TITLE}</h1><{tag}>{text}</{tag}></body></html>"
    found = cleaned(page.encode(), "trafilatura")
    assert (found.body.split("\n"), found.extractor) == (list(FRENCH), f"blocks {METHOD}")


def test_what_is_no_text_of_the_page_is_no_evidence_and_data_in_scripts_is():
    """Trafilatura takes a text from structured data where the page shows none."""
    data = json.dumps({"@type": "NewsArticle", "articleBody": "\n".join(FRENCH)})
    page = (
        f'<html><head><style>p {{ color: red }}</style></head><body><p>{FRENCH[0]}</p><script>"{FRENCH[1]}"</script>'
        f'<script type="application/ld+json">{data}</script><nav><p>{FRENCH[2]}</p></nav></body></html>'
    )
    assert advice.trafilatura_lines(room.parse(page.encode(), None), fast=True) == [" ".join(FRENCH)]


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_walls_pages_without_text_and_next_pages_are_seen_by_each_method(method):
    assert cleaned(WALL, method).verdict == "walled"
    assert cleaned(WALL, method, content="\n".join(FRENCH)).body_from == "feed"
    away = b"<html><head><meta http-equiv=refresh content='0; url=/there'></head><body><p>Moved.</p></body></html>"
    assert cleaned(away, method).reason == "the page has no text, it leads on to /there"
    goes_on = PAGE.replace(b"</head>", b'<link rel="next" href="?page=2"></head>')
    assert cleaned(goes_on, method).next_url == f"{URL}?page=2"


def test_the_page_itself_stays_as_it_is_when_trafilatura_reads_it():
    page = room.parse(PAGE, None)
    before = room.blocks(page).texts
    assert advice.advice(page, before).lines == advice.trafilatura_lines(page)
    assert room.blocks(page).texts == before


def test_title_authors_and_date_of_the_feed_are_kept():
    at = datetime(2024, 5, 18, tzinfo=UTC)
    found = cleaned(PAGE, title="Le titre du flux", authors=("Jo",), published_at=at, summary="Bref.", tags=("Vélo",))
    assert (found.title, found.authors, found.published_at) == ("Le titre du flux", ("Jo",), at)
    assert (found.published_from, found.summary, found.tags) == ("feed", "Bref.", ("Vélo",))


@pytest.mark.parametrize("ending", ["…", "...", " […]"])
def test_a_feed_title_that_is_cut_short_gives_way_to_the_headline(ending):
    assert cleaned(PAGE, title=f"La Poste teste des tournées{ending}").title == FRENCH_TITLE


def test_a_summary_that_is_the_full_text_is_dropped():
    assert cleaned(PAGE, summary="\n".join(FRENCH) + " Et plus.").summary is None


def test_the_feeds_text_is_used_where_the_page_yields_none():
    content = f"{FRENCH_TITLE}\n" + "\n".join(FRENCH)
    found = cleaned(WALL, title=FRENCH_TITLE, content=content)
    assert (found.verdict, found.reason, found.body_from) == ("article", None, "feed")
    assert found.body == "\n".join(FRENCH)


def test_the_feeds_text_is_used_where_the_page_yields_clearly_less():
    teaser = article_page(FRENCH_TITLE, FRENCH[:3])
    assert cleaned(teaser, content="\n".join(FRENCH)).body_from == "feed"
    assert cleaned(PAGE, content="\n".join(FRENCH[:3])).body_from == "page"


def test_the_text_in_structured_data_is_used_if_the_page_shows_no_text_or_clearly_less():
    full = " ".join(FRENCH)
    data = json.dumps({"@type": "NewsArticle", "headline": FRENCH_TITLE, "articleBody": "\n".join(FRENCH)})
    for shown in ("", f"<p>{FRENCH[0]}</p><p>{FRENCH[1]}</p><p>{FRENCH[2]}</p>"):
        page = f'<html><script type="application/ld+json">{data}</script><div id="app">{shown}</div></html>'
        found = cleaned(page.encode())
        assert (found.body, found.body_from) == ("\n".join(FRENCH), "page")
        assert found.extractor == f"json-ld / {METHOD}"
    teaser = data.replace(json.dumps("\n".join(FRENCH)), json.dumps(f"{full[:150]}…"))
    page = PAGE.replace(b"</head>", f'<script type="application/ld+json">{teaser}</script></head>'.encode())
    assert cleaned(page).body.split("\n") == list(FRENCH)


def test_what_the_page_shows_and_leaves_out_is_not_taken_from_its_structured_data():
    text = [*FRENCH, *(f"{paragraph} Voilà." for paragraph in FRENCH)]
    data = json.dumps({"@type": "NewsArticle", "articleBody": "\n".join(text)})
    box = "".join(f"<p>{paragraph}</p>" for paragraph in text[len(FRENCH) :])
    page = PAGE.replace(b"</head>", f'<script type="application/ld+json">{data}</script></head>'.encode())
    page = page.replace(FRENCH[-1].encode(), f"{FRENCH[-1]}</p><div class='factbox'>{box}</div><p>".encode())
    assert cleaned(page).body.split("\n") == list(FRENCH)


def test_the_feeds_full_text_is_used_if_the_pages_text_is_doubtful():
    """Every paragraph is beside the text of a link, so that the model is not sure what is the article's."""
    beside = zip(FRENCH, (*ENGLISH, *GERMAN), strict=False)
    boxes = "".join(f"<div>{text}<a href='/{number}'>{link}</a>" for number, (text, link) in enumerate(beside))
    page = f"<title>{FRENCH_TITLE}</title><h1>{FRENCH_TITLE}</h1>{boxes}".encode()
    alone = cleaned(page)
    assert alone.body_from == "page"
    assert alone.words > MIN_PAGE_SHARE * sum(len(text.split()) for text in FRENCH)
    assert cleaned(page, content="\n".join(FRENCH)).body_from == "feed"


def test_a_wall_without_a_feed_text_is_walled_and_has_no_body():
    found = cleaned(
        b"<html><head><title>Sign in</title></head><body><p>Sign in to continue</p></body></html>", content="Bref."
    )
    assert (found.verdict, found.title, found.body, found.words) == ("walled", None, "", 0)
    assert found.reason


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"\x00" * 1000,
        b"%PDF-1.7\n\xff\xfe\x00",
        b"{}",
        b"<",
        b"<html>",
        b"<!DOCTYPE html><html lang='\xff'><title></title><h1></h1><time datetime='x'>",
        b"<div>" * 5000 + b"deep",
        b"<html><body><p>" + b"<b>" * 3000,
    ],
    ids=range(9),
)
def test_a_page_that_is_no_article_has_no_text_and_raises_nothing(page):
    found = cleaned(page)
    assert (found.verdict, found.body) == ("no_text", "")
    assert found.reason


def test_a_failing_library_is_a_verdict_and_lack_of_memory_is_not(monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(room, "blocks", fail)
    error: BaseException = RecursionError()
    assert cleaned(PAGE).reason == "the page could not be read (RecursionError)"
    assert cleaned(PAGE).title == FRENCH_TITLE
    error = MemoryError()
    with pytest.raises(MemoryError):
        cleaned(PAGE)


def test_structure_stays_as_lines():
    text = "".join(f"<p>{paragraph}</p>" for paragraph in FRENCH[:5])
    lists = "<h2>À retenir</h2><ul><li>Six facteurs</li><li>Un <b>seul</b> quartier</li></ul>"
    code = "<pre><code>si pluie:\n  attendre()</code></pre>"
    page = f"<html><article><h1>{FRENCH_TITLE}</h1>{text}{lists}{code}<p>Fin du texte.</p></article>"
    ending = ["À retenir", "Six facteurs", "Un seul quartier", "si pluie:", "attendre()", "Fin du texte."]
    assert cleaned(page.encode()).body.split("\n") == [*FRENCH[:5], *ending]


def test_a_trusted_feed_gives_the_article_alone():
    entry = replace(ENTRY, title=FRENCH_TITLE, content=f"{FRENCH_TITLE}\nUne brève.", language="fr")
    found = from_feed(entry)
    assert (found.verdict, found.title, found.body, found.body_from) == ("article", FRENCH_TITLE, "Une brève.", "feed")
    assert (found.language, found.extractor) == ("fr", f"feed / {METHOD}")


def test_a_trusted_feed_without_text_has_no_text():
    found = from_feed(ENTRY)
    assert (found.verdict, found.reason) == ("no_text", "the feed gives no text")


def test_a_listing_within_the_text_stays_however_it_is_wrapped():
    code = (
        "<div class='highlight'><pre>"
        + "# clone\ngit clone &lt;url&gt;\n" * 20
        + "</pre></div><p>View snippet source</p>"
    )
    text = [f"<p>{paragraph}</p>" for paragraph in FRENCH]
    page = f"<html><article><h1>{FRENCH_TITLE}</h1>{''.join(text[:4])}{code}{''.join(text[4:])}</article>"
    assert "\n# clone\ngit clone <url>\n# clone\n" in cleaned(page.encode()).body
