"""The fields of an entry, read alike in every format: names, guid, tags, summary and content."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from ingest.feeds.markup import unescaped
from ingest.hosts import without_credentials
from ingest.text.markup import as_markup, clean, clean_line, from_title, paragraphs

SUMMARY_CHARS = 2000  # about
MIN_CONTENT_CHARS = 1000  # a longer description is the article, not its abstract
MAX_TAGS = 50
MAX_NAMES = 100
MAX_NAME_CHARS = 500  # longer text is neither a byline nor a tag
MAX_GUID_CHARS = 1000
MAX_DATE_CHARS = 200  # as written

# Bear Blog writes "hidden" instead of an e-mail address.
_EMAIL = re.compile(r"<?(?:mailto:)?[^\s<>()]+@[^\s<>()]+>?|^hidden(?=\s*\()|\(hidden\)$")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)")
_BYLINE = re.compile(r"^(?:written |posted )?by:?\s+", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"\s*[,;]\s*(?:(?:and|et|und|&)\s+)?|\s+(?:and|et|und|&)\s+", re.IGNORECASE)
_FULL_NAME = re.compile(r"(?![\W\d_])[^\s\d]+(?:\s+[^\s\d]+){1,3}")
_NO_PERSON = frozenset(
    {"admin", "administrator", "root", "webmaster", "unknown", "author", "noreply", "none", "null", "n/a"}
)

_ESCAPED_TWICE = re.compile(r"&(?:amp|nbsp|quot|apos|hellip|[mn]dash|[lr][sd]quo|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_TEASER_END = re.compile(
    r"(?:\[(?:…|\.\.\.)\]|[\[(]*(?:read (?:more|on|the (?:rest|full)\b[^\n]{0,80})|continue reading[^\n]{0,200}"
    r"|lire la suite|weiterlesen|mehr lesen|leer más)[\])]*)[^\w\n]*$",
    re.IGNORECASE,
)
_ELLIPSES = ("…", "...")
# WordPress puts a footer under each text of its feeds.
_FOOTER = re.compile(
    r"\n?^(?:the post .+ (?:first appeared|appeared first) on|der beitrag .+ erschien zuerst (?:auf|bei)"
    r"|l.article .+ est apparu en premier sur|la entrada .+ (?:aparece primero en|se publicó primero en)"
    r"|l.articolo .+ proviene da|het bericht .+ verscheen eerst op) .+\Z".replace(".+", ".{1,300}"),
    re.IGNORECASE | re.MULTILINE,
)


def names(raws: Iterable[str]) -> tuple[str, ...]:
    """Return the people in bylines, each once, without e-mail addresses and names such as "admin"."""
    bylines = (_EMAIL.sub(" ", from_title(raw)) for raw in raws if len(raw) <= MAX_NAME_CHARS)
    people = (name for byline in bylines for name in _people(byline) if any(map(str.isalpha, name)))
    return _each_once((name for name in people if name.lower() not in _NO_PERSON and "://" not in name), MAX_NAMES)


def identifier(guid: str) -> str:
    """Return `guid` as written, without the credentials of a URL. Shorten a guid that is too long, and add a hash."""
    guid = without_credentials(guid)
    if len(guid) <= MAX_GUID_CHARS:
        return guid
    return f"{guid[:MAX_GUID_CHARS]}…{blake2b(guid.encode(errors='replace'), digest_size=8).hexdigest()}"


def tags(raws: Iterable[str]) -> tuple[str, ...]:
    """Return category terms, each once in any case. A URL names a scheme of categories, and is dropped."""
    terms = (from_title(raw).strip(" ,;#") for raw in raws if len(raw) <= MAX_NAME_CHARS)
    return _each_once((term for term in terms if term and "://" not in term), MAX_TAGS)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of an entry: clean, and as markup, None if it was none. `base` is the declared xml:base of the markup."""

    text: str = ""
    markup: str | None = None
    base: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of an entry. `read_from` is the text that `content`, or without one `summary`, was made of."""

    summary: str | None
    content: str | None
    read_from: Text


def read_text(raw: str, base: str = "") -> Text:
    """Read a field that should be HTML."""
    markup = as_markup(raw)
    return Text(clean(html.unescape(raw)) if markup is None else paragraphs(markup), markup, base)


def texts(title: str | None, description: Text, contents: Sequence[Text]) -> Texts:
    """Return summary and content from an entry's description and content fields.

    Content is the longest full text: a content field or a long description that does not end in "read more". Remove a
    title at the head and the feed's footer from both.
    """
    if _ESCAPED_TWICE.search(description.text):
        text, markup = clean(html.unescape(description.text)), description.markup
        description = replace(description, text=text, markup=markup and unescaped(markup))
    description, *contents = (_trimmed(text, title) for text in (description, *contents))
    full = [text for text in contents if text.text and not _is_teaser(text.text)]
    if len(description.text) > MIN_CONTENT_CHARS and not _is_teaser(description.text):
        full.append(description)
    content = max(full, key=_length, default=None)
    summary = description if description.text else content or max(contents, key=_length, default=description)
    return Texts(_shortened(summary.text) or None, content.text if content else None, content or summary)


def _length(text: Text) -> int:
    return len(text.text)


def _each_once(texts: Iterable[str], limit: int) -> tuple[str, ...]:
    """Return the first `limit` texts, without those that repeat an earlier one in any case."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.casefold(), text)
        if len(found) == limit:
            break
    return tuple(found.values())


def _people(byline: str) -> list[str]:
    """Split one byline if each piece is a full name: "Doe, Jane" and "Jane Doe, PhD" are one person."""
    byline = _BYLINE.sub("", clean_line(_EMPTY_BRACKETS.sub(" ", byline)))
    if byline.startswith("(") and byline.endswith(")"):
        byline = byline[1:-1]
    byline = byline.strip(" ,;()") if byline.count("(") != byline.count(")") else byline.strip(" ,;")
    pieces = [piece for piece in _BETWEEN_NAMES.split(byline) if piece]
    return pieces if len(pieces) > 1 and all(map(_is_full_name, pieces)) else [byline]


def _is_full_name(text: str) -> bool:
    words = text.split()
    return bool(_FULL_NAME.fullmatch(text)) and not words[0][0].islower() and not words[-1][0].islower()


def _trimmed(text: Text, title: str | None) -> Text:
    first, _, rest = text.text.partition("\n")
    trimmed = _FOOTER.sub("", rest if rest and title and first.casefold() == title.casefold() else text.text)
    return text if trimmed == text.text else replace(text, text=trimmed)


def _is_teaser(text: str) -> bool:
    return bool(_TEASER_END.search(text[-300:])) or (len(text) < MIN_CONTENT_CHARS and text.endswith(_ELLIPSES))


def _shortened(text: str) -> str:
    """Cut a long text at the end of a word near `SUMMARY_CHARS`."""
    if len(text) <= SUMMARY_CHARS:
        return text
    return text[: SUMMARY_CHARS + 1].rsplit(maxsplit=1)[0][:SUMMARY_CHARS] + " …"
