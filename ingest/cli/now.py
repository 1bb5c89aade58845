import asyncio
import logging
from pathlib import Path
from typing import Any

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output import count, counts, note, print_json, safe

FRUITLESS = {"failed", "gone", "deferred"}  # outcomes of polls


@click.command(name="now")
@click.option(
    "--feed",
    "names",
    multiple=True,
    metavar="NAME_OR_URL",
    help="Only this feed; may be given several times.",
)
@global_options
@click.pass_obj
def command(options: Options, names: tuple[str, ...]) -> int:
    """Poll every feed once, archive what is new, print a summary.

    Beside a running daemon, the daemon does it and this reports the result.
    """
    from ingest import feedlist
    from ingest.cli.logs import log_to_stderr
    from ingest.cli.progress import progress
    from ingest.control import ask_daemon, daemon_of
    from ingest.pipeline.runs import run_now
    from ingest.settings import is_bundled

    settings = options.settings()
    archive = options.archive_path(settings)
    wanted = feedlist.load(options.config_dir(), empty_allowed=False)
    if is_bundled(options.config_dir()):
        note(
            "these are the bundled feeds, a sample; `ingest init config` begins a list of your own", quiet=options.quiet
        )
    chosen = feedlist.select(wanted, names) if names else None
    daemon = daemon_of(archive)
    if daemon:
        which = count(len(chosen), "feed") if chosen else "every feed"
        note(f"{archive}: the daemon (process {daemon['pid']}) is asked to poll {which}", quiet=options.quiet)
        asyncio.run(ask_daemon(daemon, "reload"))  # the list may have been edited by hand since it was read
        result = asyncio.run(ask_daemon(daemon, "now", {"feeds": [f.url for f in chosen] if chosen else None}))
    else:
        log_to_stderr(logging.INFO, tracebacks=options.verbose > 1)
        with progress(len(chosen or wanted), options) as observers:
            credentials = feedlist.credentials(options.config_dir())
            run = run_now(settings, archive, wanted, chosen, observers, credentials=credentials)
            result = asyncio.run(run).as_dict()
    _print_summary(options, archive, result)
    return 1 if set(result["polls"]) <= FRUITLESS else 0


def _print_summary(options: Options, archive: Path, result: dict[str, Any]) -> None:
    if options.json:
        print_json(result | {"archive": str(archive)})
        return
    polls, entries = result["polls"], result["entries"]
    found = count(result["entries_new"], "new entry", "new entries")
    click.echo(f"{count(sum(polls.values()), 'feed')} polled: {counts(polls)}; {found}")
    if not polls:
        click.echo("no feed of the list is active: `ingest status` tells which are gone, `now --feed` asks one again")
    if entries:
        click.echo(f"entries: {counts(entries)}")
    for feed, error in sorted(result["failures"].items()):
        click.echo(f"failed: {safe(feed)}: {safe(error)}")
    click.echo(f"archive: {archive}")
