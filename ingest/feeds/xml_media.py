"""The pictures, videos and sounds of an entry of RSS, RDF or Atom: Media RSS, enclosures, a podcast's cover."""

from collections.abc import Callable, Collection, Iterable
from itertools import chain

from ingest.feeds.links import absolute
from ingest.feeds.media import FACES, Named, read_media
from ingest.feeds.nodes import TEXTS, Node, children, number, text_of
from storage.records import Media


def read_media_of(
    node: Node, base: str, *, title: str | None, summary: str | None
) -> tuple[str | None, tuple[Media, ...]]:
    """Return the address of the entry's picture, and its media. Of one picture in several sizes take the widest."""
    contents, thumbnails = children(node, "media_content"), children(node, "media_thumbnail")
    enclosures = [link for link in children(node, "links") if link.get("rel") == "enclosure"]
    cover = dict.get(node, "image")
    if not (contents or thumbnails or enclosures or cover):
        return None, ()
    named = chain(
        map(_named, _widest(contents, _file)),
        (_named(thumbnail, medium="image") for thumbnail in _widest(thumbnails, lambda node: id(_texts(node)[0]))),
        map(_named, enclosures),
        [_named(cover, medium="image")] if isinstance(cover, dict) else (),
    )
    pictures = (*_pictures(contents), *thumbnails, *filter(_is_picture, enclosures), cover)
    return _first_address(pictures, base), read_media(named, base, title=title, summary=summary)


def _widest(nodes: Iterable[Node], key: Callable[[Node], object]) -> Collection[Node]:
    found: dict[object, Node] = {}
    for node in nodes:
        same = found.setdefault(key(node), node)
        if number(text_of(node, "width")) > number(text_of(same, "width")):
            found[key(node)] = node
    return found.values()


def _file(node: Node) -> str:
    """Return the address, without the query of a picture whose width is declared: the query may give the width."""
    address = text_of(node, "url")
    return address.partition("?")[0] if text_of(node, "width") else address


def _named(node: Node, medium: str = "") -> Named:
    return Named(
        text_of(node, "url") or text_of(node, "href"),
        type=text_of(node, "type"),
        medium=text_of(node, "medium") or medium,
        length=text_of(node, "length") or text_of(node, "filesize"),
        width=text_of(node, "width"),
        height=text_of(node, "height"),
        alt=_text(node, "title"),
        caption=_text(node, "description"),
        credit=_text(node, "credit"),
    )


def _text(node: Node, name: str) -> str:
    """Return a text of Media RSS: the medium's own, else its group's, else the entry's."""
    return next((text for texts in _texts(node) if (text := texts.get(name))), "")


def _texts(node: Node) -> tuple[dict[str, str], ...]:
    found: tuple[dict[str, str], ...] = dict.get(node, TEXTS, ({},))
    return found


def _pictures(contents: Iterable[Node]) -> list[Node]:
    """Return the pictures of media:content, the widest first."""
    return sorted(filter(_is_picture, contents), key=lambda node: number(text_of(node, "width")), reverse=True)


def _first_address(pictures: Iterable[object], base: str) -> str | None:
    urls = (absolute(text_of(picture, "url") or text_of(picture, "href"), base) for picture in pictures)
    return next((url for url in urls if url and FACES not in url), None)


def _is_picture(node: Node) -> bool:
    path = (text_of(node, "url") or text_of(node, "href")).partition("?")[0].lower()
    kind = text_of(node, "medium") or text_of(node, "type")
    return kind.startswith("image") if kind else path.endswith((".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"))
