import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

import click

from ingest.cli.options import INSTANT, Options, global_options
from ingest.cli.output import counts, note, print_json, safe, short
from ingest.text.markup import count

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.maintenance.reclean import Recleaned

DIFF_LINES = 8
DIFF_COLUMNS = 160


@click.command(name="reclean")
@click.option(
    "--since", metavar="DATE", type=INSTANT, help="Only articles archived since: 2026-03-01 (UTC), 7d, yesterday."
)
@click.option("--site", metavar="HOST", help="Only this site's.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@global_options
@click.pass_obj
def command(options: Options, since: "datetime | None", site: str | None, dry_run: bool) -> None:
    """Clean the archive's articles again, with today's method.

    What differs in more than spaces, case or punctuation becomes a revision. -v shows every changed line.
    """
    from ingest.cli.logs import log_to_stderr
    from ingest.cli.sites import known_site
    from ingest.maintenance.reclean import run_reclean
    from storage.reader import Reader

    settings = options.settings()
    archive = options.archive_path(settings)
    if site is not None:
        with Reader(archive) as reader:
            site = known_site(reader, site)
    log_to_stderr(logging.WARNING if options.quiet else logging.INFO, tracebacks=options.verbose > 1)

    so_far: Counter[str] = Counter()
    options.so_far = lambda: f"{count(so_far.total(), 'article')} cleaned again: {counts(so_far)}; run it again"

    def tell(done: "Recleaned") -> None:
        so_far[done.outcome] += 1
        if done.revision and (dry_run or options.json or options.verbose):
            _print_change(done, options)
        if done.reason:
            note(f"article {done.text.id} stays as it is: {done.reason}", quiet=options.quiet or not options.verbose)

    done = asyncio.run(run_reclean(settings, archive, since=since, site=site, dry_run=dry_run, tell=tell))
    if options.json:
        print_json({"articles": done.total()} | done | {"dry_run": dry_run, "archive": str(archive)})
        return
    written = "; nothing was written (--dry-run)" if dry_run else ""
    click.echo(f"{count(done.total(), 'article')} cleaned again: {counts(done)}{written}")


def _print_change(done: "Recleaned", options: Options) -> None:
    from ingest.cli.differences import differences

    old, new = done.text, done.revision
    assert new is not None
    lines = differences(old.body, new.body)
    shown = lines if options.verbose else lines[:DIFF_LINES]
    if options.json:
        titles = {"title": new.title, "title_before": old.title}
        print_json(
            {"id": old.id, "url": old.url} | titles | {"words": new.words, "words_before": old.words} | {"diff": shown}
        )
        return
    click.echo(f"{old.id:>6}  {short(new.title) or '(no title)'}  [{short(old.site)}]")
    if new.title != old.title:
        click.echo(f"        title before: {short(old.title) or '(none)'}")
    click.echo(f"        {old.words} → {new.words} words")
    for line in shown:
        text = safe(line[1:])
        cut = not options.verbose and len(text) > DIFF_COLUMNS
        click.echo(f"        {line[0]} {text[:DIFF_COLUMNS] + '…' if cut else text}")
    if len(shown) < len(lines):
        click.echo(f"        … {count(len(lines) - len(shown), 'more line')} (-v shows all)")
