"""What the fields of an entry mean, whichever format they came in."""

import html
import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from ingest.hosts import without_credentials
from ingest.text.markup import clean, clean_line, from_title, language_subtags

SUMMARY_LENGTH = 2000  # characters, about
FULL_TEXT_LENGTH = 1000  # characters; a description longer than this is the article and not its abstract
MOST_TAGS = 50
MOST_NAMES = 100
LONGEST_NAME = 500  # characters; what is longer is neither a byline nor a tag
LONGEST_GUID = 1000  # characters
LONGEST_DATE = 200  # characters, as written

# Bear Blog writes "hidden" where an address would be.
_ADDRESS = re.compile(r"<?(?:mailto:)?[^\s<>()]+@[^\s<>()]+>?|^hidden(?=\s*\()|\(hidden\)$")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)")
_BYLINE = re.compile(r"^(?:written |posted )?by:?\s+", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"\s*[,;]\s*(?:(?:and|et|und|&)\s+)?|\s+(?:and|et|und|&)\s+", re.IGNORECASE)
_FULL_NAME = re.compile(r"(?![\W\d_])[^\s\d]+(?:\s+[^\s\d]+){1,3}")
_NOBODY = frozenset(
    {"admin", "administrator", "root", "webmaster", "unknown", "author", "noreply", "none", "null", "n/a"}
)

_ESCAPED_TWICE = re.compile(r"&(?:amp|nbsp|quot|apos|hellip|[mn]dash|[lr][sd]quo|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_TEASER_END = re.compile(
    r"(?:\[(?:…|\.\.\.)\]|[\[(]*(?:read (?:more|on|the (?:rest|full)\b[^\n]{0,80})|continue reading[^\n]{0,200}"
    r"|lire la suite|weiterlesen|mehr lesen|leer más)[\])]*)[^\w\n]*$",
    re.IGNORECASE,
)
_TRAILING_DOTS = ("…", "...")
# What WordPress puts under each text of its feeds.
_FOOTER = re.compile(
    r"\n?^(?:the post .+ (?:first appeared|appeared first) on|der beitrag .+ erschien zuerst (?:auf|bei)"
    r"|l.article .+ est apparu en premier sur|la entrada .+ (?:aparece primero en|se publicó primero en)"
    r"|l.articolo .+ proviene da|het bericht .+ verscheen eerst op) .+\Z".replace(".+", ".{1,300}"),
    re.IGNORECASE | re.MULTILINE,
)


def language(raw: str | None) -> str | None:
    """A BCP 47 tag in its usual case ("fr", "en-US", "zh-Hans-CN"), None for what is none."""
    return "-".join(filter(None, language_subtags(raw))) or None


def names(raws: Iterable[str]) -> tuple[str, ...]:
    """The people in bylines, each once: no addresses, nobody called admin."""
    found: dict[str, str] = {}
    for raw in (raw for raw in raws if len(raw) <= LONGEST_NAME):
        for name in _people(_ADDRESS.sub(" ", from_title(raw))):
            if name.lower() not in _NOBODY and "://" not in name and any(c.isalpha() for c in name):
                found.setdefault(name.casefold(), name)
        if len(found) > MOST_NAMES:
            break
    return tuple(found.values())[:MOST_NAMES]


def identifier(guid: str) -> str:
    """`guid` as written, a URL without credentials; of one that is longer than any, its beginning and a hash."""
    guid = without_credentials(guid)
    if len(guid) <= LONGEST_GUID:
        return guid
    return f"{guid[:LONGEST_GUID]}…{blake2b(guid.encode(errors='replace'), digest_size=8).hexdigest()}"


def _people(byline: str) -> list[str]:
    """One byline's names. It is split only where each part is a full name: "Doe, Jane" and "Jane Doe, PhD" are one."""
    byline = _BYLINE.sub("", clean_line(_EMPTY_BRACKETS.sub(" ", byline)))
    if byline.startswith("(") and byline.endswith(")"):
        byline = byline[1:-1]
    byline = byline.strip(" ,;()") if byline.count("(") != byline.count(")") else byline.strip(" ,;")
    parts = [part for part in _BETWEEN_NAMES.split(byline) if part]
    return parts if len(parts) > 1 and all(map(_is_full_name, parts)) else [byline]


def _is_full_name(part: str) -> bool:
    words = part.split()
    return bool(_FULL_NAME.fullmatch(part)) and not words[0][0].islower() and not words[-1][0].islower()


def tags(raws: Iterable[str]) -> tuple[str, ...]:
    """Category terms, each once whatever its case; a URL is a scheme and no term."""
    found: dict[str, str] = {}
    for raw in (raw for raw in raws if len(raw) <= LONGEST_NAME):
        tag = from_title(raw).strip(" ,;#")
        if tag and "://" not in tag:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[:MOST_TAGS]


def texts(title: str | None, description: str, contents: Sequence[str]) -> tuple[str | None, str | None]:
    """(summary, content) out of an entry's description and its content fields, all of them plain text.

    Content is the longest of those that read as a full text: any content field and any long description, but
    none that ends in "read more". The title at the head and the feed's own footer are no part of either.
    """
    if _ESCAPED_TWICE.search(description):
        description = clean(html.unescape(description))
    description, *contents = (_trimmed(text, title) for text in (description, *contents))
    full = [text for text in contents if text and not _is_teaser(text)]
    if len(description) > FULL_TEXT_LENGTH and not _is_teaser(description):
        full.append(description)
    content = max(full, key=len, default=None)
    return shortened(description or content or max(contents, key=len, default="")) or None, content


def _trimmed(text: str, title: str | None) -> str:
    first, _, rest = text.partition("\n")
    return _FOOTER.sub("", rest if rest and title and first.casefold() == title.casefold() else text)


def _is_teaser(text: str) -> bool:
    return bool(_TEASER_END.search(text[-300:])) or (len(text) < FULL_TEXT_LENGTH and text.endswith(_TRAILING_DOTS))


def shortened(text: str) -> str:
    """`text`, or its beginning up to a word's end near `SUMMARY_LENGTH`."""
    if len(text) <= SUMMARY_LENGTH:
        return text
    return text[: SUMMARY_LENGTH + 1].rsplit(maxsplit=1)[0][:SUMMARY_LENGTH] + " …"
