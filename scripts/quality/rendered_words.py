"""The words that readers of an article's Markdown find, by the rule of its captions.

A paragraph that begins with pictures and a line break has their caption after it.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

MARKDOWN = MarkdownIt("commonmark").enable("table")
WORD = re.compile(r"\w+")


def words_of(markdown: str) -> list[str]:
    """Return the words of rendered Markdown without alternative texts, captions and list numbers."""
    return [word for token in MARKDOWN.parse(markdown) for word in WORD.findall(_text_of(token))]


def _text_of(token: Token) -> str:
    if token.type != "inline":
        return token.content
    children = token.children or []
    first_line = children[: next((n for n, child in enumerate(children) if child.type == "hardbreak"), len(children))]
    if children and children[0].type == "image" and not "".join(map(_text, first_line)).strip():
        return ""
    return "".join(map(_text, children))


def _text(child: Token) -> str:
    if child.type in {"hardbreak", "softbreak"}:
        return "\n"
    return "" if child.type == "image" else child.content
