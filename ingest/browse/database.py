"""Datasette over an archive: its connections read only, are the archive's, and end with it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted

from storage.connection import connect_read_only, guarded

# A table says how many rows it has if that is soon counted. SQLite cannot be interrupted in a plain `count(*)`, which
# reads a table to its end: 48 s for a million articles that are not in memory.
MAX_COUNTED = 100_000
COUNT_LIMIT_MS = 200
COUNT = "select count(*) from "  # as Datasette writes it


class ArchiveDatasette(Datasette):  # type: ignore[misc]  # Datasette has no types
    """Datasette without databases of its own: nothing here reads its index of all schemas, which costs .3 s."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (Datasette's)
        super().__init__(**options)
        for name in list(self.databases):
            self.remove_database(name)

    async def refresh_schemas(self) -> None:
        """Do nothing."""

    async def get_canned_query(self, database_name: str, query_name: str, actor: object) -> Any:  # noqa: ANN401
        """Return the query. Raises ArchiveError: the page of a table would leave coroutines behind at its error."""
        await self.get_database(database_name).execute("select 1")
        return await super().get_canned_query(database_name, query_name, actor)

    async def permission_allowed(self, *_: object, **__: object) -> bool:
        """Return true. Who may open a page is decided by the guard; what a page may do, by the connection."""
        return True


class ArchiveDatabase(Database):  # type: ignore[misc]
    """The archive. Each thread has a connection, which is made anew when the file was replaced."""

    def __init__(self, datasette: Datasette, path: Path) -> None:
        super().__init__(datasette, path=str(path), is_mutable=True)
        self._archive = path
        self._opened: dict[int, tuple[sqlite3.Connection, tuple[int, int]]] = {}

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """Return a connection that reads. Raises ArchiveError."""
        if write:
            raise sqlite3.OperationalError("the archive is read-only here")
        connection = connect_read_only(self._archive, any_thread=True)
        connection.execute("PRAGMA query_only = 1")
        self.ds._prepare_connection(connection, self.name)  # noqa: SLF001 (as Datasette's own databases do)
        return connection

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:  # noqa: ANN401 (Datasette's)
        """Return what `fn` returns for a connection of this archive. Raises ArchiveError."""
        return await asyncio.get_running_loop().run_in_executor(self.ds.executor, self._in_thread, fn)

    def _in_thread(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:  # noqa: ANN401 (Datasette's)
        thread = threading.get_ident()
        with guarded(self._archive):
            found = self._archive.stat() if self._archive.exists() else None
        identity = (found.st_dev, found.st_ino) if found else (0, 0)
        connection, known = self._opened.get(thread, (None, None))
        if connection is None or known != identity:
            if connection:
                connection.close()
                del self._opened[thread]
            connection = self.connect()
            self._opened[thread] = (connection, identity)
        return fn(connection)

    async def execute(self, sql: str, params: Any = None, **options: Any) -> Any:  # noqa: ANN401 (Datasette's)
        """Return the rows. Errors in a user's SQL are for the page, not for the terminal."""
        options["log_sql_errors"] = False
        if not sql.startswith(COUNT) or options.get("truncate"):
            return await super().execute(sql, params, **options)
        limited = f"select count(*) from (select 1 from {sql.removeprefix(COUNT)} limit {MAX_COUNTED + 1})"  # noqa: S608 (Datasette's)
        options.setdefault("custom_time_limit", COUNT_LIMIT_MS)
        results = await super().execute(limited, params, **options)
        if results.single_value() > MAX_COUNTED:
            raise QueryInterrupted(None, sql, params)
        return results

    def close(self) -> None:
        """End what runs and close the connections."""
        self.ds.executor.shutdown(wait=False, cancel_futures=True)
        for connection, _ in list(self._opened.values()):
            connection.interrupt()
        self.ds.executor.shutdown()
        for connection, _ in self._opened.values():
            connection.close()
