"""The rows that `Reader` returns as records: frozen, with the columns of their table as fields.

Instants are aware UTC datetimes, lists are tuples, and `None` means unknown. The columns are described in the README.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from storage.content import Access, Cause
from storage.records import ArticleFrom, Precision
from storage.rows import Row, from_row

ChangeKind = Literal["article", "copy", "revision", "forgotten"]


@dataclass(frozen=True, slots=True)
class Article:
    """An article with one of its texts: its latest one, a row of `current_articles`, or its first one in a `Change`.

    `revised_at` is None for the first text.
    """

    id: int
    url: str
    site: str
    title: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    published_from: str | None
    archived_at: datetime
    revised_at: datetime | None
    language: str | None
    summary: str | None
    body: str
    body_from: ArticleFrom
    words: int
    image_url: str | None
    tags: tuple[str, ...]
    content_hash: str
    extractor: str
    site_name: str | None
    section: str | None
    published_precision: Precision | None
    published_ahead: bool
    markdown: str | None
    access: Access | None
    access_reason: str | None


@dataclass(frozen=True, slots=True)
class Copy:
    """The text of an article at another address, a row of `copies`."""

    id: int
    article_id: int
    url: str
    site: str
    title: str | None
    body: str
    published_at: datetime | None
    archived_at: datetime
    method: str
    score: float
    adds: bool
    merged_id: int | None
    split_id: int | None
    published_precision: Precision | None
    markdown: str | None
    access: Access | None
    access_reason: str | None


@dataclass(frozen=True, slots=True)
class Revision:
    """A later text of an article, a row of `revisions`. Without a title, the article's stays."""

    id: int
    article_id: int
    title: str | None
    body: str
    content_hash: str
    archived_at: datetime
    words: int | None
    extractor: str | None
    markdown: str | None
    access: Access | None
    access_reason: str | None
    cause: Cause | None


Record: TypeAlias = Article | Copy | Revision

RECORDS: dict[str, type[Article] | type[Copy] | type[Revision]] = {
    "article": Article,
    "copy": Copy,
    "revision": Revision,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the archive, a row of `changes`. `id` is the id of the row that was added.

    `record` is that row: an Article, Copy or Revision, as `kind` says. It is None if the article was forgotten since,
    and of a change "forgotten".
    """

    seq: int
    at: datetime
    kind: ChangeKind
    id: int
    article_id: int
    cause: Cause | None
    record: Record | None


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that a search found. `snippet` is the place that matches, or the beginning of the text."""

    id: int
    url: str
    site: str
    title: str | None
    published_at: datetime | None
    archived_at: datetime
    snippet: str


def change_of(row: Row) -> Change:
    """Return the record of a row of `Reader.change_rows`."""
    return from_row(Change, row | {"record": _record(row["kind"], row["record"])})


def _record(kind: str, row: Row | None) -> Record | None:
    if row is None:
        return None
    if kind == "article":  # columns of `current_articles` that `articles` lacks
        ahead = row["published_at"] is not None and row["published_at"] > row["archived_at"]
        row = row | {"revised_at": None, "published_ahead": ahead}
    return from_row(RECORDS[kind], row)
