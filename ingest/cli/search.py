from typing import Any

import click

from ingest.cli.arguments import Text
from ingest.cli.options import Options, global_options
from ingest.cli.output.text import MAX_COLUMNS, print_json, short, terminal_columns, wrapped
from ingest.cli.selection import selection_of, selection_options
from ingest.text.markup import columns_of

INDENT = 8
MAX_SITE_COLUMNS, MIN_TITLE_COLUMNS = 40, 20
SNIPPET_LINES = 3


@click.command(name="search")
@click.argument("query", nargs=-1, type=Text(empty_allowed=True))
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="At most this many articles."
)
@selection_options
@global_options
@click.pass_obj
def command(options: Options, query: tuple[str, ...], limit: int, chosen: dict[str, Any]) -> None:
    """Find articles by words of their title or body, the best first.

    QUERY may use AND, OR, NOT, "a phrase" and prefix*. Accents and case do not matter. Without QUERY, find the articles
    that the filters let through, the newest published first.
    """
    from storage.reader import Reader

    with Reader(options.archive_path()) as archive:
        selection = selection_of(chosen, archive, options)
        if not selection and not query:
            raise click.UsageError("name words to find, or a filter such as --site")
        found = archive.search_rows(" ".join(query), selection, limit=limit)
    if found.ranked:
        options.note(f"ranked the newest {found.ranked:,} of more matches; narrow it with a filter or another word")
    if options.json:
        for row in found:
            print_json(row)
        return
    for row in found:
        day = (row["published_at"] or row["archived_at"])[:10]
        begin, site = f"{row['id']:>6}  {day}  ", f"  [{short(row['site'], MAX_SITE_COLUMNS)}]"
        room = max((terminal_columns() or MAX_COLUMNS) - columns_of(begin + site), MIN_TITLE_COLUMNS)
        click.echo(f"{begin}{short(row['title'], room) or '(no title)'}{site}")
        click.echo(f"{' ' * INDENT}{wrapped(row['snippet'], INDENT, lines=SNIPPET_LINES)}")
    if not found:
        options.note("nothing found")
