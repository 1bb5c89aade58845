from datetime import UTC, datetime
from typing import Any

import click

from ingest.cli.arguments import Text
from ingest.cli.options import Options, global_options
from ingest.cli.output.crawls import print_crawls
from ingest.cli.output.feeds import ahead, feeds_table, print_gaps, print_reasons
from ingest.cli.output.hooks import hooks_table
from ingest.cli.output.text import counts, distance, print_json, safe, short, table
from ingest.text.markup import count

WEEKS, MAX_WEEKS = 4, 520


@click.command(name="status")
@click.option("--watch", is_flag=True, help="Go on until q, Ctrl-C or SIGTERM: what is in flight, waits and came last.")
@click.option("--coverage", is_flag=True, help="How much of what each feed announced is in the archive, and how soon.")
@click.option(
    "--weeks",
    type=click.IntRange(1, MAX_WEEKS),
    help=f"With --coverage: the last N weeks, from Monday on (default: {WEEKS}).",
)
@click.option(
    "--feed",
    "names",
    multiple=True,
    metavar="NAME_OR_URL",
    type=Text(),
    help="With --coverage: only this feed, week by week; may be given several times.",
)
@global_options
@click.pass_obj
def command(options: Options, watch: bool, coverage: bool, weeks: int | None, names: tuple[str, ...]) -> int:
    """Print feeds, their health and next poll, hooks, the jobs of the calendar, crawls, pending work, totals.

    Crawls are those that are not read to their end. With -v, all are listed, and why each feed is due when it is.
    """
    from ingest.report.state import state_of

    if (weeks or names) and not coverage:
        raise click.UsageError("--weeks and --feed are options of --coverage; add it")
    if watch and coverage:
        raise click.UsageError("--watch and --coverage exclude each other; choose one")
    path = options.archive_path()
    if coverage:
        return _print_coverage(options, names, weeks or WEEKS)
    if watch:
        from ingest.cli.watch import watch as follow

        return follow(options, path)
    state = state_of(path)
    if options.json:
        print_json(state)
        return 0
    _print_feeds(state["feeds"], reasons=bool(options.verbose))
    if hooks := state["hooks"]:
        hooks_table(hooks)
        click.echo()
    if jobs := state["jobs"]:
        rows = [[job["name"], ahead(job["due_at"]), distance(job["ended_at"]), _result(job)] for job in jobs]
        table(rows, ["job", "next run", "last run", "result"])
        click.echo()
    if state["crawls"]:
        print_crawls(state["crawls"], all_of_them=bool(options.verbose))
        click.echo()
    _print_troubles(state)
    _print_totals(state)
    writer = state["writer"]
    who = f"`ingest {writer['command']}` (process {writer['pid']}) is writing to it" if writer else "no writer"
    click.echo(f"archive: {safe(path)}, {state['totals']['size_bytes'] / 1e6:.1f} MB; {who}")
    return 0


def _print_feeds(feeds: list[dict[str, Any]], *, reasons: bool) -> None:
    if not feeds:
        return
    feeds_table(feeds)
    click.echo()
    if reasons and print_reasons(feeds):
        click.echo()


def _print_troubles(state: dict[str, Any]) -> None:
    for alert in state["alerts"]:
        since = distance(alert["began_at"]).removesuffix(" ago")
        click.echo(f"alert since {since}: {short(alert['subject'])}: {short(alert['reason'])}")
    print_gaps(state["gaps"], sum(feed["gaps"] for feed in state["feeds"]))
    for row in state["waiting"]:
        entries = count(row["n"], "entry", "entries")
        click.echo(f"waiting: {entries}, next {distance(row['due_at'])}: {short(row['reason'])}")


def _print_totals(state: dict[str, Any]) -> None:
    totals = state["totals"]
    again = f"; {state['rechecks_due']} to be rechecked" if state["rechecks_due"] else ""
    click.echo(f"entries: {totals['entries']} ({counts(totals['outcomes'])}){again}")
    click.echo(f"articles: {totals['articles']}, copies: {totals['copies']}, revisions: {totals['revisions']}")
    if totals["forgotten"]:
        left = f"; bytes of {totals['not_erased']} may be left in the file: run `ingest forget`"
        click.echo(f"forgotten: {totals['forgotten']}{left if totals['not_erased'] else ''}")


def _print_coverage(options: Options, names: tuple[str, ...], weeks: int) -> int:
    from ingest.cli.output.coverage import print_coverage
    from ingest.report.coverage import coverage_of

    found = coverage_of(options.archive_path(), names, weeks=weeks, now=datetime.now(UTC), weekly=options.json)
    if options.json:
        print_json(found)
    else:
        print_coverage(found, weeks)
    return 0


def _result(job: dict[str, Any]) -> str:
    return f"failed: {job['error']}" if job["error"] else job["result"] or ""
