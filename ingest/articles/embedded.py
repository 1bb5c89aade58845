"""Finds an article in a page's scripts, where a browser would insert it: in a template, or as markup in JSON."""

import json
import re
from collections.abc import Iterator

from ingest.articles.tree import Element
from ingest.text.words import fold

MIN_MARKUP_CHARS = 600  # a shorter piece is a teaser or a notice
MAX_SCRIPT_CHARS = 5_000_000
MIN_TEXT_TAGS = 3  # of paragraphs and lines; markup with fewer is not a text
MIN_WORD_CHARS = 4  # of a title's word that distinguishes articles
MIN_TITLE_SHARE = 1 / 3  # of such words: 96 of 100 newspaper texts have as many of their own title, 6 of another's

_TEMPLATES = frozenset(("text/template", "text/x-template", "text/html"))
_FILLED_IN = re.compile(r"\{\{|<%")  # by the browser: the template is a form, not a text
_STRING = re.compile(r'"((?:[^"\\]++|\\.)*+)("?)', re.DOTALL)  # a string without an end is not searched for others
_TEXT_TAG = re.compile(r"<(?:p|br|h2|li)\b", re.IGNORECASE)


def embedded(page: Element, title: str) -> str | None:
    """Return the longest piece of markup in the page's scripts that has the words of `title`.

    Return None if no such piece is as long as an article. Scripts hold other articles and consent notices too.
    """
    wanted = {word for word in fold(title).split() if len(word) >= MIN_WORD_CHARS or not word.isascii()}
    pieces = sorted(_pieces(page), key=len, reverse=True) if wanted else []
    least = MIN_TITLE_SHARE * len(wanted)
    return next((piece for piece in pieces if len(wanted.intersection(fold(piece).split())) >= least), None)


def _pieces(page: Element) -> Iterator[str]:
    for script in page.iter("script"):
        text = script.text or ""
        if not MIN_MARKUP_CHARS <= len(text) <= MAX_SCRIPT_CHARS:
            continue
        kind = (script.get("type") or "").lower()
        if "ld+json" in kind:  # read as metadata
            continue
        if kind in _TEMPLATES:
            if _is_markup(text) and not _FILLED_IN.search(text):
                yield text
        else:
            yield from _in_json(text, depth=2)


def _in_json(text: str, depth: int) -> Iterator[str]:
    """Yield the strings of a script that are markup. Next.js has JSON inside the strings of its JSON."""
    for string, end in _STRING.findall(text):
        if not end or len(string) < MIN_MARKUP_CHARS:
            continue
        try:
            value = json.loads(f'"{string}"', strict=False)
        except ValueError:  # a string of JavaScript
            continue
        inner = list(_in_json(value, depth - 1)) if depth > 1 else []
        yield from inner or ([value] if _is_markup(value) else [])


def _is_markup(text: str) -> bool:
    return len(text) >= MIN_MARKUP_CHARS and len(_TEXT_TAG.findall(text)) >= MIN_TEXT_TAGS
