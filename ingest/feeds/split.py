"""An XML document's entries by their source, so that what the last document had is not read again.

A document is split only if feedparser is certain to read each entry as it would without the others: the entries are
closed, follow each other, and no name has two meanings. The bytes before and after them, the frame, must be the last
one's.
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from typing import Generic, TypeVar

from ingest.feeds.parsed import ParsedFeed, is_empty
from ingest.feeds.xml_source import entry_spans

VERSION = 1
"""The version of reading. Raise it when an entry may be read as another one than before: another guid, link, title,
date or text. Each feed is then read in full once."""

T = TypeVar("T")

_CLOSING = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>\Z", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
_RDF = re.compile(rb"<rdf:RDF\s[^<>]*\sxmlns\s*=\s*[\"']http://purl\.org/rss/1\.0/[\"']", re.IGNORECASE)
_SUBSET = re.compile(rb"<!DOCTYPE[^>\[]*\[|<!ENTITY", re.IGNORECASE)
_DECLARED = re.compile(rb"xmlns:([\w.-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
# What changes with every document and says nothing of its entries: comments, dates of the feed, RDF's list of entries.
_VOLATILE = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->"
    rb"|<((?:\w+:)?(?:lastBuildDate|pubDate|updated|modified|date))(?:\s[^<>]*)?>[^<]*</\1\s*>|<rdf:li\s[^<>]*/>",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Last:
    """What a feed's last document had: the digest of its frame, and those of the entries that need not be read."""

    frame: bytes = b""
    entries: Container[bytes] = ()


NOTHING = Last()


@dataclass(frozen=True, slots=True)
class Pieces(Generic[T]):
    """A document in pieces: its entries with their digests, and the digest of the frame.

    `head` and `tail` are the bytes before and after the entries, if the entries are bytes.
    """

    frame: bytes
    entries: list[T]
    digests: list[bytes]
    head: bytes = b""
    tail: bytes = b""

    def known(self, last: Last) -> tuple[bytes, ...]:
        """Return the digests of the entries that the last document had."""
        return tuple(dict.fromkeys(each for each in self.digests if each in last.entries and self.frame == last.frame))

    def new(self, known: Container[bytes]) -> tuple[list[T], list[bytes]]:
        """Return the entries that are not known, and their digests."""
        left = [n for n, each in enumerate(self.digests) if each not in known]
        return [self.entries[n] for n in left], [self.digests[n] for n in left]


def split(body: bytes, url: str) -> Pieces[bytes] | None:
    """Split a UTF-8 document that was fetched from `url`. Return None if that is not certain to be harmless."""
    spans = entry_spans(body)
    if not spans:
        return None
    head, tail = body[: spans[0][0]], body[spans[-1][1] :]
    entries = [body[start:end] for start, end in spans]
    root = _ROOT.search(head)
    if not root or _SUBSET.search(head) or (root[0][1:4].lower() == b"rdf" and not _RDF.search(head)):
        return None
    if any(body[end:start].strip() for (_, end), (start, _) in pairwise(spans)):
        return None
    if not all(map(_CLOSING.search, entries)):
        return None
    declared = set(_DECLARED.findall(body))
    if len(declared) > len({prefix for prefix, _ in declared}):
        return None
    frame = digest(b"\0".join((url.encode(errors="replace"), _steady(head), _steady(tail))))
    return Pieces(frame, entries, [*map(digest, entries)], head, tail)


def with_digests(feed: ParsedFeed, pieces: Pieces[T], known: Sequence[bytes] = ()) -> ParsedFeed:
    """Return the feed with the digests of its entries, read from the pieces without the known ones.

    A document with a fault has no digests: the next one is read in full. Nor has one whose entries are not the pieces.
    """
    _, digests = pieces.new(known)
    if feed.warning or not feed.version or len(feed.entries) != len(digests) or any(map(is_empty, feed.entries)):
        return feed
    return replace(feed, frame=pieces.frame, digests=tuple(digests), same=tuple(known))


def digest(source: bytes) -> bytes:
    return blake2b(source, digest_size=8).digest()


def _steady(frame: bytes) -> bytes:
    return _VOLATILE.sub(lambda found: found[0] if found[0].startswith(b"<![") else b"", frame)
