from functools import partial
from typing import Any

import click

from ingest.cli.arguments import CURSOR
from ingest.cli.following import Following
from ingest.cli.options import Options, global_options
from ingest.cli.output.text import print_json
from ingest.cli.selection import selection_of, selection_options


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
    from storage.reader import Changes, Reader

    options.if_interrupted = lambda: f"go on with --after {after}"
    following = Following()
    if follow:
        following.listen()
    with Reader(options.archive_path()) as archive:
        strict = not (follow or archive.has_tombstones())  # a name may have gone with what was forgotten
        selection = selection_of(chosen, archive, options, strict=strict)
        read_page = partial(archive.change_rows, selection, without_reclean=without_reclean)
        changes = Changes(
            archive, read_page, dict, after=after, follow=follow, until=following.has_ended if follow else None
        )
        options.if_interrupted = lambda: f"go on with --after {changes.after}"
        for change in changes:
            print_json(change)
    if following.ended_by:
        options.note(f"ended: {options.if_interrupted()}")
    return following.exit_code
