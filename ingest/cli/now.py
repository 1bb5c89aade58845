import asyncio
import sys
from pathlib import Path

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output import note, print_json


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
    from ingest.cli.progress import Progress
    from ingest.control import ask_daemon, daemon_of
    from ingest.pipeline.runs import run_now

    settings = options.settings()
    archive = options.archive_path(settings)
    wanted = feedlist.load(options.config_dir())
    chosen = feedlist.select(wanted, names) if names else None
    daemon = daemon_of(archive)
    if daemon:
        which = f"{len(chosen)} feeds" if chosen else "every feed"
        note(f"{archive}: the daemon (process {daemon['pid']}) is asked to poll {which}", quiet=options.quiet)
        result = asyncio.run(ask_daemon(daemon, "now", {"feeds": [f.url for f in chosen] if chosen else None}))
    else:
        shown = not options.quiet and not options.json and sys.stderr.isatty()
        with Progress(len(chosen or wanted), shown=shown) as progress:
            result = asyncio.run(run_now(settings, archive, wanted, chosen, [progress])).as_dict()
    _print_summary(options, archive, result)
    polls = result["polls"]
    return 1 if polls and set(polls) <= {"failed", "gone", "deferred"} else 0


def _print_summary(options: Options, archive: Path, result: dict) -> None:  # type: ignore[type-arg]
    if options.json:
        print_json(result | {"archive": str(archive)})
        return
    polls, entries = result["polls"], result["entries"]
    parts = ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in sorted(polls.items(), key=lambda kv: -kv[1]))
    click.echo(f"{sum(polls.values())} feeds polled: {parts or 'none'}; {result['entries_new']} new entries")
    if entries:
        click.echo(
            "entries: "
            + ", ".join(
                f"{n} {outcome.replace('_', ' ')}" for outcome, n in sorted(entries.items(), key=lambda kv: -kv[1])
            )
        )
    for feed, error in sorted(result["failures"].items()):
        click.echo(f"failed: {feed}: {error}")
    click.echo(f"archive: {archive}")
