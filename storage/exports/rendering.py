"""An article's text as HTML that runs nothing and, unless asked to, loads nothing."""

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from storage.exports.markdown import markdown_of
from storage.exports.text import in_markup
from storage.rows import Row

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

REL = "noreferrer noopener nofollow"  # of a link to where a stranger's text leads
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x20\x7f-\x9f]+", re.IGNORECASE)


def is_link(url: object) -> bool:
    """Return whether an address is one to follow: of the web, or of mail."""
    return isinstance(url, str) and bool(_LINK.fullmatch(url))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005 (other addresses are taken out below)
    return parser


def rendered(article: Row, *, pictures: bool) -> str:
    """Return the article's text as HTML. Without `pictures` they are links, so that nothing is loaded."""
    parser = _parser()
    tokens = parser.parse(in_markup(markdown_of(article)))
    for token in tokens:
        if token.tag == "h1":  # that is the article's title
            token.tag = "h2"
        if "style" in token.attrs:  # of a table's cell; policies of pages forbid styles of elements
            token.attrs["align"] = str(token.attrs.pop("style")).removeprefix("text-align:")
        if token.children:
            token.children = list(_safe(token.children, pictures=pictures))
    html: str = parser.renderer.render(tokens, parser.options, {})
    return html


def _safe(tokens: "list[Token]", *, pictures: bool) -> "Iterator[Token]":
    """Take the addresses out of links that are none of the web or of mail. Make pictures links."""
    within = 0
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            within += token.nesting
            if not is_link(token.attrs.get("href")):
                token.attrs.pop("href", None)
            elif token.nesting > 0:
                token.attrs["rel"] = REL
            yield token
        elif token.type != "image" or (pictures and is_link(token.attrs.get("src"))):
            yield token
        else:
            yield _html(token, _as_link(token, within=bool(within)))


def _as_link(image: "Token", *, within: bool) -> str:
    """Return the picture's alternative text, in a link to the picture unless it stands `within` a link."""
    text = f"[{escape(image.content or 'picture')}]"
    url = image.attrs.get("src")
    return text if within or not is_link(url) else f'<a href="{escape(str(url))}" rel="{REL}">{text}</a>'


def _html(image: "Token", html: str) -> "Token":
    made: Any = image.copy(type="html_inline", content=html, children=None, nesting=0)
    return made  # type: ignore[no-any-return]
