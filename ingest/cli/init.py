from pathlib import Path

import click

from ingest.cli.options import Options, global_options


@click.command(name="init")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--sample", is_flag=True, help="With the bundled list of some seventy tech-news feeds.")
@global_options
@click.pass_obj
def command(options: Options, directory: Path, sample: bool) -> None:
    """Write a commented configuration to start from into DIRECTORY; its feed list is empty."""
    from ingest.configuration.directory import init
    from ingest.configuration.feedlist import how_to_fill

    paths = [str(path) for path in init(directory, sample=sample)]
    options.print_result(paths, "\n".join(paths))
    if not sample:
        options.note(how_to_fill(directory))
