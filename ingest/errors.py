"""What can go wrong, one class per cause, one sentence each.

    IngestError
    ├── ConfigError              the configuration is not understood; nothing runs on it
    ├── SourceError              what is at a URL cannot be used       (url, cause)
    │   ├── FetchError           one GET brought nothing usable
    │   │   ├── Unreachable      no connection, or it broke            worth another try
    │   │   ├── TimedOut         the whole GET took too long           worth another try
    │   │   ├── HostBusy         the host asked to be left alone       worth another try, at `until`
    │   │   └── Refused          never to be fetched as it stands      scheme, address, size, robots.txt
    │   └── ParseError           the bytes are not a feed
    └── WorkError                a worker could not finish a document  (time, memory, crash)

The archive's own errors are in `storage.errors`. Errors that cross processes survive pickling: their
arguments are their fields.
"""

import errno
import re
from datetime import datetime

_SAID = re.compile(
    r"(?i)out of memory|not enough memory|memory allocation|can.t start new thread|error -4 while|failed to map"
)


class IngestError(Exception):
    """Root of all errors raised by `ingest` on purpose; `str()` of one is a sentence for the user."""


class ConfigError(IngestError):
    pass


class SourceError(IngestError):
    def __init__(self, url: str, cause: str) -> None:
        super().__init__(url, cause)
        self.url = url
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.url}: {self.cause}"


class FetchError(SourceError):
    pass


class Unreachable(FetchError):
    pass


class TimedOut(FetchError):
    pass


class HostBusy(FetchError):
    """The host sent Retry-After; nothing is asked of it before `until`."""

    def __init__(self, url: str, cause: str, until: datetime) -> None:
        super().__init__(url, cause)
        self.args = (url, cause, until)
        self.until = until


class Refused(FetchError):
    pass


class ParseError(SourceError):
    pass


class WorkError(IngestError):
    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, by whichever name a library reports that.

    zstandard says "Allocation error : not enough memory", libxml2 "Memory allocation failed", its XPath "unknown error"
    with a log that says more, expat "out of memory", zlib "Error -4", threading "can't start new thread", the loader of
    libraries "failed to map segment". The words of a ValueError may be a page's own.
    """
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    log = getattr(error, "error_log", None)
    if getattr(getattr(log, "last_error", None), "type_name", "") == "ERR_NO_MEMORY":
        return True
    return not isinstance(error, ValueError | LookupError | TypeError) and bool(_SAID.search(str(error)))
