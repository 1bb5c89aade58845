import click

from ingest.cli.options import CURSOR, Options, global_options
from ingest.cli.output import print_json


@click.command(name="merge")
@click.argument("article", metavar="A", type=CURSOR)
@click.argument("other", metavar="B", type=CURSOR)
@global_options
@click.pass_obj
def command(options: Options, article: int, other: int) -> None:
    """Make article B a copy of article A: they are the same. `ingest split` undoes it."""
    from ingest.pipeline import utc_now
    from ingest.pipeline.copies import merge
    from storage.archive import Archive
    from storage.reader import Reader

    path = options.archive_path()
    with Reader(path):  # before a writer, who would make a new archive
        pass
    with Archive(path, "merge") as archive, archive.transaction():
        copy_id = merge(other, article, archive, utc_now())
    if options.json:
        print_json({"article": article, "merged": other, "copy": copy_id})
    elif not options.quiet:
        click.echo(f"article {other} is copy {copy_id} of article {article} now")
