"""Run `ingest` with a fault at a chosen commit of the archive's writer.

    .venv/bin/python scripts/proofs/faulty.py FAULT N [ingest's arguments]

FAULT  before   `kill -9` just before the N-th commit
       after    `kill -9` just after the N-th commit
       count    no fault; the last line on stderr is the number of commits
       or an error code of SQLite, such as SQLITE_FULL or SQLITE_IOERR_WRITE: the N-th and every later commit fails
                with it
"""

import os
import signal
import sqlite3
import sys
from typing import Any

import storage.archive
from ingest.cli import run

fault, n = sys.argv[1], int(sys.argv[2])


class Faulty(sqlite3.Connection):
    commits = 0

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:  # noqa: ANN401 (passed through)
        if sql != "COMMIT":
            return super().execute(sql, *parameters)
        Faulty.commits += 1
        if fault.startswith("SQLITE_") and Faulty.commits >= n:
            super().execute("ROLLBACK")  # as SQLite itself does (https://sqlite.org/lang_transaction.html)
            error = sqlite3.OperationalError(fault)
            error.sqlite_errorcode = getattr(sqlite3, fault)
            raise error
        if fault == "before" and Faulty.commits == n:
            os.kill(os.getpid(), signal.SIGKILL)
        cursor = super().execute(sql, *parameters)
        if fault == "after" and Faulty.commits == n:
            os.kill(os.getpid(), signal.SIGKILL)
        return cursor


def main() -> int:
    connect = sqlite3.connect
    storage.connection.sqlite3.connect = lambda *args, **options: connect(*args, factory=Faulty, **options)
    code = run(sys.argv[3:])
    if fault == "count":
        print(Faulty.commits, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
