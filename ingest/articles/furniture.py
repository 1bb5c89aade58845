"""What stands around an article and says so: consent notices, comments, related links, legal lines.

Taken out of the tree before extraction, each only as far as it is named, by its class, its heading or its buttons,
and never when the page's text would go with it. The words are those of English, French, German, Spanish, Italian
and Dutch, folded (see `fold`) where they are whole labels.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeAlias

from lxml import etree

from ingest.articles.words import fold

Element: TypeAlias = Any  # of lxml, which ships no types
Found: TypeAlias = tuple[Element, float]

NOTICE_CHARS = 1500  # a consent notice with its list of purposes; longer ones are pages about privacy
LINE_CHARS = 300
HEADING_CHARS = 60
CHARS_A_LINK = 300  # a teaser's headline and sentence
LINKED_SHARE = 0.5  # of a line's text
RELATED_SHARE = 0.4  # of the page's text, over which "related" names the page rather than what is beside it
COMMENTS_SHARE = 0.9  # readers often write more than the author

_WEIGHT = frozenset("style svg template link iframe object".split())
_NAMED = frozenset("div section aside ul ol table form dialog".split())
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_FRAMES = frozenset("html body main article td".split())


def _any(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


def _token(*alternatives: str) -> re.Pattern[str]:
    """Whole parts of class names and ids."""
    return re.compile(rf"(?:^|[\s_-]){_any(*alternatives)}(?:$|[\s_-])", re.IGNORECASE)


_COMMENTS_NAME = _token(
    "comments?", "commentaires?", "kommentare?", "comentarios", "commenti", "disqus(?:_thread)?", "respond", "reactions"
)
_RELATED_NAME = _token(
    "related",
    "a-?lire(?:-aussi)?",
    "(?:lire|voir)-aussi",
    "read-(?:also|next|more)",
    "also-like",
    "recommended",
    "recommendations",
    "plus-lus",
    "most-(?:read|popular)",
    "more-(?:stories|articles|news)",
    "mehr-zum-thema",
    "lesen-sie-auch",
    "newsletter",
    "outbrain",
    "taboola",
)
_CONSENT_NAME = _token(
    "cookie-?(?:banner|consent|notice|bar|law|popup)", "rgpd", "gdpr", "cookies", "didomi", "onetrust", "consent"
)

_COMMENTS_HEADING = re.compile(
    _any(
        r"(?:les |vos |votre )?(?:\d+ )?(?:comments?|commentaires?|kommentare?|comentarios?|commenti"
        r"|reacties)(?: \d+)?",
        r"(?:vos )?reactions|discussions?|\d+ (?:reactions|responses)",
        r"(?:leave|post|add|write) a (?:comment|reply)|join the (?:conversation|discussion)",
        r"(?:laisser|poster|ajouter) un commentaire|schreibe einen kommentar|deja una? (?:comentario|respuesta)",
        r"lascia un commento|geef een reactie",
        r"(?:\d+|one|une?|ein) (?:reflexions? sur|thoughts? on|responses? to) .*",
    )
)
_RELATED_HEADING = re.compile(
    _any(
        r"related(?: (?:articles?|posts?|stories|content|news|links|topics|reading|coverage))?",
        r"(?:read|see) also|also read|read (?:more|next)|what to read next|up next|similar (?:articles|posts)",
        r"you (?:may|might) also (?:like|enjoy|be interested in)|recommended(?: for you| articles| posts| stories)?",
        r"more (?:stories|articles|news|posts)|more from .*|trending(?: now)?",
        r"(?:most|latest|popular|trending|recent) (?:popular|read|viewed|posts|articles|news|stories)",
        r"(?:a )?(?:lire|voir) (?:aussi|egalement)|a lire|vous aimerez aussi|les plus lus|(?:nos )?derniers articles",
        r"articles? (?:lies|similaires|connexes|recommandes|associes)|sur le meme (?:sujet|theme)"
        r"|dans la meme rubrique",
        r"mehr zum thema|lesen sie auch|auch interessant|das konnte sie auch interessieren|meistgelesen",
        r"(?:weitere|ahnliche|verwandte) (?:artikel|nachrichten|meldungen|beitrage)",
        r"(?:articulos|noticias|entradas) relacionad[ao]s|(?:tambien )?te puede interesar|lee tambien"
        r"|ver tambien|lo mas leido",
        r"articoli correlati|leggi anche|(?:ti )?potrebbe(?:ro)? interessar(?:e|ti)(?: anche)?|piu letti",
        r"lees ook|gerelateerd(?:e artikelen)?",
        r"partager(?: cet article)?|share(?: this(?: article| post| story)?)?|teilen",
        r"pour aller plus loin|sur le meme theme|further reading|zum weiterlesen",
    )
)
_ASIDE = re.compile(
    _any(
        r"(?:à )?(?:lire|voir) (?:aussi|également)",
        r"(?:read|see) (?:also|more)|also read|related|recommended",
        r"lesen sie auch|mehr zum thema|lee también|leggi anche|lees ook",
    ),
    re.IGNORECASE,
)
_CONSENT_HINT = re.compile(
    r"a[ck][ckz]ept|agree|allow|zustimm|annehm|acep|accett|refus|reject|decline|ablehn|rechaz|got it|\bok\b|necessary",
    re.IGNORECASE,
)
_CONSENT_BUTTON = re.compile(
    _any(
        r"(?:i )?(?:accept|agree|allow)(?: (?:all|cookies|all cookies|and continue|and close))?",
        r"(?:reject|refuse|decline)(?: all| cookies)?|got it|ok|only necessary",
        r"(?:tout |oui )?(?:j ?)?accepte?r?(?: (?:tout|et continuer|et fermer|les cookies))?",
        r"(?:tout )?refuser|non merci"
        r"|continuer sans accepter",
        r"(?:alle |alles )?(?:cookies )?(?:akzeptieren|zustimmen|annehmen|ablehnen)",
        r"(?:aceptar|acepto)(?: (?:todo|todas|y continuar|cookies))?|rechazar(?: todo)?",
        r"accett[ao](?: (?:tutto|tutti|e continua))?|(?:alles )?accepteren",
    )
)
_CONSENT_TEXT = re.compile(r"\bcookies?\b|\bpartners?\b|\bpartenaires\b|datenschutz|privacidad|privacy", re.IGNORECASE)
_LEGAL = re.compile(
    _any(
        r"^\W*(?:©|\(c\)|copyright\b)[^.]{0,20}\b(?:19|20)\d\d",
        "all rights reserved|tous droits réservés|alle rechte vorbehalten|todos los derechos reservados",
        "tutti i diritti riservati|alle rechten voorbehouden",
    ),
    re.IGNORECASE,
)
_LEGAL_HINTS = ("©", "(c)", "(C)", "opyright", "COPYRIGHT", "eserv", "ESERV", "orbeh", "ORBEH", "iservat", "ISERVAT")

_WITH_HINT = etree.XPath("//*[contains(text(), $hint)]")


def remove(page: Element) -> None:
    """Also takes out what no text stands in: each copy of the tree is then cheaper."""
    for node in list(page.iter("script", *_WEIGHT)):
        if node.getparent() is not None and "ld+json" not in (node.get("type") or ""):
            node.drop_tree()
    total = _length(page)
    kinds = (_named(page), _headed(page), _notices(page), _asides(page), _legal_lines(page))
    for node, share in list(chain.from_iterable(kinds)):
        if node.getparent() is not None and not _holds_article(node) and _length(node) <= share * total:
            node.drop_tree()


# Each of these finds one kind, with the share of the page's text that it may be.


def _named(page: Element) -> Iterator[Found]:
    for node in page.iter(*_NAMED):
        names = f"{node.get('class') or ''} {node.get('id') or ''}"
        if len(names) <= 1:
            continue
        if _COMMENTS_NAME.search(names):
            yield node, COMMENTS_SHARE
        elif (_RELATED_NAME.search(names) and _is_linked(node)) or (_CONSENT_NAME.search(names) and _is_notice(node)):
            yield node, RELATED_SHARE


def _headed(page: Element) -> Iterator[Found]:
    for heading in page.iter(*_HEADINGS):
        text = _text(heading)
        if 0 < len(text) <= HEADING_CHARS:
            folded = fold(text)
            if _COMMENTS_HEADING.fullmatch(folded):
                yield from _section(heading, COMMENTS_SHARE, of_links=False)
            elif _RELATED_HEADING.fullmatch(folded):
                yield from _section(heading, RELATED_SHARE, of_links=True)


def _section(heading: Element, share: float, *, of_links: bool) -> Iterator[Found]:
    """What a heading opens: its parent, if it begins it; else what follows, up to the next heading of its rank."""
    parent = heading.getparent()
    if parent.tag not in _FRAMES and _begins(parent, heading):
        yield parent, share
        return
    yield heading, share
    for follower in heading.itersiblings():
        is_heading = follower.tag in _HEADINGS
        if (is_heading and follower.tag <= heading.tag) or (of_links and not is_heading and not _is_linked(follower)):
            return
        yield follower, share


def _notices(page: Element) -> Iterator[Found]:
    """Consent notices, known by a button; links that lead nowhere are buttons too."""
    for button in page.xpath("//button | //input[@value] | //a[not(contains(@href, '/'))]"):
        label = button.get("value") if button.tag == "input" else button.text
        if label and _CONSENT_HINT.search(label) and _CONSENT_BUTTON.fullmatch(fold(label)):
            notice = _widest(button, NOTICE_CHARS)
            if notice is not button and _is_notice(notice):
                yield notice, RELATED_SHARE


def _asides(page: Element) -> Iterator[Found]:
    """Lines within the text that announce another page: "Read also: …", the rest a link."""
    for node in page.xpath("//p[.//a]"):
        text = _text(node)
        if len(text) <= LINE_CHARS and _ASIDE.match(text):
            linked = sum(len(_text(link)) for link in node.iter("a"))
            if linked >= LINKED_SHARE * len(text):
                yield node, RELATED_SHARE


def _legal_lines(page: Element) -> Iterator[Found]:
    whole = str(page.xpath("string()"))
    hinted = (_WITH_HINT(page, hint=hint) for hint in _LEGAL_HINTS if hint in whole)
    for node in chain.from_iterable(hinted):
        if node.text and _LEGAL.search(node.text) and _length(node) <= LINE_CHARS:
            yield _widest(node, LINE_CHARS), RELATED_SHARE


def _begins(parent: Element, node: Element) -> bool:
    before = node.itersiblings(preceding=True)
    return not (parent.text or "").strip() and not any(_length(one) or (one.tail or "").strip() for one in before)


def _widest(node: Element, limit_chars: int) -> Element:
    """The outermost element around `node` that is no frame of the page and holds no more text than that."""
    for outer in node.iterancestors():
        if outer.tag in _FRAMES or _length(outer) > limit_chars or _holds_article(outer):
            return node
        node = outer
    return node


def _is_notice(node: Element) -> bool:
    return _length(node) <= NOTICE_CHARS and bool(_CONSENT_TEXT.search(_text(node)))


def _is_linked(node: Element) -> bool:
    """Whether links are as dense as where other pages are announced."""
    return _length(node) <= CHARS_A_LINK * int(node.xpath("count(descendant-or-self::a)"))


def _holds_article(node: Element) -> bool:
    return node.tag in ("h1", "html", "body") or bool(node.xpath("boolean(.//h1 | .//*[@itemprop='articleBody'])"))


def _text(node: Element) -> str:
    return str(node.xpath("normalize-space()"))


def _length(node: Element) -> int:
    return int(node.xpath("string-length(normalize-space())"))
