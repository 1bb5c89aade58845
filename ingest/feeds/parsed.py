"""What a feed's document says, once read."""

from dataclasses import dataclass

from storage.records import NewEntry


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed and its entries, in the document's order.

    `version` is feedparser's name for the format, or "json1" or "json11". `entries_seen` is how many the
    document held, before bad ones, repeated ones and those past the limit were left out.
    `asked_interval_s` is the least interval the document asks for, 0 for none. `warning` is one sentence
    on what is wrong with the document, None when all is well; not `whole` is one whose end is missing.
    """

    version: str
    title: str | None
    site_url: str | None
    language: str | None
    entries: tuple[NewEntry, ...]
    entries_seen: int
    asked_interval_s: int = 0
    warning: str | None = None
    whole: bool = True
