import click

from ingest.cli.arguments import CURSOR
from ingest.cli.options import Options, global_options


@click.command(name="split")
@click.argument("copy", type=CURSOR)
@global_options
@click.pass_obj
def command(options: Options, copy: int) -> None:
    """Make a copy an article of its own: it is a copy by mistake.

    COPY is its id, as `ingest show` and the change log have it.
    """
    from ingest.maintenance.copies import split
    from ingest.pipeline import utc_now

    with options.existing_archive("split") as archive, archive.transaction():
        article_id = split(copy, archive, utc_now())
    options.print_confirmation({"copy": copy, "article": article_id}, f"copy {copy} is article {article_id} now")
