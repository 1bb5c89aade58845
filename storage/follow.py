"""Reading the change log from a place on, and following it while others write."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from storage.reader import Reader
    from storage.rows import Row

T_co = TypeVar("T_co", covariant=True)

POLL_INTERVAL_S = 0.2  # of a counter in shared memory, and of the file at the path


class ReadPage(Protocol):
    def __call__(self, *, after: int) -> "list[Row]": ...


class Changes(Generic[T_co]):
    """An iterator of changes in the order of their commits.

    `after` is the number to go on from. It moves to a change's `seq` when the next change is asked for, and past
    changes that are left out. A program that remembers it sees no change too few, and the last one perhaps twice.

    Following, it waits for further commits until `until` returns true, which is asked before each change and every
    POLL_INTERVAL_S, or until `close`. Nothing of the archive is held while it waits.
    """

    def __init__(
        self,
        archive: "Reader",
        read_page: ReadPage,
        typed: "Callable[[Row], T_co]",
        *,
        after: int,
        follow: bool,
        until: Callable[[], bool] | None,
    ) -> None:
        self.after = after
        self._archive = archive
        self._read_page = read_page
        self._typed = typed
        self._follow = follow
        self._until = until
        self._closed = False
        self._changes = self._read()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T_co:
        return next(self._changes)

    def close(self) -> None:
        """End the iteration before its next change. A signal handler or another thread may call it."""
        self._closed = True

    def _has_ended(self) -> bool:
        return self._closed or (self._until is not None and self._until())

    def _read(self) -> Iterator[T_co]:
        while not self._has_ended():
            version = self._archive.data_version()
            last = self._archive.last_seq()
            while found := self._read_page(after=self.after):
                for row in found:
                    if self._has_ended():
                        return
                    yield self._typed(row)
                    self.after = row["seq"]
                last = self._archive.last_seq()
            self.after = max(self.after, last)
            if not self._follow:
                return
            while self._archive.data_version() == version:
                self._archive.check_file()
                time.sleep(POLL_INTERVAL_S)
                if self._has_ended():
                    return
