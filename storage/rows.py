"""What the parts of the archive share: the write connection, and short ways to use it."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from storage.records import CurrentText, NewEntry, to_instant, to_text

CURRENT_TEXT = """SELECT id, url, site, title, body, body_from, words, content_hash, extractor,
  EXISTS (SELECT 1 FROM entries WHERE article_id = a.id AND outcome = 'revised') AS edited FROM current_articles a"""


class Rows:
    _db: sqlite3.Connection

    def _rows(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        cursor = self._db.execute(sql, parameters)
        cursor.row_factory = sqlite3.Row
        return cursor.fetchall()

    def _insert(self, table: str, row: dict[str, object]) -> int:
        names = ", ".join(row)
        places = ", ".join("?" * len(row))
        cursor = self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))  # noqa: S608 (our own names)
        assert cursor.lastrowid is not None
        return cursor.lastrowid


def not_before(instant: datetime | None) -> str | None:
    """The instant as text, rounded up: what waits for it is never early."""
    return to_text(instant + timedelta(microseconds=999_999)) if instant else None


def as_json(values: Iterable[object]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def announced(row: sqlite3.Row | dict[str, Any]) -> NewEntry:
    """The entry as its feed announced it, from its row; lists may have been read already."""
    return NewEntry(
        guid=row["guid"],
        url=row["url"],
        title=row["title"],
        authors=_listed(row["authors"]),
        published_at=to_instant(row["published_at"]),
        published_raw=row["published_raw"],
        updated_at=to_instant(row["updated_at"]),
        summary=row["summary"],
        content=row["content"],
        language=row["language"],
        image_url=row["image_url"],
        tags=_listed(row["tags"]),
        shared_url=bool(row["shared_url"]),
        published_precision=dict(row).get("published_precision"),  # `reclean --dry-run` reads earlier schemas too
    )


def current_text_of(row: sqlite3.Row | dict[str, Any]) -> CurrentText:
    """From a row of CURRENT_TEXT."""
    return CurrentText(**(dict(row) | {"edited": bool(row["edited"])}))


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return tuple(json.loads(value) if isinstance(value, str) else value)
