import click

from ingest.cli.options import Options, global_options
from ingest.cli.output import note, print_json, safe


@click.command(name="search")
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="At most so many articles."
)
@global_options
@click.pass_obj
def command(options: Options, query: tuple[str, ...], limit: int) -> None:
    """Find articles by words of their title or body, the best first.

    QUERY may use AND, OR, NOT, "a phrase" and prefix*. Accents and case do not matter.
    """
    from storage.reader import Reader

    with Reader(options.archive_path()) as archive:
        found = archive.search(" ".join(query), limit=limit)
    if options.json:
        for row in found:
            print_json(row)
        return
    for row in found:
        day = (row["published_at"] or row["archived_at"])[:10]
        click.echo(f"{row['id']:>6}  {day}  {safe(row['title']) or '(no title)'}  [{safe(row['site'])}]")
        click.echo(f"        {safe(row['snippet'])}")
    if not found:
        note("nothing found", quiet=options.quiet)
