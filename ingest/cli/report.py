import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ingest.cli.arguments import INSTANT
from ingest.cli.options import Options, global_options
from ingest.cli.output.files import errors_of, protected

DAYS = 7
SUFFIXES = (".html", ".htm", ".json", "")


@click.command(name="report")
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--since", metavar="DATE", type=INSTANT, help="The beginning (default: 7 days before the end).")
@click.option("--until", metavar="DATE", type=INSTANT, help="The end, not included (default: now).")
@global_options
@click.pass_obj
def command(options: Options, output: Path, since: datetime | None, until: datetime | None) -> None:
    """Write a report of a period into one file: what came in, how fresh, what was dropped and why, what it cost.

    The file needs no network and no script, and can be mailed. A name that ends with .json, or --json, gets the same
    figures as JSON. - is stdout. The file replaces an earlier one when it is complete.

    Dates are as in `ingest search`: 2026-03-01, 7d, today. The period is compared to the one of its length before it.
    """
    from ingest.report.page import written_report
    from storage.files import writing

    until = until or datetime.now(UTC).replace(microsecond=0)
    try:
        since = since or until - timedelta(days=DAYS)
        _ = since - (until - since)  # of the period before
    except OverflowError:
        raise click.UsageError("the period is too long; name a later --since") from None
    if since >= until:
        raise click.UsageError(f"--since {since:%Y-%m-%d %H:%M} is not before --until {until:%Y-%m-%d %H:%M}")
    suffix = output.suffix.lower()
    if suffix not in SUFFIXES and not options.json:
        raise click.UsageError(f"{output}: a report is HTML or JSON; name a file that ends with .html or .json")
    target = None if str(output) == "-" else output
    if target is None and not sys.stdout:
        raise click.UsageError("the output is closed; name a file")
    keep = protected(options, target)
    format_ = "json" if options.json or suffix == ".json" else "html"
    data = written_report(options.archive_path(), since, until, format_)
    if target is None:
        sys.stdout.buffer.write(data)
        return
    with errors_of(target), writing(target, keep) as file:
        file.write(data)
    options.note(f"report written to {target}, {len(data) / 1000:.0f} kB")
