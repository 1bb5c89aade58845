import click

from ingest.cli.options import Options, global_options
from ingest.cli.output import print_json, safe
from ingest.errors import IngestError
from ingest.text import clean

FIELDS = (
    "url site site_name section authors published_at published_from archived_at revised_at language tags image_url"
    " words body_from extractor summary"
).split()


@click.command(name="show")
@click.argument("which", metavar="ID_OR_URL")
@global_options
@click.pass_obj
def command(options: Options, which: str) -> None:
    """Print an article: what is known of it, its text, and its copies."""
    from ingest.dedupe.urls import canonical_url, url_key
    from storage.reader import Reader

    with Reader(options.archive_path()) as archive:
        url = canonical_url(which)
        article_id = _number(which) or (archive.article_at([url_key(url)]) if url else None)
        article = archive.article(article_id) if article_id is not None else None
    if article is None:
        raise IngestError(
            f"{which}: no such article in the archive; `ingest explain URL` tells what happened to an address"
        )
    if options.json:
        print_json(article)
        return
    click.echo(safe(article["title"]) or "(no title)")
    click.echo()
    for name in FIELDS:
        value = ", ".join(article[name]) if isinstance(article[name], list) else article[name]
        if value:
            click.echo(f"{name:>14}  {safe(value)}")
    for copy in article["copies"]:
        score = f"{copy['method']}, {copy['score']:.2f}"
        click.echo(f"{'copy':>14}  {copy['id']}: {safe(copy['url'])} ({score})")
    for revision in article["revisions"]:
        click.echo(f"{'revision':>14}  {revision['archived_at']} {safe(revision['title'])}")
    for entry in article["entries"]:
        click.echo(f"{'entry':>14}  {safe(entry['feed'])}: {entry['outcome']}, first seen {entry['first_seen_at']}")
    if article["page"]:
        page = article["page"]
        click.echo(f"{'page':>14}  {safe(page['final_url'])}, {page['compressed_bytes']} bytes compressed")
    click.echo()
    click.echo(clean(article["body"]))


def _number(which: str) -> int | None:
    """An article's id, if it is one that SQLite can hold (2⁶³ has 19 digits)."""
    return int(which) if which.isascii() and which.isdigit() and len(which) < 19 else None  # noqa: PLR2004 (see above)
