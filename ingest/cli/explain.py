from dataclasses import asdict

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.text import distance, print_json
from ingest.errors import IngestError


@click.command(name="explain")
@click.argument("url")
@global_options
@click.pass_obj
def command(options: Options, url: str) -> None:
    """Show what happened to URL: entries, fetch, extraction, identity, why archived or why not."""
    from ingest.dedupe.urls import canonical_url, url_key
    from ingest.hosts import for_message, without_credentials
    from ingest.report.explanation import explain, facts
    from storage.reader import Reader

    if canonical_url(url) is None:
        raise click.UsageError(f"{for_message(url)} is no http or https address")
    with Reader(options.archive_path()) as archive:
        found = explain(archive, url)
    assert found
    if found.is_empty:
        raise IngestError(
            f"{found.canonical_url}: no feed has announced it, and no article has this address;"
            " `ingest feeds check` shows what a feed holds"
        )
    if options.json:
        address = found.canonical_url
        print_json(
            {"url": without_credentials(url), "canonical_url": address, "key": url_key(address)}
            | {"entries": found.entries, "rechecks": found.rechecks, "article": found.article, "host": found.host}
            | {"tombstone": asdict(found.tombstone) if found.tombstone else None}
        )
        return
    for name, text in facts(found, distance):
        click.echo(f"{name:<12}{text}")
