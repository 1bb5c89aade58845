import asyncio
from dataclasses import asdict

import click

from ingest.cli.feeds import editing, opml
from ingest.cli.options import Options, global_options
from ingest.cli.output.text import print_json, table
from storage.records import to_text


@click.command(name="list")
@global_options
@click.pass_obj
def list_feeds(options: Options) -> None:
    """Print the feed list."""
    from ingest.configuration import feedlist

    feeds = feedlist.load(options.config_dir()).feeds
    if options.json:
        print_json([asdict(feed) for feed in feeds])
    elif feeds:
        rows = [[feed.name or "", ", ".join(feed.tags), feed.article, feed.url] for feed in feeds]
        table(rows, ["name", "tags", "article", "url"])
    else:
        options.note(feedlist.how_to_fill(options.config_dir()))


@click.command(name="check")
@click.argument("which", metavar="[NAME_OR_URL]...", nargs=-1)
@global_options
@click.pass_obj
def check_feeds(options: Options, which: tuple[str, ...]) -> int:
    """Poll feeds once, without archiving: do they exist, and what do they hold?

    Without arguments, all of the list; an address need not be on it.
    """
    from ingest.configuration import config as configuration
    from ingest.configuration import feedlist
    from ingest.pipeline.probe import FeedProbe, open_prober

    config = configuration.load(options.config_dir(), empty_allowed=bool(which))
    named = [word if "://" in word else feedlist.select(config.feeds, [word])[0].url for word in which]
    urls = named or [feed.url for feed in config.feeds]

    async def check() -> list[FeedProbe]:
        async with open_prober(config) as prober:
            return await prober.check(urls)

    probes = asyncio.run(check())
    if options.json:
        print_json([asdict(probe) for probe in probes])
    else:
        rows = [[p.url, p.version, p.entries, to_text(p.newest_at), p.error or p.warning or p.title] for p in probes]
        table(rows, ["url", "format", "entries", "newest", "title, or trouble"])
    return 1 if all(probe.error for probe in probes) else 0


_EDITS = (editing.add_feed, editing.edit_feed, editing.remove_feed)


@click.group(name="feeds", commands=[list_feeds, *_EDITS, check_feeds, opml.import_feeds, opml.export_feeds])
@global_options
def command() -> None:
    """The feed list: what is wanted, kept in feeds.toml."""
