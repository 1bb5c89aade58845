"""The offers below a wall, and the meters of publishers that count the articles that were read."""

from ingest.articles.access.sentences import any_of, sentences

MAX_METER_CHARS = 200

_OFFER = any_of(
    r"(?:[€$£]|\b(?:eur|usd|chf|r\$)) ?\d+(?:[.,]\d+)?\b.{0,60}|\d+(?:[.,]\d+)? ?(?:€|euros?\b|chf\b|\$)",
    r"\b(?:per|a|/) ?(?:month|week|year)\b|\b(?:par|/) ?(?:mois|an|semaine)\b|\b(?:pro|im|/) ?(?:monat|woche|jahr)\b",
    r"\b(?:al|/|por) ?(?:mes|mês|año|ano|mese)\b|\bper (?:maand|week|jaar)\b",
    r"\bsubscri(?:be|ber|bers|ption|ptions)\b|\babonn|\bsuscri|\bsuscrí|\babbon|\bassin(?:e|ante|atura)\b|\bsubscritor"
    r"|\babos?\b|\bpremium\b|\bprenumer|\bmembership\b",
    r"(?:already |not yet )(?:an? )?(?:subscriber|member|registered)|\b(?:log|sign) ?in\b|sign up|register\b"
    r"|join (?:now|us|today)|become a member|upgrade now|unlock (?:this|full|all)",
    r"(?:start|try|get|begin)\b.{0,40}\b(?:free|trial|access|month|weeks?|days)|cancel any ?time|no commitment"
    r"|\b(?:unlimited|full|instant|exclusive) (?:digital )?access\b|\bfree trial\b",
    r"(?:jetzt|gratis|kostenlos) (?:testen|freischalten|registrieren)|zu den angeboten|essai gratuit"
    r"|inscription gratuite|prueba gratis|regístrate|prova gratis|\bregistrati\b|probeer gratis|maak een account"
    r"|experimente grátis|subscrever|registe-se|cadastre-se",
    r"(?:déjà|pas encore) (?:abonn|inscrit|client)|\bse connecter|\bconnectez-vous|\bsans engagement|\baccès illimité"
    r"|\brésiliable",
    r"(?:sie sind |schon |bereits |noch kein)[^.]{0,16}(?:abonnent|kunde|registriert|konto|mitglied)|\banmelden\b"
    r"|\beinloggen\b|\bjederzeit kündbar|\bkündbar\b|\bunbegrenzten? zugriff|\bkostenlos testen",
    r"¿?ya (?:eres|soy|tienes|es)\b|\binicia(?:r)? sesión|\bsin (?:compromiso|permanencia)|\bcancel[ae] cuando"
    r"|\bacceso ilimitado",
    r"(?:sei |hai )già\b.{0,24}(?:abbonat|account|registrat)|\baccedi\b|\bdisdici quando|\bsenza vincoli",
    r"(?:al|ben je al|bent u al|heb je al)\b.{0,20}(?:abonnee|lid|account)|\blog in\b|\binloggen\b"
    r"|\bmaandelijks opzegbaar|\bopzegbaar",
    r"já (?:é|sou|tem)\b|\bfa(?:ça|zer) (?:o )?login|\bcancele quando|\bsem compromisso|\bacesso ilimitado",
    r"benefits? of\b|why subscribe|choose (?:your|a) plan|select a plan|monthly\W*$|annual(?:ly)?\W*$|yearly\W*$"
    r"|welcome back",
    r"(?:会員登録|ログイン|読み放題|月額|有料会員)",
)

# Each meter has one of these. All of a page's short blocks are searched, so that a quick test comes first.
_COUNTED = tuple("articles|stories|free story|free article|gratuit|offert|à lire|artikel|gratis|grátis".split("|"))
_METER = any_of(
    r"you(?:'ve| have) (?:read )?(?:\d+|one|two|three|four|five)(?: (?:out )?of (?:your )?\d+)? (?:more "
    r"|of your )?(?:free |complimentary )?(?:articles|stories) (?:left|remaining|this month)",
    r"(?:this is your (?:last|first|second|third) free (?:article|story))|\d+ (?:of \d+ )?free (?:articles"
    r"|stories) (?:left|remaining)",
    r"il vous reste (?:encore )?(?:\d+|une?|deux|trois) (?:articles?|lectures?) (?:gratuit|à lire|offert)",
    r"sie (?:haben|können)(?: diesen monat)? noch (?:\d+|einen|zwei|drei)\b[^.]{0,20}(?:kostenlose|freie"
    r"|gratis)\w* ?artikel",
    r"(?:te|le) quedan? (?:\d+|un|dos|tres) (?:artículos?|notas?) (?:gratis|gratuit)",
    r"(?:hai|ti restano) (?:ancora |a disposizione )?(?:\d+|un|due|tre) articol\w (?:gratuit|gratis)",
    r"(?:je hebt|u hebt|u heeft) nog (?:\d+|een|twee|drie) gratis artikel",
    r"(?:você (?:ainda )?tem|restam-lhe|restam) (?:mais )?(?:\d+|uma?|dois|duas|três) (?:matérias?|artigos?"
    r"|reportagens) (?:grátis|gratuit)",
)


def meter_in(text: str) -> str | None:
    """Return the first sentence of a short text that counts the articles that were read."""
    if len(text) > MAX_METER_CHARS or not any(map(text.lower().count, _COUNTED)):
        return None
    return next((one for one in sentences(text) if _METER.match(one)), None)


def is_offer(line: str) -> bool:
    """Return whether a line beside a stop is an offer: a price, a trial, a login."""
    return bool(_OFFER.search(line.replace("’", "'")))
