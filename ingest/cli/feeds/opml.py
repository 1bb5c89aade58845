"""`feeds import` and `export`."""

from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import click

from ingest.cli.feeds.editing import check_editable, label, reload_daemon
from ingest.cli.options import Options, global_options
from ingest.cli.output.files import errors_of, output_option, protected
from ingest.cli.output.text import print_json
from ingest.errors import IngestError, ParseError
from ingest.text.markup import count

MAX_OPML_BYTES = 16 * 1024 * 1024


@click.command(name="import")
@click.argument("file", type=click.File("rb"))
@global_options
@click.pass_obj
def import_feeds(options: Options, file: BinaryIO) -> int:
    """Add the feeds of an OPML FILE (- for stdin); feeds on the list already are left as they are.

    Folders become tags that begin with a slash, such as "/News/Tech"; `feeds export` makes folders of them again.
    """
    from ingest.configuration.feedlist_edits import LISTED, add_all
    from ingest.feeds import opml

    check_editable(options)
    body = file.read(MAX_OPML_BYTES + 1)
    if len(body) > MAX_OPML_BYTES:
        raise IngestError(f"{file.name}: larger than {MAX_OPML_BYTES // 1024**2} MiB, the most that is read; split it")
    try:
        outlines = opml.read(body, source=file.name)
    except ParseError as error:
        raise IngestError(f"{error}; name a file in which another reader has written its feeds as OPML") from error
    added = add_all(options.config_dir(), outlines.feeds)
    left_out = [*outlines.left_out, *added.left_out]
    listed = sum(left.reason == LISTED for left in left_out)
    if options.json:
        result = {"added": len(added.feeds), "listed": listed}
        print_json(result | {"left_out": list(map(asdict, left_out)), "unnamed": list(map(asdict, added.unnamed))})
    else:
        line = f"added: {len(added.feeds)} of {count(len(outlines.feeds), 'feed')}; {listed} on the list already"
        click.echo(line + (f"; {others} left out" if (others := len(left_out) - listed) else ""))
        for left in left_out:
            feed = label(left.url, left.name)
            options.note(f"{LISTED}: {feed}" if left.reason == LISTED else f"left out: {feed}: {left.reason}")
        for left in added.unnamed:
            options.note(f"added without its name: {label(left.url, left.name)}: {left.reason}")
    if added.feeds:
        reload_daemon(options)
    return 0 if added.feeds or listed else 1


@click.command(name="export")
@output_option(metavar="FILE", help="Default, and -: stdout.")
@global_options
@click.pass_obj
def export_feeds(options: Options, output: Path | None) -> None:
    """Write the feed list as OPML 2.0, without passwords."""
    from ingest.configuration import feedlist
    from ingest.feeds import opml
    from storage.files import writing

    body = opml.write(feedlist.load(options.config_dir()).feeds, title="ingest")
    if output is None:
        click.echo(body, nl=False)
        return
    with errors_of(output), writing(output, protected(options, output)) as file:
        file.write(body)
