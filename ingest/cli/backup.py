from pathlib import Path

import click

from ingest.cli.options import Options, global_options
from ingest.cli.outfile import named, protected
from ingest.cli.output import print_json, safe


@click.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path))
@global_options
@click.pass_obj
def command(options: Options, file: Path) -> None:
    """Copy the archive into FILE, whole and of one instant, whoever is writing to it.

    A file that is there already is left alone.
    """
    from ingest.cli.progress import copying
    from storage.backup import back_up

    archive = options.archive_path()
    options.so_far = lambda: f"{safe(file)} is not made; run it again to go on"
    with copying(options) as progress, named(file):
        size_bytes = back_up(archive, file, progress, protected=protected(options, file))
    if options.json:
        print_json({"path": str(file), "bytes": size_bytes})
    elif not options.quiet:
        click.echo(safe(f"{archive} copied to {file}, {size_bytes / 1e6:.1f} MB"))
