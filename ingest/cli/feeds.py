import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output import note, print_json, safe, table
from ingest.errors import ConfigError

if TYPE_CHECKING:
    from ingest.pipeline.looks import FeedLook
    from storage.records import WantedFeed


@click.group(name="feeds")
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
        return
    table(
        [[feed.name or "", ", ".join(feed.tags), feed.article, feed.url] for feed in feeds],
        ["name", "tags", "article", "url"],
    )


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
    from storage.records import WantedFeed

    if "://" not in url:
        url = f"https://{url}"
    others: list[FeedLook] = []
    if not unchecked:
        first, *others = asyncio.run(_discover(options, url))
        url, name = first.url, name or first.title
    feed = WantedFeed(url, name, tags, article="feed" if article == "feed" else "page")
    _editable(options)
    added = feedlist.add(options.config_dir(), feed)
    click.echo(("added " if added else "on the list already: ") + url + (f" ({safe(name)})" if name else ""))
    for other in others:
        note(
            f"the site also has {other.url}" + (f" ({safe(other.title)})" if other.title else ""),
            quiet=options.quiet,
        )
    _tell_daemon(options)


@command.command(name="remove")
@click.argument("which", metavar="NAME_OR_URL")
@global_options
@click.pass_obj
def remove_feed(options: Options, which: str) -> None:
    """Take a feed off the list; its articles stay."""
    from ingest import feedlist

    _editable(options)
    click.echo(f"removed {feedlist.remove(options.config_dir(), which).url}; its articles stay in the archive")
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

    listed = feedlist.load(options.config_dir())
    urls = [url for name in which for url in _addresses(listed, name)] if which else [feed.url for feed in listed]
    looks = asyncio.run(_check(options, urls))
    if options.json:
        print_json([asdict(look) for look in looks])
    else:
        rows = [
            [
                look.url,
                look.version or "",
                look.entries,
                look.newest_at or "",
                look.error or look.warning or look.title,
            ]
            for look in looks
        ]
        table(rows, ["url", "format", "entries", "newest", "title, or trouble"])
    return 1 if looks and all(look.error for look in looks) else 0


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
    click.echo(f"added {added} of {len(wanted)} feeds; {len(wanted) - added} were on the list already")
    _tell_daemon(options)


@command.command(name="export")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Default: stdout.")
@global_options
@click.pass_obj
def export_feeds(options: Options, output: Path | None) -> None:
    """Write the feed list as OPML 2.0."""
    from ingest import feedlist
    from ingest.feeds import opml

    body = opml.write(feedlist.load(options.config_dir()), title="ingest")
    if output is None:
        click.get_binary_stream("stdout").write(body)
        return
    try:
        output.write_bytes(body)
    except OSError as error:
        raise click.FileError(str(output), error.strerror) from error


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
        note(f"the daemon (process {daemon['pid']}) was told", quiet=options.quiet)
