"""Context of a page that are not the article: their bylines and dates are of something else."""

import re
from typing import Any, TypeAlias

Element: TypeAlias = Any  # of lxml, which ships no types

# In lower case: telling the cases apart takes a third of the time of not telling them.
_ELSEWHERE = re.compile(
    r"comment|related|sidebar|footer|(?<!elementor-)widget|recommend|teaser|popular|latest|avatar|cookie|newsletter"
)


def is_elsewhere(part: Element) -> bool:
    """Whether the element says of itself that it is not of the article."""
    if part.tag in ("aside", "footer", "nav"):
        return True
    names = (part.get("class") or "") + " " + (part.get("id") or "")
    return len(names) > 1 and part.tag not in ("body", "html") and bool(_ELSEWHERE.search(names.lower()))


def stands_elsewhere(node: Element, place: Element | None) -> bool:
    """Whether the node is in such a part, on its way up to what holds the headline's `place` too.

    The footer of the <article> that holds the headline is the article's.
    """
    holders = [] if place is None else [place, *place.iterancestors()]
    for part in (node, *node.iterancestors()):
        if part in holders:
            return False
        if is_elsewhere(part) and not (part.tag == "footer" and next(part.iterancestors("article"), None) in holders):
            return True
    return False
