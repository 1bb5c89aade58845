"""Boxes below a text: those that sell the rest of it, and those that sell something else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.articles.access.offers import meter_in
from ingest.articles.access.sentences import stop_in
from ingest.articles.extract import extract, from_feed
from storage.content import Content
from storage.records import NewEntry
from tests.builders_feeds import prose
from tests.builders_walls import TEASERS, TITLE, WALLS, json_ld, walled_page

NOW = datetime(2026, 6, 1, tzinfo=UTC)
URL = "https://gazette.example/a"
TEASER = TEASERS["en"]
SALES = {
    "en": [
        ("Would you like to read on?", "Plans start at $2 a week."),
        ("Enter your email to unlock the full article.",),
        ("Members get all of our reporting, including this article, with full access.", "Join now"),
    ],
    "fr": [
        ("Vous aimeriez continuer à lire ?", "Un abonnement dès 1 €"),
        ("Ce contenu est bloqué", "Abonnez-vous pour y accéder"),
        ("Cet article est premium, et nos abonnés y ont accès.",),
    ],
    "de": [
        ("Möchten Sie gern weiterlesen?", "Das Probeabo kostet 1 Euro"),
        ("Zugang zu diesem Artikel haben Sie mit Plus", "Jetzt testen: 4 Wochen für 1 €"),
        ("Dieser Artikel ist noch nicht freigeschaltet.", "Registrieren Sie sich kostenlos"),
    ],
    "es": [
        ("Lea la nota completa con su suscripción",),
        ("Este contenido es para socios", "5 € al mes"),
    ],
    "it": [
        ("Sblocca questo contenuto", "Prova gratis, poi 4 € al mese"),
        ("Accedi per leggerlo integralmente",),
    ],
    "nl": [
        ("Dit artikel lezen? Kies een abonnement",),
        ("Word abonnee en lees meteen verder",),
    ],
    "pt": [
        ("Seja assinante para ler esta notícia na íntegra",),
        ("Continue a ler com uma assinatura", "1 € por mês"),
    ],
}
OTHER_BOXES = {
    "en": [
        ("Sign in to save this article",),
        ("This article is free to read thanks to our members.", "Become a member"),
        ("Keep reading", "The last skippers of the pier", "Subscribe"),
        ("Full access to all comments", "Sign in to read the comments on this story"),
        ("Have a tip on this story?", "Subscribers can join the chat."),
    ],
    "fr": [
        ("Connectez-vous pour lire les commentaires de cet article",),
        ("Cet article est en accès libre.", "Abonnez-vous pour nous soutenir."),
        ("Lire aussi : la suite des travaux au port", "S’abonner"),
    ],
    "de": [
        ("Melden Sie sich an, um diesen Artikel zu kommentieren",),
        ("Dieser Artikel ist frei zugänglich.", "Unterstützen Sie uns mit einem Abo."),
        ("Weiterlesen", "Die letzten Schiffer vom Anleger", "Abo ab 1 Euro"),
    ],
    "es": [
        ("Esta noticia es de acceso libre gracias a nuestros socios", "Hazte socio"),
        ("Sigue leyendo", "Los últimos marineros del muelle", "Suscríbete"),
        ("Lee la noticia en el diario impreso.", "Suscríbete"),
    ],
    "it": [
        ("Abbonati al podcast per continuare ad ascoltare",),
        ("Continua a leggere", "Gli ultimi marinai del molo", "Abbonati"),
    ],
    "nl": [
        ("Log in om te reageren op dit artikel",),
        ("Lees ook: dit artikel over de veerboot", "Abonneren"),
        ("Lees verder", "De laatste schippers van de pier", "Word abonnee"),
    ],
    "pt": [
        ("Faça login para comentar esta notícia",),
        ("Continue lendo", "Os últimos marinheiros do cais", "Assine"),
    ],
}


def read(page: bytes, **fields: object) -> Content:
    entry = replace(NewEntry(guid="1", url=URL, title=TITLE), **fields)
    return extract(page, url=URL, content_type="text/html", entry=entry, now=NOW)


def box(*lines: str) -> str:
    return f"<div class='box'>{''.join(f'<p>{line}</p>' for line in lines)}</div>"


def each(boxes):
    return [pytest.param(name, lines, id=f"{name} {lines[0][:30]}") for name, all_ in boxes.items() for lines in all_]


@pytest.mark.parametrize(("language", "lines"), each(SALES))
def test_a_box_that_sells_the_article_makes_a_short_text_partial(language, lines):
    found = read(walled_page(TEASERS[language], box(*lines)))
    assert (found.access, found.body) == ("partial", TEASERS[language])
    assert found.access_reason


@pytest.mark.parametrize(("language", "lines"), each(SALES))
def test_a_box_that_sells_articles_below_a_long_text_shows_nothing(language, lines):
    if not stop_in(lines[0]):
        full = [TEASERS[language], *(prose(number, 4) for number in range(8))]
        assert read(walled_page(full, box(*lines))).access == "free"


@pytest.mark.parametrize(("language", "lines"), each(OTHER_BOXES))
def test_a_box_that_offers_something_else_leaves_a_short_text_free(language, lines):
    found = read(walled_page(TEASERS[language], box(*lines)))
    assert (found.access, found.access_reason) == ("free", None)
    assert found.body.startswith(TEASERS[language])


def test_a_text_between_a_label_and_a_wall_stays():
    found = read(walled_page(["Subscriber exclusive", TEASER, "Sign up now to read the rest. It costs little."]))
    assert (found.access, found.body) == ("partial", TEASER)


@pytest.mark.parametrize(
    "wall",
    [
        "Dieser Beitrag ist kostenpflichtig. Mit dem Digitalabo lesen Sie alles, ab 2 Euro pro Woche, kündbar.",
        "L’accesso a questo articolo richiede un abbonamento. Mensile 4 €, annuale 39 €, e dopo un mese si disdice.",
        "The rest of this story is locked for readers without an account. Plans start at $2 a week, cancel any time.",
    ],
)
def test_a_page_of_nothing_but_a_box_is_walled(wall):
    assert read(walled_page([wall])).verdict == "walled"


@pytest.mark.parametrize("heading", ["Read the article with Gazette", "You have read all of your articles here"])
def test_the_heading_of_a_wall_is_no_text(heading):
    found = read(walled_page(TEASER, box(heading, "Subscribe to continue reading", "$1 a week")))
    assert (found.access, found.body) == ("partial", TEASER)


def test_a_price_at_the_end_of_a_short_text_stays():
    text = [TEASER, "A ticket costs $15."]
    assert read(walled_page(text, head=json_ld(isAccessibleForFree=False))).body == "\n".join(text)


@pytest.mark.parametrize("language", TEASERS)
def test_a_walls_sentence_above_more_paragraphs_of_the_text_is_a_quote(language):
    text = [TEASERS["en"], WALLS[language][0][0], *(prose(number, 2) for number in range(3))]
    found = read(walled_page(text))
    assert (found.access, found.body) == ("free", "\n".join(text))


@pytest.mark.parametrize(
    "sentence",
    [
        "You have read 20% of this article.",
        "You don't have access to this content",
        "To continue reading this article",
        "If you want to keep reading, join us",
        "Vous avez lu 20 % de cet article",
        "75 % de cet article vous reste à lire",
        "Sie haben 20 % dieses Artikels gelesen",
        "Weiterlesen im Gazette-Abo",
        "Has leído el 20 % de este artículo",
        "Per continuare a leggere questo articolo",
        "U heeft 20% van dit artikel gelezen",
        "Verder lezen is voorbehouden aan leden",
        "Você leu 20% deste artigo",
    ],
)
def test_a_sentence_of_a_wall_is_known(sentence):
    assert stop_in(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Keep reading for a close account of the vote.",
        "Para seguir leyendo las cartas, la familia pagó a un archivero.",
        "Om dit artikel te schrappen is een meerderheid nodig.",
        "Log in om verder te praten",
        "Connectez-vous pour lire les commentaires",
        "Suscribite para guardar este artículo para leer después",
    ],
)
def test_a_sentence_that_begins_like_a_walls_is_none(sentence):
    assert stop_in(sentence) is None


@pytest.mark.parametrize(
    "meter",
    [
        "3 of 4 free articles this month",
        "You have read 4 of your 5 free articles",
        "Encore 2 articles gratuits",
        "You have 1 free article left this month.",
        "Vous avez lu 2 articles gratuits sur 5",
        "Noch 3 kostenlose Artikel in diesem Monat",
        "Este mes te quedan 3 artículos gratis",
        "Ti rimangono 2 articoli gratuiti",
        "Je hebt deze maand nog 2 gratis artikelen",
        "Restam 2 artigos gratuitos este mês",
    ],
)
def test_a_meter_is_known(meter):
    assert meter_in(meter)


# a wall in the feed


@pytest.mark.parametrize("language", TEASERS)
def test_the_words_of_a_wall_in_the_feed_are_no_text(language):
    wall = WALLS[language][0]
    content = "\n".join([TEASERS[language], *wall])
    alone = from_feed(NewEntry(guid="1", url=URL, title=TITLE, content=content))
    beside_less = read(walled_page(TEASERS[language][:150], box(*wall)), content=content)
    beside_none = read(walled_page([]), content=content)
    for found in (alone, beside_less, beside_none):
        assert (found.body, found.body_from, found.access) == (TEASERS[language], "feed", "partial")
        assert found.access_reason.startswith("the feed says")


def test_a_wall_in_the_feed_counts_nothing_beside_a_page_in_full():
    full = [prose(number, 3) for number in range(8)]
    found = read(walled_page(full), content=f"{TEASER}\n{WALLS['en'][0][0]}")
    assert (found.body, found.body_from, found.access) == ("\n".join(full), "page", "free")


def test_a_feed_of_nothing_but_a_walls_sentence_stays():
    found = from_feed(NewEntry(guid="1", url=URL, title=TITLE, content="A vote. Subscribe to continue reading."))
    assert (found.body, found.access) == ("A vote. Subscribe to continue reading.", "free")
