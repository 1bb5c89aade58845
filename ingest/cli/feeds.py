import asyncio
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ingest.cli.options import Options, global_options
from ingest.cli.outfile import or_stdout
from ingest.cli.output import note, print_json, safe, short, table
from ingest.errors import ConfigError, IngestError, ParseError
from ingest.text.markup import count
from storage.records import to_text

if TYPE_CHECKING:
    from ingest.pipeline.probe import FeedProbe
    from storage.records import ArticleFrom, WantedFeed

MAX_OPML_BYTES = 16 * 1024 * 1024


@click.group(name="feeds")
@global_options
def command() -> None:
    """The feed list: what is wanted, kept in feeds.toml."""


@command.command(name="list")
@global_options
@click.pass_obj
def list_feeds(options: Options) -> None:
    """Print the feed list."""
    from ingest.configuration import feedlist

    feeds = feedlist.load(options.config_dir())
    if options.json:
        print_json([asdict(feed) for feed in feeds])
    elif feeds:
        rows = [[feed.name or "", ", ".join(feed.tags), feed.article, feed.url] for feed in feeds]
        table(rows, ["name", "tags", "article", "url"])
    else:
        note(feedlist.how_to_fill(options.config_dir()), quiet=options.quiet)


_ARTICLE = click.Choice(["page", "feed"])


@command.command(name="add")
@click.argument("url")
@click.option("--name", help="What to call it (default: the feed's own title).")
@click.option("--tag", "tags", multiple=True, help='May be given several times; "/News/Tech" is a folder in OPML.')
@click.option("--article", type=_ARTICLE, help="Where the text is taken from (default: page).")
@click.option("--unchecked", is_flag=True, help="Add the address as it is, without looking at it.")
@global_options
@click.pass_obj
def add_feed(
    options: Options, url: str, name: str | None, tags: tuple[str, ...], article: "ArticleFrom | None", unchecked: bool
) -> None:
    """Add the feed at URL, or the feed that the site at URL names.

    A feed that is on the list already gets the name, tags and article given.
    """
    from ingest.configuration import feedlist
    from ingest.configuration.settings import is_web_address
    from ingest.hosts import for_message, with_credentials, without_credentials
    from storage.records import WantedFeed

    _editable(options)
    added = "" if "://" in url else "https://"
    url = added + url
    if not is_web_address(url):
        raise click.UsageError(f"{for_message(url).removeprefix(added) or 'nothing'} is no http or https address")
    given, url = url, without_credentials(url)
    urls = {feed.url for feed in feedlist.listed(options.config_dir())}
    title, others = None, []
    if not unchecked and url not in urls:
        first, *others = asyncio.run(_discover(options, given))
        url, title = first.url, first.title
    changes = feedlist.Changes(name, tags, article=article)
    before: WantedFeed | None = None
    if url in urls:
        before, feed = feedlist.edit(options.config_dir(), url, changes)
    else:
        wanted = changes.applied(WantedFeed(with_credentials(url, given)))
        feed = feedlist.add(options.config_dir(), wanted, title=title)
    known = before is not None
    if options.json:
        said = {"added": not known, "changed": known and before != feed}
        print_json(said | asdict(feed) | {"others": [asdict(other) for other in others]})
    else:
        did = "added" if not known else "changed" if before != feed else "on the list already"
        click.echo(f"{did}: {_named(url, feed.name)}")
    for other in others:
        note(f"the site also has {_named(other.url, other.title)}", quiet=options.quiet)
    if before != feed:
        _tell_daemon(options)


@command.command(name="edit")
@click.argument("which", metavar="NAME_OR_URL")
@click.option("--name", help="What to call it from now on.")
@click.option("--tag", "tags", multiple=True, help='A tag more; may be given several times; "/News/Tech" is a folder.')
@click.option("--untag", "untags", multiple=True, metavar="TAG", help="A tag less; may be given several times.")
@click.option("--interval-s", type=int, metavar="SECONDS", help="Between polls, from the next one on.")
@click.option("--article", type=_ARTICLE, help="Where the text is taken from.")
@click.option(
    "--unset",
    multiple=True,
    type=click.Choice(["name", "tags", "interval_s", "article"]),
    help="Back to its default; may be given several times.",
)
@global_options
@click.pass_obj
def edit_feed(
    options: Options,
    which: str,
    name: str | None,
    tags: tuple[str, ...],
    untags: tuple[str, ...],
    interval_s: int | None,
    article: "ArticleFrom | None",
    unset: tuple[str, ...],
) -> None:
    """Change what the list says of a feed: its name, its tags, its interval, where its text is taken from.

    Comments and the order of the list stay.
    """
    from ingest.configuration import feedlist

    changes = feedlist.Changes(name, tags, untags, interval_s, article, unset)
    if changes == feedlist.Changes():
        raise click.UsageError(
            "nothing to change; name it with --name, --tag, --untag, --interval-s, --article, --unset"
        )
    _editable(options)
    before, feed = feedlist.edit(options.config_dir(), which, changes)
    if options.json:
        print_json({"changed": before != feed} | asdict(feed))
    else:
        click.echo(f"{'as it was' if before == feed else 'changed'}: {_named(feed.url, feed.name)}")
    if before != feed:
        _tell_daemon(options)


def _named(url: str, name: str | None) -> str:
    """A feed as a line names it."""
    name = short(name)
    return f"{safe(url)} ({name})" if name and url else safe(url) or name or "without a name"


@command.command(name="remove")
@click.argument("which", metavar="NAME_OR_URL")
@global_options
@click.pass_obj
def remove_feed(options: Options, which: str) -> None:
    """Take a feed off the list; its articles stay."""
    from ingest.configuration import feedlist

    _editable(options)
    feed = feedlist.remove(options.config_dir(), which)
    if options.json:
        print_json(asdict(feed))
    else:
        click.echo(f"removed: {_named(feed.url, feed.name)}; its articles stay in the archive")
    _tell_daemon(options, "reload?emptied")


@command.command(name="check")
@click.argument("which", metavar="[NAME_OR_URL]...", nargs=-1)
@global_options
@click.pass_obj
def check_feeds(options: Options, which: tuple[str, ...]) -> int:
    """Look at feeds once, without archiving: are they there, and what do they hold?

    Without arguments, all of the list; an address need not be on it.
    """
    from ingest.configuration import feedlist

    listed, credentials = feedlist.load_with_credentials(options.config_dir(), empty_allowed=bool(which))
    urls = [url for name in which for url in _addresses(listed, name)] if which else [feed.url for feed in listed]
    probes = asyncio.run(_check(options, [credentials.get(url, url) for url in urls]))
    if options.json:
        print_json([asdict(probe) for probe in probes])
    else:
        rows = [
            [
                probe.url,
                probe.version,
                probe.entries,
                to_text(probe.newest_at),
                probe.error or probe.warning or probe.title,
            ]
            for probe in probes
        ]
        table(rows, ["url", "format", "entries", "newest", "title, or trouble"])
    return 1 if all(probe.error for probe in probes) else 0


@command.command(name="import")
@click.argument("file", type=click.File("rb"))
@global_options
@click.pass_obj
def import_feeds(options: Options, file: BinaryIO) -> int:
    """Add the feeds of an OPML FILE (- for stdin); those on the list already are left as they are.

    Folders become tags that begin with a slash, such as "/News/Tech"; `feeds export` makes folders of them again.
    """
    from ingest.configuration import feedlist
    from ingest.feeds import opml

    _editable(options)
    body = file.read(MAX_OPML_BYTES + 1)
    if len(body) > MAX_OPML_BYTES:
        raise IngestError(f"{file.name}: larger than {MAX_OPML_BYTES // 1024**2} MiB, the most that is read; split it")
    try:
        outlines = opml.read(body, source=file.name)
    except ParseError as error:
        raise IngestError(f"{error}; name a file in which another reader has written its feeds as OPML") from error
    added = feedlist.add_all(options.config_dir(), outlines.feeds)
    left_out = [*outlines.left_out, *added.left_out]
    listed = sum(left.reason == feedlist.LISTED for left in left_out)
    if options.json:
        result = {"added": len(added.feeds), "listed": listed}
        print_json(result | {"left_out": list(map(asdict, left_out)), "unnamed": list(map(asdict, added.unnamed))})
    else:
        line = f"added: {len(added.feeds)} of {count(len(outlines.feeds), 'feed')}; {listed} on the list already"
        click.echo(line + (f"; {others} left out" if (others := len(left_out) - listed) else ""))
        for left in left_out:
            named = _named(left.url, left.name)
            line = f"{left.reason}: {named}" if left.reason == feedlist.LISTED else f"left out: {named}: {left.reason}"
            note(line, quiet=options.quiet)
        for feed in added.unnamed:
            note(f"added without its name: {_named(feed.url, feed.name)}: {feed.reason}", quiet=options.quiet)
    if added.feeds:
        _tell_daemon(options)
    return 0 if added.feeds or listed else 1


@command.command(name="export")
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", callback=or_stdout, help="Default, and -: stdout."
)
@global_options
@click.pass_obj
def export_feeds(options: Options, output: Path | None) -> None:
    """Write the feed list as OPML 2.0, without passwords."""
    from ingest.cli.outfile import named, protected
    from ingest.configuration import feedlist
    from ingest.feeds import opml
    from storage.files import writing

    body = opml.write(feedlist.load(options.config_dir()), title="ingest")
    if output is None:
        click.echo(body, nl=False)
        return
    with named(output), writing(output, protected(options, output)) as file:
        file.write(body)


def _addresses(listed: "tuple[WantedFeed, ...]", name_or_url: str) -> list[str]:
    from ingest.configuration import feedlist

    return [name_or_url] if "://" in name_or_url else [feed.url for feed in feedlist.select(listed, [name_or_url])]


async def _discover(options: Options, url: str) -> "list[FeedProbe]":
    from ingest.pipeline.probe import open_prober

    async with open_prober(options.settings()) as probes:
        return await probes.discover(url)


async def _check(options: Options, urls: list[str]) -> "list[FeedProbe]":
    from ingest.pipeline.probe import open_prober

    async with open_prober(options.settings()) as probes:
        return await probes.check(urls)


def _editable(options: Options) -> None:
    """The list that comes with the program is not the user's to change: the next upgrade would undo it.

    Nor is one changed beside settings that are faulty.
    """
    options.archive_path()
    if options.is_bundled():
        raise ConfigError(
            f"{options.config_dir()}: the bundled feed list is not changed;"
            " make one of your own with `ingest init config`, then run this again"
        )


def _tell_daemon(options: Options, request: str = "reload") -> None:
    """A running daemon reads the feed list again. One that ends meanwhile reads it at its next start."""
    from ingest.daemon.control import DaemonEnded, ask_daemon, daemon_of

    daemon = daemon_of(options.archive_path())
    if daemon:
        with suppress(DaemonEnded):
            asyncio.run(ask_daemon(daemon, request))
            note(f"the daemon (process {daemon['pid']}) has read the list again", quiet=options.quiet)
