"""What articles a reader wants."""

from dataclasses import dataclass, fields
from datetime import datetime

from storage.blocks import Ranges
from storage.content import Access


@dataclass(frozen=True, slots=True)
class Selection:
    """The articles that every filter lets through. A filter lets through any of its values.

    `feeds` are names or addresses. Case does not matter in `tags`, `authors` and `languages`; "fr" is also "fr-FR".
    `since` and `until` are about the publication, and leave out articles without its instant. `match` is a query of
    words. Raises ValueError for a string in place of several, and for an instant without a time zone.
    """

    sites: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    access: tuple[Access, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    archived_since: datetime | None = None
    min_words: int | None = None
    match: str | None = None
    ids: Ranges | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str) and field.default == ():
                raise ValueError(f"{field.name}: {value!r} is a string; give a tuple of strings")
            if isinstance(value, datetime) and value.utcoffset() is None:
                raise ValueError(f"{field.name}: {value} has no time zone; give an aware datetime")

    def __bool__(self) -> bool:
        """Return whether there is any filter."""
        return any(getattr(self, field.name) not in ((), None) for field in fields(self)) or self.ids == ()


EVERYTHING = Selection()
