import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.cli.arguments import CURSOR
from ingest.cli.options import Options, global_options
from ingest.cli.output.files import errors_of, output_option, protected
from ingest.cli.output.text import as_json, safe
from ingest.cli.selection import selection_of, selection_options
from ingest.text.markup import count

if TYPE_CHECKING:
    from storage.exports import Exported

FORMATS = ("jsonl", "csv", "parquet", "atom", "warc", "html", "markdown", "txt")
MAX_IDS_SHOWN = 20
MAX_DAMAGED_SHOWN = 20


@click.command(name="export")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@output_option(metavar="PATH", help="A file; for html, markdown and txt a folder (default, and -: stdout).")
@click.option("--after", default=0, metavar="ID", type=CURSOR, help="Only articles with a greater id.")
@click.option("--newest", metavar="N", type=click.IntRange(min=1), help="Only the N articles that were archived last.")
@click.option("--changes-after", metavar="SEQ", type=CURSOR, help="Only articles that have changed since: see above.")
@click.option("--raw", is_flag=True, help="Leave csv cells as they are that a spreadsheet runs as formulas.")
@selection_options
@global_options
@click.pass_obj
def command(
    options: Options,
    format_: str,
    output: Path | None,
    after: int,
    newest: int | None,
    changes_after: int | None,
    raw: bool,
    chosen: dict[str, Any],
) -> int:
    """Write the articles, with their latest text, in a format that other programs read.

    jsonl, csv, parquet and atom are one file; html, markdown and txt are a folder with a file an article. A file gets
    its name when it is complete. It never replaces the archive or the configuration.

    warc is one file of the raw pages that were kept, of all texts of the articles and of their copies. It is compressed
    unless its name ends in .warc.

    --changes-after 0 exports everything, and stderr has the SEQ for the next time: `next: --changes-after 1234`. That
    exports the articles that have come or changed since then.
    """
    from storage.exports import FORMATS as KINDS
    from storage.exports import ExportRefused, write_export
    from storage.exports.formats import FolderFormat
    from storage.reader import Reader

    kind = KINDS[format_]
    if isinstance(kind, FolderFormat) and output is None:
        raise click.UsageError(f"{format_} writes one file an article; name a folder with --output")
    if output is None and not sys.stdout:
        raise click.UsageError("the output is closed; name a file with --output")
    if output is None and not isinstance(kind, FolderFormat) and kind.is_binary and sys.stdout.isatty():
        raise click.UsageError(f"{format_} is no text for a terminal; name a file with --output, or send it to a pipe")
    if newest is not None and changes_after is not None:
        raise click.UsageError("--newest would leave out articles of --changes-after; give one of them")
    keep = protected(options, output)
    with Reader(options.archive_path()) as archive, errors_of(output):
        strict = not archive.has_tombstones()  # a name may have gone with what was forgotten
        try:
            done = write_export(
                archive,
                format_,
                output or sys.stdout.buffer,
                keep,
                selection=selection_of(chosen, archive, options, strict=strict),
                after=after,
                changes_after=changes_after,
                newest=newest,
                raw=raw,
            )
        except ExportRefused as error:
            raise click.UsageError(str(error)) from error
    is_folder = isinstance(kind, FolderFormat)
    if options.json and (is_folder or changes_after is not None):
        click.echo(as_json({"articles": done.articles, "gone": done.gone, "next": done.next_seq}), err=True)
        return _print_damaged(done)
    if is_folder:
        options.note(f"{count(done.articles, 'article')} written to {output}")
    if done.without_pages:
        options.note(f"left out: {count(done.without_pages, 'article')} of which the archive has no page")
    if changes_after is not None:
        _print_next(done, is_folder=is_folder)
    return _print_damaged(done)


def _print_damaged(done: "Exported") -> int:
    """Print to stderr which pages are damaged. Return the exit code."""
    for page in done.damaged[:MAX_DAMAGED_SHOWN]:
        click.echo(safe(f"left out: {page}"), err=True)
    if (others := len(done.damaged) - MAX_DAMAGED_SHOWN) > 0:
        click.echo(f"left out: {count(others, 'more damaged page')}", err=True)
    return 1 if done.damaged else 0


def _print_next(done: "Exported", *, is_folder: bool) -> None:
    """Print to stderr where the next export goes on, and what is gone: stdout may have the articles."""
    if done.gone and not is_folder:
        ids = ", ".join(map(str, done.gone[:MAX_IDS_SHOWN])) + (" …" if len(done.gone) > MAX_IDS_SHOWN else "")
        click.echo(f"{count(len(done.gone), 'article')} gone from the selection: {ids}; --json names all", err=True)
    click.echo(f"next: --changes-after {done.next_seq}", err=True)
