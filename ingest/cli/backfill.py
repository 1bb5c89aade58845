import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ingest.cli.options import Options, cluster_option, global_options
from ingest.cli.output.progress import showing_crawls
from ingest.cli.output.text import counts, print_json, safe, short
from ingest.errors import IngestError
from ingest.text.markup import count

if TYPE_CHECKING:
    from ingest.backfill.run import Progress


@click.command(name="backfill")
@click.argument("names", metavar="FILE…", nargs=-1, required=True)
@click.option("--again", is_flag=True, help="Read the crawls from their beginning, for what rules have dropped.")
@cluster_option
@global_options
@click.pass_obj
def command(options: Options, names: tuple[str, ...], again: bool, cluster: str | None) -> int:
    """Archive the articles of crawls: WARC and WACZ files, and folders of saved pages.

    Each HTML page becomes an entry of the source "backfill". A run that was ended goes on where it was, and what was
    read is not read again. If a daemon is running, the daemon records what this command reads.
    """
    from ingest.cli.output.logs import log_to_stderr
    from ingest.configuration import config as configuration
    from ingest.configuration.settings import with_cluster
    from ingest.crawls.finding import find_crawls

    config = configuration.load(options.config_dir(), secrets=False)
    config = replace(config, settings=with_cluster(config.settings, cluster))
    archive = options.archive_path(config.settings)
    crawls, faults = find_crawls(names)
    if not crawls:
        raise IngestError("\n".join(map(str, faults)))
    for fault in faults:
        click.echo(f"ingest: {safe(fault)}", err=True)
    log_to_stderr(options)
    done: dict[str, Progress] = {}
    options.if_interrupted = lambda: f"{_summary(list(done.values()))}; run it again to go on: nothing is lost"

    async def run() -> "list[Progress]":
        from ingest.daemon.backfill import backfill
        from ingest.workers.workers import open_workers

        with showing_crawls(options) as show:

            def progressed(progress: "Progress") -> None:
                done[progress.crawl.key] = progress
                show(progress)

            async with open_workers(config.settings.articles, note=options.note) as workers:
                return await backfill(
                    config, archive, crawls, workers, again=again, on_progress=progressed, note=options.note
                )

    read = asyncio.run(run())
    if options.json:
        print_json({"crawls": list(map(_as_dict, read)), "faults": list(map(str, faults)), "archive": str(archive)})
    else:
        for progress in read:
            click.echo(_line(progress))
        click.echo(f"archive: {safe(archive)}")
    return 1 if all(progress.error and not progress.done for progress in read) else 0


def _as_dict(progress: "Progress") -> dict[str, Any]:
    crawl = progress.crawl
    return {
        "path": crawl.path,
        "kind": crawl.kind,
        "pages": progress.pages,
        "done": progress.done,
        "others": progress.others,
        "outcomes": dict(progress.outcomes),
        "skipped": dict(progress.skipped),
        "error": progress.error,
        "read_before": progress.was_read,
    }


def _line(progress: "Progress") -> str:
    name, pages = short(progress.crawl.path), count(progress.done, "page")
    if progress.was_read:
        return f"{name}: was read before, {pages}"
    others = f"; {count(progress.others, 'other answer')}" if progress.others else ""
    skipped = f"; skipped: {counts(progress.skipped)}" if progress.skipped else ""
    fault = f"; {short(progress.error)}" if progress.error else ""
    return f"{name}: {pages}: {_outcomes(progress.outcomes)}{others}{skipped}{fault}"


def _outcomes(outcomes: "Counter[str]") -> str:
    return counts(outcomes) if outcomes else "none new"


def _summary(read: "list[Progress]") -> str:
    total: Counter[str] = sum((progress.outcomes for progress in read), Counter())
    return f"{count(total.total(), 'page')} recorded: {_outcomes(total)}"
