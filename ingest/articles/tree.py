"""A page's bytes → its tree. A page is repaired first if libxml2 would lose its article."""

import re
from typing import Any, TypeAlias

from lxml import etree
from lxml.html import HtmlElement

from ingest.text.charset import decode
from ingest.text.markup import NESTED_TAGS, hit_depth_limit

Element: TypeAlias = Any  # of lxml, which ships no types

HEAD_CHARS = 4096

_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\r\f"})  # in a text they make lxml raise later
# In tags they become U+FFFD, which no host may have: an address without them would be another address.
_TAG_WITH_CONTROLS = re.compile("<[^<>\x00-\x08\x0b\x0e-\x1f\x7f]*[\x00-\x08\x0b\x0e-\x1f\x7f][^<>]*")
_SUBSTITUTES = dict.fromkeys(_CONTROLS, "\ufffd")
_EARLY_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)  # optional; too early, they cut off the rest
_SELF_CLOSED = re.compile(r"(<html\b[^>]*?)/>", re.IGNORECASE)  # makes the page empty
_FIRST_OF_BODY = re.compile(r"<(?:article|main|section|header|nav|aside|footer|figure)\b", re.IGNORECASE)
_WRAPPERS = re.compile(r"</?(?:div|span|font|b|i|em|strong|center|blockquote|section)\b[^<>]*>", re.IGNORECASE)

_PARSER = etree.HTMLParser(
    encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, default_doctype=False, huge_tree=True
)
# trafilatura needs this class. The parser of lxml.html searches for it in Python for each element: 0.5 ms a page.
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))


def parse(body: bytes, content_type: str | None) -> Element | None:
    """Parse a page into a tree without comments. Return None if the page is empty.

    libxml2 silently drops elements below 2048 levels. Such a page is parsed again without wrappers (they were never
    closed), then without all tags that can be nested. libxml2 does not know the elements of HTML 5: if <body> is left
    out, as it may be (HTML, "Optional tags"), it puts them into the head. <body> is then added.
    """
    text = decode(body, content_type)
    if len(body.translate(None, _CONTROLS)) < len(body):  # a tenth of the pattern's time; most have none
        text = _TAG_WITH_CONTROLS.sub(lambda tag: tag[0].translate(_SUBSTITUTES), text)
    text = _EARLY_END.sub("", text)
    if _SELF_CLOSED.search(text, 0, HEAD_CHARS):
        text = _SELF_CLOSED.sub(r"\1>", text, count=1)
    tree = _parse(text)
    for nesting in (_WRAPPERS, NESTED_TAGS):
        if hit_depth_limit(_PARSER):
            tree = _parse(nesting.sub(" ", text))
    if tree is not None and tree.find(".//body") is None:
        tree = _parse(_FIRST_OF_BODY.sub(r"<body>\g<0>", text, count=1))
    return tree


def text_of(node: Element) -> str:
    """Return the text inside a node, single-spaced."""
    return " ".join(node.xpath("string()").split())


def _parse(text: str) -> Element | None:
    try:
        return etree.fromstring(text.encode("utf-8", "replace").translate(None, _CONTROLS) or b" ", parser=_PARSER)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise
