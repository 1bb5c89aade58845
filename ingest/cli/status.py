from typing import Any

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.hooks import hooks_table
from ingest.cli.output.text import counts, distance, print_json, safe, short, table
from ingest.text.markup import count


@click.command(name="status")
@global_options
@click.pass_obj
def command(options: Options) -> None:
    """Print feeds, their health and next poll, hooks, the jobs of the calendar, pending work, totals."""
    from ingest.report.state import state_of

    path = options.archive_path()
    state = state_of(path)
    if options.json:
        print_json(state)
        return
    feeds, totals, waiting, writer = (state[key] for key in ("feeds", "totals", "waiting", "writer"))
    if feeds:
        rows = [
            [f["name"], f["state"], f["articles"], f["pending"], distance(f["changed_at"]), _next_poll(f), _trouble(f)]
            for f in feeds
        ]
        table(rows, ["feed", "state", "articles", "pending", "last new", "next poll", "trouble"])
        click.echo()
    if hooks := state["hooks"]:
        hooks_table(hooks)
        click.echo()
    if jobs := state["jobs"]:
        rows = [[job["name"], _next_run(job), distance(job["ended_at"]), _result(job)] for job in jobs]
        table(rows, ["job", "next run", "last run", "result"])
        click.echo()
    for alert in state["alerts"]:
        since = distance(alert["began_at"]).removesuffix(" ago")
        click.echo(f"alert since {since}: {short(alert['subject'])}: {short(alert['reason'])}")
    for row in waiting:
        entries = count(row["n"], "entry", "entries")
        click.echo(f"waiting: {entries}, next {distance(row['due_at'])}: {short(row['reason'])}")
    again = f"; {state['rechecks_due']} to be rechecked" if state["rechecks_due"] else ""
    click.echo(f"entries: {totals['entries']} ({counts(totals['outcomes'])}){again}")
    click.echo(f"articles: {totals['articles']}, copies: {totals['copies']}, revisions: {totals['revisions']}")
    if totals["forgotten"]:
        left = f"; bytes of {totals['not_erased']} may be left in the file: run `ingest forget`"
        click.echo(f"forgotten: {totals['forgotten']}{left if totals['not_erased'] else ''}")
    who = f"`ingest {writer['command']}` (process {writer['pid']}) is writing to it" if writer else "no writer"
    click.echo(f"archive: {safe(path)}, {totals['size_bytes'] / 1e6:.1f} MB; {who}")


def _next_poll(feed: dict[str, Any]) -> str:
    """Return the time to the next poll; "due" if it has passed: nothing polls, or the poll is in flight."""
    if feed["state"] in ("gone", "off"):
        return ""
    ahead = distance(feed["due_at"])
    return ahead if ahead.startswith("in ") else "due"


def _next_run(job: dict[str, Any]) -> str:
    """Return the time to the next run; "due" if it has passed: no daemon runs, or the run is going on."""
    ahead = distance(job["due_at"])
    return ahead if ahead.startswith("in ") else "due"


def _result(job: dict[str, Any]) -> str:
    return f"failed: {job['error']}" if job["error"] else job["result"] or ""


def _trouble(feed: dict[str, Any]) -> str:
    if not feed["last_error"]:
        return ""
    return f"{feed['failures']} × {feed['last_error']}" if feed["failures"] > 1 else str(feed["last_error"])
