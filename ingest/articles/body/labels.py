"""The words that label consent notices, comments, related links, copyright lines: text that is not the article's.

They are in English, French, German, Spanish, Italian and Dutch. Patterns for a full label match a folded one (`fold`).
`features` takes the labels as evidence, `vetoes` leaves the labelled blocks out.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from ingest.text.words import fold

# Bits: comments, related links, a consent notice, a call to subscribe, a caption, a fact box, a consent platform.
COMMENTS, RELATED, CONSENT, CALL, CAPTION, BOX, CONSENT_TOOL = 1, 2, 4, 8, 16, 32, 64

MAX_LINE_CHARS = 300
MAX_HEADING_CHARS = 60
MIN_LINKED_SHARE = 0.5  # of the text of a line that announces another article


def _tokens(alternatives: str) -> re.Pattern[str]:
    """Compile a pattern for tokens of class names and ids. `alternatives` are separated by spaces."""
    return re.compile(rf"(?:^|[\s_-])(?:{'|'.join(alternatives.split())})(?:$|[\s_-])", re.IGNORECASE)


_NAME_PATTERNS = {
    COMMENTS: _tokens("comments? commentaires? kommentare? comentarios commenti disqus(?:_thread)? respond reactions"),
    RELATED: _tokens(
        "related a-?lire(?:-aussi)? (?:lire|voir)-aussi read-(?:also|next|more) also-like recommended recommendations"
        " plus-lus most-(?:read|popular) more-(?:stories|articles|news) mehr-zum-thema lesen-sie-auch outbrain taboola"
    ),
    CONSENT: _tokens("cookie-?(?:banner|consent|notice|bar|law|popup) rgpd gdpr cookies didomi onetrust consent"),
    CALL: _tokens("newsletter newsletters subscribe signup sign-up mailing-list optin paywall"),
    BOX: _tokens("fact-?box info-?box faktaboks info-?kasten"),
    CONSENT_TOOL: re.compile(  # no site gives its own elements these names
        r"(?:^|[\s_-])(?:onetrust-(?:consent-sdk|banner-sdk|pc-sdk)|ot-sdk-(?:container|row)|didomi-host"
        r"|usercentrics-root|qc-cmp2?-container|cybotcookiebotdialog|sp_message_container\w*|truste_overlay)(?:$|\s)",
        re.IGNORECASE,
    ),
}
_CAPTION_WORDS = frozenset("caption captions figcaption bildunterschrift".split())
# Each name above has one of these words. Without one, the patterns are not tried.
_NAME_WORDS = frozenset(
    "comment comments commentaire commentaires kommentar kommentare comentarios commenti disqus respond reactions"
    " related alire lire voir read also recommended recommendations plus most more mehr lesen outbrain taboola"
    " newsletter newsletters subscribe signup sign mailing optin paywall cookie cookies cookiebanner cookieconsent"
    " cookienotice cookiebar cookielaw cookiepopup rgpd gdpr didomi onetrust consent factbox fact infobox info"
    " faktaboks infokasten sdk usercentrics cmp cybotcookiebotdialog message truste caption captions figcaption"
    " bildunterschrift".split()
)

_COMMENTS_HEADING = re.compile(
    r"(?:les |vos |votre )?(?:\d+ )?(?:comments?|commentaires?|kommentare?|comentarios?|commenti|reacties)(?: \d+)?"
    r"|(?:vos )?reactions|discussions?|\d+ (?:reactions|responses)"
    r"|(?:leave|post|add|write) a (?:comment|reply)|join the (?:conversation|discussion)"
    r"|(?:laisser|poster|ajouter) un commentaire|schreibe einen kommentar|deja una? (?:comentario|respuesta)"
    r"|lascia un commento|geef een reactie"
    r"|(?:\d+|one|une?|ein) (?:reflexions? sur|thoughts? on|responses? to) .*"
)
_RELATED_HEADING = re.compile(
    r"related(?: (?:articles?|posts?|stories|content|news|links|topics|reading|coverage))?"
    r"|(?:read|see) also|also read|read (?:more|next)|what to read next|up next|similar (?:articles|posts)"
    r"|you (?:may|might) also (?:like|enjoy|be interested in)|recommended(?: for you| articles| posts| stories)?"
    r"|more (?:stories|articles|news|posts)|more from .*|trending(?: now)?"
    r"|(?:most|latest|popular|trending|recent) (?:popular|read|viewed|posts|articles|news|stories)"
    r"|(?:a )?(?:lire|voir) (?:aussi|egalement)|a lire|vous aimerez aussi|les plus lus|(?:nos )?derniers articles"
    r"|articles? (?:lies|similaires|connexes|recommandes|associes)|sur le meme (?:sujet|theme)|dans la meme rubrique"
    r"|mehr zum thema|lesen sie auch|auch interessant|das konnte sie auch interessieren|meistgelesen"
    r"|(?:weitere|ahnliche|verwandte) (?:artikel|nachrichten|meldungen|beitrage)"
    r"|(?:articulos|noticias|entradas) relacionad[ao]s|(?:tambien )?te puede interesar|lee tambien|ver tambien"
    r"|lo mas leido|articoli correlati|leggi anche|(?:ti )?potrebbe(?:ro)? interessar(?:e|ti)(?: anche)?|piu letti"
    r"|lees ook|gerelateerd(?:e artikelen)?"
    r"|partager(?: cet article)?|share(?: this(?: article| post| story)?)?|teilen"
    r"|pour aller plus loin|further reading|zum weiterlesen"
)
_READ_ALSO = re.compile(
    r"(?:à )?(?:lire|voir) (?:aussi|également)|(?:read|see) (?:also|more)|also read|related|recommended"
    r"|lesen sie auch|mehr zum thema|lee también|leggi anche|lees ook",
    re.IGNORECASE,
)
_CONSENT_HINT = re.compile(
    r"a[ck][ckz]ept|agree|allow|zustimm|annehm|acep|accett|refus|reject|decline|ablehn|rechaz|got it|\bok\b|necessary",
    re.IGNORECASE,
)
_CONSENT_BUTTON = re.compile(
    r"(?:i )?(?:accept|agree|allow)(?: (?:all|cookies|all cookies|and continue|and close))?"
    r"|(?:reject|refuse|decline)(?: all| cookies)?|got it|ok|only necessary"
    r"|(?:tout |oui )?(?:j ?)?accepte?r?(?: (?:tout|et continuer|et fermer|les cookies))?"
    r"|(?:tout )?refuser|non merci|continuer sans accepter"
    r"|(?:alle |alles )?(?:cookies )?(?:akzeptieren|zustimmen|annehmen|ablehnen)"
    r"|(?:aceptar|acepto)(?: (?:todo|todas|y continuar|cookies))?|rechazar(?: todo)?"
    r"|accett[ao](?: (?:tutto|tutti|e continua))?|(?:alles )?accepteren"
)
_CONSENT_TEXT = re.compile(r"\bcookies?\b|\bpartners?\b|\bpartenaires\b|datenschutz|privacidad|privacy", re.IGNORECASE)
_LEGAL = re.compile(
    r"^\W*(?:©|\(c\)|copyright\b)[^.]{0,20}\b(?:19|20)\d\d"
    r"|all rights reserved|tous droits réservés|alle rechte vorbehalten|todos los derechos reservados"
    r"|tutti i diritti riservati|alle rechten voorbehouden",
    re.IGNORECASE,
)
_LEGAL_HINTS = ("©", "(c)", "copyright", "reserv", "réserv", "riservat", "vorbeh", "voorbeh")
# Words of bylines, buttons, credits and calls to subscribe. They mean much in a short line and nothing in prose.
_HINTS = frozenset(
    "© copyright rights reserved cookie cookies newsletter newsletters subscribe subscribed subscriber sign login log"
    " share follow read related advertisement advertisements advertise comment comments sponsored privacy photo photos"
    " photograph credit getty click tag tags category categories posted published updated min by source sources author"
    " authors editor written image images"
    " abonner partager lire crédit crédits publié auteur abonnieren teilen mehr veröffentlicht quelle foto fotos bild"
    " suscríbete compartir publicado iscriviti condividi pubblicato abonneer delen".split()
)
_DENSE_HINTS = re.compile("記者|编辑|編集|広告|关注|シェア|コメント|评论|責任編集|写真|图片|来源")


def of_names(names: str, words: Collection[str]) -> int:
    """Return the bits of the labels in an element's class and id. `words` are their words in lower case."""
    if _NAME_WORDS.isdisjoint(words):
        return 0
    caption = CAPTION * (not _CAPTION_WORDS.isdisjoint(words))
    return caption + sum(bit for bit, pattern in _NAME_PATTERNS.items() if pattern.search(names))


@lru_cache(maxsize=8192)
def of_heading(line: str) -> int:
    """Return COMMENTS or RELATED if the heading opens such a section, else 0."""
    if len(line) > MAX_HEADING_CHARS:
        return 0
    folded = fold(line)
    return COMMENTS if _COMMENTS_HEADING.fullmatch(folded) else RELATED * bool(_RELATED_HEADING.fullmatch(folded))


def has_hint(line: str, words: Collection[str]) -> bool:
    """Return whether a short line has a word of bylines, buttons or credits. `words` are the line's, in lower case."""
    is_short = len(line) <= MAX_LINE_CHARS
    return is_short and (not _HINTS.isdisjoint(words) or (not line.isascii() and bool(_DENSE_HINTS.search(line))))


def copyright_lines(lines: Sequence[str]) -> Iterator[int]:
    """Yield the numbers of the lines that claim a copyright."""
    text = "\n".join(lines).lower()
    hints = [hint for hint in _LEGAL_HINTS if hint in text]
    for number, line in enumerate(lines) if hints else ():
        if len(line) <= MAX_LINE_CHARS and any(map(line.lower().__contains__, hints)) and _LEGAL.search(line):
            yield number


def is_read_also(line: str, linked: int) -> bool:
    """Return whether a line begins with "Read also", and `linked`, the characters of its links, are most of it."""
    return len(line) <= MAX_LINE_CHARS and linked >= MIN_LINKED_SHARE * len(line) and bool(_READ_ALSO.match(line))


def is_consent_button(label: str) -> bool:
    """Return whether a button with this label accepts or refuses cookies."""
    return bool(_CONSENT_HINT.search(label) and _CONSENT_BUTTON.fullmatch(fold(label)))


def mentions_consent(text: str) -> bool:
    return bool(_CONSENT_TEXT.search(text))
