"""Errors as pages: a sentence, and never a traceback or a stranger's markup."""

import logging
import sqlite3
from pathlib import Path

from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, NotFound, Request, Response
from datasette.views.base import DatasetteError

from ingest.browse.showing import DATABASE
from ingest.errors import IngestError
from storage.connection import translated
from storage.errors import ArchiveError

TOO_SLOW = "the query took longer than {:g} seconds; narrow it by a date, a site or LIMIT"

log = logging.getLogger(__name__)


async def answer_to(error: Exception, datasette: Datasette, request: Request, archive: Path) -> Response:
    """Return the page, or the JSON, that says what went wrong."""
    status, sentence = _status_and_sentence(error, request.path, archive, datasette.setting("sql_time_limit_ms") / 1000)
    if status == 500:  # noqa: PLR2004 (a fault of ours)
        log.error("%s: %r", request.path, error, exc_info=error if log.isEnabledFor(logging.DEBUG) else None)
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": sentence, "status": status, "title": None}, status=status)
    context = {"status": status, "sentence": sentence[0].upper() + sentence[1:], "sql": request.args.get("sql")}
    return Response.html(await datasette.render_template("error.html", context, request=request), status=status)


def _status_and_sentence(error: Exception, path: str, archive: Path, limit_s: float) -> tuple[int, str]:
    if isinstance(error, ArchiveError | IngestError):
        return 503, str(error)
    if isinstance(error, PermissionError):
        return 403, f"{error.args[0]}; the archive is a file: copy it with `ingest backup`"
    if isinstance(error, QueryInterrupted) or isinstance(error.__context__, QueryInterrupted):
        return 400, TOO_SLOW.format(limit_s)
    if isinstance(error, NotFound):
        return 404, "there is no such page" if error.args[0] == "404" else str(error.args[0])
    if isinstance(error, Base400):
        return error.status, str(error.args[0])
    if isinstance(error, DatasetteError):
        return 400 if error.status == 500 else error.status, str(error.message)  # noqa: PLR2004 (Datasette's default)
    if isinstance(error, ValueError) and path.startswith(f"/{DATABASE}"):
        return 400, f"a parameter of the address is not understood: {error}"  # Datasette does not check `_next`
    if isinstance(error, sqlite3.Error):
        return 503, str(translated(error, archive))
    return 500, f"a fault in ingest itself: {error!r}; run it again with -vv and report it"
