"""The article that a page keeps in its scripts, for a browser to put in: a template, or markup in JSON."""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

Element: TypeAlias = Any  # of lxml, which ships no types

MIN_CHARS = 600  # of markup; a shorter piece is a teaser or a notice
MAX_SCRIPT_CHARS = 5_000_000
MIN_TAGS = 3  # of lines and paragraphs, in the markup of a text

_TEMPLATES = frozenset(("text/template", "text/x-template", "text/html"))
_FILLED_IN = re.compile(r"\{\{|<%")  # by the browser: what stands around is a form, not a text
_STRING = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_TEXT_TAG = re.compile(r"<(?:p|br|h2|li)\b", re.IGNORECASE)


def embedded(page: Element) -> str | None:
    """Return the longest piece of markup in the page's scripts, or None if no piece is as long as an article."""
    return max(_pieces(page), key=len, default=None)


def _pieces(page: Element) -> Iterator[str]:
    for script in page.iter("script"):
        text = script.text or ""
        if not MIN_CHARS <= len(text) <= MAX_SCRIPT_CHARS:
            continue
        if (script.get("type") or "").lower() in _TEMPLATES:
            if _is_markup(text) and not _FILLED_IN.search(text):
                yield text
        else:
            yield from _in_json(text, depth=2)


def _in_json(text: str, depth: int) -> Iterator[str]:
    """Yield the strings of a script that are markup; Next.js has JSON in the strings of its JSON."""
    for string in _STRING.findall(text):
        if len(string) < MIN_CHARS:
            continue
        try:
            value = json.loads(f'"{string}"', strict=False)
        except ValueError:  # a string of JavaScript
            continue
        inner = list(_in_json(value, depth - 1)) if depth > 1 else []
        yield from inner or ([value] if _is_markup(value) else [])


def _is_markup(text: str) -> bool:
    return len(text) >= MIN_CHARS and len(_TEXT_TAG.findall(text)) >= MIN_TAGS
