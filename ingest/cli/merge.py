from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ingest.cli.arguments import CURSOR
from ingest.cli.options import Options, global_options
from ingest.cli.output.text import counts, print_json, safe
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

    --again checks the copies that earlier methods found and the entries that were known by an equal text, and corrects
    each that today's method decides otherwise. Decisions made by hand stay.
    """
    if again and article is None:
        _decide_again(options, dry_run=dry_run)
    elif again or dry_run or article is None or other is None:
        raise click.UsageError("give two articles (ingest merge A B), or --again with or without --dry-run")
    else:
        _merge(options, article, other)


def _merge(options: Options, article: int, other: int) -> None:
    from ingest.maintenance.copies import merge
    from ingest.pipeline import utc_now

    with options.existing_archive("merge") as archive, archive.transaction():
        copy_id = merge(other, article, archive, utc_now())
    options.print_confirmation(
        {"article": article, "merged": other, "copy": copy_id},
        f"article {other} is copy {copy_id} of article {article} now",
    )


def _decide_again(options: Options, *, dry_run: bool) -> None:
    from ingest.cli.output.logs import log_to_stderr
    from ingest.maintenance.merge_again import decide_again
    from ingest.pipeline import utc_now
    from storage.connection import check_current, guarded
    from storage.reader import Reader

    path = options.archive_path()
    log_to_stderr(options)
    if dry_run:
        with Reader(path) as reader:
            check_current(path, reader.schema_version())
    done: Counter[str] = Counter()
    with Reader(path) if dry_run else options.existing_archive("merge") as archive, guarded(path):
        for change in decide_again(archive, utc_now()):
            done[change.becomes if change else "unchanged"] += 1
            if change:
                _print(change, options)
    written = "; nothing was written (--dry-run)" if dry_run else ""
    options.print_confirmation(
        {"texts": done.total()} | done | {"dry_run": dry_run},
        f"{count(done.total(), 'text')} decided again: {counts(done)}{written}",
    )


def _print(change: "Change", options: Options) -> None:
    if options.json:
        print_json(asdict(change))
        return
    what = f"copy {change.copy_id}" if change.entry_id is None else f"entry {change.entry_id}"
    becomes = {
        "article": f"is an article of its own and no copy of article {change.article_id}",
        "full text": f"is the full text of article {change.article_id}, which becomes its copy",
        "copy": f"is a copy of article {change.article_id}",
    }[change.becomes]
    click.echo(f"{what} {becomes}: {safe(change.title) or '(no title)'}  {safe(change.url)}")
