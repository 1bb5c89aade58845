"""How a run goes on, while it goes on: bars on a terminal, a line a feed elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.cli.options import Options
from ingest.cli.output import note
from ingest.telling import poll_line
from storage.records import DueFeed, Outcome, Poll

if TYPE_CHECKING:
    from rich.progress import Progress

    from ingest.pipeline.parts import Observer


@contextmanager
def progress(feeds: int, options: Options) -> "Iterator[list[Observer]]":
    """The observers that show how far a run over so many feeds is; none with --quiet."""
    if options.quiet:
        yield []
    elif options.verbose or not sys.stderr.isatty():
        yield [Lines(verbose=options.verbose > 0)]
    else:
        with _drawn() as bars:
            yield [Bars(bars, feeds)]


@contextmanager
def copying(options: Options) -> "Iterator[Callable[[int, int], None]]":
    """What is told the pages copied, and how many there are: a bar on a terminal, nothing elsewhere."""
    if options.quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with _drawn() as bars:
        pages = bars.add_task("pages", total=None)
        yield lambda done, total: bars.update(pages, completed=done, total=total)


class Lines:
    """A line for every poll; `verbose` ones for every entry that is put off, too."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose

    def polled(self, feed: DueFeed, poll: Poll) -> None:
        note(poll_line(feed, poll))

    def settled(self, feed_id: int, outcome: Outcome) -> None:
        pass  # the summary counts them

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        if self._verbose:
            note(f"an entry is put off: {reason}")


class Bars:
    """Feeds polled, entries worked on; of those there may be more than the polls found: earlier runs left some."""

    def __init__(self, bars: "Progress", feeds: int) -> None:
        self._bars = bars
        self._polls = bars.add_task("feeds", total=feeds)
        self._entries = bars.add_task("entries", total=0)
        self._found = self._done = 0

    def polled(self, feed: DueFeed, poll: Poll) -> None:  # noqa: ARG002 (an Observer's signature)
        self._found += poll.entries_new
        self._bars.advance(self._polls)
        self._draw()

    def settled(self, feed_id: int, outcome: Outcome) -> None:  # noqa: ARG002 (an Observer's signature)
        self._done += 1
        self._draw()

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        self._done += 1
        self._draw()

    def _draw(self) -> None:
        self._bars.update(self._entries, completed=self._done, total=max(self._found, self._done))


def _drawn() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description:>8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
