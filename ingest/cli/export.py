import sys
from pathlib import Path

import click

from ingest.cli.options import CURSOR, INSTANT, Options, global_options
from ingest.cli.output import count, note
from ingest.errors import IngestError


@click.command(name="export")
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv", "txt"]), default="jsonl", show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A file, or for txt a folder (default: stdout).",
)
@click.option("--after", default=0, metavar="ID", type=CURSOR, help="Only articles with a greater id.")
@click.option(
    "--since",
    metavar="DATE",
    type=INSTANT,
    help="Only those archived since.",
)
@click.option("--site", metavar="HOST", help="Only this site's.")
@global_options
@click.pass_obj
def command(options: Options, format_: str, output: Path | None, after: int, since: object, site: str | None) -> None:
    """Write the articles, with their latest text, as JSON lines, CSV, or one text file each."""
    from datetime import datetime

    from storage.export import STREAMS, write_txt
    from storage.reader import Reader

    if format_ == "txt" and output is None:
        raise click.UsageError("txt writes one file an article; name a folder with --output")
    with Reader(options.archive_path()) as archive:
        text = since.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(since, datetime) else None
        articles = archive.articles(after=after, since=text, site=site)
        if output is None:
            for piece in STREAMS[format_](articles):
                sys.stdout.write(piece)
            return
        try:
            if format_ == "txt":
                note(f"{count(write_txt(articles, output), 'article')} written to {output}", quiet=options.quiet)
            else:
                with output.open("w", encoding="utf-8", newline="") as file:
                    file.writelines(STREAMS[format_](articles))
        except OSError as error:
            raise IngestError(f"{output}: cannot be written: {error.strerror}; name another with --output") from error
