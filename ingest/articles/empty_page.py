"""A page without a text of its own: where it has it."""

import re
from typing import Any, TypeAlias

from ingest.text.markup import clean_line

Element: TypeAlias = Any  # of lxml, which ships no types

LONGEST_ADDRESS = 200  # characters, in a reason

_REFRESH = re.compile(r"\s*\d*(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"'\s>]+)", re.IGNORECASE)


def elsewhere(page: Element) -> str | None:
    """The reason why a page is empty that leads on by itself, or is a frame around another."""
    for meta in page.iter("meta"):
        if meta.get("http-equiv", "").strip().lower() == "refresh":
            target = _REFRESH.match(meta.get("content", ""))
            if target:
                return f"the page has no text, it leads on to {clean_line(target[1])[:LONGEST_ADDRESS]}"
    if next(page.iter("frame", "frameset", "iframe"), None) is not None:
        return "the page has no text, it is a frame around another"
    return None
