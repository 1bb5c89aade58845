"""What sticks to the end of an address that was cut out of a text or pasted from one."""

import re

_IDLE = re.compile(
    r"(?:[.,;:&]"
    r"|%(?:0[9AD]|20|3[CE]|60|C2%A0|C2%BB|E2%80%(?:8[B-F]|9[89CD]|AF)|E2%81%A0|EF%BB%BF)"  # white, zero-width, quotes
    r"|&(?:quot|apos|lt|gt|nbsp);)$",
    re.IGNORECASE,
)
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"), ("%5B", "%5D"), ("%7B", "%7D"))
_QUOTES = ("'", "%27", "%22")
_ABBREVIATION = re.compile(r"(?:^|[/_.=+-])[A-Z][A-Za-z]{0,3}\.$")


def without_junk(part: str) -> str:
    """A percent-escaped path, query or address without the punctuation, quotes and white space after it.

    A bracket stays that has its other half before it (`/wiki/Alien_(film)`), and so does the second of two quotes
    and the stop of an abbreviation (`/wiki/Washington,_D.C.`).
    """
    while (shorter := _shorter(part)) != part:
        part = shorter
    return part


def _shorter(part: str) -> str:
    """Without the last of it that is junk."""
    for opening, closing in _BRACKETS:
        if part.endswith(closing) and part.count(opening) < part.count(closing):
            return part.removesuffix(closing)
    for quote in _QUOTES:
        before = part.removesuffix(quote)
        if before != part and (before.count(quote) % 2 == 0 or before.endswith(quote)):
            return before
    return part if _ABBREVIATION.search(part) else _IDLE.sub("", part)
