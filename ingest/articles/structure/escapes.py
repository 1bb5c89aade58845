"""Text, code and addresses as inline Markdown that renders as exactly these (CommonMark 0.31)."""

import re

_SPECIAL = re.compile(r"[\\`*_\[\]<&~]")  # most lines have none of these
_ENTITY = r"(?<=&)(?=#\d{1,7};|#[xX][\da-fA-F]{1,6};|[a-zA-Z][a-zA-Z\d]{1,31};)"
# A special character, and where it is escaped: a backslash before punctuation; `*` and `_` but between spaces or, `_`
# alone, in a word (§6.2); what begins a code span, a link's address, a tag, an entity; what begins or ends a
# deletion (GFM). The class stands first, because then the search is fast.
_MARKUP, _MARKUP_AND_BRACKETS = (
    re.compile(
        rf"{_SPECIAL.pattern}(?:"
        r"(?<=\\)(?=[!-/:-@\[-`{-~]|\Z)|(?<=`)|(?<=[*_])(?!(?<= .)(?= )|(?<=[^\W_]_)(?=[^\W_]))"
        rf"|{brackets}|(?<=<)(?=[a-zA-Z/!?]|\Z)|{_ENTITY}|(?<=~)(?:(?=~)|(?<=\S~)))"
    )
    for brackets in (r"(?<=\])(?=\()", r"(?<=[\[\]])")
)
_MAX_BRACKETS = 8  # renderers give up at 20 nested brackets, even if they are no links
_BACKTICKS = re.compile("`+")
# Relative addresses lead nowhere, and renderers make no links to these schemes.
_ADDRESS = re.compile(r"(?!(?:javascript|vbscript|file|data):)[a-z][a-z\d+.-]*:\S", re.IGNORECASE)
_PLAIN_ADDRESS = re.compile(r"[\w.~:/?#@!$*+,;=%-]+", re.ASCII)
_NOT_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f-\xa0\s<>\"`\\]")
_ENTITY_IN_ADDRESS = re.compile(f"&{_ENTITY}")
_PARENTHESES = re.compile(r"[()]")


def escaped(text: str, *, in_link: bool = False) -> str:
    """Return text as Markdown. In a link's text every bracket is escaped."""
    if not _SPECIAL.search(text):
        return text
    pattern = _MARKUP_AND_BRACKETS if in_link or text.count("[") > _MAX_BRACKETS else _MARKUP
    return pattern.sub(r"\\\g<0>", text)


def code_span(text: str) -> str:
    """Return code between the shortest backticks that it does not have itself."""
    if "`" not in text:
        return f"`{text}`"
    own = set(_BACKTICKS.findall(text))
    ticks = "`"
    while ticks in own:
        ticks += "`"
    padding = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{ticks}{padding}{text}{padding}{ticks}"


def is_address(url: str | None) -> bool:
    """Return whether an address is absolute and of a scheme that renderers make a link of."""
    return bool(url and _ADDRESS.match(url))


def destination(url: str) -> str:
    """Return an address as a link's destination. What no address may have is percent-encoded (RFC 3986 §2.1)."""
    if _PLAIN_ADDRESS.fullmatch(url):
        return url
    url = _NOT_IN_ADDRESS.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url.strip())
    if not _balanced(url):
        url = _PARENTHESES.sub(r"\\\g<0>", url)
    return _ENTITY_IN_ADDRESS.sub("&amp;", url)  # after a backslash, some renderers read the entity


def _balanced(url: str) -> bool:
    """Return whether every parenthesis is closed and none stands in another (renderers bound the depth)."""
    depth = 0
    for found in _PARENTHESES.findall(url):
        depth += 1 if found == "(" else -1
        if depth not in {0, 1}:
            return False
    return depth == 0
