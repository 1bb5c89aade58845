"""A tree put right before extraction, where its markup hides what is a paragraph."""

from typing import Any, TypeAlias

from lxml import etree

from ingest.articles.words import word_count

Element: TypeAlias = Any  # of lxml, which ships no types

STANDFIRST_WORDS = 15

_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_CONTAINERS = frozenset("p div td section article main body".split())
_INLINE = frozenset(
    "a abbr b bdi big br cite code del em font i img ins kbd mark q s small span strike strong sub sup tt u var".split()
)
_SENTENCE_ENDS = (".", "!", "?", "…", "»", "”", "“")


def repair(page: Element) -> None:
    etree.strip_tags(page, "time")  # one left in the text makes trafilatura take another method's text for it
    for heading in list(page.iter(*_HEADINGS)):
        text = str(heading.xpath("string()")).strip()
        if text.endswith(_SENTENCE_ENDS) and word_count(text) >= STANDFIRST_WORDS:
            heading.tag = "p"  # extraction drops headings that open no text
    divided = dict.fromkeys(line_break.getparent() for line_break in page.iter("br") if _is_double(line_break))
    for container in divided:
        if container.tag in _CONTAINERS:
            _divide(container)


def _is_double(line_break: Element) -> bool:
    following = line_break.getnext()
    return following is not None and following.tag == "br" and not (line_break.tail or "").strip()


def _divide(container: Element) -> None:
    """Text that blank lines (<br><br>) divide → paragraphs. Single breaks and blocks stay as they are."""
    parts = [_paragraph(container, container.text)]
    container.text = None
    container.tag = "div" if container.tag == "p" else container.tag
    dividing = False
    for child in list(container):
        divides = child.tag == "br" and (dividing or _is_double(child))
        tail, child.tail = child.tail, None
        dividing = divides and not (tail or "").strip()
        if divides:
            parts.append(_paragraph(container, tail))
        elif child.tag in _INLINE:
            child.tail = tail
            parts[-1].append(child)
        else:
            parts += [child, _paragraph(container, tail)]
    container[:] = [part for part in parts if part.tag != "p" or len(part) or (part.text or "").strip()]


def _paragraph(container: Element, text: str | None) -> Element:
    paragraph = container.makeelement("p")
    paragraph.text = text
    return paragraph
