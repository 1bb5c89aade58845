"""The feed list, `feeds.toml`: read in full; feeds added, edited and removed, the rest left as it is written."""

import difflib
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ingest.configuration.feeds_toml import with_feed_changed, with_feeds, without_feed
from ingest.configuration.files import parse_toml, read_toml, rewriting
from ingest.configuration.settings import BUNDLED, is_web_address, shown
from ingest.errors import ConfigError
from ingest.feeds.opml import LeftOut
from ingest.hosts import credentials_of, for_message, without_credentials
from storage.records import ArticleFrom, WantedFeed

LISTED = "on the list already"
MAX_INTERVAL_S = 1_000_000_000  # 31 years; dates and SQLite's integers end later

_NO_LINE = {"Cc", "Cs", "Zl", "Zp"}  # Unicode's categories of controls, surrogates and separators of lines


def _is_line(value: object) -> bool:
    """Not `isprintable`: the joiners inside emoji and Persian or Indic words are not printable by themselves."""
    return isinstance(value, str) and bool(value.strip()) and not _NO_LINE & set(map(unicodedata.category, value))


# What each key may hold; the text completes the sentence "… is not …".
_KEYS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "url": (lambda v: isinstance(v, str) and is_web_address(v), "an http or https address with a host"),
    "name": (_is_line, "a line of text"),
    "tags": (
        lambda v: isinstance(v, list) and all(map(_is_line, v)),
        'a list of words like ["en", "security"]',
    ),
    "interval_s": (
        lambda v: type(v) is int and 0 < v <= MAX_INTERVAL_S,
        f"a whole number of seconds from 1 to {MAX_INTERVAL_S}",
    ),
    "article": (lambda v: v in ("page", "feed"), '"page" or "feed"'),
}


def load(config_dir: Path, *, empty_allowed: bool = True) -> tuple[WantedFeed, ...]:
    """Read the list. The feeds' URLs come without the credentials that the list may hold.

    Raises ConfigError if there is no list, or with every fault in it, a line each.
    """
    return load_with_credentials(config_dir, empty_allowed=empty_allowed)[0]


def load_with_credentials(
    config_dir: Path, *, empty_allowed: bool = True
) -> tuple[tuple[WantedFeed, ...], dict[str, str]]:
    """Like `load`. Return too, of the feeds that have credentials, the URLs as written by those without."""
    path = _path(config_dir)
    values = read_toml(path)
    if values is None:
        raise ConfigError(f"{path}: there is no feed list; `ingest feeds add URL` starts one")
    feeds = _feeds(path, values)
    if not feeds and not empty_allowed:
        raise ConfigError(how_to_fill(config_dir))
    written = (table["url"] for table in values.get("feeds", ()))
    return feeds, {feed.url: url for feed, url in zip(feeds, written, strict=True) if credentials_of(url)}


def listed(config_dir: Path) -> tuple[WantedFeed, ...]:
    """Like `load`, but a list that is not there yet is empty."""
    path = _path(config_dir)
    return _feeds(path, read_toml(path) or {})


def how_to_fill(config_dir: Path) -> str:
    """The sentence for a list without feeds."""
    return f"{_path(config_dir)}: there are no feeds on the list; `ingest feeds add URL` adds one"


def free_name(feeds: Iterable[WantedFeed], title: str | None) -> str | None:
    """`title` as a feed's name, unless it is none or taken."""
    taken = {feed.name.casefold() for feed in feeds if feed.name}
    return title if _is_line(title) and title and title.casefold() not in taken else None


def select(feeds: Sequence[WantedFeed], names_or_urls: Iterable[str]) -> tuple[WantedFeed, ...]:
    """The feeds asked for, in the order of the list: by exact URL, else by name in any case.

    Raises ConfigError for one that is not on the list, with those that may have been meant.
    """
    by_url = {feed.url: feed for feed in feeds}
    by_name = {feed.name.casefold(): feed for feed in feeds if feed.name}
    wanted = set()
    for word in names_or_urls:
        feed = by_url.get(without_credentials(word)) or by_name.get(word.casefold())
        if feed is None:
            close = difflib.get_close_matches(word.casefold(), [*by_name, *by_url])
            names = [by_name[name].name or name if name in by_name else name for name in close]
            hint = f"did you mean {' or '.join(names)}?" if names else "`ingest feeds list` shows them all"
            raise ConfigError(f"{for_message(word)}: no feed on the list has this name or URL; {hint}")
        wanted.add(feed)
    return tuple(feed for feed in feeds if feed in wanted)


def add(config_dir: Path, feed: WantedFeed, *, title: str | None = None) -> WantedFeed:
    """Put `feed` at the end of the list, which is made if there is none, and return it as it stands there.

    A feed without a name gets `title`, if no other feed has it. Its URL may have credentials in it, which only the list
    keeps. Raises ConfigError if its URL or name is taken, if it is no valid feed, or if the list cannot be written.
    """
    with _changing(config_dir) as draft:
        feed = replace(feed, name=free_name(draft.feeds, title) if feed.name is None else feed.name)
        draft.append([feed])
    return _without_credentials(feed)


@dataclass(frozen=True, slots=True)
class Added:
    """`unnamed` came onto the list without their names, which other feeds have."""

    feeds: tuple[WantedFeed, ...]
    left_out: tuple[LeftOut, ...]
    unnamed: tuple[LeftOut, ...]


def add_all(config_dir: Path, feeds: Iterable[WantedFeed]) -> Added:
    """Add those that are valid and whose URL is not on the list, in one go.

    Raises ConfigError if the list cannot be written.
    """
    new: list[WantedFeed] = []
    left_out: list[LeftOut] = []
    unnamed: list[LeftOut] = []
    with _changing(config_dir) as draft:
        urls = {feed.url for feed in draft.feeds}
        names = {feed.name.casefold() for feed in draft.feeds if feed.name}
        for feed in feeds:
            url = without_credentials(feed.url)
            if url in urls:
                left_out.append(LeftOut(url, feed.name, LISTED))
            elif fault := next(_faults(_table(feed)), None):
                left_out.append(LeftOut(for_message(feed.url), feed.name, fault))
            elif feed.name and feed.name.casefold() in names:
                unnamed.append(LeftOut(url, feed.name, "another feed has this name"))
                new.append(replace(feed, name=None))
            else:
                new.append(feed)
            urls.add(url)
            names.add((feed.name or "").casefold())
        draft.append(new)
    return Added(tuple(map(_without_credentials, new)), tuple(left_out), tuple(unnamed))


@dataclass(frozen=True, slots=True)
class Changes:
    """What a feed is to get; None leaves a key as it is. `unset` names keys that go back to their defaults first."""

    name: str | None = None
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()
    interval_s: int | None = None
    article: ArticleFrom | None = None
    unset: tuple[str, ...] = ()

    def applied(self, feed: WantedFeed) -> WantedFeed:
        """Raises ConfigError if a tag to be taken off is not there."""
        for tag in self.untags:
            if tag not in feed.tags:
                has = f"it has {', '.join(feed.tags)}" if feed.tags else "it has none"
                raise ConfigError(f"{feed.url}: has no tag {tag}; {has}")
        table = {key: value for key, value in _table(feed).items() if key not in self.unset}
        kept = [tag for tag in table.get("tags", ()) if tag not in self.untags]
        given = {"name": self.name, "interval_s": self.interval_s, "article": self.article}
        return _feed(
            table
            | {"tags": dict.fromkeys((*kept, *self.tags))}
            | {key: value for key, value in given.items() if value is not None}
        )


def edit(config_dir: Path, name_or_url: str, changes: Changes) -> tuple[WantedFeed, WantedFeed]:
    """Change what the list says of a feed. Comments, order, and what stays the same stay as written.

    Return the feed before and after. Raises ConfigError if it is not on the list, if it would be no valid feed, or if
    the list cannot be written.
    """
    with _changing(config_dir) as draft:
        (before,) = select(draft.feeds, [name_or_url])
        after = changes.applied(before)
        draft.change(before, after)
    return before, _without_credentials(after)


def remove(config_dir: Path, name_or_url: str) -> WantedFeed:
    """Take one feed's lines off the list. Comments above them stay: they may speak of the group.

    Raises ConfigError if it is not on the list, or if the list cannot be written.
    """
    with _changing(config_dir) as draft:
        (feed,) = select(draft.feeds, [name_or_url])
        draft.remove(feed)
    return feed


def init(directory: Path, *, sample: bool = False) -> list[Path]:
    """Write commented files to start from into `directory`, which is made; return their paths.

    The feed list is empty, or with `sample` the bundled one. Raises ConfigError before anything is written if a file
    is there already, or if one cannot be written.
    """
    feeds = (BUNDLED / "feeds.toml").read_bytes()
    if not sample:
        feeds = feeds.partition(b"\n\n")[0] + b"\n"  # the comment at its head
    bodies = {directory / "settings.toml": (BUNDLED / "settings.toml").read_bytes(), directory / "feeds.toml": feeds}
    there = [str(path) for path in bodies if os.path.lexists(path)]
    if there:
        raise ConfigError(f"{' and '.join(there)}: exists already and is left as it is; name another folder")
    written: list[Path] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, body in bodies.items():
            with path.open("xb") as file:
                written.append(path)
                file.write(body)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise ConfigError(f"{directory}: cannot be written: {error.strerror}") from error
    return written


def _path(config_dir: Path) -> Path:
    return config_dir / "feeds.toml"


@contextmanager
def _changing(config_dir: Path) -> Iterator["_Draft"]:
    """Yield the list to be changed. Raises ConfigError and changes nothing if the text has not become the feeds."""
    path = _path(config_dir)
    with rewriting(path) as file:
        draft = _Draft(file.text, _feeds(path, parse_toml(path, file.text)))
        yield draft
        _feeds(path, {"feeds": [_table(feed) for feed in draft.feeds]})  # raises what is wrong with one of them
        says = None
        with suppress(ConfigError):
            says = _feeds(path, parse_toml(path, draft.text))
        if says != tuple(map(_without_credentials, draft.feeds)):
            raise ConfigError(f"{path}: is not written feed by feed under [[feeds]]; edit it by hand")
        file.text = draft.text


@dataclass(slots=True)
class _Draft:
    """The list's text, and the feeds that it is to hold."""

    text: str
    feeds: tuple[WantedFeed, ...]

    def append(self, feeds: Sequence[WantedFeed]) -> None:
        self.text = with_feeds(self.text, map(_table, feeds))
        self.feeds = (*self.feeds, *feeds)

    def remove(self, feed: WantedFeed) -> None:
        index = self.feeds.index(feed)
        self.text = without_feed(self.text, index)
        self.feeds = self.feeds[:index] + self.feeds[index + 1 :]

    def change(self, before: WantedFeed, after: WantedFeed) -> None:
        index = self.feeds.index(before)
        self.text = with_feed_changed(self.text, index, _table(before), _table(after))
        self.feeds = (*self.feeds[:index], after, *self.feeds[index + 1 :])


def _table(feed: WantedFeed) -> dict[str, Any]:
    """A feed as the list has it: what is at its default is not written."""
    default = asdict(WantedFeed(""))
    table = {key: value for key, value in asdict(feed).items() if value != default[key] or key == "url"}
    return table | ({"tags": list(feed.tags)} if feed.tags else {})


def _without_credentials(feed: WantedFeed) -> WantedFeed:
    """Other programs take a feed's address for its name."""
    name = feed.name and without_credentials(feed.name)
    return replace(feed, url=without_credentials(feed.url), name=name)


def _feeds(path: Path, values: dict[str, Any]) -> tuple[WantedFeed, ...]:
    tables = values.get("feeds", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: feeds: {shown(tables)} is not a list of feeds; write [[feeds]] above each")
    faults = [f"{path}: {key}: unknown key; the list knows only [[feeds]]" for key in values if key != "feeds"]
    first: dict[tuple[str, str], int] = {}
    for number, table in enumerate(tables, start=1):
        url = for_message(str(table.get("url", "without url")))
        where = f"{path}: feed {number} ({url})"
        faults += [f"{where}: {fault}" for fault in _faults(table)]
        for key, word in ("url", url), ("name", str(table.get("name")).casefold()):
            if key in table and first.setdefault((key, word), number) != number:
                value = url if key == "url" else table[key]
                other = first[key, word]
                differ = key == "url" and table[key] != tables[other - 1][key]
                besides = ", and another user or password makes no other feed" if differ else ""
                faults.append(f"{where}: {key}: {shown(value)} is that of feed {other} already{besides}")
    if faults:
        raise ConfigError("\n".join(faults))
    return tuple(_without_credentials(_feed(table)) for table in tables)


def _feed(table: dict[str, Any]) -> WantedFeed:
    return WantedFeed(**table | {"tags": tuple(table.get("tags", ()))})


def _faults(table: dict[str, Any]) -> Iterator[str]:
    if "url" not in table:
        yield f"url: is missing; give {_KEYS['url'][1]}"
    for key, value in table.items():
        if key not in _KEYS:
            yield f"{key}: unknown key; a feed knows {', '.join(sorted(_KEYS))}"
        elif not _KEYS[key][0](value):
            public = for_message(value) if key == "url" and isinstance(value, str) else value
            yield f"{key}: {shown(public)} is not {_KEYS[key][1]}"
