import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.hooks import hook_line
from ingest.cli.output.progress import group_failures, is_offline, showing_progress
from ingest.cli.output.text import counts, print_json, safe
from ingest.text.markup import count
from storage.records import Outcome

if TYPE_CHECKING:
    from ingest.pipeline.context import Context
    from storage.records import WantedFeed

MAX_DAEMONS = 5  # asked in a row; each may end before it answers


@click.command(name="now")
@click.option(
    "--feed", "names", multiple=True, metavar="NAME_OR_URL", help="Only this feed; may be given several times."
)
@global_options
@click.pass_obj
def command(options: Options, names: tuple[str, ...]) -> int:
    """Poll every feed once, archive what is new, deliver it to the hooks, print a summary.

    If a daemon is running, the daemon does it and this command prints the result.
    """
    from ingest.cli.output.logs import log_to_stderr
    from ingest.configuration import config as configuration
    from ingest.configuration import feedlist
    from ingest.deliveries.hooks import deliver_waiting
    from ingest.deliveries.judging import AlertWatch
    from ingest.deliveries.unwritable import notifying_unwritable
    from ingest.maintenance.upkeep import upkeep
    from ingest.pipeline.run import run_now
    from ingest.pipeline.tally import Tally
    from storage.errors import ArchiveLocked
    from storage.records import FAILED_POLLS

    config = configuration.load(options.config_dir(), empty_allowed=False, secrets=False)
    archive = options.archive_path(config.settings)
    if options.is_bundled():
        options.note("these are the bundled feeds, a sample; `ingest init config` begins a list of your own")
    chosen = feedlist.select(config.feeds, names) if names else None
    result = _ask_daemon(options, archive, chosen)
    if result is None:  # there is no daemon, whose environment would have the secrets
        config = configuration.load(options.config_dir(), empty_allowed=False, sends=True)
        log_to_stderr(options)
        tally, alerts, hooks = Tally(), AlertWatch(), []

        async def finish(context: "Context") -> None:
            await alerts.judge(context, at_end=True)
            hooks.extend(await deliver_waiting(context, archive))
            await upkeep(context)

        options.if_interrupted = lambda: (
            f"{tally.polls.total()} of {count(tally.feeds_due, 'feed')} polled, {_new_entries(tally.entries_new)},"
            f" {tally.entries[Outcome.ARCHIVED]} archived; run it again to go on: nothing is lost"
        )
        try:
            with showing_progress(tally, options) as observers:
                run = run_now(config, archive, chosen, [*observers, alerts], upkeep=finish, tally=tally)
                asyncio.run(notifying_unwritable(run, config, archive))
            result = tally.as_dict() | ({"hooks": hooks} if hooks else {})
        except ArchiveLocked:
            result = _ask_daemon(options, archive, chosen)  # a daemon that has started meanwhile
            if result is None:
                raise
    _print_summary(options, archive, result)
    return 1 if set(result["polls"]) <= FAILED_POLLS else 0


def _ask_daemon(options: Options, archive: Path, chosen: "Sequence[WantedFeed] | None") -> dict[str, Any] | None:
    """Return the tally of the daemon that is writing to the archive. Return None if there is none, or if it ends."""
    from ingest.daemon.control import DaemonEnded, ask_daemon, daemon_of
    from storage.errors import ArchiveGone

    which = count(len(chosen), "feed") if chosen else "every feed"
    ended: DaemonEnded | None = None
    for _ in range(MAX_DAEMONS):
        daemon = daemon_of(archive)
        if daemon is None:
            return None
        options.note(f"{archive}: the daemon (process {daemon['pid']}) is asked to poll {which}")
        options.if_interrupted = lambda: "the daemon goes on with the request"
        try:
            asyncio.run(ask_daemon(daemon, "reload"))  # the list may have been edited by hand
            return asyncio.run(ask_daemon(daemon, "now", {"feeds": [f.url for f in chosen] if chosen else None}))
        except DaemonEnded as error:
            if not archive.exists():  # another run would make a second archive in its place
                raise ArchiveGone(str(error)) from error
            options.note(f"{archive}: {error}")
            options.if_interrupted, ended = None, error
    assert ended
    raise ended


def _print_summary(options: Options, archive: Path, result: dict[str, Any]) -> None:
    if options.json:
        print_json(result | {"archive": str(archive)})
        return
    polls, entries, failures = result["polls"], result["entries"], result["failures"]
    click.echo(f"{count(sum(polls.values()), 'feed')} polled: {counts(polls)}; {_new_entries(result['entries_new'])}")
    if not polls:
        click.echo("no feed of the list is active: `ingest status` shows which are gone, `now --feed` polls one again")
    if entries:
        click.echo(f"entries: {counts(entries)}")
    for feeds, error in group_failures(failures, name_all=options.verbose > 0):
        click.echo(f"failed: {feeds}: {error}")
    for hook in result.get("hooks", ()):
        if hook["delivered"] or hook["behind"] or hook["state"] != "ok":
            click.echo(hook_line(hook))
    if is_offline(failures) and len(failures) == sum(polls.values()):
        click.echo("no feed could be reached: is this machine online?")
    click.echo(f"archive: {safe(archive)}")


def _new_entries(number: int) -> str:
    return count(number, "new entry", "new entries")
