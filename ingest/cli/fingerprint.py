import logging

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output import print_json
from ingest.text.markup import count


@click.command(name="fingerprint")
@click.option("--again", is_flag=True, help="Of all articles, not only of those whose fingerprint is out of date.")
@global_options
@click.pass_obj
def command(options: Options, again: bool) -> None:
    """Make the fingerprints by which copies are found anew, with today's method. No article is touched.

    A run that was ended is gone on with by running it again without --again.
    """
    from ingest.cli.logs import log_to_stderr
    from ingest.maintenance.copies import refresh
    from storage.archive import Archive
    from storage.reader import Reader

    path = options.archive_path()
    log_to_stderr(logging.WARNING if options.quiet else logging.INFO, tracebacks=options.verbose > 1)
    with Reader(path):  # before a writer, who would make a new archive
        pass
    done = 0
    options.so_far = lambda: f"{count(done, 'article')} fingerprinted; run it again without --again to go on"
    with Archive(path, "fingerprint") as archive:
        if again:
            with archive.transaction():
                archive.forget_fingerprints()
        while True:
            with archive.transaction():
                some = refresh(archive)
            if not some:
                break
            done += some
            logging.getLogger(__name__).debug("%d articles so far", done)
    if options.json:
        print_json({"articles": done})
    elif not options.quiet:
        click.echo(f"{count(done, 'article')} fingerprinted")
