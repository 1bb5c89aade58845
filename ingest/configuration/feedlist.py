"""The feed list, `feeds.toml`: read and checked."""

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

from ingest.configuration.files import read_toml
from ingest.configuration.settings import shown
from ingest.errors import ConfigError
from ingest.hosts import credentials_of, for_message, is_web_address, without_credentials
from storage.records import WantedFeed

Table = dict[str, Any]
"""A feed as `feeds.toml` has it."""

MAX_INTERVAL_S = 1_000_000_000  # 31 years; dates and SQLite's integers end later

_LINE_BREAKS = {"Cc", "Cs", "Zl", "Zp"}  # Unicode's categories of controls, surrogates and separators of lines


def is_line(value: object) -> bool:
    """Return whether `value` is one line of text.

    `isprintable` would refuse the joiners inside emoji and inside Persian or Indic words.
    """
    return isinstance(value, str) and bool(value.strip()) and not _LINE_BREAKS & set(map(unicodedata.category, value))


# What each key may hold; the text completes the sentence "… is not …".
_KEYS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "url": (lambda v: isinstance(v, str) and is_web_address(v), "an http or https address with a host"),
    "name": (is_line, "a line of text"),
    "tags": (lambda v: isinstance(v, list) and all(map(is_line, v)), 'a list of words like ["en", "security"]'),
    "interval_s": (
        lambda v: type(v) is int and 0 < v <= MAX_INTERVAL_S,
        f"an integer number of seconds from 1 to {MAX_INTERVAL_S}",
    ),
    "article": (lambda v: v in ("page", "feed"), '"page" or "feed"'),
}


def path_of(config_dir: Path) -> Path:
    return config_dir / "feeds.toml"


class FeedList(NamedTuple):
    """The feeds, their URLs without credentials; and the URLs with credentials, by the URLs without."""

    feeds: tuple[WantedFeed, ...]
    credentials: dict[str, str]


def load(config_dir: Path, *, empty_allowed: bool = True, missing_allowed: bool = False) -> FeedList:
    """Read the list. Raise ConfigError if there is no list, or with every fault in it, a line each."""
    path = path_of(config_dir)
    values = read_toml(path)
    if values is None and not missing_allowed:
        raise ConfigError(f"{path}: there is no feed list; `ingest feeds add URL` starts one")
    values = values or {}
    feeds = parse_feeds(path, values)
    if not feeds and not empty_allowed:
        raise ConfigError(how_to_fill(config_dir))
    written = (table["url"] for table in values.get("feeds", ()))
    return FeedList(feeds, {feed.url: url for feed, url in zip(feeds, written, strict=True) if credentials_of(url)})


def how_to_fill(config_dir: Path) -> str:
    """Return the sentence for a list without feeds."""
    return f"{path_of(config_dir)}: there are no feeds on the list; `ingest feeds add URL` adds one"


def select(feeds: Sequence[WantedFeed], names_or_urls: Iterable[str]) -> tuple[WantedFeed, ...]:
    """Return the feeds with these exact URLs, or names in any case, in the order of the list.

    Raises ConfigError if a feed is not on the list, and suggests similar names and URLs.
    """
    by_url = {feed.url: feed for feed in feeds}
    by_name = {feed.name.casefold(): feed for feed in feeds if feed.name}
    selected = set()
    for word in names_or_urls:
        feed = by_url.get(without_credentials(word)) or by_name.get(word.casefold())
        if feed is None:
            close = difflib.get_close_matches(word.casefold(), [*by_name, *by_url])
            names = [by_name[name].name or name if name in by_name else name for name in close]
            hint = f"did you mean {' or '.join(names)}?" if names else "`ingest feeds list` shows them all"
            raise ConfigError(f"{for_message(word)}: no feed on the list has this name or URL; {hint}")
        selected.add(feed)
    return tuple(feed for feed in feeds if feed in selected)


def parse_feeds(path: Path, values: dict[str, Any]) -> tuple[WantedFeed, ...]:
    """Return the feeds of the list's TOML. Raise ConfigError with every fault, a line each."""
    tables = values.get("feeds", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: feeds: {shown(tables)} is not a list of feeds; write [[feeds]] above each")
    faults = [f"{path}: {key}: unknown key; the list knows only [[feeds]]" for key in values if key != "feeds"]
    first: dict[tuple[str, str], int] = {}
    for number, table in enumerate(tables, start=1):
        url = for_message(str(table.get("url", "without url")))
        where = f"{path}: feed {number} ({url})"
        faults += [f"{where}: {fault}" for fault in faults_of(table)]
        for key, word in ("url", url), ("name", str(table.get("name")).casefold()):
            if key in table and first.setdefault((key, word), number) != number:
                value = url if key == "url" else table[key]
                other = first[key, word]
                differ = key == "url" and table[key] != tables[other - 1][key]
                besides = ", and another user or password makes no other feed" if differ else ""
                faults.append(f"{where}: {key}: {shown(value)} is that of feed {other} already{besides}")
    if faults:
        raise ConfigError("\n".join(faults))
    return tuple(public(feed_of(table)) for table in tables)


def faults_of(table: Table) -> Iterator[str]:
    """Yield what is wrong with one feed."""
    if "url" not in table:
        yield f"url: is missing; give {_KEYS['url'][1]}"
    for key, value in table.items():
        if key not in _KEYS:
            yield f"{key}: unknown key; a feed knows {', '.join(sorted(_KEYS))}"
        elif not _KEYS[key][0](value):
            printable = for_message(value) if key == "url" and isinstance(value, str) else value
            yield f"{key}: {shown(printable)} is not {_KEYS[key][1]}"


def table_of(feed: WantedFeed) -> Table:
    """Return the feed's table, without the keys at their defaults."""
    default = asdict(WantedFeed(""))
    table = {key: value for key, value in asdict(feed).items() if value != default[key] or key == "url"}
    return table | ({"tags": list(feed.tags)} if feed.tags else {})


def feed_of(table: Table) -> WantedFeed:
    return WantedFeed(**table | {"tags": tuple(table.get("tags", ()))})


def public(feed: WantedFeed) -> WantedFeed:
    """Return the feed without credentials. Other programs use a feed's address as its name."""
    return replace(feed, url=without_credentials(feed.url), name=feed.name and without_credentials(feed.name))
