import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ingest.cli.options import Options, global_options
from ingest.cli.outfile import or_stdout
from ingest.cli.output import count, note, print_json, safe, table
from ingest.errors import ConfigError
from storage.records import to_text

if TYPE_CHECKING:
    from ingest.pipeline.looks import FeedLook
    from storage.records import WantedFeed


@click.group(name="feeds")
@global_options
def command() -> None:
    """The feed list: what is wanted, kept in feeds.toml."""


@command.command(name="list")
@global_options
@click.pass_obj
def list_feeds(options: Options) -> None:
    """Print the feed list."""
    from ingest import feedlist

    feeds = feedlist.load(options.config_dir())
    if options.json:
        print_json([asdict(feed) for feed in feeds])
    elif feeds:
        rows = [[feed.name or "", ", ".join(feed.tags), feed.article, feed.url] for feed in feeds]
        table(rows, ["name", "tags", "article", "url"])
    else:
        note(feedlist.how_to_fill(options.config_dir()), quiet=options.quiet)


@command.command(name="add")
@click.argument("url")
@click.option("--name", help="What to call it (default: the feed's own title).")
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@click.option(
    "--article",
    type=click.Choice(["page", "feed"]),
    default="page",
    show_default=True,
    help="Where the text is taken from.",
)
@click.option("--unchecked", is_flag=True, help="Add the address as it is, without looking at it.")
@global_options
@click.pass_obj
def add_feed(
    options: Options, url: str, name: str | None, tags: tuple[str, ...], article: str, unchecked: bool
) -> None:
    """Add the feed at URL, or the feed that the site at URL names."""
    from ingest import feedlist
    from ingest.settings import is_web_address
    from storage.records import WantedFeed

    _editable(options)
    if "://" not in url:
        url = f"https://{url}"
    if not is_web_address(url):
        raise click.UsageError(f"{url} is no http or https address")
    listed = feedlist.listed(options.config_dir())
    others: list[FeedLook] = []
    if not unchecked and not any(feed.url == url for feed in listed):
        first, *others = asyncio.run(_discover(options, url))
        url, name = first.url, name or feedlist.free_name(listed, first.title)
    known = next((feed for feed in listed if feed.url == url), None)
    feed = known or WantedFeed(url, name, tags, article="feed" if article == "feed" else "page")
    if known is None:
        feedlist.add(options.config_dir(), feed)
    if options.json:
        print_json({"added": known is None, **asdict(feed), "others": [asdict(other) for other in others]})
    else:
        click.echo(safe(f"{'on the list already' if known else 'added'}: {_named(url, feed.name)}"))
    for other in others:
        note(f"the site also has {_named(other.url, other.title)}", quiet=options.quiet)
    if known is None:
        _tell_daemon(options)


def _named(url: str, name: str | None) -> str:
    return f"{url} ({name})" if name else url


@command.command(name="remove")
@click.argument("which", metavar="NAME_OR_URL")
@global_options
@click.pass_obj
def remove_feed(options: Options, which: str) -> None:
    """Take a feed off the list; its articles stay."""
    from ingest import feedlist

    _editable(options)
    feed = feedlist.remove(options.config_dir(), which)
    if options.json:
        print_json(asdict(feed))
    else:
        click.echo(f"removed: {_named(feed.url, feed.name)}; its articles stay in the archive")
    _tell_daemon(options)


@command.command(name="check")
@click.argument("which", metavar="[NAME_OR_URL]...", nargs=-1)
@global_options
@click.pass_obj
def check_feeds(options: Options, which: tuple[str, ...]) -> int:
    """Look at feeds once, without archiving: are they there, and what do they hold?

    Without arguments, all of the list; an address need not be on it.
    """
    from ingest import feedlist

    listed = feedlist.load(options.config_dir(), empty_allowed=bool(which))
    urls = [url for name in which for url in _addresses(listed, name)] if which else [feed.url for feed in listed]
    looks = asyncio.run(_check(options, urls))
    if options.json:
        print_json([asdict(look) for look in looks])
    else:
        rows = [
            [look.url, look.version, look.entries, to_text(look.newest_at), look.error or look.warning or look.title]
            for look in looks
        ]
        table(rows, ["url", "format", "entries", "newest", "title, or trouble"])
    return 1 if all(look.error for look in looks) else 0


@command.command(name="import")
@click.argument("file", type=click.File("rb"))
@global_options
@click.pass_obj
def import_feeds(options: Options, file: BinaryIO) -> None:
    """Add the feeds of an OPML FILE (- for stdin); those on the list already are left as they are."""
    from ingest import feedlist
    from ingest.feeds import opml

    _editable(options)
    wanted = opml.read(file.read(), source=file.name)
    added = feedlist.add_all(options.config_dir(), wanted)
    if options.json:
        print_json({"added": added, "listed": len(wanted) - added})
    else:
        click.echo(f"added: {added} of {count(len(wanted), 'feed')}; {len(wanted) - added} on the list already")
    if added:
        _tell_daemon(options)


@command.command(name="export")
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", callback=or_stdout, help="Default, and -: stdout."
)
@global_options
@click.pass_obj
def export_feeds(options: Options, output: Path | None) -> None:
    """Write the feed list as OPML 2.0."""
    from ingest import feedlist
    from ingest.cli.outfile import named, protected
    from ingest.feeds import opml
    from storage.files import writing

    body = opml.write(feedlist.load(options.config_dir()), title="ingest")
    if output is None:
        click.echo(body, nl=False)
        return
    with named(output), writing(output, protected(options, output)) as file:
        file.write(body)


def _addresses(listed: "tuple[WantedFeed, ...]", name_or_url: str) -> list[str]:
    from ingest import feedlist

    return [name_or_url] if "://" in name_or_url else [feed.url for feed in feedlist.select(listed, [name_or_url])]


async def _discover(options: Options, url: str) -> "list[FeedLook]":
    from ingest.pipeline.looks import open_looks

    async with open_looks(options.settings()) as looks:
        return await looks.discover(url)


async def _check(options: Options, urls: list[str]) -> "list[FeedLook]":
    from ingest.pipeline.looks import open_looks

    async with open_looks(options.settings()) as looks:
        return await looks.check(urls)


def _editable(options: Options) -> None:
    """An installed program's own list is not the user's to change: the next upgrade would undo it."""
    from ingest.settings import is_bundled

    if is_bundled(options.config_dir()):
        raise ConfigError(
            f"{options.config_dir()}: the bundled feed list is not changed;"
            " make one of your own with `ingest init config`, then run this again"
        )


def _tell_daemon(options: Options) -> None:
    """A running daemon reads the feed list again."""
    from ingest.control import ask_daemon, daemon_of

    daemon = daemon_of(options.archive_path())
    if daemon:
        asyncio.run(ask_daemon(daemon, "reload"))
        note(f"the daemon (process {daemon['pid']}) has read the list again", quiet=options.quiet)
