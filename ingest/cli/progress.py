"""How a run goes on, while it goes on: bars on a terminal, elsewhere a line a feed that has news or trouble."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.cli.failures import by_cause
from ingest.cli.options import Options
from ingest.cli.output import note
from ingest.daemon.metrics import name_of, poll_line
from storage.records import DueFeed, Outcome, Poll

if TYPE_CHECKING:
    from rich.progress import Progress

    from ingest.pipeline.context import Observer
    from ingest.pipeline.tally import Tally


FRUITLESS = {"failed", "gone", "deferred"}  # outcomes of polls


@contextmanager
def progress(tally: "Tally", options: Options) -> "Iterator[list[Observer]]":
    """The observers that show how far the run that fills the tally is; none with --quiet."""
    if options.quiet:
        yield []
    elif options.verbose or not sys.stderr.isatty():
        lines = Lines(verbose=options.verbose > 0)
        try:
            yield [lines]
        finally:
            lines.end()
    else:
        with _drawn() as bars:
            yield [Bars(bars, tally)]


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
    """A line for a poll that brought something or met an oddity; at the end, those that failed by their causes.

    `verbose` ones say every poll at once, and every entry that is put off.
    """

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._failures: dict[str, str] = {}

    def polled(self, feed: DueFeed, poll: Poll) -> None:
        if self._verbose or (poll.outcome not in FRUITLESS and (poll.entries_new or poll.error)):
            note(poll_line(feed, poll))
        elif poll.outcome in FRUITLESS:
            self._failures[name_of(feed)] = f"{poll.outcome} ({poll.error})" if poll.error else poll.outcome

    def end(self) -> None:
        for who, what in by_cause(self._failures):
            note(f"{who}: {what}")

    def settled(self, feed_id: int, outcome: Outcome) -> None:
        pass  # the summary counts them

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        if self._verbose:
            note(f"an entry is put off: {reason}")


class Bars:
    """Feeds polled, of those to be polled; entries worked on, of those that earlier runs left and the polls found.

    An entry that is put off and due again within the run is worked on twice: the total follows.
    """

    def __init__(self, bars: "Progress", tally: "Tally") -> None:
        self._bars = bars
        self._tally = tally
        self._polls = bars.add_task("feeds", total=0)
        self._entries = bars.add_task("entries", total=0)

    def polled(self, feed: DueFeed, poll: Poll) -> None:  # noqa: ARG002 (an Observer's signature)
        self._draw()

    def settled(self, feed_id: int, outcome: Outcome) -> None:  # noqa: ARG002 (an Observer's signature)
        self._draw()

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        self._draw()

    def _draw(self) -> None:
        tally = self._tally
        done = tally.entries.total()
        self._bars.update(self._polls, completed=tally.polls.total(), total=tally.feeds_due)
        self._bars.update(self._entries, completed=done, total=max(tally.entries_due + tally.entries_new, done))


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
