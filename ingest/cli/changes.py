import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ingest.cli import INTERRUPTED
from ingest.cli.arguments import CURSOR
from ingest.cli.options import Options, global_options
from ingest.cli.output.text import print_json
from ingest.cli.selection import selection_of, selection_options

if TYPE_CHECKING:
    from storage.reader import Reader

Row = dict[str, Any]

POLL_INTERVAL_S = 0.2  # of a counter in shared memory, and of the file at the path


@click.command(name="changes")
@click.option(
    "--after", default=0, show_default=True, metavar="N", type=CURSOR, help="Only changes with a greater seq."
)
@click.option("--follow", is_flag=True, help="Go on until SIGTERM, printing changes as they are committed.")
@click.option("--without-reclean", is_flag=True, help="Leave out the revisions that `ingest reclean` made.")
@selection_options
@global_options
@click.pass_obj
def command(options: Options, after: int, follow: bool, without_reclean: bool, chosen: dict[str, Any]) -> int:
    """Print the change log as JSON lines, for the next stage.

    Each line has seq, at, kind (article, copy, revision, forgotten), id, article_id, the cause of a revision (edit,
    reclean), and the record itself, null if it was forgotten. Remember the last seq, and go on from there with
    --after. A filter lets a change through if it lets its article through now. It lets every `forgotten` through.
    """
    from storage.reader import Reader

    options.if_interrupted = lambda: f"go on with --after {after}"
    ended_by = 0

    def end(number: int, _: object) -> None:  # no threading.Event: a handler that sets one may wait for itself
        nonlocal ended_by
        if ended_by:  # nobody reads the output: the command hangs in a print
            raise KeyboardInterrupt
        ended_by = number

    if follow:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
    with Reader(options.archive_path()) as archive:
        strict = not (follow or archive.has_tombstones())  # a name may have gone with what was forgotten
        selection = selection_of(chosen, archive, options, strict=strict)
        found = partial(archive.change_rows, selection, without_reclean=without_reclean)
        for seq, change in _changes(archive, found, after, (lambda: bool(ended_by)) if follow else None):
            if change:
                print_json(change)
            after = seq
    if ended_by:
        options.note(f"ended: {options.if_interrupted()}")
    return INTERRUPTED + signal.SIGINT if ended_by == signal.SIGINT else 0


def _changes(
    archive: "Reader", changes: Callable[..., list[Row]], after: int, ended: Callable[[], bool] | None
) -> Iterator[tuple[int, Row | None]]:
    """Yield the changes after `after` with their numbers. With `ended`, follow until it is true or nobody reads stdout.

    A number without a change says how far the log was read: the changes before it were left out.
    """
    is_read = _watch_stdout()
    while True:
        version = archive.data_version()
        last = archive.last_seq()
        while found := changes(after=after):
            for change in found:
                if ended and ended():
                    return
                yield change["seq"], change
            after = found[-1]["seq"]
        if last > after:
            after = last
            yield after, None
        if not ended:
            return
        while archive.data_version() == version:
            archive.check_file()
            time.sleep(POLL_INTERVAL_S)
            if ended() or not is_read():
                return


def _watch_stdout() -> Callable[[], bool]:
    """Return a function that returns whether somebody can read stdout.

    Without it, a follower of a log without changes would outlive the reader of its pipe.
    """
    if not sys.stdout:  # closed at the start
        return lambda: False
    poller = select.poll()
    try:
        poller.register(sys.stdout, 0)
    except (ValueError, OSError):  # a buffer, not a file
        return lambda: True
    return lambda: not poller.poll(0)
