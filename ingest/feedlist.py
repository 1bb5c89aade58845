"""The feed list, `feeds.toml`: read whole; feeds put on or taken off, the rest left as it is written."""

import difflib
import os
import re
import tempfile
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from ingest.errors import ConfigError
from ingest.hosts import credentials_of, for_message, without_credentials
from ingest.settings import BUNDLED, is_web_address, read_toml, shown
from storage.records import WantedFeed

_HEADER = re.compile(r"\s*\[\[\s*feeds\s*\]\]")
_NO_LINE = {"Cc", "Cs", "Zl", "Zp"}  # Unicode's categories of controls, surrogates and separators of lines
_BLANK_OR_COMMENT = re.compile(r"\s*(#.*)?$")


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
    "interval_s": (lambda v: type(v) is int and v > 0, "a whole number of seconds, 1 or more"),
    "article": (lambda v: v in ("page", "feed"), '"page" or "feed"'),
}


def load(config_dir: Path, *, empty_allowed: bool = True) -> tuple[WantedFeed, ...]:
    """Read the list. The feeds' URLs come without the credentials that the list may hold (`credentials`).

    Raises ConfigError if there is no list, or with every fault in it, a line each.
    """
    path = _path(config_dir)
    values = read_toml(path)
    if values is None:
        raise ConfigError(f"{path}: there is no feed list; `ingest feeds add URL` starts one")
    feeds = _feeds(path, values)
    if not feeds and not empty_allowed:
        raise ConfigError(how_to_fill(config_dir))
    return feeds


def credentials(config_dir: Path) -> dict[str, str]:
    """Return the URLs as they stand on the list, by the URL without credentials, of the feeds that have some.

    Raises ConfigError as `load` does.
    """
    path = _path(config_dir)
    values = read_toml(path) or {}
    feeds = zip(_feeds(path, values), values.get("feeds", ()), strict=True)
    return {feed.url: table["url"] for feed, table in feeds if credentials_of(table["url"])}


def listed(config_dir: Path) -> tuple[WantedFeed, ...]:
    """Like `load`, but a list that is not there yet is empty."""
    return load(config_dir) if _path(config_dir).exists() else ()


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


def add(config_dir: Path, feed: WantedFeed) -> bool:
    """Puts `feed` at the end of the list, which is made if there is none; False if it is there, just so.

    Its URL may have credentials in it, which only the list keeps.

    Raises ConfigError if its URL or name is taken, if it is no valid feed, or if the list cannot be written.
    """
    feeds = listed(config_dir)
    if _without_credentials(feed) in feeds:
        return False
    _append(config_dir, feeds, [feed])
    return True


def add_all(config_dir: Path, feeds: Iterable[WantedFeed]) -> int:
    """Adds those whose URL is not on the list, in one go, and counts them. A name that is taken is left off.

    Raises ConfigError, and adds none, if one is no valid feed or if the list cannot be written.
    """
    there = listed(config_dir)
    urls = {feed.url for feed in there}
    names = {feed.name.casefold() for feed in there if feed.name}
    new = []
    for feed in feeds:
        url = without_credentials(feed.url)
        if url in urls:
            continue
        name = (feed.name or "").casefold()
        new.append(replace(feed, name=None) if name in names else feed)
        urls.add(url)
        names.add(name)
    if new:
        _append(config_dir, there, new)
    return len(new)


def remove(config_dir: Path, name_or_url: str) -> WantedFeed:
    """Takes one feed's lines off the list. Comments above them stay: they may speak of the group.

    Raises ConfigError if it is not on the list, or if the list cannot be written.
    """
    path = _path(config_dir)
    feeds = load(config_dir)
    (feed,) = select(feeds, [name_or_url])
    index = feeds.index(feed)
    _replace(path, _without(_text(path), index), feeds[:index] + feeds[index + 1 :])
    return feed


def init(directory: Path) -> list[Path]:
    """Copies the bundled, commented files into `directory`, which is made; returns their paths.

    Raises ConfigError before anything is written if one is there already, or if it cannot be written.
    """
    targets = [directory / "settings.toml", directory / "feeds.toml"]
    there = [str(target) for target in targets if target.exists()]
    if there:
        raise ConfigError(f"{' and '.join(there)}: exists already and is left as it is; name another folder")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for target in targets:
            target.write_bytes((BUNDLED / target.name).read_bytes())
    except OSError as error:
        raise ConfigError(f"{directory}: cannot be written: {error.strerror}") from error
    return targets


def _path(config_dir: Path) -> Path:
    return config_dir / "feeds.toml"


def _text(path: Path) -> str:
    return path.read_bytes().decode()  # line ends as they are


def _append(config_dir: Path, listed: tuple[WantedFeed, ...], new: list[WantedFeed]) -> None:
    import tomlkit

    path = _path(config_dir)
    default = asdict(WantedFeed(""))
    tables = [{key: value for key, value in asdict(feed).items() if value != default[key]} for feed in new]
    text = f"{_text(path).rstrip()}\n\n" if path.exists() else ""
    text += "\n".join(tomlkit.dumps({"feeds": [table]}) for table in tables)
    _replace(path, text.lstrip("\n"), (*listed, *map(_without_credentials, new)))


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
    return tuple(_without_credentials(WantedFeed(**table | {"tags": tuple(table.get("tags", ()))})) for table in tables)


def _faults(table: dict[str, Any]) -> Iterator[str]:
    if "url" not in table:
        yield f"url: is missing; give {_KEYS['url'][1]}"
    for key, value in table.items():
        if key not in _KEYS:
            yield f"{key}: unknown key; a feed knows {', '.join(sorted(_KEYS))}"
        elif not _KEYS[key][0](value):
            public = for_message(value) if key == "url" and isinstance(value, str) else value
            yield f"{key}: {shown(public)} is not {_KEYS[key][1]}"


def _without(text: str, index: int) -> str:
    """`text` without the lines of feed `index`.

    By lines, not through tomlkit: to it the comments above a `[[feeds]]` belong to the feed before.
    """
    lines = text.splitlines(keepends=True)
    headers = [number for number, line in enumerate(lines) if _HEADER.match(line)]
    start, end = list(pairwise([*headers, len(lines)]))[index] if index < len(headers) else (0, 0)
    while end > start and _BLANK_OR_COMMENT.match(lines[end - 1]):
        end -= 1
    while start > 0 and end < len(lines) and not lines[start - 1].strip() and not lines[end].strip():
        end += 1
    return "".join(lines[:start] + lines[end:])


def _replace(path: Path, text: str, expected: tuple[WantedFeed, ...]) -> None:
    """Writes `text`, whole or not at all, if it says what is expected."""
    try:
        says = _feeds(path, tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        says = None
    if says != expected:
        raise ConfigError(f"{path}: is not written feed by feed under [[feeds]]; edit it by hand")
    path = path.resolve()
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
                temporary.chmod(mode)
                temporary.replace(path)
            except BaseException:
                temporary.unlink()
                raise
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
