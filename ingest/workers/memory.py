"""The memory of this process: a limit to its address space, the return of freed memory to the system, and how often
Python looks for cycles.

GNU's C library (mallopt(3)) keeps freed blocks of megabytes for reuse, in as many pools as there are threads: of 167 MB
that `ingest now` held between large bodies, 34 MB were in use.
"""

import ctypes
import gc
import resource
from contextlib import suppress

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
_LARGE_BYTES = 256 * 1024
_COLLECTED = 5000  # objects more than at the last pass; with Python's 700, passes took a quarter of a request's CPU


def give_large_blocks_back() -> None:
    """From now on, return large blocks to the system when they are freed. In a worker that takes 3 % of its time."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        library.mallopt(_M_ARENA_MAX, 2)


def collect_less_often() -> None:
    """From now on, look for cycles of objects less often. Requests and pages leave few, and the feed list is long."""
    gc.set_threshold(_COLLECTED)


def give_back() -> None:
    """Return freed small blocks to the system."""
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


def limit_address_space(limit_bytes: int | None) -> None:
    """Limit the address space of this process; None lifts the limit. No effect if the system refuses, as macOS does."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if limit_bytes is None or (hard != resource.RLIM_INFINITY and hard < limit_bytes):
        limit_bytes = hard
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, hard))
