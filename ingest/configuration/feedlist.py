"""The feed list, `feeds.toml`: read and checked."""

import difflib
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest.configuration import feed_requests
from ingest.configuration.files import read_toml
from ingest.configuration.settings import shown
from ingest.crontab import CrontabError, check, is_crontab, is_time_zone
from ingest.errors import ConfigError
from ingest.hosts import credentials_of, for_message, is_web_address, without_credentials
from ingest.web.request import RequestOptions
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
    "schedule": (lambda v: isinstance(v, str) and is_crontab(v), 'a crontab line such as "*/10 7-20 * * mon-fri"'),
    "time_zone": (
        lambda v: isinstance(v, str) and is_time_zone(v),
        'the name of a time zone, such as "Europe/Paris"',
    ),
    "article": (lambda v: v in ("page", "feed"), '"page" or "feed"'),
}
KEYS = (*_KEYS, *feed_requests.KEYS)


def path_of(config_dir: Path) -> Path:
    return config_dir / "feeds.toml"


@dataclass(frozen=True, slots=True)
class FeedList:
    """The feeds, their URLs without credentials; and the tables of the feeds as they are written, by these URLs."""

    path: Path
    feeds: tuple[WantedFeed, ...]
    tables: Mapping[str, Table] = field(repr=False)  # they may have passwords

    def requests(self) -> dict[str, RequestOptions]:
        """Return the request options of the feeds that have some, by URL, with secrets from the environment.

        Raises ConfigError with a line for each variable that is missing or not valid in its place.
        """
        found: dict[str, RequestOptions] = {}
        faults: list[str] = []
        for number, (url, table) in enumerate(self.tables.items(), start=1):
            if credentials_of(table["url"]) or not table.keys().isdisjoint(feed_requests.KEYS):
                found[url], of_feed = feed_requests.options_of(table, os.environ)
                faults += [f"{_where(self.path, number, url)}: {fault}" for fault in of_feed]
        if faults:
            raise ConfigError("\n".join(faults))
        return found


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
    urls = (feed.url for feed in feeds)
    return FeedList(path, feeds, dict(zip(urls, values.get("feeds", ()), strict=True)))


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
        value = shown(feed_requests.without_values(tables))
        raise ConfigError(f"{path}: feeds: {value} is not a list of feeds; write [[feeds]] above each")
    faults = [f"{path}: {key}: unknown key; the list knows only [[feeds]]" for key in values if key != "feeds"]
    first: dict[tuple[str, str], int] = {}
    for number, table in enumerate(tables, start=1):
        url = for_message(str(table.get("url", "without url")))
        where = _where(path, number, url)
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


def _where(path: Path, number: int, url: str) -> str:
    return f"{path}: feed {number} ({url})"


def faults_of(table: Table) -> Iterator[str]:
    """Yield what is wrong with one feed."""
    if "url" not in table:
        yield f"url: is missing; give {_KEYS['url'][1]}"
    for key, value in table.items():
        if key not in _KEYS:
            if key not in feed_requests.KEYS:
                yield f"{key}: unknown key; a feed knows {', '.join(sorted(KEYS))}"
        elif key == "url" and "${" in str(value):
            yield (
                "url: has a variable, but an address is stored and shown; put the secret into credentials, headers or"
                " cookies, or write %24%7B for ${"
            )
        elif not _KEYS[key][0](value):
            printable = for_message(value) if key == "url" and isinstance(value, str) else value
            printable = feed_requests.without_values(printable)
            yield f"{key}: {shown(printable)} is not {_KEYS[key][1]}{_reason(key, value)}"
    if "schedule" in table and "interval_s" in table:
        yield "schedule: replaces interval_s; keep one of them"
    if "time_zone" in table and "schedule" not in table:
        yield "time_zone: is that of schedule, which is missing; add it, or take time_zone out"
    yield from feed_requests.faults_of(table)


def _reason(key: str, value: object) -> str:
    """Return why a line is not a crontab line, for the end of a sentence."""
    if key != "schedule" or not isinstance(value, str):
        return ""
    try:
        check(value)
    except CrontabError as reason:
        return f": {reason}"
    return ""


def table_of(feed: WantedFeed) -> Table:
    """Return the feed's table, without the keys at their defaults."""
    default = asdict(WantedFeed(""))
    table = {key: value for key, value in asdict(feed).items() if value != default[key] or key == "url"}
    return table | ({"tags": list(feed.tags)} if feed.tags else {})


def feed_of(table: Table) -> WantedFeed:
    keys = {key: value for key, value in table.items() if key in _KEYS}
    return WantedFeed(**keys | {"tags": tuple(table.get("tags", ()))})


def request_keys(table: Table) -> Table:
    """Return the part of a table that has the request options."""
    return {key: value for key, value in table.items() if key in feed_requests.KEYS}


def public(feed: WantedFeed) -> WantedFeed:
    """Return the feed without credentials. Other programs use a feed's address as its name."""
    return replace(feed, url=without_credentials(feed.url), name=feed.name and without_credentials(feed.name))
