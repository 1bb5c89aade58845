"""Changes of the feed list: feeds added, edited and removed. The rest of `feeds.toml` stays as it is written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from ingest.configuration import rules_toml
from ingest.configuration.feedlist import (
    Table,
    faults_of,
    feed_of,
    is_line,
    parse_feeds,
    path_of,
    public,
    request_keys,
    select,
    table_of,
)
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
    with _changing(config_dir) as (feeds, _):
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
    with _changing(config_dir) as (feeds, _):
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
    """New values of a feed's keys; None keeps a value. Keys in `unset` go back to their defaults first.

    The values of `headers` and `cookies` are by name; other names keep theirs.
    """

    name: str | None = None
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()
    interval_s: int | None = None
    article: ArticleFrom | None = None
    schedule: str | None = None
    time_zone: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    user_agent: str | None = field(default=None, repr=False)
    credentials: str | None = field(default=None, repr=False)
    unset: tuple[str, ...] = ()

    def applied(self, feed: WantedFeed) -> WantedFeed:
        """Return the changed feed. Raise ConfigError if the feed lacks a tag in `untags`."""
        for tag in self.untags:
            if tag not in feed.tags:
                has = f"it has {', '.join(feed.tags)}" if feed.tags else "it has none"
                raise ConfigError(f"{feed.url}: has no tag {tag}; {has}")
        table = {key: value for key, value in table_of(feed).items() if key not in self.unset}
        kept = [tag for tag in table.get("tags", ()) if tag not in self.untags]
        values = {key: getattr(self, key) for key in ("name", "interval_s", "article", "schedule", "time_zone")}
        table |= {key: value for key, value in values.items() if value is not None}
        return feed_of(table | {"tags": dict.fromkeys((*kept, *self.tags))})

    def applied_to_request(self, table: Table) -> Table:
        """Return the changed request options."""
        table = {key: value for key, value in table.items() if key not in self.unset}
        for key, values in ("headers", self.headers), ("cookies", self.cookies):
            if values:
                table[key] = table.get(key, {}) | values
        alone = {"user_agent": self.user_agent, "credentials": self.credentials}
        return table | {key: value for key, value in alone.items() if value is not None}


class Edited(NamedTuple):
    """A feed before and after. `changed`: one of its keys has another value, perhaps one that no `WantedFeed` has."""

    before: WantedFeed
    after: WantedFeed
    changed: bool


def edit(config_dir: Path, name_or_url: str, changes: Changes) -> Edited:
    """Change one feed.

    Raises ConfigError if the feed is not on the list, if the changed feed is not valid, or if the list cannot be
    written.
    """
    with _changing(config_dir) as (feeds, options):
        (before,) = select(feeds, [name_or_url])
        after = changes.applied(before)
        feeds[feeds.index(before)] = after
        request = options[before.url]
        options[before.url] = changes.applied_to_request(request)
        changed = before != public(after) or options[before.url] != request
    return Edited(before, public(after), changed)


def remove(config_dir: Path, name_or_url: str) -> WantedFeed:
    """Remove one feed's lines. Comments above them stay: they may describe a group of feeds.

    Raises ConfigError if the feed is not on the list, or if the list cannot be written.
    """
    with _changing(config_dir) as (feeds, _):
        (feed,) = select(feeds, [name_or_url])
        feeds.remove(feed)
    return feed


@contextmanager
def _changing(config_dir: Path) -> Iterator[tuple[list[WantedFeed], dict[str, Table]]]:
    """Yield the list's feeds, and their request options by URL. Write the list that they have become.

    Raises ConfigError and writes nothing if a feed is not valid, if a rule names a feed or tag that would be gone, or
    if the new text does not hold these feeds.
    """
    path = path_of(config_dir)
    with rewriting(path) as file:
        values = parse_toml(path, file.text)
        before = parse_feeds(path, values)
        listed = {feed.url: table for feed, table in zip(before, values.get("feeds", ()), strict=True)}
        options = {url: request_keys(table) for url, table in listed.items()}
        feeds, old_tables = list(before), [table_of(feed) | options[feed.url] for feed in before]
        yield feeds, options
        tables = [table_of(feed) | options.get(feed.url, {}) for feed in feeds]
        urls = {url: table["url"] for url, table in listed.items()}  # with their credentials, which rule out others
        wanted = parse_feeds(path, {"feeds": [t | {"url": urls.get(t["url"], t["url"])} for t in tables]})
        try:
            rules_toml.load(config_dir, wanted)
        except ConfigError as error:
            raise ConfigError(f"{error}\n{path}: stays as it is, because rules.toml would be faulty") from error
        text = with_feeds_changed(file.text, old_tables, tables)
        if not _holds(path, text, wanted, tables):
            raise ConfigError(f"{path}: is not written feed by feed under [[feeds]]; edit it by hand")
        file.text = text


def _holds(path: Path, text: str, feeds: Sequence[WantedFeed], tables: Sequence[Table]) -> bool:
    """Return whether the text has these feeds with these request options."""
    with suppress(ConfigError):
        values = parse_toml(path, text)
        same = list(map(request_keys, values.get("feeds", ()))) == list(map(request_keys, tables))
        return same and parse_feeds(path, values) == tuple(feeds)
    return False
