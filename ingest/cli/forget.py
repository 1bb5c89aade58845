from typing import TYPE_CHECKING

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.text import print_json, safe, short
from ingest.errors import IngestError
from ingest.hosts import without_credentials
from ingest.text.markup import count

if TYPE_CHECKING:
    from ingest.maintenance.forget import ToForget
    from storage.archive import Archive
    from storage.tombstones import Tombstone

NOT_ERASED = (
    "the text is out of every table, but another program reads the archive and keeps bytes of it in the file;"
    " run `ingest forget` without an address when that program has ended"
)


@click.command(name="forget")
@click.argument("urls", metavar="[URL]…", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Show what would go, and write nothing.")
@global_options
@click.pass_obj
def command(options: Options, urls: tuple[str, ...], dry_run: bool) -> None:
    """Take the article at URL out of the archive for good: its texts, pages and copies, and its entries' texts.

    A tombstone stays, and its addresses and guids never bring it back. The file is rewritten, so that no byte of the
    text is left in it. Without a URL, what an earlier run left of that is done.
    """
    from ingest.dedupe.urls import canonical_url
    from ingest.hosts import for_message
    from ingest.maintenance.forget import find
    from storage.reader import Reader

    for url in urls:
        if canonical_url(url) is None:
            raise click.UsageError(f"{for_message(url)} is no http or https address")
    if dry_run and not urls:
        raise click.UsageError("--dry-run needs an address")
    if dry_run:
        with Reader(options.archive_path()) as reader:
            for url, found in [(url, find(url, reader)) for url in urls]:
                _print(url, found, options, dry_run=True)
        return
    options.if_interrupted = lambda: "run `ingest forget` again to go on"
    with options.existing_archive("forget") as archive:
        for url in urls:  # before anything goes
            find(url, archive)
        for url in urls:
            _forget(url, archive, options)
        _erase(archive, options)


def _forget(url: str, archive: "Archive", options: Options) -> None:
    from ingest.maintenance.forget import ToForget, find, forget
    from ingest.pipeline import utc_now

    with archive.transaction():
        found = find(url, archive)
        if isinstance(found, ToForget):
            forget(found, archive, utc_now())
    _print(url, found, options, dry_run=False)


def _erase(archive: "Archive", options: Options) -> None:
    from ingest.maintenance.forget import erase
    from ingest.pipeline import utc_now

    if not archive.tombstone_counts()["not_erased"]:
        options.note("nothing of what was forgotten is left in the file")
        return
    options.note("rewriting the file without the text: a quarter of a minute to a minute for a gigabyte")
    if not erase(archive, utc_now()):
        raise IngestError(NOT_ERASED)


def _print(url: str, found: "ToForget | Tombstone", options: Options, *, dry_run: bool) -> None:
    from ingest.maintenance.forget import ToForget

    if isinstance(found, ToForget):
        what = {"url": found.url, "article_ids": found.article_ids} | found.counts | {"stays": found.stays}
        if options.json:
            print_json(what | {"already": False, "dry_run": dry_run})
            return
        title = f" ({short(found.title)})" if dry_run and found.title else ""
        click.echo(f"{'would forget' if dry_run else 'forgot'} {safe(found.url)}{title}: {_listed(found.counts)}")
        for article in found.stays:
            click.echo(f"  article {article['id']} stays, which was split off: {safe(article['url'])}")
    elif options.json:
        at = {"already": True, "forgotten_at": found.forgotten_at}
        print_json({"url": without_credentials(url)} | at | {"dry_run": dry_run})
    else:
        click.echo(f"{safe(without_credentials(url))}: {found.reason} before")


def _listed(counts: dict[str, int]) -> str:
    singular = {"copies": "copy", "entries": "entry"}
    return ", ".join(count(number, singular.get(name, name[:-1]), name) for name, number in counts.items() if number)
