"""A page's bytes → its tree, once, put right where libxml2 would lose the article."""

import re
from typing import Any, TypeAlias

from lxml import etree
from lxml.html import HtmlElement

from ingest.text.charset import decode
from ingest.text.markup import NESTED_TAGS, hit_depth_limit

Element: TypeAlias = Any  # of lxml, which ships no types

HEAD_CHARS = 4096

_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\r\f"})  # in a text they make lxml raise later
# In an address, where it would be another without them: what libxml2 keeps, and no host holds, stands for them.
_TAG_WITH_CONTROLS = re.compile("<[^<>\x00-\x08\x0b\x0e-\x1f\x7f]*[\x00-\x08\x0b\x0e-\x1f\x7f][^<>]*")
_SUBSTITUTES = dict.fromkeys(_CONTROLS, "\ufffd")
_EARLY_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)  # optional everywhere; in mid-page it loses the rest
_SELF_CLOSED = re.compile(r"(<html\b[^>]*?)/>", re.IGNORECASE)  # an empty page
_FIRST_OF_BODY = re.compile(r"<(?:article|main|section|header|nav|aside|footer|figure)\b", re.IGNORECASE)
_WRAPPERS = re.compile(r"</?(?:div|span|font|b|i|em|strong|center|blockquote|section)\b[^<>]*>", re.IGNORECASE)

_PARSER = etree.HTMLParser(
    encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, default_doctype=False, huge_tree=True
)
# trafilatura wants this class; lxml.html's own parser looks it up in Python, once an element: 0.5 ms a page.
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))


def parse(body: bytes, content_type: str | None) -> Element | None:
    """The tree without comments; None for an empty page.

    libxml2 drops without a word what is nested deeper than 2048 elements: such a page is parsed again without the
    wrappers that it did not close, and if that is not enough without all that can be nested. It knows no element of
    HTML 5, and takes one for a part of the head where the body's own tag is left out, as it may be (HTML, "Optional
    tags").
    """
    text = decode(body, content_type)
    if len(body.translate(None, _CONTROLS)) < len(body):  # a tenth of the pattern's time; most pages have none
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


def _parse(text: str) -> Element | None:
    try:
        return etree.fromstring(text.encode("utf-8", "replace").translate(None, _CONTROLS) or b" ", parser=_PARSER)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise
