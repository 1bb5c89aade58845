"""The progress of a run: bars on a terminal; else a line for each feed with new entries or an error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.cli.options import Options
from ingest.cli.output.failures import group_failures
from ingest.cli.output.text import note
from ingest.daemon.log import current_target, poll_line
from storage.records import FAILED_POLLS, DueFeed, Outcome, Poll

if TYPE_CHECKING:
    from rich.progress import Progress

    from ingest.pipeline.context import Observer
    from ingest.pipeline.tally import Tally


@contextmanager
def showing_progress(tally: "Tally", options: Options) -> "Iterator[list[Observer]]":
    """Yield the observers that show the progress of the run that fills `tally`; with --quiet none."""
    if options.quiet:
        yield []
    elif options.verbose or not sys.stderr.isatty():
        lines = Lines(verbose=options.verbose > 0)
        try:
            yield [lines]
        finally:
            lines.end()
    else:
        with _bars() as bars:
            yield [Bars(bars, tally)]


@contextmanager
def showing_pages(options: Options) -> "Iterator[Callable[[int, int], None]]":
    """Yield a function of the pages copied and of all pages. It draws a bar on a terminal, else nothing."""
    if options.quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with _bars() as bars:
        pages = bars.add_task("pages", total=None)
        yield lambda done, total: bars.update(pages, completed=done, total=total)


class Lines:
    """An observer that prints a line for a poll with new entries or an odd feed, and the failures at the end.

    With `verbose` it prints every poll and every postponed entry at once.
    """

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._failures: dict[str, str] = {}

    def polled(self, feed: DueFeed, poll: Poll) -> None:
        if self._verbose or (poll.outcome not in FAILED_POLLS and (poll.entries_new or poll.error)):
            note(poll_line(feed, poll))
        elif poll.outcome in FAILED_POLLS:
            self._failures[current_target(feed)] = f"{poll.outcome} ({poll.error})" if poll.error else poll.outcome

    def end(self) -> None:
        for feeds, error in group_failures(self._failures):
            note(f"{feeds}: {error}")

    def settled(self, feed_id: int, outcome: Outcome) -> None:
        pass  # the summary counts them

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        if self._verbose:
            note(f"an entry is put off: {reason}")


class Bars:
    """An observer that draws two bars: the polls of all due feeds, and the entries settled of all due and new entries.

    An entry that is postponed and due again within the run counts twice: the total grows with it.
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


def _bars() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description:>8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
