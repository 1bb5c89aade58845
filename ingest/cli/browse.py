import click

from ingest.cli.options import Options, global_options


@click.command(name="browse")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@global_options
@click.pass_obj
def command(options: Options, port: int) -> None:
    """Show the archive in a browser, at an address of this machine, until it is interrupted."""
    from ingest.browse.server import serve

    serve(options.archive_path(), port)
