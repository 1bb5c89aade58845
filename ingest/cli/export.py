import sys
from pathlib import Path
from typing import Any

import click

from ingest.cli.arguments import CURSOR
from ingest.cli.options import Options, global_options
from ingest.cli.output.files import errors_of, output_option, protected
from ingest.cli.selection import selection_of, selection_options
from ingest.text.markup import count


@click.command(name="export")
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv", "txt"]), default="jsonl", show_default=True)
@output_option(metavar="PATH", help="A file, or for txt a folder (default, and -: stdout).")
@click.option("--after", default=0, metavar="ID", type=CURSOR, help="Only articles with a greater id.")
@click.option("--raw", is_flag=True, help="Leave csv cells as they are that a spreadsheet runs as formulas.")
@selection_options
@global_options
@click.pass_obj
def command(options: Options, format_: str, output: Path | None, after: int, raw: bool, chosen: dict[str, Any]) -> None:
    """Write the articles, with their latest text, as JSON lines, CSV, or one text file each.

    A file gets its name when it is complete. It never replaces the archive or the configuration.
    """
    from storage.export import as_csv, jsonl, write_txt
    from storage.files import writing
    from storage.reader import Reader

    if format_ == "txt" and output is None:
        raise click.UsageError("txt writes one file an article; name a folder with --output")
    keep = protected(options, output)
    with Reader(options.archive_path()) as archive:
        strict = not archive.has_tombstones()  # a name may have gone with what was forgotten
        articles = archive.article_rows(selection_of(chosen, archive, options, strict=strict), after=after)
        pieces = as_csv(articles, raw=raw) if format_ == "csv" else jsonl(articles)
        if output is None:
            sys.stdout.writelines(pieces)
        elif format_ == "txt":
            with errors_of(output):
                gone = [*archive.merged_ids(), *archive.forgotten_ids()]
                written = write_txt(articles, output, keep, gone=gone)
            options.note(f"{count(written, 'article')} written to {output}")
        else:
            with errors_of(output), writing(output, keep) as file:
                file.writelines(piece.encode() for piece in pieces)
