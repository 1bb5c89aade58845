from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.text import distance, print_json, safe, short
from ingest.errors import IngestError
from ingest.text.markup import count
from storage.records import to_text

if TYPE_CHECKING:
    from storage.tombstones import Tombstone


@click.command(name="explain")
@click.argument("url")
@global_options
@click.pass_obj
def command(options: Options, url: str) -> None:
    """Show what happened to URL: entries, fetch, extraction, identity, why archived or why not."""
    from ingest.dedupe.urls import canonical_url, url_key
    from ingest.hosts import for_message, host_key, without_credentials
    from storage.reader import Reader

    canonical = canonical_url(url)
    if canonical is None:
        raise click.UsageError(f"{for_message(url)} is no http or https address")
    with Reader(options.archive_path()) as archive:
        shared = canonical_url(url, keep_fragment=True) or canonical
        key = url_key(shared)
        if archive.entries_at([shared]) or archive.article_at([key]) is not None or archive.tombstone_at([key]):
            canonical = shared  # of a page that several entries share
        article_id = archive.article_at([url_key(canonical)])
        article = archive.article_row(article_id) if article_id is not None else None
        entries = archive.entries_at(_variants(url, canonical))
        tombstone = archive.tombstone_at([url_key(canonical)])
        forgotten = archive.entries_forgotten(tombstone.id) if tombstone else []
        named = article["entries"] if article else forgotten  # also those that announced it under another address
        entries += [entry for entry in named if entry not in entries]
        rechecks = archive.rechecks(entry["id"] for entry in entries)
        host = archive.host_row(host_key(canonical))
    if not entries and not article and not tombstone:
        raise IngestError(
            f"{canonical}: no feed has announced it, and no article has this address;"
            " `ingest feeds check` shows what a feed holds"
        )
    if options.json:
        address = {"url": without_credentials(url), "canonical_url": canonical, "key": url_key(canonical)}
        print_json(
            address
            | {"entries": entries, "rechecks": rechecks, "article": article, "host": host}
            | {"tombstone": asdict(tombstone) if tombstone else None}
        )
        return
    click.echo(f"address     {safe(canonical)}")
    for entry in entries:
        _print_entry(entry, next((recheck for recheck in rechecks if recheck["entry_id"] == entry["id"]), None))
    if host and host["blocked_until"]:
        click.echo(f"host        asked for no request before {host['blocked_until']}")
    if article:
        click.echo(f"article     {article['id']} {short(article['title'])}")
        leads = "" if article["url"] == canonical else " (this address leads to it)"
        click.echo(f"identity    {safe(article['url'])}{leads}")
        if page := article["page"]:
            click.echo(f"fetched     {page['fetched_at']}, HTTP {page['status']}, {safe(page['final_url'])}")
        click.echo(
            f"extraction  {article['words']} words from the {article['body_from']} by {article['extractor']};"
            f" published {_published(article)}"
        )
    else:
        click.echo("article     none")
    if tombstone:
        click.echo(f"forgotten   {_forgotten(tombstone)}")


def _forgotten(tombstone: "Tombstone") -> str:
    what = "" if tombstone.article_id is None else f", with article {tombstone.article_id}"
    left = "" if tombstone.erased_at else "; bytes of it may be left in the file: run `ingest forget`"
    return f"{to_text(tombstone.forgotten_at)}{what}{left}"


def _published(article: dict[str, Any]) -> str:
    if not article["published_at"]:
        return "unknown"
    precision = f", to the {article['published_precision']}" if article["published_precision"] else ""
    ahead = ", ahead of its archiving" if article["published_ahead"] else ""
    return f"{article['published_at']} (from {article['published_from']}{precision}{ahead})"


def _print_entry(entry: dict[str, Any], recheck: dict[str, Any] | None) -> None:
    click.echo(f"entry       {entry['id']} of {short(entry['feed'])}, guid {short(entry['guid']) or '(none)'}")
    reissued = "; most of its feed turned new with it" if entry["reissued"] else ""
    click.echo(f"seen        first {entry['first_seen_at']}, last {entry['last_seen_at']}{reissued}")
    outcome = entry["outcome"] + (f": {short(entry['reason'])}" if entry["reason"] else "")
    if outcome.startswith("pending"):
        outcome += f", tried {count(entry['tries'], 'time')}, next {distance(entry['due_at'])}"
    click.echo(f"outcome     {outcome}")
    if recheck:
        last = f", last {distance(recheck['rechecked_at'])}" if recheck["rechecked_at"] else ""
        ahead = f", next {distance(recheck['due_at'])}" if recheck["due_at"] else ""
        click.echo(f"rechecked   {count(recheck['rechecks'], 'time')}{last}{ahead}")


def _variants(url: str, canonical: str) -> list[str]:
    """Return the forms in which a feed may announce the address: fragment, either scheme, with or without a slash."""
    from ingest.dedupe.urls import canonical_url

    forms = [url, canonical, canonical_url(url, keep_fragment=True) or url]
    bare = canonical.partition("://")[2].removesuffix("/")
    return forms + [f"{scheme}://{bare}{slash}" for scheme in ("https", "http") for slash in ("", "/")]
