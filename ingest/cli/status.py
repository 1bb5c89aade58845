from typing import Any

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.text import counts, distance, print_json, safe, short, table
from ingest.text.markup import count


@click.command(name="status")
@global_options
@click.pass_obj
def command(options: Options) -> None:
    """Print feeds, their health and next poll, pending work, totals."""
    from storage.lock import holder_of
    from storage.reader import Reader

    path = options.archive_path()
    with Reader(path) as archive:
        feeds, totals, waiting = archive.feed_health(), archive.totals(), archive.pending_reasons()
        rechecks_due, alerts = archive.rechecks_due(), archive.alert_rows()
    writer = holder_of(path)
    if options.json:
        state = {"archive": str(path), "writer": writer, "totals": totals, "rechecks_due": rechecks_due}
        print_json(state | {"feeds": feeds, "waiting": waiting, "alerts": alerts})
        return
    if feeds:
        rows = [
            [f["name"], f["state"], f["articles"], f["pending"], distance(f["changed_at"]), _next_poll(f), _trouble(f)]
            for f in feeds
        ]
        table(rows, ["feed", "state", "articles", "pending", "last new", "next poll", "trouble"])
        click.echo()
    for alert in alerts:
        since = distance(alert["began_at"]).removesuffix(" ago")
        click.echo(f"alert since {since}: {short(alert['subject'])}: {short(alert['reason'])}")
    for row in waiting:
        entries = count(row["n"], "entry", "entries")
        click.echo(f"waiting: {entries}, next {distance(row['due_at'])}: {short(row['reason'])}")
    again = f"; {rechecks_due} to be rechecked" if rechecks_due else ""
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


def _trouble(feed: dict[str, Any]) -> str:
    if not feed["last_error"]:
        return ""
    return f"{feed['failures']} × {feed['last_error']}" if feed["failures"] > 1 else str(feed["last_error"])
