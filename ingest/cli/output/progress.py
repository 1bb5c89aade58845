"""The progress of a run: bars on a terminal; else a line for each feed with new entries or an error.

Failed feeds are grouped by the cause.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.cli.options import Options
from ingest.cli.output.text import short
from ingest.daemon.log import poll_line
from ingest.text.markup import count
from storage.feed_records import DueFeed
from storage.records import FAILED_POLLS, Outcome, Poll

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ingest.backfill.run import Progress as BackfillProgress
    from ingest.pipeline.context import Observer
    from ingest.pipeline.tally import Tally
MAX_NAME_COLUMNS = 40
MAX_NAMED = 3  # feeds with the same cause that have a line each
_VARYING = re.compile(
    r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"  # an instant,
    r"|\[[0-9a-f:.]+\](?::\d+)?"  # a host,
    r"|(?:\b(?!web\.|articles\.)[\w-]+(?:\.[\w-]+)+|\blocalhost)(?::\d+)?\b"  # but not a setting
)
_OFFLINE = ("cannot be resolved", "network is unreachable")


@contextmanager
def showing_progress(tally: "Tally", options: Options) -> "Iterator[list[Observer]]":
    """Yield the observers that show the progress of the run that fills `tally`; with --quiet none."""
    if options.quiet:
        yield []
    elif options.verbose or not sys.stderr.isatty():
        lines = Lines(options)
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


@contextmanager
def showing_crawls(options: Options) -> "Iterator[Callable[[BackfillProgress], None]]":
    """Yield a function that draws how far a crawl is read: a bar on a terminal, else nothing."""
    if options.quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    with _bars() as bars:
        task_of: dict[str, TaskID] = {}

        def show(progress: "BackfillProgress") -> None:
            crawl = progress.crawl
            if crawl.key not in task_of:
                task_of[crawl.key] = bars.add_task(short(Path(crawl.path).name, MAX_NAME_COLUMNS), total=progress.pages)
            bars.update(task_of[crawl.key], completed=progress.done, total=progress.pages)

        yield show


class Lines:
    """An observer that prints a line for a poll with new entries or an odd feed, and the failures at the end.

    With --verbose it prints every poll and every postponed entry at once.
    """

    def __init__(self, options: Options) -> None:
        self._verbose = options.verbose > 0
        self._note = options.note
        self._failures: dict[str, str] = {}

    def polled(self, feed: DueFeed, poll: Poll) -> None:
        if self._verbose or (poll.outcome not in FAILED_POLLS and (poll.entries_new or poll.error)):
            self._note(poll_line(feed, poll))
        elif poll.outcome in FAILED_POLLS:
            self._failures[feed.name or feed.url] = f"{poll.outcome} ({poll.error})" if poll.error else poll.outcome

    def end(self) -> None:
        for feeds, error in group_failures(self._failures):
            self._note(f"{feeds}: {error}")

    def settled(self, feed_id: int, outcome: Outcome) -> None:
        pass  # the summary counts them

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        if self._verbose:
            self._note(f"an entry is put off: {reason}")


class Bars:
    """An observer that draws two bars: the polls of all due feeds, and the entries settled of all due and new entries.

    An entry that is postponed and due again within the run counts twice: the total grows with it.
    """

    def __init__(self, bars: "Progress", tally: "Tally") -> None:
        self._bars = bars
        self._tally = tally
        self._polls = bars.add_task("feeds", total=0)
        self._entries = bars.add_task("entries", total=0)

    def draw(self, *_: object) -> None:
        tally = self._tally
        done = tally.entries.total()
        self._bars.update(self._polls, completed=tally.polls.total(), total=tally.feeds_due)
        self._bars.update(self._entries, completed=done, total=max(tally.entries_due + tally.entries_new, done))

    polled = settled = postponed = draw


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


def group_failures(failures: Mapping[str, str], *, name_all: bool = False) -> list[tuple[str, str]]:
    """Return (feed, error), or ("68 feeds", error) for more than MAX_NAMED feeds with the same cause.

    Errors that differ only in hosts or instants have the same cause. With `name_all` nothing is grouped.
    """
    by_cause: dict[str, dict[str, str]] = {}
    for feed, error in sorted(failures.items()):
        by_cause.setdefault(_VARYING.sub("…", error), {})[feed] = error
    groups = []
    for cause, errors in by_cause.items():
        if name_all or len(errors) <= MAX_NAMED:
            groups += [(short(feed), short(error)) for feed, error in errors.items()]
        else:
            (error, *others) = set(errors.values())
            groups.append((count(len(errors), "feed"), short(cause if others else error)))
    return groups


def is_offline(failures: Mapping[str, str]) -> bool:
    """Return whether every failure is a name that cannot be resolved or a network that cannot be reached."""
    return bool(failures) and all(any(words in error for words in _OFFLINE) for error in failures.values())
