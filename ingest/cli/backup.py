from pathlib import Path

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.files import errors_of, protected
from ingest.cli.output.text import safe


@click.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path))
@global_options
@click.pass_obj
def command(options: Options, file: Path) -> None:
    """Copy the archive into FILE, complete and as of one instant, even while another program writes to it.

    An existing FILE is left alone.
    """
    from ingest.cli.output.progress import showing_pages
    from storage.backup import back_up

    archive = options.archive_path()
    options.if_interrupted = lambda: f"{safe(file)} is not made; run it again to go on"
    with showing_pages(options) as progress, errors_of(file):
        size_bytes = back_up(archive, file, progress, protected=protected(options, file))
    options.print_confirmation(
        {"path": str(file), "bytes": size_bytes}, f"{archive} copied to {file}, {size_bytes / 1e6:.1f} MB"
    )
