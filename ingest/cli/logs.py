"""What a long command says while it works: a line a record, on stderr."""

import copy
import logging

from ingest.hosts import without_credentials
from ingest.text import clean_line


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


def log_to_stderr(level: int, *, pattern: str = "%(message)s", tracebacks: bool) -> None:
    """Our records from `level` on, those of libraries from WARNING on."""
    lines = logging.StreamHandler()
    lines.setFormatter(_Lines(pattern, tracebacks=tracebacks))
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    logging.getLogger("ingest").setLevel(level)
