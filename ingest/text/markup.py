"""Markup and loose text → clean text: one paragraph a line, single spaces, NFC, no control characters."""

import html
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import HTMLParser, _Element

MAX_TITLE_CHARS = 1000

_ZERO_WIDTH = {"Mn", "Me", "Cf"}  # Unicode's categories of combining marks and format characters
# C0 and C1 controls except the newline, lone surrogates, bidi overrides and isolates (they reorder a terminal's line),
# zero-width no-break space, soft hyphen, noncharacters.
_UNWANTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
_BREAKS = re.compile(r"\r\n?|\u2028|\u2029|\x85")
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]+);", re.IGNORECASE)
_LANGUAGE_TAG = re.compile(
    r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:[-_](?:[a-z]{1,8}|\d[a-z0-9]{3,7}))*(?:[.@].*)?",
    re.IGNORECASE,
)
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})
_CUT_SHORT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|acronym|b|bdi|bdo|big|br|cite|code|del|div|dfn|em|font|h[1-6]|i|img|ins|kbd|mark|nobr|p|q|s"
    r"|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_MISC = rb"(?>(?:\s|<\?[^>]*>|<!--.*?-->)*)"
_PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?" + _MISC + rb"(?:<!doctype\s+([^\s>\[]*+)[^>\[]*+(?:\[[^\]]*+\]\s*+)?>)?" + _MISC
    + rb"(?:<(?:[\w.-]+:)?([\w.-]+))?",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
NESTED_TAGS = re.compile(r"</?(?!(?:html|head|title|meta|link|script|style|body|p|br|li)\b)[a-z][^<>]*>", re.IGNORECASE)
"""Tags that pages nest beyond the parser's limit; without them the text is still in order."""
BLOCK_TAGS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_HIDDEN = frozenset("script style template noscript head title iframe object svg math button select textarea".split())


def clean(text: str) -> str:
    """Return the lines of `text`, without empty ones, single-spaced and without unwanted characters."""
    text = unicodedata.normalize("NFC", text)
    if text.isprintable():
        return " ".join(text.split())
    text = _UNWANTED.sub("", _BREAKS.sub("\n", text).replace("\t", " "))
    return "\n".join([line for raw in text.split("\n") if (line := " ".join(raw.split()))])


def without_controls(text: str) -> str:
    """Return `text` without unwanted characters, tabs and line breaks as they are."""
    return "\t".join(_UNWANTED.sub("", piece) for piece in text.split("\t"))


def clean_line(text: str) -> str:
    return clean(text).replace("\n", " ")


def is_cut_short(title: str) -> bool:
    """Return whether a title ends in an ellipsis."""
    return bool(_CUT_SHORT.search(title))


def columns_of(text: str) -> int:
    """Return the width of a line on a terminal: two columns for a wide character, none for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in _ZERO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """Return `text`, or its beginning and "…" if it takes more columns."""
    if columns_of(text) <= columns:
        return text
    taken = 1
    for index, character in enumerate(text):
        taken += _columns(character)
        if taken > columns:
            return f"{text[:index].rstrip()}…"
    return text


def cut_within(text: str, characters: int) -> str:
    """Return `text`, or its first and last `characters` if it has more than twice as many."""
    return text if len(text) <= 2 * characters else f"{text[:characters].rstrip()} … {text[-characters:].lstrip()}"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `count(2, "feed")` is "2 feeds"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def language_tag(claim: str | None, *, script: bool = True) -> str | None:
    """Return a BCP 47 tag in its usual case ("fr", "en-US", "zh-Hans-CN"), without variants, also without its script.

    Return None if `claim` is not the tag of one language.
    """
    found = _LANGUAGE_TAG.fullmatch((claim or "").strip())
    if not found or found[1].lower() in _NO_LANGUAGE:
        return None
    written = found[2].title() if script and found[2] else None
    return "-".join(filter(None, (found[1].lower(), written, found[3] and found[3].upper())))


def root_element(markup: bytes) -> tuple[bytes, bytes]:
    """Return the names of the doctype and of the root element, in lower case without a prefix, b"" if missing."""
    found = _PROLOG.match(markup)
    assert found is not None  # every piece of the pattern is optional
    return (found[1] or b"").lower(), (found[2] or b"").lower()


def from_title(markup: str) -> str:
    """Return a feed's title as a reader sees it, cut to MAX_TITLE_CHARS.

    Titles are raw, escaped once or twice, or have inline markup. Drop known inline tags; keep `<script>` and `<T>`,
    which in tech news are the subject. An entity that is left after one pass was escaped twice.
    """
    text = html.unescape(_INLINE_TAG.sub("", markup[: 20 * MAX_TITLE_CHARS]))
    if _ENTITY.search(text):
        text = html.unescape(text)
    title = clean_line(_INLINE_TAG.sub("", text))
    return title if len(title) <= MAX_TITLE_CHARS else f"{title[:MAX_TITLE_CHARS].rstrip()} …"


def from_markup(markup: str) -> str:
    """Return the paragraphs of HTML (`as_markup`), one a line. Text that is not markup is only cleaned."""
    found = as_markup(markup)
    return clean(html.unescape(markup)) if found is None else paragraphs(found)


def as_markup(text: str) -> str | None:
    """Return the HTML in `text`, which may be escaped once too often. Return None if it is not markup."""
    if "<" in text:
        return text
    text = html.unescape(text)
    return text if _INLINE_TAG.search(text) else None


def paragraphs(markup: str) -> str:
    """Return the paragraphs of HTML, one a line."""
    from lxml import etree

    markup = f"<body>{_UNWANTED.sub('', markup)}"
    try:
        parser = etree.HTMLParser(huge_tree=True)
        tree = etree.fromstring(markup, parser)
        if hit_depth_limit(parser):
            tree = etree.fromstring(NESTED_TAGS.sub(" ", markup), parser)
    except (etree.XMLSyntaxError, ValueError):
        return clean(html.unescape(_INLINE_TAG.sub("", markup)))
    return clean("".join(_pieces(tree)))


def hit_depth_limit(parser: "HTMLParser") -> bool:
    """Return whether the last document was nested beyond libxml2's limit of 2048 elements, and lost the rest."""
    error = parser.error_log.last_error
    return error is not None and "depth" in error.message


def _pieces(root: "_Element") -> list[str]:
    """Return the text of a tree, with newlines at blocks and line breaks. Newlines in `<pre>` are kept."""
    from lxml import etree

    pieces: list[str] = []
    hidden = preformatted = 0

    def add(text: str | None) -> None:
        if text and not hidden:
            pieces.append(text if preformatted else text.replace("\n", " ").replace("\r", " "))

    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            hidden += node.tag in _HIDDEN
            preformatted += node.tag == "pre"
            if node.tag in BLOCK_TAGS or node.tag == "br":
                pieces.append("\n")
            add(node.text)
            continue
        if event == "end":
            hidden -= node.tag in _HIDDEN
            preformatted -= node.tag == "pre"
            if node.tag in BLOCK_TAGS:
                pieces.append("\n")
        if node is not root:
            add(node.tail)
    return pieces
