from pathlib import Path

import click

from ingest.cli.options import Options, global_options


@click.command(name="init")
@click.argument("directory", type=click.Path(path_type=Path))
@global_options
@click.pass_obj
def command(options: Options, directory: Path) -> None:  # noqa: ARG001 (click's signature)
    """Write a commented configuration to start from into DIRECTORY."""
    from ingest.feedlist import init

    for path in init(directory):
        click.echo(path)
