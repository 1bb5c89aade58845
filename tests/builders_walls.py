"""Pages with a wall: the beginning of an article, and a publisher's words below it."""

import json
from collections.abc import Sequence

TITLE = "Ferry"
TEASERS = {
    "en": "The harbour town voted on Tuesday to keep its last passenger ferry in service for another ten years. The"
    " vote was close, and the mayor asked both camps to sit down before the summer. Opponents had argued that the"
    " money would be better spent on the bridge that engineers proposed in the spring, while the crew hopes for a"
    " new engine.",
    "fr": "La commune portuaire a décidé mardi de garder son dernier bac pour dix années encore. Le scrutin a été"
    " serré, et le maire a invité les deux camps à se retrouver avant l’été. Les opposants auraient préféré que"
    " l’argent aille au pont que les ingénieurs ont dessiné au printemps, tandis que l’équipage espère un nouveau"
    " moteur.",
    "de": "Die Hafenstadt hat am Dienstag beschlossen, ihre letzte Fähre zehn weitere Jahre fahren zu lassen. Die"
    " Abstimmung war knapp, und der Bürgermeister bat beide Lager, sich vor dem Sommer an einen Tisch zu setzen. Die"
    " Gegner hätten das Geld lieber in die Brücke gesteckt, die Ingenieure im Frühjahr gezeichnet haben.",
    "es": "El pueblo portuario decidió el martes conservar su último transbordador durante otros diez años. La"
    " votación fue reñida, y el alcalde pidió a los dos bandos que se reunieran antes del verano. Los contrarios"
    " habrían preferido que el dinero fuera al puente que los ingenieros dibujaron en primavera.",
    "it": "Il borgo portuale ha deciso martedì di tenere il suo ultimo traghetto per altri dieci anni. Il voto è"
    " stato combattuto, e il sindaco ha chiesto alle due parti di incontrarsi prima dell’estate. Gli oppositori"
    " avrebbero preferito che il denaro andasse al ponte che gli ingegneri hanno disegnato in primavera.",
    "nl": "Het havenstadje besloot dinsdag zijn laatste veerpont nog tien jaar te laten varen. De stemming was"
    " spannend, en de burgemeester vroeg beide kampen om voor de zomer bij elkaar te komen. De tegenstanders hadden"
    " het geld liever besteed aan de brug die ingenieurs in het voorjaar hebben getekend.",
    "pt": "A vila portuária decidiu na terça-feira manter a sua última balsa por mais dez anos. A votação foi"
    " renhida, e o presidente da câmara pediu aos dois lados que se reunissem antes do verão. Os opositores teriam"
    " preferido que o dinheiro fosse para a ponte que os engenheiros desenharam na primavera.",
}
# By language: what walls say below a text. The first line stops the reader, the others offer.
WALLS = {
    "en": (
        (
            "Subscribe to continue reading",
            "Already a subscriber? Log in",
            "$1 a week for the first year. Cancel anytime.",
        ),
        ("This article is for subscribers only.", "Get unlimited access from $4.99 per month"),
        ("To continue reading, please sign in or create an account.", "It only takes a minute."),
        ("Log in or register to read the full story", "Register for free"),
        ("You have reached your limit of free articles.", "Subscribe now"),
        ("This post is for paid subscribers", "Already a paid subscriber? Sign in"),
    ),
    "fr": (
        (
            "Il vous reste 57 % de cet article à lire.",
            "La suite est réservée aux abonnés.",
            "Déjà abonné ? Se connecter",
        ),
        ("Cet article est réservé aux abonnés", "À partir de 1 € par mois, sans engagement"),
        ("Abonnez-vous pour lire la suite", "Je m’abonne"),
        ("La suite de cet article est réservée à nos abonnés.", "S’abonner"),
        ("Pour lire la suite, connectez-vous ou créez un compte.", "Inscription gratuite"),
    ),
    "de": (
        ("Dieser Artikel ist nur für Abonnenten.", "Sie sind bereits Abonnent? Hier anmelden", "Jederzeit kündbar"),
        ("Jetzt weiterlesen mit Zeitung Plus", "4 Wochen für 1 € testen"),
        ("Melden Sie sich an, um weiterzulesen.", "Noch kein Konto? Registrieren"),
        ("Um diesen Artikel zu lesen, benötigen Sie ein Abo.", "Zu den Angeboten"),
        ("Exklusiv für Abonnenten", "Monatlich kündbar"),
    ),
    "es": (
        ("Suscríbete para seguir leyendo", "¿Ya eres suscriptor? Inicia sesión", "Desde 1 € al mes"),
        ("Este artículo es exclusivo para suscriptores.", "Cancela cuando quieras"),
        ("Contenido exclusivo para suscriptores", "Acceso ilimitado por 5 € al mes"),
        ("Para continuar leyendo, regístrate gratis.", "Regístrate"),
    ),
    "it": (
        ("Abbonati per continuare a leggere", "Sei già abbonato? Accedi", "1 € al mese per 3 mesi"),
        ("Questo articolo è riservato agli abbonati.", "Disdici quando vuoi"),
        ("Contenuto riservato agli abbonati", "Scopri le offerte: 1 € al mese"),
        ("Per continuare a leggere, registrati gratuitamente.", "Registrati"),
    ),
    "nl": (
        ("Abonneer je om verder te lezen", "Al abonnee? Log in", "Eerste maand voor € 1, maandelijks opzegbaar"),
        ("Dit artikel is alleen voor abonnees.", "Neem een abonnement"),
        ("Verder lezen?", "Word abonnee vanaf € 2 per week"),
        ("Log in om dit artikel te lezen", "Maak een account aan"),
    ),
    "pt": (
        ("Assine para continuar lendo", "Já é assinante? Faça login", "R$ 1,90 por mês"),
        ("Este conteúdo é exclusivo para assinantes.", "Cancele quando quiser"),
        ("Conteúdo exclusivo para assinantes", "Acesso ilimitado"),
        ("Para continuar a ler, inicie sessão ou registe-se.", "Subscrever"),
    ),
    "pl": (("Ten artykuł jest dostępny tylko dla prenumeratorów.", "Zaloguj się"),),
    "sv": (("Logga in för att läsa vidare", "Bli prenumerant för 1 kr"),),
}
METERS = {
    "en": "You have 2 free articles left this month.",
    "fr": "Il vous reste 2 articles gratuits ce mois-ci.",
    "de": "Sie haben noch 2 kostenlose Artikel.",
    "es": "Te quedan 2 artículos gratis este mes.",
    "it": "Hai ancora 2 articoli gratuiti questo mese.",
    "nl": "Je hebt nog 2 gratis artikelen deze maand.",
    "pt": "Você ainda tem 2 matérias grátis neste mês.",
}


def walled_page(text: str | Sequence[str], wall: str = "", *, head: str = "", title: str = TITLE) -> bytes:
    """Return a page with these paragraphs, and `wall` (markup) below them."""
    paragraphs = [text] if isinstance(text, str) else text
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        '<nav><a href="/">Home</a> <a href="/s">Subscribe</a></nav>'
        f'<main><article><h1>{title}</h1><div class="text">{body}</div>{wall}</article></main>'
        '<footer><p>Subscribe to our newsletter</p><a href="/t">Terms</a></footer></body></html>'
    ).encode()


def json_ld(**fields: object) -> str:
    data = json.dumps({"@type": "NewsArticle", "headline": TITLE, **fields})
    return f'<script type="application/ld+json">{data}</script>'


def part(selector: object, free: object = False) -> dict[str, object]:
    return {"@type": "WebPageElement", "isAccessibleForFree": free, "cssSelector": selector}
