"""Error pages that were sent as if they were the article."""

import pytest

from ingest.articles.error_pages import error_of, is_fault
from ingest.articles.verdict import judge
from ingest.text.words import word_count
from tests.builders_feeds import prose

FAULT_TITLES = (
    "503 Service Unavailable",
    "Error 500",
    "500 - Internal Server Error",
    "502 Bad Gateway",
    "504 Gateway Time-out",
    "Service Temporarily Unavailable",
    "Database Error",
    "Error establishing a database connection",
    "The site is under maintenance | The Gazette",
    "Website is under maintenance",
    "Down for maintenance",
    "Site offline",
    "We'll be back soon!",
    "Site en maintenance",
    "Service temporairement indisponible",
    "Erreur interne du serveur",
    "Erreur 500",
    "Seite im Wartungsmodus",
    "Interner Serverfehler",
    "Fehler 503",
    "Dienst vorübergehend nicht verfügbar",
    "Datenbankfehler",
    "Sitio en mantenimiento",
    "Error interno del servidor",
    "Servicio no disponible",
    "Sito in manutenzione",
    "Errore interno del server",
    "Servizio temporaneamente non disponibile",
    "Site in onderhoud",
    "Interne serverfout",
    "Dienst tijdelijk niet beschikbaar",
    "Site em manutenção",
    "Erro interno do servidor",
    "Serviço temporariamente indisponível",
)
FAULT_TEXTS = (
    "The server encountered an internal error and was unable to complete your request.",
    "The server is temporarily unable to service your request due to maintenance downtime or capacity problems.",
    "Our website is currently undergoing scheduled maintenance. We should be back shortly. Thank you.",
    "503 Service Unavailable\nNo server is available to handle this request.",
    "Could not connect to the database. Please try again later.",
    "Notre site est actuellement en maintenance. Merci de revenir dans quelques minutes.",
    "Unsere Webseite ist derzeit nicht erreichbar. Bitte versuchen Sie es später noch einmal.",
    "Nuestro sitio está en mantenimiento. Vuelve a intentarlo en unos minutos.",
    "Il nostro sito è temporaneamente in manutenzione. Torneremo presto online.",
    "Onze website is momenteel in onderhoud. Probeer het later nog eens.",
    "Nosso site está em manutenção. Volte em alguns minutos, e desculpe o transtorno.",
    "Something went wrong. Please try again in a few minutes.",
    "Une erreur est survenue. Veuillez réessayer dans quelques instants.",
    "Une erreur technique est survenue. Nos équipes y travaillent. Veuillez réessayer dans quelques instants.",
    "Da ist etwas schiefgelaufen. Bitte versuchen Sie es später noch einmal.",
    "Algo salió mal. Inténtalo de nuevo en unos minutos.",
    "Qualcosa è andato storto. Riprova tra qualche minuto.",
    "Er is iets misgegaan. Probeer het later nog eens.",
    "Algo deu errado. Tente novamente mais tarde.",
)
MISSING = (
    ("Page not found", "Sorry."),
    ("Erreur 404", "Désolé."),
    ("Seite nicht gefunden - Zeitung", "Schade."),
    ("Página no encontrada", "Lo sentimos."),
    ("Errore 404", "Spiacenti."),
    ("Pagina niet gevonden | Courant", "Helaas."),
    ("Página não encontrada", "Desculpe."),
    ("The Gazette", "The page you are looking for does not exist."),
    ("Courant", "De pagina die u zoekt bestaat niet meer. Ga terug naar de voorpagina."),
    ("Diário", "A página que você está procurando não foi encontrada. Tente uma busca."),
    ("Article no longer available", "You may like our latest news."),
    ("Artikel nicht mehr verfügbar", "Wir bitten um Ihr Verständnis."),
    ("The Gazette", "This article has been removed. Its licence has ended. You can read our latest news instead."),
    ("Le Journal", "Ce contenu n’est plus disponible. Son adresse a changé depuis sa publication."),
    ("Gazette", "The link may have expired or been typed incorrectly. Our website moved. Use the menu to find more."),
    ("Zeitung", "Die Seite gibt es leider nicht oder nicht mehr. Vielleicht hilft Ihnen unsere Startseite."),
    ("Giornale", "L’articolo non è più disponibile. Torna alla pagina principale o usa il motore di ricerca."),
    (
        "Oeps",
        "Deze pagina is er niet meer. Het artikel is verplaatst. Ga naar de voorpagina of gebruik de zoekfunctie.",
    ),
)
OUTAGE = (
    "The bank said on Monday that its website is temporarily unavailable after a fault in a data centre near Leeds."
    " Customers saw an internal server error when they tried to log in. Engineers had begun the repair at noon, and the"
    " bank expects its services to run again by the evening. Branches stayed open, and cards worked as usual."
)
FAILING_SITE = (
    "Customers of the bank saw an error on its website for the second day. The bank said that it would try again to"
    " move its systems on Friday. The page with its home loans is no longer available."
)
SEARCH = (
    "Die Suche nach dem Segler auf der anderen Seite des Sees blieb erneut ohne Erfolg. Taucher fanden das Boot nicht"
    " mehr. Ein Fehler im Funk hatte den Alarm verzögert."
)


@pytest.mark.parametrize("title", FAULT_TITLES)
def test_a_title_of_a_fault_names_it_and_the_page_is_to_be_tried_again(title):
    verdict, reason = judge("Sorry for the inconvenience.", titles=(title,))
    assert verdict == "no_text"
    assert is_fault(reason)
    assert title.split(" | ")[0].rstrip("!")[:3] in reason


@pytest.mark.parametrize("text", FAULT_TEXTS)
def test_a_text_of_a_fault_names_it(text):
    verdict, reason = judge(text)
    assert verdict == "no_text"
    assert is_fault(reason)


@pytest.mark.parametrize(("title", "text"), MISSING, ids=[title for title, _ in MISSING])
def test_a_missing_page_is_no_fault(title, text):
    verdict, reason = judge(text, titles=(title,))
    assert verdict == "no_text"
    assert "no such page" in reason
    assert not is_fault(reason)


def test_a_page_that_shows_a_fault_beside_its_text_is_known_by_what_it_shows():
    verdict, reason = judge("", page_text=lambda: "502 Bad Gateway nginx/1.24.0")
    assert (verdict, is_fault(reason)) == ("no_text", True)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Bank's website is down for a day", OUTAGE),
        ("Site offline", prose(1, 8)),
        ("Service unavailable: how a hospital lost its phones", OUTAGE),
        ("503 days at sea", OUTAGE),
        ("Maintenance work on the bridge", prose(2, 4)),
        ("Bank site fails again", FAILING_SITE),
        ("Suche am See", SEARCH),
    ],
)
def test_news_of_a_fault_are_an_article(title, text):
    assert error_of(text, word_count(text), (title,)) is None
