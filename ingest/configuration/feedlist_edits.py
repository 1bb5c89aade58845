"""Changes of the feed list: feeds added, edited and removed. The rest of `feeds.toml` stays as it is written."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.configuration import rules_toml
from ingest.configuration.feedlist import faults_of, feed_of, is_line, parse_feeds, path_of, public, select, table_of
from ingest.configuration.feeds_toml import with_feeds_changed
from ingest.configuration.files import parse_toml, rewriting
from ingest.errors import ConfigError
from ingest.feeds.opml import LeftOut
from ingest.hosts import for_message, without_credentials
from storage.records import ArticleFrom, WantedFeed

LISTED = "on the list already"


def add(config_dir: Path, feed: WantedFeed, *, title: str | None = None) -> WantedFeed:
    """Append `feed` to the list, which is made if needed. Return the feed as the list has it, without credentials.

    A feed without a name gets `title` unless another feed has that name. Raises ConfigError if the URL or name is
    taken, if the feed is not valid, or if the list cannot be written.
    """
    with _changing(config_dir) as feeds:
        taken = {other.name.casefold() for other in feeds if other.name}
        if feed.name is None and title and is_line(title) and title.casefold() not in taken:
            feed = replace(feed, name=title)
        feeds.append(feed)
    return public(feed)


@dataclass(frozen=True, slots=True)
class Added:
    """The result of `add_all`. `unnamed` feeds were added without their names, which other feeds have."""

    feeds: tuple[WantedFeed, ...]
    left_out: tuple[LeftOut, ...]
    unnamed: tuple[LeftOut, ...]


def add_all(config_dir: Path, candidates: Iterable[WantedFeed]) -> Added:
    """Add, in one write, the valid feeds whose URLs are not on the list. Raise ConfigError if it cannot be written."""
    new: list[WantedFeed] = []
    left_out: list[LeftOut] = []
    unnamed: list[LeftOut] = []
    with _changing(config_dir) as feeds:
        urls = {feed.url for feed in feeds}
        names = {feed.name.casefold() for feed in feeds if feed.name}
        for feed in candidates:
            url = without_credentials(feed.url)
            if url in urls:
                left_out.append(LeftOut(url, feed.name, LISTED))
            elif fault := next(faults_of(table_of(feed)), None):
                left_out.append(LeftOut(for_message(feed.url), feed.name, fault))
            elif feed.name and feed.name.casefold() in names:
                unnamed.append(LeftOut(url, feed.name, "another feed has this name"))
                new.append(replace(feed, name=None))
            else:
                new.append(feed)
            urls.add(url)
            names.add((feed.name or "").casefold())
        feeds.extend(new)
    return Added(tuple(map(public, new)), tuple(left_out), tuple(unnamed))


@dataclass(frozen=True, slots=True)
class Changes:
    """New values of a feed's keys; None keeps a value. Keys in `unset` go back to their defaults first."""

    name: str | None = None
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()
    interval_s: int | None = None
    article: ArticleFrom | None = None
    unset: tuple[str, ...] = ()

    def applied(self, feed: WantedFeed) -> WantedFeed:
        """Return the changed feed. Raise ConfigError if the feed lacks a tag in `untags`."""
        for tag in self.untags:
            if tag not in feed.tags:
                has = f"it has {', '.join(feed.tags)}" if feed.tags else "it has none"
                raise ConfigError(f"{feed.url}: has no tag {tag}; {has}")
        table = {key: value for key, value in table_of(feed).items() if key not in self.unset}
        kept = [tag for tag in table.get("tags", ()) if tag not in self.untags]
        values = {"name": self.name, "interval_s": self.interval_s, "article": self.article}
        table |= {key: value for key, value in values.items() if value is not None}
        return feed_of(table | {"tags": dict.fromkeys((*kept, *self.tags))})


def edit(config_dir: Path, name_or_url: str, changes: Changes) -> tuple[WantedFeed, WantedFeed]:
    """Change one feed. Return the feed before and after.

    Raises ConfigError if the feed is not on the list, if the changed feed is not valid, or if the list cannot be
    written.
    """
    with _changing(config_dir) as feeds:
        (before,) = select(feeds, [name_or_url])
        after = changes.applied(before)
        feeds[feeds.index(before)] = after
    return before, public(after)


def remove(config_dir: Path, name_or_url: str) -> WantedFeed:
    """Remove one feed's lines. Comments above them stay: they may describe a group of feeds.

    Raises ConfigError if the feed is not on the list, or if the list cannot be written.
    """
    with _changing(config_dir) as feeds:
        (feed,) = select(feeds, [name_or_url])
        feeds.remove(feed)
    return feed


@contextmanager
def _changing(config_dir: Path) -> Iterator[list[WantedFeed]]:
    """Yield the list's feeds and write the list that they have become.

    Raises ConfigError and writes nothing if a feed is not valid, if a rule names a feed or tag that would be gone, or
    if the new text does not hold these feeds.
    """
    path = path_of(config_dir)
    with rewriting(path) as file:
        before = parse_feeds(path, parse_toml(path, file.text))
        feeds = list(before)
        yield feeds
        tables = list(map(table_of, feeds))
        wanted = parse_feeds(path, {"feeds": tables})
        try:
            rules_toml.load(config_dir, wanted)
        except ConfigError as error:
            raise ConfigError(f"{error}\n{path}: stays as it is, because rules.toml would be faulty") from error
        text = with_feeds_changed(file.text, list(map(table_of, before)), tables)
        written = None
        with suppress(ConfigError):
            written = parse_feeds(path, parse_toml(path, text))
        if written != wanted:
            raise ConfigError(f"{path}: is not written feed by feed under [[feeds]]; edit it by hand")
        file.text = text
