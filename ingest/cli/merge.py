import logging
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ingest.cli.options import CURSOR, Options, global_options
from ingest.cli.output import counts, print_json, safe
from ingest.text.markup import count

if TYPE_CHECKING:
    from ingest.maintenance.merge_again import Change


@click.command(name="merge")
@click.argument("article", metavar="A", type=CURSOR, required=False)
@click.argument("other", metavar="B", type=CURSOR, required=False)
@click.option("--again", is_flag=True, help="Decide again, with today's method, which texts are copies.")
@click.option("--dry-run", is_flag=True, help="With --again: show what would change, and write nothing.")
@global_options
@click.pass_obj
def command(options: Options, article: int | None, other: int | None, again: bool, dry_run: bool) -> None:
    """Make article B a copy of article A: they are the same. `ingest split` undoes it.

    --again goes over the copies that earlier methods found and the entries that were known by an equal text, and mends
    what today's method decides otherwise. What was decided by hand stays.
    """
    path = options.archive_path()
    if again and article is None:
        _decide_again(path, options, dry_run=dry_run)
    elif again or dry_run or article is None or other is None:
        raise click.UsageError("give two articles (ingest merge A B), or --again with or without --dry-run")
    else:
        _merge(path, options, article, other)


def _merge(path: Path, options: Options, article: int, other: int) -> None:
    from ingest.pipeline import utc_now
    from ingest.pipeline.copies import merge
    from storage.archive import Archive
    from storage.reader import Reader

    with Reader(path):  # before a writer, who would make a new archive
        pass
    with Archive(path, "merge") as archive, archive.transaction():
        copy_id = merge(other, article, archive, utc_now())
    if options.json:
        print_json({"article": article, "merged": other, "copy": copy_id})
    elif not options.quiet:
        click.echo(f"article {other} is copy {copy_id} of article {article} now")


def _decide_again(path: Path, options: Options, *, dry_run: bool) -> None:
    from ingest.cli.logs import log_to_stderr
    from ingest.maintenance.merge_again import decide_again
    from ingest.pipeline import utc_now
    from storage.archive import Archive
    from storage.connection import check_current, guarded
    from storage.reader import Reader

    log_to_stderr(logging.WARNING if options.quiet else logging.INFO, tracebacks=options.verbose > 1)
    with Reader(path) as reader:  # before a writer, who would make a new archive
        if dry_run:
            check_current(path, reader.schema_version())
    done: Counter[str] = Counter()
    with Reader(path) if dry_run else Archive(path, "merge") as archive, guarded(path):
        for change in decide_again(archive, utc_now()):
            done[change.becomes if change else "unchanged"] += 1
            if change:
                _print(change, options)
    if options.json:
        print_json({"texts": done.total()} | done | {"dry_run": dry_run})
    elif not options.quiet:
        written = "; nothing was written (--dry-run)" if dry_run else ""
        click.echo(f"{count(done.total(), 'text')} decided again: {counts(done)}{written}")


def _print(change: "Change", options: Options) -> None:
    if options.json:
        print_json({name: getattr(change, name) for name in change.__slots__})
        return
    what = f"copy {change.copy_id}" if change.entry_id is None else f"entry {change.entry_id}"
    becomes = {
        "article": f"is an article of its own and no copy of article {change.article_id}",
        "full text": f"is the full text of article {change.article_id}, which becomes its copy",
        "copy": f"is a copy of article {change.article_id}",
    }[change.becomes]
    click.echo(f"{what} {becomes}: {safe(change.title) or '(no title)'}  {safe(change.url)}")
