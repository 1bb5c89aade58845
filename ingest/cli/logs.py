"""What a long command says while it works: a line a record, on stderr.

In JSON each line is an object: `at`, `level`, `message`; `event` and its facts where the record is of something that
happens often; `error` and `traceback` of a fault.
"""

import copy
import logging
from datetime import UTC, datetime

from ingest.cli.output import as_json
from ingest.hosts import without_credentials
from ingest.text.markup import clean_line


class _Lines(logging.Formatter):
    """Without a stranger's control characters or passwords; a fault's traceback is only shown when asked for."""

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


class _JsonLines(logging.Formatter):
    def __init__(self, *, tracebacks: bool) -> None:
        super().__init__()
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at.replace("+00:00", "Z"), "level": record.levelname.lower()}
        line |= {"message": clean_line(record.getMessage())} | getattr(record, "fields", {})
        if record.exc_info:
            line["error"] = repr(record.exc_info[1])
            if self._tracebacks:
                line["traceback"] = self.formatException(record.exc_info)
        return without_credentials(as_json(line))


def log_to_stderr(level: int, *, pattern: str = "%(message)s", tracebacks: bool, json: bool = False) -> None:
    """Our records from `level` on, those of libraries from WARNING on."""
    lines = logging.StreamHandler()
    lines.setFormatter(_JsonLines(tracebacks=tracebacks) if json else _Lines(pattern, tracebacks=tracebacks))
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    logging.getLogger("ingest").setLevel(level)
