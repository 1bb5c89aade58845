import sys
from pathlib import Path

import click

from ingest.cli.options import CURSOR, INSTANT, Options, global_options
from ingest.cli.outfile import named, or_stdout, protected
from ingest.cli.output import note
from ingest.cli.sites import known_site
from ingest.text.markup import count


@click.command(name="export")
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv", "txt"]), default="jsonl", show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    callback=or_stdout,
    help="A file, or for txt a folder (default, and -: stdout).",
)
@click.option("--after", default=0, metavar="ID", type=CURSOR, help="Only articles with a greater id.")
@click.option(
    "--since",
    metavar="DATE",
    type=INSTANT,
    help="Only those archived since.",
)
@click.option("--site", metavar="HOST", help="Only this site's.")
@click.option("--raw", is_flag=True, help="Leave csv cells as they are that a spreadsheet runs as formulas.")
@global_options
@click.pass_obj
def command(
    options: Options, format_: str, output: Path | None, after: int, since: object, site: str | None, raw: bool
) -> None:
    """Write the articles, with their latest text, as JSON lines, CSV, or one text file each.

    A file appears under its name when it is complete; never in the place of the archive or the configuration.
    """
    from datetime import datetime

    from storage.export import as_csv, jsonl, write_txt
    from storage.files import writing
    from storage.reader import Reader

    if format_ == "txt" and output is None:
        raise click.UsageError("txt writes one file an article; name a folder with --output")
    keep = protected(options, output)
    with Reader(options.archive_path()) as archive:
        text = since.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(since, datetime) else None
        site = known_site(archive, site) if site is not None else None
        articles = archive.articles(after=after, since=text, site=site)
        pieces = as_csv(articles, raw=raw) if format_ == "csv" else jsonl(articles)
        if output is None:
            sys.stdout.writelines(pieces)
        elif format_ == "txt":
            with named(output):
                written = write_txt(articles, output, keep, merged=archive.merged_ids())
            note(f"{count(written, 'article')} written to {output}", quiet=options.quiet)
        else:
            with named(output), writing(output, keep) as file:
                file.writelines(piece.encode() for piece in pieces)
