"""Characters of strangers in formats that do not take all of them."""

import re

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
# XML takes no others (https://www.w3.org/TR/xml/#charsets), and HTML has no use for them.
_NOT_IN_MARKUP = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def as_utf8(text: str) -> str:
    """Replace lone surrogates: they are no text in UTF-8."""
    return _LONE_SURROGATES.sub("\ufffd", text)


def in_markup(text: str) -> str:
    """Drop control characters and what is no character. Tabs and ends of lines stay."""
    return _NOT_IN_MARKUP.sub("", text)
