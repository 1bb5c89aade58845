"""The offers below a wall, and the meters of publishers that count the articles that were read."""

from ingest.articles.access.sentences import any_of, is_other_use, sentences

MAX_OFFER_WORDS = 150  # of the lines below a wall; more are an article about walls
MAX_OFFER_LINE_WORDS = 12  # of a line above a wall that belongs to it: "Read the full story"
MAX_METER_CHARS = 200
MAX_SALE_CHARS = 200
MAX_QUESTION_WORDS = 8  # "Would you like to read on?"; a longer one is the headline of another article

_OFFER = any_of(
    r"(?:[€$£]|\b(?:eur|usd|chf|r\$)) ?\d+(?:[.,]\d+)?\b.{0,60}|\d+(?:[.,]\d+)? ?(?:€|euros?\b|chf\b|\$)",
    r"\b(?:per|a|/) ?(?:month|week|year)\b|\b(?:par|/) ?(?:mois|an|semaine)\b|\b(?:pro|im|/) ?(?:monat|woche|jahr)\b",
    r"\b(?:al|/|por) ?(?:mes|mês|año|ano|mese)\b|\bper (?:maand|week|jaar)\b",
    r"\bsubscri(?:be|ber|bers|ption|ptions)\b|\babonn|\bsuscri|\bsuscrí|\babbon|\bassin(?:e|antes?|atura)\b"
    r"|\bsubscritor"
    r"|\b(?:(?:probe|digital|monats|jahres|online|plus|test)-?)?abos?\b|\bpremium\b|\bprenumer|\bmembership\b",
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
    r"|registrieren sie sich|melden sie sich\b[^.]{0,20}\ban\b"
    r"|\beinloggen\b|\bjederzeit kündbar|\bkündbar\b|\bunbegrenzten? zugriff|\bkostenlos testen",
    r"¿?ya (?:eres|soy|tienes|es)\b|\binicia(?:r)? sesión|\bsin (?:compromiso|permanencia)|\bcancel[ae] cuando"
    r"|\bacceso ilimitado",
    r"(?:sei |hai )già\b.{0,24}(?:abbonat|account|registrat)|\baccedi\b|\bdisdici quando|\bsenza vincoli",
    r"(?:al|ben je al|bent u al|heb je al)\b.{0,20}(?:abonnee|lid|account)|\blog in\b|\binloggen\b"
    r"|\bmaandelijks opzegbaar|\bopzegbaar",
    r"já (?:é|sou|tem)\b|\bfa(?:ça|zer) (?:o )?login|\bcancele quando|\bsem compromisso|\bacesso ilimitado",
    r"create (?:an?|your) account|(?:heb|hebt|heeft) een account nodig|offre numérique|offerta digitale"
    r"|oferta digital|créer un compte|konto (?:anlegen|erstellen)|crear (?:una |tu )?cuenta"
    r"|crea (?:un )?account|account aanmaken|criar conta|enter your e-?mail|\b(?:free account|compte gratuit"
    r"|(?:kostenloses|gratis) konto|cuenta gratuita|account gratuito"
    r"|gratis account|conta gratuita)|\b(?:for|to) (?:paid |paying |our )?members\b|benefits? of\b|why subscribe"
    r"|choose (?:your|a) plan|select a plan|monthly\W*$|annual(?:ly)?\W*$|yearly\W*$"
    r"|welcome back",
    r"(?:会員登録|ログイン|読み放題|月額|有料会員)",
)

# Each meter has one of these. All of a page's short blocks are searched, so that a quick test comes first.
_COUNTED = tuple("articles|stories|free story|free article|gratuit|offert|à lire|artikel|gratis|grátis".split("|"))
_METER = any_of(
    r"you(?:'ve| have) (?:read )?(?:\d+|one|two|three|four|five)(?: (?:out )?of (?:your )?\d+)? (?:more "
    r"|of your )?(?:free |complimentary )?(?:articles?|story|stories) (?:left|remaining|this month)",
    r"(?:this is your (?:last|first|second|third) free (?:article|story))|\d+ (?:(?:of|/) ?\d+ )?free (?:articles"
    r"|stories) (?:left|remaining|used|read|this month)",
    r"you(?:'re| are) (?:reading|on) (?:article )?\d of \d free (?:articles|stories)|(?:free )?(?:articles"
    r"|stories) (?:left|remaining)[^.:]{0,20}: ?\d+\W*$",
    r"il vous reste (?:encore )?(?:\d+|une?|deux|trois) (?:articles?|lectures?) (?:gratuit|à lire|offert)",
    r"you(?:'ve| have) read (?:\d+|one|two|three|four|five) (?:out )?of (?:your )?\d+ (?:free )?(?:articles|stories)",
    r"(?:encore|plus que) (?:\d+|une?|deux|trois) articles? (?:gratuits?|offerts?)",
    r"vous avez (?:déjà )?(?:lu|consulté) \d+ (?:articles?|contenus?) (?:gratuits?|offerts?) sur \d+",
    r"(?:(?:sie (?:haben|können)|du hast)(?: (?:in )?diesen? monat)? )?noch (?:\d+|einen|zwei"
    r"|drei)\b[^.]{0,20}(?:kostenlose|freie"
    r"|gratis)\w* ?artikel",
    r"(?:este mes )?(?:te|le) quedan? (?:aún |todavía )?(?:\d+|un|dos|tres) (?:artículos?|notas?) (?:gratis|gratuit)",
    r"(?:hai|ti (?:restano|rimangono)) (?:ancora |a disposizione )?(?:\d+|un|due|tre) articol\w (?:gratuit|gratis)",
    r"(?:(?:je hebt|u hebt|u heeft)(?: deze maand)? )?nog (?:\d+|een|twee|drie) gratis artikel",
    r"(?:você (?:ainda )?tem|ainda tem|restam-lhe|restam) (?:mais )?(?:\d+|uma?|dois|duas|três) (?:matérias?|artigos?"
    r"|reportagens) (?:grátis|gratuit)",
)


# Words for reading or for those who pay, and for the article: a text that sells it has one of each. By language.
_SOLD = (
    (
        r"read\w*|access|(?:un)?lock\w*|continue|view|see|subscribers?|members?|paywall",
        r"(?:this|(?:the )?(?:full|entire|whole)) (?:article|story|post|piece|content)|in full|see the rest",
    ),
    (
        r"lire|lecture|lisez|acc[eéè]\w+|débloque\w*|abonné·?e?·?s|abonnant|membres|bloquée?|payante?|abonnement",
        r"(?:cet? |cette |l')(?:article|contenu|enquête|intégralité)|la suite(?! d[eu])|(?:en|son) intégralité",
    ),
    (
        r"\w*lesen|zugang|zugriff|frei(?:zu|ge)?schalte\w*|abonnent\w*|mitglieder\w*|kostenpflichtig|gesperrt",
        r"(?:dies|ganz|vollständig|komplett|gesamt)\w* (?:artikel|beitrag|text|inhalt)e?s?|alles von [\w ]{2,20}plus",
    ),
    (
        r"leer(?:l[oa])?|lea|ver|acced\w+|acceso|desbloque\w+|suscriptor\w*|soci[oa]s|bloquead[oa]|suscripción",
        r"(?:este|esta|del?|el|la) (?:artículo|noticia|nota|contenido|reportaje)|íntegramente",
    ),
    (
        r"legg\w+|acced\w+|accesso|sblocca\w*|abbonati|soci|entra|vedere|a pagamento|abbonamento|anteprima",
        r"(?:quest[oa] |(?:de)?ll?'|l'intero )(?:articolo|contenuto|testo)|testo integrale|integralmente|per intero",
    ),
    (
        r"lezen|lees|ontgrendel|toegang|abonnees|leden|betaalmuur|betaald|abonnement",
        r"(?:dit|het (?:hele|volledige)) (?:artikel|verhaal|stuk|bericht)",
    ),
    (
        r"ler|leia|ver|aces\w+|desbloque\w+|assinantes|subscritores|bloquead[oa]|assinatura|acesso",
        r"(?:d?este|d?esta|d?[oa]) (?:artigo|matéria|notícia|reportagem|conteúdo|texto)|na íntegra|por inteiro",
    ),
)
_SALE = any_of(
    *(rf"\b(?:{a})\b[^.?!]{{0,80}}\b(?:{b})(?!\w)" for read, text in _SOLD for a, b in ((read, text), (text, read)))
)
_GO_ON = any_of(
    r"\b(?:continue|keep|go on) reading|\bread on\b|(?:continue[rz]?|poursuiv\w+) (?:à lire|(?:la|votre) lecture)"
    r"|lire la suite|\bweiter ?(?:zu)?lesen|\bweiter zum (?:ganzen )?artikel|\bverder te gaan met lezen"
    r"|\blesen sie [\w ]{0,24}weiter\b|(?:seguir|sigue|siga|continuar?"
    r"|continúa) leyendo",
    r"(?:continua\w*|prosegu\w+) (?:a leggere|(?:nel)?la lettura)|\b(?:verder|door) ?(?:te )?lezen"
    r"|\blees (?:\w+ )?verder"
    r"|continu\w+ (?:a ler|lendo|a leitura)",
    r"\b(?:geht es|geht's) weiter\b|\bleseprobe\b|\bfree preview\b|\baperçu gratuit",
)
# What else readers pay or log in for, links to other articles, and what says that the article is free.
_NOT_SALE = any_of(
    r"\bfree (?:to|for)\b|gratuit|\blibre|kostenfrei|frei (?:zugäng|les)|\bgratis\b|grátis|\babert[oa]\b",
    r"\bshar(?:e|ing)\b|\bgift\b|\bsave\b|partag|\boffr(?:ir|ez)|teilen|speichern|guardar|compart|salva|condivi|delen"
    r"|bewa(?:ar|ren)|opslaan|partilh",
    r"\bprint|\bimpr[ei][ms]|gedruckt|drucken|reprint|magazine?\b|newsletter|nieuwsbrief|boletín",
    r"\bread more|\balso\b|\baussi\b|\bauch\b|\btambién\b|\banche\b|\book\b|\btambém\b",
)


def sale_in(text: str) -> str | None:
    """Return a short text that speaks of reading this article, or of reading on and of paying."""
    text = text.replace("’", "'")
    if len(text) > MAX_SALE_CHARS or is_other_use(text):
        return None
    if _SALE.search(text) and not _NOT_SALE.search(text):
        return text
    goes_on = _GO_ON.search(text)
    asks = text.rstrip().endswith("?") and len(text.split()) <= MAX_QUESTION_WORDS and ":" not in text
    return text if goes_on and (asks or is_offer(text)) else None


def meter_in(text: str) -> str | None:
    """Return the first sentence of a short text that counts the articles that were read."""
    if len(text) > MAX_METER_CHARS or not any(map(text.lower().count, _COUNTED)):
        return None
    return next((one for one in sentences(text) if _METER.match(one)), None)


def is_offer(line: str) -> bool:
    """Return whether a line beside a stop is an offer: a price, a trial, a login."""
    return bool(_OFFER.search(line.replace("’", "'")))
