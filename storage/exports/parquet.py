"""Parquet: lists as lists, instants as timestamps in UTC, in groups of rows that fit into little memory."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO

from storage.exports.articles import COLUMNS, Articles, ExportRefused
from storage.exports.text import as_utf8
from storage.rows import Row

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError as error:
    raise ExportRefused("parquet needs pyarrow; `pip install 'ingest[parquet]'` installs it") from error

MAX_GROUP_ROWS = 50_000
MAX_GROUP_BYTES = 16 << 20  # of texts: a group is in memory until it is written
BATCH = 200  # rows that are made columns of at once
MAX_BATCH_CHARACTERS = 4 << 20  # of texts: a few long ones are a batch

# Microseconds: what pandas, DuckDB and Polars have themselves, and Parquet has no seconds. The years 1 to 9999 fit.
INSTANT = pa.timestamp("us", tz="UTC")
TYPES = {
    "id": pa.int64(),
    "words": pa.int64(),
    "authors": pa.list_(pa.string()),
    "tags": pa.list_(pa.string()),
    "published_at": INSTANT,
    "archived_at": INSTANT,
    "revised_at": INSTANT,
    "published_ahead": pa.bool_(),
}
REPEATED = (
    "site language published_from body_from extractor site_name section published_precision access access_reason"
    " authors.list.element tags.list.element"
).split()
FIRST = "0001"
SCHEMA = pa.schema([pa.field(name, TYPES.get(name, pa.string())) for name in COLUMNS])


def write(articles: Articles, file: BinaryIO) -> None:
    with parquet.ParquetWriter(_Counted(file), SCHEMA, compression="zstd", use_dictionary=REPEATED) as writer:
        group: list[Any] = []
        rows = size_bytes = 0
        for batch in _batches(articles):
            rows += len(batch)
            group.append(_columns(batch))
            size_bytes += group[-1].nbytes
            if size_bytes >= MAX_GROUP_BYTES or rows >= MAX_GROUP_ROWS:
                _write_group(writer, group)
                rows = size_bytes = 0
        if group:
            _write_group(writer, group)


def _batches(articles: Articles) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in articles:
        batch.append(row)
        size += len(row["body"]) + len(row["markdown"] or "")
        if len(batch) == BATCH or size >= MAX_BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write_group(writer: Any, group: list[Any]) -> None:  # noqa: ANN401 (pyarrow's)
    table = pa.Table.from_batches(group)
    writer.write_table(table, row_group_size=len(table))
    group.clear()


def _columns(rows: list[Row]) -> Any:  # noqa: ANN401 (pyarrow's)
    return pa.record_batch([_column([row[field.name] for row in rows], field.type) for field in SCHEMA], schema=SCHEMA)


def _column(values: list[Any], type_: Any) -> Any:  # noqa: ANN401 (pyarrow's)
    """Return an array. What no program of ours has written into the archive is cleaned."""
    if type_ == pa.bool_():
        values = [None if value is None else bool(value) for value in values]
    read = _instants if type_ == INSTANT else pa.array
    try:
        return read(values, type_)
    except (pa.ArrowException, UnicodeEncodeError):
        return pa.array([CLEAN.get(type_, _clean_text)(value) for value in values], type_)


def _instants(values: list[str | None], type_: Any) -> Any:  # noqa: ANN401 (pyarrow's)
    if min(filter(None, values), default=FIRST) < FIRST:
        raise pa.ArrowInvalid("a year 0 is no year of Python's")
    return pa.array(values, pa.string()).cast(type_)


def _clean_instant(text: str | None) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    return None


def _clean_text(text: str | None) -> str | None:
    return None if text is None else as_utf8(str(text))


def _clean_list(texts: Iterable[str]) -> list[str | None]:
    return [_clean_text(text) for text in texts]


CLEAN: dict[Any, Callable[[Any], object]] = {INSTANT: _clean_instant, TYPES["tags"]: _clean_list}


class _Counted:
    """A file that pyarrow can ask for its position though it is a pipe."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Leave the file open: who opened it closes it."""
