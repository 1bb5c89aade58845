import time

import click

from ingest.cli.options import CURSOR, Options, global_options
from ingest.cli.output import print_json

LOOK_EVERY_S = 0.2  # at a counter in shared memory: no disk is touched


@click.command(name="changes")
@click.option(
    "--after",
    default=0,
    show_default=True,
    metavar="N",
    type=CURSOR,
    help="Only changes with a greater seq.",
)
@click.option("--follow", is_flag=True, help="Go on for ever, printing changes as they are committed.")
@global_options
@click.pass_obj
def command(options: Options, after: int, follow: bool) -> None:
    """Print the change log as JSON lines, for the next stage.

    Each line has seq, at, kind (article, copy, revision), id, article_id, and the record itself. Remember the
    last seq, and go on from there with --after.
    """
    from storage.reader import Reader

    with Reader(options.archive_path()) as archive:
        while True:
            version = archive.data_version()
            while found := archive.changes(after=after):
                for change in found:
                    print_json(change)
                after = found[-1]["seq"]
            if not follow:
                return
            while archive.data_version() == version:
                time.sleep(LOOK_EVERY_S)
