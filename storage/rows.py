"""The base of the classes of tables: the connection, and rows as records or dicts."""

import json
import sqlite3
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from storage.connection import guarded, translated
from storage.records import Media, Outcome, to_instant, to_text

T = TypeVar("T")

MANY_ROWS = 200

Parameters = Sequence[object] | Mapping[str, object]
Row = dict[str, Any]
"""A row by column name; lists (authors, tags) and page headers are decoded."""


class Rows:
    """An open archive: `db` is the connection to the file `path`."""

    path: Path
    db: sqlite3.Connection

    def _rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Return all rows of a statement. Raises ArchiveError."""
        try:
            return self.db.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def _row(self, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Row | None:
        rows = self._rows(sql, parameters)
        return rows[0] if rows else None

    def _value(self, sql: str, parameters: Sequence[object] = ()) -> Any:  # noqa: ANN401 (as SQLite has it)
        """Return the first column of the first row, None if there is no row."""
        row = self._row(sql, parameters)
        return row[0] if row else None

    def _column(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        """Return the first column of all rows."""
        return [row[0] for row in self._rows(sql, parameters)]

    def _counts(self, sql: str, parameters: Sequence[object] = ()) -> dict[str, int]:
        """Return the two columns of all rows."""
        return {name: count for name, count in self._rows(sql, parameters)}  # noqa: C416 (a row is no pair to mypy)

    def _many(self, sql: str, parameters: Sequence[object] = ()) -> Generator[list[tuple[Any, ...]], None, None]:
        """Yield the rows of a statement, many at a time, as bare tuples. Raises ArchiveError."""
        try:
            cursor = self.db.cursor()
            cursor.row_factory = None
            cursor.execute(sql, parameters)
            while rows := cursor.fetchmany(MANY_ROWS):
                yield rows
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def _tuples(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        return chain.from_iterable(self._many(sql, parameters))

    @contextmanager
    def one_instant(self) -> Iterator[None]:
        """Show all queries inside the archive of one instant, or of the transaction that they are in."""
        if self.db.in_transaction:
            yield
            return
        with guarded(self.path):
            self.db.execute("BEGIN")
            try:
                yield
            finally:
                self.db.execute("ROLLBACK")

    def _dicts(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        return [decoded(row) for row in self._rows(sql, parameters)]

    def _records(self, record: type[T], sql: str, parameters: Sequence[object] = ()) -> list[T]:
        """Return the rows as records, from the columns that are named like its fields."""
        return [from_row(record, row) for row in self._rows(sql, parameters)]

    def _insert(self, table: str, row: Mapping[str, object]) -> int:
        """Return the id of the new row."""
        cursor = self.db.execute(_insertion(table, row), list(row.values()))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _insert_all(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows that have the same columns."""
        if rows:
            self.db.executemany(_insertion(table, rows[0]), [list(row.values()) for row in rows])


def _insertion(table: str, columns: Collection[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 (our own names)


Readers = list[tuple[str, Callable[[Any], object] | None]]

READERS: dict[Any, Callable[[Any], object]] = {
    datetime: to_instant,
    datetime | None: to_instant,
    tuple[float, ...]: lambda text: tuple(json.loads(text)),
    tuple[int, ...]: lambda text: tuple(json.loads(text)),
    tuple[str, ...]: lambda names: tuple(json.loads(names) if isinstance(names, str) else names),
    tuple[Media, ...]: lambda text: tuple(Media(**fields) for fields in json.loads(text)),
    bool: bool,
    Outcome: Outcome,
}
"""The function that reads a column, by the type of the record's field."""

_readers: dict[type[object], Readers] = {}


def from_row(record: type[T], row: sqlite3.Row | Row) -> T:
    """Return the record of a row that has its fields as columns."""
    if record not in _readers:
        _readers[record] = [(field.name, READERS.get(field.type)) for field in fields(record)]  # type: ignore[arg-type]  # a dataclass
    return record(**{name: read(row[name]) if read else row[name] for name, read in _readers[record]})


def to_row(record: Any, *, exclude: Collection[str] = ()) -> dict[str, object]:  # noqa: ANN401 (any dataclass)
    """Return the record's fields as they are stored, except those in `exclude`."""
    return {name: _stored(getattr(record, name)) for name in _names(record.__class__) if name not in exclude}


@cache
def _names(record: Any) -> list[str]:  # noqa: ANN401 (any dataclass)
    return [field.name for field in fields(record)]


def _stored(value: object) -> object:
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, tuple):
        return as_json(asdict(each) if is_dataclass(each) and not isinstance(each, type) else each for each in value)
    return json.dumps(value) if isinstance(value, dict) else value


def decoded(row: sqlite3.Row) -> Row:
    columns = dict(row)
    for name in ("authors", "tags", "headers", "media"):
        if isinstance(columns.get(name), str):
            columns[name] = json.loads(columns[name])
    return columns


def rounded_up(instant: datetime | None) -> str | None:
    """Return the instant as text, in the next full second: a row that waits for it is never early."""
    return to_text(instant + timedelta(microseconds=999_999)) if instant else None


def as_json(values: Iterable[object]) -> str:
    """Return a JSON array: how lists are stored, and given to `json_each`."""
    return json.dumps(list(values), ensure_ascii=False)
