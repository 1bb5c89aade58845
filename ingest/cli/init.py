from pathlib import Path

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output import print_json


@click.command(name="init")
@click.argument("directory", type=click.Path(path_type=Path))
@global_options
@click.pass_obj
def command(options: Options, directory: Path) -> None:
    """Write a commented configuration to start from into DIRECTORY."""
    from ingest.feedlist import init

    paths = [str(path) for path in init(directory)]
    if options.json:
        print_json(paths)
    else:
        click.echo("\n".join(paths))
