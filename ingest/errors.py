"""The errors of `ingest`: one class a cause, one sentence each.

    IngestError
    ├── ConfigError              the configuration is wrong; nothing runs
    ├── SourceError              a URL gives nothing usable           (url, cause)
    │   ├── FetchError           one GET failed
    │   │   ├── Unreachable      no connection, or it broke           retry
    │   │   ├── TimedOut         the GET took too long                retry
    │   │   ├── HostBusy         the host sent Retry-After            retry at `until`
    │   │   └── Refused          by scheme, address, size, robots.txt no retry
    │   └── ParseError           the bytes are not a feed
    │       └── PageFound        they are an HTML page
    ├── WorkError                a worker failed on a document        (time, memory, crash)
    └── ClusterError             a Dask cluster cannot be worked with (gone, other version)

The archive's own errors are in `storage.errors`. Errors cross processes: their arguments are their fields, so that they
can be pickled.
"""

import errno
import re
from datetime import datetime

_OUT_OF_MEMORY = re.compile(
    r"(?i)out of memory|not enough memory|memory allocation|can.t start new thread|error -4 while|failed to map"
)


class IngestError(Exception):
    """The root of all errors that `ingest` raises. `str()` of an error is a sentence for the user."""


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
    """The host sent Retry-After: it gets no request before `until`."""

    def __init__(self, url: str, cause: str, until: datetime) -> None:
        super().__init__(url, cause)
        self.args = (url, cause, until)
        self.until = until


class Refused(FetchError):
    pass


class ParseError(SourceError):
    pass


class PageFound(ParseError):
    """An HTML page in place of a feed. `feeds` are the feeds that it links, likeliest first, without comments."""

    def __init__(self, url: str, cause: str, feeds: tuple[str, ...]) -> None:
        super().__init__(url, cause)
        self.args = (url, cause, feeds)
        self.feeds = feeds


class WorkError(IngestError):
    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class ClusterError(IngestError):
    pass


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that memory ran out; each library reports it in its own way.

    zstandard says "Allocation error : not enough memory", libxml2 "Memory allocation failed", its XPath "unknown error"
    with the cause in a log, expat "out of memory", zlib "Error -4", threading "can't start new thread", the loader of
    libraries "failed to map segment". A ValueError is not searched: its words may come from a page.
    """
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    log = getattr(error, "error_log", None)
    if getattr(getattr(log, "last_error", None), "type_name", "") == "ERR_NO_MEMORY":
        return True
    return not isinstance(error, ValueError | LookupError | TypeError) and bool(_OUT_OF_MEMORY.search(str(error)))
