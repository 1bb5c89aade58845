import click

from ingest.cli.options import CURSOR, Options, global_options
from ingest.cli.output import print_json


@click.command(name="split")
@click.argument("copy", type=CURSOR)
@global_options
@click.pass_obj
def command(options: Options, copy: int) -> None:
    """Make a copy an article of its own: it was taken for one by mistake.

    COPY is its id, as `ingest show` and the change log have it.
    """
    from ingest.maintenance.copies import split
    from ingest.pipeline import utc_now
    from storage.archive import Archive
    from storage.reader import Reader

    path = options.archive_path()
    with Reader(path):  # before a writer, who would make a new archive
        pass
    with Archive(path, "split") as archive, archive.transaction():
        article_id = split(copy, archive, utc_now())
    if options.json:
        print_json({"copy": copy, "article": article_id})
    elif not options.quiet:
        click.echo(f"copy {copy} is article {article_id} now")
