"""The log of a long command: a line for each record, on stderr.

A line of a JSON log is an object: `at`, `level`, `message`; `event` and its values for records of frequent events;
`error` and `traceback` for a bug.
"""

import copy
import logging
from datetime import UTC, datetime

from ingest.cli.options import Options
from ingest.cli.output.text import as_json
from ingest.hosts import without_credentials
from ingest.text.markup import clean_line


class _Lines(logging.Formatter):
    """Lines without foreign control characters and passwords. The traceback of a bug is optional."""

    def __init__(self, pattern: str, *, tracebacks: bool) -> None:
        super().__init__(pattern)
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        bare = copy.copy(record)
        bare.exc_info = bare.exc_text = None
        line = clean_line(super().format(bare))
        if record.exc_info:
            line += f": {record.exc_info[1]!r}"
            if self._tracebacks:
                line += f"\n{self.formatException(record.exc_info)}"
        return without_credentials(line)


class _JsonLines(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at.replace("+00:00", "Z"), "level": record.levelname.lower()}
        line |= {"message": clean_line(record.getMessage())} | getattr(record, "fields", {})
        if record.exc_info:
            line["error"] = repr(record.exc_info[1])
            if self._tracebacks:
                line["traceback"] = self.formatException(record.exc_info)
        return without_credentials(as_json(line))


def log_to_stderr(options: Options) -> None:
    """Log records of ingest from INFO on (WARNING with --quiet), and of libraries from WARNING on."""
    _start(logging.WARNING if options.quiet else logging.INFO, _Lines("%(message)s", tracebacks=options.verbose > 1))


def log_daemon(options: Options) -> None:
    """Log like `log_to_stderr`, with instant and level, from DEBUG on with -vv, and in JSON with --json."""
    tracebacks = options.verbose > 1
    level = logging.WARNING if options.quiet else logging.DEBUG if tracebacks else logging.INFO
    formatter = _JsonLines if options.json else _Lines
    _start(level, formatter("%(asctime)s %(levelname)s %(message)s", tracebacks=tracebacks))


def _start(level: int, formatter: logging.Formatter) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("ingest").setLevel(level)
