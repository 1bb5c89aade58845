"""Two bars on a terminal: feeds polled, entries worked on."""

from types import TracebackType
from typing import Self

from storage.records import DueFeed, Outcome, Poll


class Progress:
    """An observer that draws; it does nothing unless `shown`."""

    def __init__(self, feeds: int, *, shown: bool) -> None:
        self._shown = shown
        self._feeds = feeds

    def __enter__(self) -> Self:
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._bars = Progress(
                TextColumn("{task.description:>8}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self._polls = self._bars.add_task("feeds", total=self._feeds)
            self._entries = self._bars.add_task("entries", total=0)
            self._found = 0
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._shown:
            self._bars.stop()

    def polled(self, feed: DueFeed, poll: Poll) -> None:  # noqa: ARG002 (an Observer's signature)
        if self._shown:
            self._found += poll.entries_new
            self._bars.advance(self._polls)
            self._bars.update(self._entries, total=self._found)

    def settled(self, feed_id: int, outcome: Outcome) -> None:  # noqa: ARG002 (an Observer's signature)
        if self._shown:
            self._bars.advance(self._entries)

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        if self._shown:
            self._bars.advance(self._entries)
