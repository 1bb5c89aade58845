"""Names of sites, feeds, tags, authors and languages: is one in the archive, and which are near it?"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ingest import hosts
from ingest.errors import IngestError
from storage.labels import folded

if TYPE_CHECKING:
    from storage.reader import Reader

MAX_COMPARED = 5000  # names, at 25 µs each; of more, those that begin like the wrong one


class UnknownName(IngestError):
    """`near` are the names that may be meant."""

    def __init__(self, sentence: str, near: Sequence[str], otherwise: str) -> None:
        super().__init__(f"{sentence}; " + (f"did you mean {' or '.join(near)}?" if near else otherwise))
        self.sentence = sentence
        self.near = near


def known_site(archive: "Reader", host_or_url: str) -> str:
    """Return the site of a host or address, as articles have it. Raise UnknownName if no article is of that site."""
    site = hosts.site_named(host_or_url)
    for name in (host_or_url, site):
        if archive.has_label("site", name):
            return name
    raise UnknownName(
        f"{host_or_url}: the archive has no article of this site",
        _nearest(site, archive.labels("site")),
        "`ingest search` shows the sites of what it finds",
    )


def known_feed(archive: "Reader", name_or_url: str) -> str:
    """Return the name or address of a feed. Raise UnknownName if the archive has no such feed."""
    name = hosts.without_credentials(name_or_url)
    if archive.feeds_called([name]):
        return name
    raise UnknownName(
        f"{hosts.for_message(name)}: the archive has no feed of this name or address",
        _nearest(name, archive.feed_names()),
        "`ingest status` shows the feeds",
    )


def known_tag(archive: "Reader", tag: str) -> str:
    """Return the tag. Raise UnknownName if neither an article nor a feed has it."""
    of_feeds = archive.feed_tags()
    if archive.has_label("tag", folded(tag)) or folded(tag) in map(folded, of_feeds):
        return tag
    raise UnknownName(
        f"{tag}: no article and no feed of the archive has this tag",
        _nearest(folded(tag), [*archive.labels("tag"), *of_feeds]),
        "`ingest show` shows the tags of an article",
    )


def known_author(archive: "Reader", name: str) -> str:
    """Return the author. Raise UnknownName if no article has this author."""
    if archive.has_label("author", folded(name)):
        return name
    raise UnknownName(
        f"{name}: the archive has no article by this author",
        _nearest(folded(name), archive.labels("author")),
        "`ingest show` shows the authors of an article",
    )


def known_language(archive: "Reader", code: str) -> str:
    """Return the language. Raise UnknownName if no article is in it."""
    if archive.languages_called([code]):
        return code
    known = list(filter(None, archive.labels("language")))
    hint = f"it has {', '.join(known)}" if known else "it knows no article's language"
    raise UnknownName(f"{code}: the archive has no article in this language", (), hint)


def _nearest(wrong: str, known: Sequence[str]) -> list[str]:
    if len(known) > MAX_COMPARED:
        known = [name for name in known if name[:2] == wrong[:2]][:MAX_COMPARED]
    return get_close_matches(wrong, known)
