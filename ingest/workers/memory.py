"""How much memory this process may map, where the system bounds that, and how its C library keeps what was freed.

GNU's (mallopt(3)) keeps freed blocks of megabytes for the next time, in as many pools as there are threads: of 167 MB
that `ingest now` held amid large bodies, 34 were in use.
"""

import ctypes
import resource
from contextlib import suppress

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
_LARGE_BYTES = 256 * 1024


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
