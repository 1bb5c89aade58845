"""Arguments of commands: instants, ids, and names that the archive knows."""

import re
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from ingest.errors import IngestError

if TYPE_CHECKING:
    from storage.reader import Reader

CURSOR = click.IntRange(0, 2**63 - 1)  # SQLite's integers end there

_AGO = re.compile(r"(\d+) ?(min(?:ute)?s?|h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?)(?: ago)?")
_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)  # in text, an earlier year would not have four digits
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def instant(text: str, now: datetime) -> datetime:
    """Parse a date, an ISO 8601 instant, "7d" or "today". It is in UTC unless it names a zone.

    Raises ValueError or OverflowError.
    """
    word = text.strip().lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if word in ("today", "yesterday"):
        return midnight - timedelta(days=word == "yesterday")
    if ago := _AGO.fullmatch(word):
        return now - timedelta(**{_UNITS[ago[2][0]]: int(ago[1])})
    at = datetime.fromisoformat(text.strip())
    return max(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC), _EARLIEST)


class Instant(click.ParamType[datetime]):
    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return instant(str(value), datetime.now(UTC))
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no instant: name a date such as 2026-03-01, an instant such as 2026-03-01T14:30Z, or 7d,"
                " 12h, 2w, today, yesterday (all in UTC)",
                param,
                ctx,
            )


INSTANT = Instant()


class Text(click.ParamType[str]):
    """A name or query in UTF-8: SQLite takes no other."""

    name = "text"

    def __init__(self, *, empty_allowed: bool = False) -> None:
        self._empty_allowed = empty_allowed

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if any("\ud800" <= character <= "\udfff" for character in text):  # bytes that Python could not decode
            self.fail(f"{text!r} is not UTF-8; write it in UTF-8", param, ctx)
        if not text.strip() and not self._empty_allowed:
            self.fail(f"{text!r} is empty; name something", param, ctx)
        return text


def known_site(archive: "Reader", host_or_url: str) -> str:
    """Return the site of a host or address, as articles have it. Raise IngestError if no article is of that site."""
    from ingest import hosts

    site = hosts.site_named(host_or_url)
    for name in (host_or_url, site):
        if archive.has_label("site", name):
            return name
    hint = _hint(site, archive.labels("site"), "`ingest search` shows the sites of what it finds")
    raise IngestError(f"{host_or_url}: the archive has no article of this site; {hint}")


def known_feed(archive: "Reader", name_or_url: str) -> str:
    """Return the name or address of a feed. Raise IngestError if the archive has no such feed."""
    from ingest import hosts

    name = hosts.without_credentials(name_or_url)
    if archive.feeds_called([name]):
        return name
    hint = _hint(name, archive.feed_names(), "`ingest status` shows the feeds")
    raise IngestError(f"{hosts.for_message(name)}: the archive has no feed of this name or address; {hint}")


def known_tag(archive: "Reader", tag: str) -> str:
    """Return the tag. Raise IngestError if neither an article nor a feed has it."""
    from storage.labels import folded

    of_feeds = archive.feed_tags()
    if archive.has_label("tag", folded(tag)) or folded(tag) in map(folded, of_feeds):
        return tag
    hint = _hint(folded(tag), [*archive.labels("tag"), *of_feeds], "`ingest show` shows the tags of an article")
    raise IngestError(f"{tag}: no article and no feed of the archive has this tag; {hint}")


def known_author(archive: "Reader", name: str) -> str:
    """Return the author. Raise IngestError if no article has this author."""
    from storage.labels import folded

    if archive.has_label("author", folded(name)):
        return name
    hint = _hint(folded(name), archive.labels("author"), "`ingest show` shows the authors of an article")
    raise IngestError(f"{name}: the archive has no article by this author; {hint}")


def known_language(archive: "Reader", code: str) -> str:
    """Return the language. Raise IngestError if no article is in it."""
    if archive.languages_called([code]):
        return code
    known = ", ".join(filter(None, archive.labels("language")))
    hint = f"it has {known}" if known else "it knows no article's language"
    raise IngestError(f"{code}: the archive has no article in this language; {hint}")


def _hint(wrong: str, known: list[str], otherwise: str) -> str:
    close = get_close_matches(wrong, known)
    return f"did you mean {' or '.join(close)}?" if close else otherwise
