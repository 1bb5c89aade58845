"""`feeds add`, `edit` and `remove`."""

import asyncio
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.text import safe, short
from ingest.errors import ConfigError

if TYPE_CHECKING:
    from ingest.pipeline.probe import FeedProbe
    from storage.records import ArticleFrom

_ARTICLE = click.Choice(["page", "feed"])
_UNSET = "name tags interval_s article schedule time_zone headers cookies user_agent credentials".split()


def _by_name(_: click.Context, parameter: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """Read NAME=VALUE. An error shows no value: it may be a password."""
    if not all(pair.partition("=")[1] for pair in pairs):
        raise click.UsageError(f"{parameter.opts[0]} needs NAME=VALUE")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


_pairs = partial(click.option, multiple=True, metavar="NAME=VALUE", callback=_by_name)


@click.command(name="add")
@click.argument("url")
@click.option("--name", help="The feed's name (default: the feed's own title).")
@click.option("--tag", "tags", multiple=True, help='May be given several times; "/News/Tech" is a folder in OPML.')
@click.option("--article", type=_ARTICLE, help="The source of the text (default: page).")
@click.option("--unchecked", is_flag=True, help="Add the address as it is, without a request.")
@global_options
@click.pass_obj
def add_feed(
    options: Options, url: str, name: str | None, tags: tuple[str, ...], article: "ArticleFrom | None", unchecked: bool
) -> None:
    """Add the feed at URL, or the feed that the site at URL names.

    A feed that is on the list already gets the name, tags and article given.
    """
    from ingest.configuration import feedlist, feedlist_edits
    from ingest.hosts import for_message, is_web_address, with_credentials, without_credentials
    from storage.records import WantedFeed

    check_editable(options)
    scheme = "" if "://" in url else "https://"
    url = scheme + url
    if not is_web_address(url):
        raise click.UsageError(f"{for_message(url).removeprefix(scheme) or 'nothing'} is no http or https address")
    url_with_credentials, url = url, without_credentials(url)
    urls = {feed.url for feed in feedlist.load(options.config_dir(), missing_allowed=True).feeds}
    title, others = None, []
    if not unchecked and url not in urls:
        first, *others = asyncio.run(_discover(options, url_with_credentials))
        url, title = first.url, first.title
    changes = feedlist_edits.Changes(name, tags, article=article)
    before: WantedFeed | None = None
    if url in urls:
        before, feed, _ = feedlist_edits.edit(options.config_dir(), url, changes)
    else:
        wanted = changes.applied(WantedFeed(with_credentials(url, url_with_credentials)))
        feed = feedlist_edits.add(options.config_dir(), wanted, title=title)
    result = "added" if before is None else "changed" if before != feed else "on the list already"
    done = {"added": result == "added", "changed": result == "changed"} | asdict(feed)
    options.print_result(done | {"others": list(map(asdict, others))}, f"{result}: {label(url, feed.name)}")
    for other in others:
        options.note(f"the site also has {label(other.url, other.title)}")
    if before != feed:
        reload_daemon(options)


async def _discover(options: Options, url: str) -> "list[FeedProbe]":
    from ingest.configuration import feedlist
    from ingest.configuration.config import Config
    from ingest.pipeline.probe import open_prober

    listed = feedlist.load(options.config_dir(), missing_allowed=True)
    async with open_prober(Config(options.settings(), requests=listed.requests())) as prober:
        return await prober.discover(url)


@click.command(name="edit")
@click.argument("which", metavar="NAME_OR_URL")
@click.option("--name", help="The new name.")
@click.option("--tag", "tags", multiple=True, help='A tag more; may be given several times; "/News/Tech" is a folder.')
@click.option("--untag", "untags", multiple=True, metavar="TAG", help="A tag less; may be given several times.")
@click.option("--interval-s", type=int, metavar="SECONDS", help="Between polls, from the next one on.")
@click.option("--schedule", metavar="LINE", help="Polled by this crontab line, instead of an interval.")
@click.option("--time-zone", metavar="NAME", help="Of the schedule, such as Europe/Paris (default: UTC).")
@click.option("--article", type=_ARTICLE, help="The source of the text.")
@_pairs("--header", "headers", help="Sent to the feed's site; '${NAME}' is a variable. May be given several times.")
@_pairs("--cookie", "cookies", help="Likewise; may be given several times.")
@click.option("--user-agent", help="Likewise, instead of web.user_agent.")
@click.option("--credentials", metavar="USER:PASSWORD", help="Likewise, as Basic authentication.")
@click.option(
    "--unset",
    multiple=True,
    type=click.Choice(_UNSET),
    help="Back to its default; may be given several times.",
)
@global_options
@click.pass_obj
def edit_feed(options: Options, /, which: str, **changes: object) -> None:
    """Change a feed on the list: name, tags, interval or schedule, the source of its text, what its requests send.

    Comments and the order of the list stay.
    """
    from ingest.configuration import feedlist_edits

    wanted = feedlist_edits.Changes(**changes)  # type: ignore[arg-type]  # click has checked the options
    if wanted == feedlist_edits.Changes():
        raise click.UsageError(
            "nothing to change; name it with --name, --tag, --untag, --interval-s, --schedule, --time-zone,"
            " --article, --header, --cookie, --user-agent, --credentials, --unset"
        )
    check_editable(options)
    _, feed, changed = feedlist_edits.edit(options.config_dir(), which, wanted)
    line = f"{'changed' if changed else 'as it was'}: {label(feed.url, feed.name)}"
    options.print_result({"changed": changed} | asdict(feed), line)
    if changed:
        reload_daemon(options)


@click.command(name="remove")
@click.argument("which", metavar="NAME_OR_URL")
@global_options
@click.pass_obj
def remove_feed(options: Options, which: str) -> None:
    """Take a feed off the list; its articles stay."""
    from ingest.configuration import feedlist_edits

    check_editable(options)
    feed = feedlist_edits.remove(options.config_dir(), which)
    options.print_result(asdict(feed), f"removed: {label(feed.url, feed.name)}; its articles stay in the archive")
    reload_daemon(options, "reload?emptied")


def label(url: str, name: str | None) -> str:
    """Return a feed's address and name for a line of text."""
    name = short(name)
    return f"{safe(url)} ({name})" if name and url else safe(url) or name or "without a name"


def check_editable(options: Options) -> None:
    """Raise ConfigError if the list is the bundled one, which an upgrade replaces, or if the settings are faulty."""
    options.archive_path()
    if options.is_bundled():
        raise ConfigError(
            f"{options.config_dir()}: the bundled feed list is not changed;"
            " make one of your own with `ingest init config`, then run this again"
        )


def reload_daemon(options: Options, request: str = "reload") -> None:
    """Make a running daemon read the feed list again. A daemon that ends meanwhile reads it at its next start."""
    from ingest.daemon.control import DaemonEnded, ask_daemon, daemon_of

    daemon = daemon_of(options.archive_path())
    if daemon:
        with suppress(DaemonEnded):
            asyncio.run(ask_daemon(daemon, request))
            options.note(f"the daemon (process {daemon['pid']}) has read the list again")
