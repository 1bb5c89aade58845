import asyncio
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import click

from ingest.cli.arguments import INSTANT
from ingest.cli.options import Options, cluster_option, global_options
from ingest.cli.output.text import counts, differences, print_json, safe, short
from ingest.text.markup import count

if TYPE_CHECKING:
    from ingest.maintenance.reclean import RecleanedArticle

MAX_DIFF_LINES, MAX_DIFF_COLUMNS = 8, 160  # without -v


@click.command(name="reclean")
@click.option(
    "--archived-since",
    metavar="DATE",
    type=INSTANT,
    help="Only articles archived since: 2026-03-01 (UTC), 7d, yesterday.",
)
@click.option("--since", type=INSTANT, hidden=True)  # its name before there were filters
@click.option("--site", metavar="HOST", help="Only articles of this site.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@cluster_option
@global_options
@click.pass_obj
def command(
    options: Options,
    archived_since: datetime | None,
    since: datetime | None,
    site: str | None,
    dry_run: bool,
    cluster: str | None,
) -> None:
    """Clean the archive's articles again, with today's method.

    A text that differs in more than spaces, case or punctuation becomes a revision. A text that stays gets its
    Markdown if it has none. -v shows every changed line.
    """
    from ingest.cli.output.logs import log_to_stderr
    from ingest.configuration import sites
    from ingest.configuration.config import Config
    from ingest.configuration.settings import with_cluster
    from ingest.maintenance.reclean import run_reclean
    from ingest.names import known_site
    from storage.reader import Reader

    settings = options.settings()
    archive = options.archive_path(settings)
    if site is not None:
        with Reader(archive) as reader:
            site = known_site(reader, site)
    log_to_stderr(options)
    done: Counter[str] = Counter()
    options.if_interrupted = lambda: f"{count(done.total(), 'article')} cleaned again: {counts(done)}; run it again"

    def show(article: "RecleanedArticle") -> None:
        done[article.outcome] += 1
        if article.revision and (dry_run or options.json or options.verbose):
            _print_change(article, options)
        if article.reason and options.verbose:
            options.note(f"article {article.text.id} stays as it is: {article.reason}")

    since = archived_since or since
    config = Config(with_cluster(settings, cluster), sites=sites.load(options.config_dir()))
    asyncio.run(
        run_reclean(config, archive, since=since, site=site, dry_run=dry_run, on_article=show, note=options.note)
    )
    written = "; nothing was written (--dry-run)" if dry_run else ""
    options.print_result(
        {"articles": done.total()} | done | {"dry_run": dry_run, "archive": str(archive)},
        f"{count(done.total(), 'article')} cleaned again: {counts(done)}{written}",
    )


def _print_change(article: "RecleanedArticle", options: Options) -> None:
    old, new = article.text, article.revision
    assert new is not None
    lines = differences(old.body, new.body)
    shown = lines if options.verbose else lines[:MAX_DIFF_LINES]
    if options.json:
        values = {"id": old.id, "url": old.url, "title": new.title, "title_before": old.title}
        print_json(values | {"words": new.words, "words_before": old.words, "diff": shown})
        return
    click.echo(f"{old.id:>6}  {short(new.title) or '(no title)'}  [{short(old.site)}]")
    if new.title != old.title:
        click.echo(f"        title before: {short(old.title) or '(none)'}")
    click.echo(f"        {old.words} → {new.words} words")
    for line in shown:
        text = safe(line[1:])
        cut = not options.verbose and len(text) > MAX_DIFF_COLUMNS
        click.echo(f"        {line[0]} {text[:MAX_DIFF_COLUMNS] + '…' if cut else text}")
    if len(shown) < len(lines):
        click.echo(f"        … {count(len(lines) - len(shown), 'more line')} (-v shows all)")
