from typing import TYPE_CHECKING, Any

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.text import differences, print_json, safe, safe_lines, short, terminal_columns, wrapped
from ingest.errors import IngestError
from ingest.text.markup import clean

if TYPE_CHECKING:
    from storage.reader import Reader
    from storage.tombstones import Tombstone

INDENT = 16
MAX_FIELD_LINES = 5
MAX_MEDIA = 5  # that are listed; an article can have hundreds
MAX_FEED_COLUMNS = 40  # of a feed's name: the entry's outcome comes after it
DIFF_COLOURS = {"-": "red", "+": "green"}
FIELDS = (
    "url site site_name section authors published_at published_precision published_ahead published_from archived_at"
    " revised_at language tags image_url words body_from access access_reason extractor summary"
).split()


@click.command(name="show")
@click.argument("which", metavar="ID_OR_URL")
@click.option(
    "--diff",
    "between",
    metavar="[A[:B]]",
    is_flag=False,
    flag_value="",
    help="Print what changed from text A to B (1 is the first; default: the last two).",
)
@click.option("--plain", is_flag=True, help="Print the text without structure: a paragraph a line.")
@global_options
@click.pass_obj
def command(options: Options, which: str, between: str | None, plain: bool) -> None:
    """Print an article: its fields, its copies and entries, and its text.

    The text is rendered on a terminal, and Markdown in a pipe.
    """
    from ingest.dedupe.urls import canonical_url, url_key
    from ingest.hosts import for_message
    from storage.reader import Reader

    with Reader(options.archive_path()) as archive:
        url = canonical_url(which)
        article_id = _number(which) or (archive.article_at([url_key(url)]) if url else None)
        article = archive.article_row(article_id) if article_id is not None else None
        texts = archive.texts(article["id"]) if article and between is not None else []
        tombstone = None if article else _tombstone(archive, article_id, url)
    if tombstone:
        raise IngestError(f"{for_message(which)}: {tombstone.reason}; the archive has no text of it")
    if article is None:
        raise IngestError(
            f"{for_message(which)}: no such article in the archive;"
            " `ingest explain URL` shows what happened to an address"
        )
    if between is not None:
        _print_changes(options, article, texts, between)
        return
    if options.json:
        print_json(article)
        return
    _print_fields(article)
    click.echo()
    _print_text(article, plain=plain)


def _tombstone(archive: "Reader", article_id: int | None, url: str | None) -> "Tombstone | None":
    from ingest.dedupe.urls import url_key

    if article_id is not None:
        return archive.tombstone_of(article_id)
    return archive.tombstone_at([url_key(url)]) if url else None


def _print_fields(article: dict[str, Any]) -> None:
    click.echo(wrapped(article["title"], 0, lines=MAX_FIELD_LINES) or "(no title)")
    click.echo()
    for name in FIELDS:
        value = ", ".join(article[name]) if isinstance(article[name], list) else article[name]
        if value:
            _print_field(name, value)
    media = article.get("media", [])
    for medium in media[:MAX_MEDIA]:
        more = ", ".join(str(medium[name]) for name in ("type", "alt", "caption", "credit") if medium.get(name))
        _print_field(medium["kind"], f"{medium['url']} ({more})" if more else medium["url"])
    if len(media) > MAX_MEDIA:
        _print_field("media", f"{len(media) - MAX_MEDIA} more; --json has all")
    for copy in article["copies"]:
        _print_field("copy", f"{copy['id']}: {copy['url']} ({copy['method']}, {copy['score']:.2f})")
    for number, revision in enumerate(article["revisions"], start=2):
        _print_field(f"text {number}", f"{revision['archived_at']} {revision['title'] or ''}")
    for entry in article["entries"]:
        feed = short(entry["feed"], MAX_FEED_COLUMNS)
        _print_field("entry", f"{feed}: {entry['outcome']}, first seen {entry['first_seen_at']}")
    if page := article["page"]:
        _print_field("page", f"{page['final_url']}, {page['compressed_bytes']} bytes compressed")


def _print_text(article: dict[str, Any], *, plain: bool) -> None:
    markdown, columns = article.get("markdown"), terminal_columns()
    if plain or not markdown:
        click.echo(clean(article["body"]))
    elif columns is None:
        click.echo(safe_lines(markdown))
    else:
        from ingest.cli.output.markdown import rendered

        click.echo(rendered(markdown, columns))


def _print_field(name: str, value: object) -> None:
    click.echo(f"{name:>14}  {wrapped(value, INDENT, lines=MAX_FIELD_LINES)}")


def _print_changes(options: Options, article: dict[str, Any], texts: list[dict[str, Any]], between: str) -> None:
    if len(texts) == 1:
        raise IngestError(f"article {article['id']} has had one text only: there is nothing to compare")
    first, last = _chosen(between, len(texts))
    old, new = texts[first - 1], texts[last - 1]
    lines = differences(*(f"{text['title'] or ''}\n{text['body']}" for text in (old, new)), context=1)
    if options.json:
        names = ("revision_id", "archived_at", "title")
        ends = {
            end: {"text": number} | {name: text[name] for name in names}
            for end, number, text in (("from", first, old), ("to", last, new))
        }
        print_json({"article_id": article["id"], "url": article["url"]} | ends | {"diff": lines})
        return
    click.echo(f"--- text {first} of {len(texts)}, {old['archived_at']}")
    click.echo(f"+++ text {last} of {len(texts)}, {new['archived_at']}")
    for line in lines:
        click.secho(f"{line[0]} {safe(line[1:])}", fg=DIFF_COLOURS.get(line[0]))


def _chosen(between: str, count: int) -> tuple[int, int]:
    """Return the numbers of two of `count` texts: "" is the last two, "A" is A and the last."""
    if not between:
        return count - 1, count
    first, _, last = between.partition(":")
    numbers = [_number(first), _number(last) if last else count]
    for number in numbers:
        if number is None or not 1 <= number <= count:
            raise click.UsageError(f"--diff {between}: the article's texts are 1 to {count}; name A or A:B of these")
    return numbers[0] or 1, numbers[1] or count


def _number(which: str) -> int | None:
    """Return an article's id, or None if SQLite cannot hold it (2⁶³ has 19 digits)."""
    return int(which) if which.isascii() and which.isdigit() and len(which) < 19 else None  # noqa: PLR2004 (see above)
