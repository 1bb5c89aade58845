import select
import signal
import sys
import threading
from collections.abc import Callable

import click

from ingest.cli.options import CURSOR, Options, global_options
from ingest.cli.output import is_open, print_json

LOOK_EVERY_S = 0.2  # at a counter in shared memory, and at what the path leads to


@click.command(name="changes")
@click.option(
    "--after",
    default=0,
    show_default=True,
    metavar="N",
    type=CURSOR,
    help="Only changes with a greater seq.",
)
@click.option("--follow", is_flag=True, help="Go on until SIGTERM, printing changes as they are committed.")
@global_options
@click.pass_obj
def command(options: Options, after: int, follow: bool) -> None:
    """Print the change log as JSON lines, for the next stage.

    Each line has seq, at, kind (article, copy, revision), id, article_id, and the record itself. Remember the
    last seq, and go on from there with --after.
    """
    from storage.reader import Reader

    ended = threading.Event()
    if follow:
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
    is_read = _watch_stdout()
    with Reader(options.archive_path()) as archive:
        while True:
            version = archive.data_version()
            while found := archive.changes(after=after):
                for change in found:
                    if ended.is_set():
                        return
                    print_json(change)
                after = found[-1]["seq"]
            if not follow:
                return
            while archive.data_version() == version:
                archive.check_file()
                if ended.wait(LOOK_EVERY_S) or not is_read():
                    return


def _watch_stdout() -> Callable[[], bool]:
    """Whether anybody can read what is printed: a follower of a quiet log would outlive its pipe for ever."""
    if not is_open(sys.stdout):
        return lambda: False
    poller = select.poll()
    try:
        poller.register(sys.stdout, 0)
    except (ValueError, OSError):  # a buffer, not a file
        return lambda: True
    return lambda: not poller.poll(0)
