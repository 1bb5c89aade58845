"""How much memory this process may map, where the system bounds that, and how its C library keeps what was freed.

GNU's (mallopt(3)) keeps freed blocks of megabytes for the next time, in as many pools as there are threads: of 167 MB
that `ingest now` held amid large bodies, 34 were in use.
"""

import ctypes
import errno
import re
import resource
from contextlib import suppress

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
_LARGE_BYTES = 256 * 1024
_SAID = re.compile(
    r"(?i)out of memory|not enough memory|memory allocation|can.t start new thread|error -4 while|failed to map"
)


def ran_out(error: BaseException) -> bool:
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


def give_large_blocks_back() -> None:
    """To the system, from now on, as soon as they are freed. Not for workers, whom it costs 3 % of their time."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        library.mallopt(_M_ARENA_MAX, 2)


def give_back() -> None:
    """What has been freed of small blocks."""
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


def limit_address_space(most_bytes: int | None) -> None:
    """Bound what this process may map; None lifts the bound. Change nothing where the system refuses, as macOS does."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if most_bytes is None or (hard != resource.RLIM_INFINITY and hard < most_bytes):
        most_bytes = hard
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, hard))
