"""Judges whether a page is an article, a wall (consent, login, bot check), or without text."""

import re
from collections.abc import Callable

from ingest.articles.error_pages import error_of
from ingest.articles.refresh import refresh_of
from ingest.articles.tree import Element
from ingest.text.markup import clean_line
from ingest.text.words import word_count
from storage.content import Verdict

MAX_WALL_WORDS = 120  # a longer text is about walls
MAX_TINY_WORDS = 50  # in so short a text one sentence of a wall is enough; a longer one, maybe news, needs two
MAX_LOGIN_WORDS = 60  # a longer text is an article even if its title is "Log in"
MIN_WORDS = 20
MIN_CHARS = 60
MAX_ADDRESS_CHARS = 200  # in a reason


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


# Sentences of walls that even short news do not have.
_WALLS = {
    "a bot check": _any(
        r"checking (?:your browser|if the site connection is secure)|performing security verification",
        r"verify(?:ing)? (?:that )?you are (?:a )?human|are you a (?:robot|human)\?|you(?:'re| are) not a (?:ro)?bot",
        r"enable javascript and cookies|unusual (?:traffic|activity) from your|ddos protection by",
        r"you have been blocked",
        r"review the security of your connection|press (?:&|and) hold|complete the captcha|blocked by network security",
        r"vérifi\w+ que vous êtes (?:un )?humain|vous n'êtes pas un robot",
        r"überprüfen sie, dass sie ein mensch|dass sie kein (?:ro)?bot",
        r"verifica que eres (?:un ser )?humano|verifica di essere umano",
    ),
    "a login": _any(
        r"(?:sign|log) ?in (?:or \w+ )?to (?:continue|read|view|access|your account)|log in om",
        r"(?:subscribe|register|create an? (?:free )?account) to (?:continue|read|keep reading)|already a subscriber\?",
        r"(?:article|contenu|suite)[^.\n]{0,30}réservée? (?:à nos |aux )abonnés|déjà abonnée? ?\?",
        r"connectez-vous pour (?:lire|continuer|poursuivre|accéder)|melden sie sich an, um|bereits abonnent\?",
        r"(?:for|to|reserved for) (?:our |paying )?subscribers(?: only)?\b[^\n]{0,80}\b(?:subscribe|log in|sign in)",
        r"subscriber-only (?:article|content|story)",
        r"to (?:continue|keep) reading,? (?:please )?(?:subscribe|log|sign|reg)",
        r"inicia sesión para|suscríbete para (?:leer|seguir|continuar)|(?:accedi|abbonati) per (?:leggere|continuare)",
    ),
    "a consent wall": _any(
        r"(?:before you continue to|bevor sie zu|avant d'accéder à) (?:google|youtube)",
        r"(?:prima di continuare su|antes de ir a) (?:google|youtube)",
        r"(?:our|and) (?:\d+ )?partners (?:store|use|process)|(?:we|this site) uses? cookies|accept all cookies",
        r"\bpartners\b[^.]{0,80}\b(?:information on|your device|personal data|cookies)",
        r"\bpartenaires\b[^.]{0,80}\b(?:votre appareil|votre terminal|données personnelles|cookies|traceurs)",
        r"\bpartner\b[^.]{0,80}\b(?:ihrem gerät|personenbezogene daten|cookies)",
        r"nous utilisons des cookies|nos (?:\d+ )?partenaires (?:utilis|stock|trait)|accepter et continuer",
        r"(?:verwenden|nutzen|setzen) (?:wir )?cookies|mit werbung (?:weiter)?lesen|alle akzeptieren",
        r"wie gewohnt mit werbung|details zu(?:m)? tracking|(?:nutzen|buchen|wählen) sie (?:unser|das)\w* pur-?\w+",
        r"(?:continuer|poursuivre) sans accepter|aceptar y continuar|rechazar y suscri|accetta e continua",
        r"rifiuta e abbona|(?:accepteer|weiger) alle cookies|aceitar e continuar",
        r"\b(?:socios|partner|parceiros|fornitori)\b[^.]{0,80}\b(?:dispositivo|dati personali|datos personales"
        r"|dados pessoais"
        r"|cookies?)|\bpartners\b[^.]{0,80}\b(?:je|uw) apparaat",
        r"(?:utilizamos|usamos) cookies|(?:utilizziamo|usiamo) (?:i )?cookie",
        r"(?:we gebruiken|gebruiken wij) cookies",
    ),
}
_SCRIPTED = _any(
    r"(?:requires?|needs?|enable|turn on|activate|without) java ?script",
    r"java ?script (?:is|has been|must be) (?:dis|en)abled",
    r"(?:activer|activez|nécessite|sans) (?:le )?java ?script|java ?script (?:est désactivé|doit être activé)",
    r"java ?script (?:aktivieren|ist deaktiviert|muss aktiviert)",
    r"(?:active|activar|habilite|attiva(?:re)?) java ?script",
)
# The pattern must match all of a title but the site's name: a headline may begin with these words.
_WALL_TITLES = {
    "a bot check": _any(
        "just a moment|attention required|access (?:to this page has been )?denied|are you a (?:robot|human)",
        "robot or human|verify(?:ing)? you are human|human verification|bot verification|security check",
        "checking your browser|ddos-guard|pardon our interruption|client challenge|captcha|please wait|403 forbidden",
        "un instant|nur einen moment|un momento|un attimo",
    ),
    "a login": _any(
        "(?:log|sign) ?in(?: to continue)?|login|connexion|se connecter|anmelden|anmeldung|iniciar sesión",
        "accedi|inloggen",
    ),
    "a consent wall": _any(
        "before you continue(?: to .*)?|bevor sie .*fortfahren|avant d'accéder à .*|prima di continuare.*",
        "antes de ir a .*|(?:cookie )?consent|your privacy choices|we value your privacy|privacy ?gate",
        "gestion des cookies|datenschutzeinstellungen",
    ),
}
_TITLE_END = re.compile(r"\s*(?:\.\.\.|…|[?!.])*\s*(?:\s[|–—·:-]+\s.*|\|.*)?$")


def judge(body: str, *, titles: tuple[str, ...] = (), page_text: Callable[[], str] = str) -> tuple[Verdict, str | None]:
    """Return the verdict on an extracted text and, unless it is "article", the reason.

    `page_text` returns all visible text. It is called only if the body is too short.
    """
    words = word_count(body)
    if words < MAX_LOGIN_WORDS and (wall := _by_title(titles)):
        return "walled", f"the page's title is that of {wall}"
    if words < MAX_WALL_WORDS and (wall := _by_text(body, sentences=1 if words < MAX_TINY_WORDS else 2)):
        return "walled", f"the text is that of {wall}"
    if error := error_of(body, words, titles):
        return "no_text", error
    if words < MAX_WALL_WORDS and _SCRIPTED.search(body):
        return "no_text", "the page shows its text to JavaScript only"
    if words >= MIN_WORDS and len(body) >= MIN_CHARS:
        return "article", None
    visible = page_text()
    if wall := _by_text(visible) if word_count(visible) < MAX_WALL_WORDS else None:
        return "walled", f"the page is {wall}"
    if error := error_of(visible, word_count(visible)):
        return "no_text", error
    return "no_text", f"the page has only {words} words of text" if words else "the page has no text"


def redirect_or_frame(page: Element) -> str | None:
    """Return the reason if a page is empty because it redirects by <meta>, or is only a frame."""
    if refresh := refresh_of(page):
        return f"the page has no text, it leads on to {clean_line(refresh[1])[:MAX_ADDRESS_CHARS]}"
    if next(page.iter("frame", "frameset", "iframe"), None) is not None:
        return "the page has no text, it is a frame around another"
    return None


def _by_title(titles: tuple[str, ...]) -> str | None:
    pairs = ((wall, title) for title in map(_bare, titles) for wall in _WALL_TITLES)
    return next((wall for wall, title in pairs if _WALL_TITLES[wall].fullmatch(title)), None)


def _bare(title: str) -> str:
    return _TITLE_END.sub("", title.strip().replace("’", "'"))


def _by_text(text: str, *, sentences: int = 1) -> str | None:
    text = text.replace("’", "'")
    found = {wall: len({match[0].lower() for match in pattern.finditer(text)}) for wall, pattern in _WALLS.items()}
    return next((wall for wall, count in found.items() if count), None) if sum(found.values()) >= sentences else None
