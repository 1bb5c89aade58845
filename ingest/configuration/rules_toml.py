"""The user's rules, `rules.toml`: read and checked."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ingest.configuration.feedlist import is_line, select
from ingest.configuration.files import read_toml
from ingest.configuration.settings import shown
from ingest.configuration.sites import site_name
from ingest.errors import ConfigError
from ingest.rules.matching import PATTERN, Languages, Matcher, Sites, Words, fault_of
from ingest.rules.rule import NO_RULES, Condition, Key, Rule, Rules
from ingest.text.markup import language_tag
from storage.records import WantedFeed

MAX_RULES = 1000
MAX_PATTERNS = 5000  # in the file: each takes some kilobytes, and up to `matching.MAX_MEMORY_BYTES` at work
MAX_NAME_CHARS = 100  # each entry that the rule filters has its name
MAX_WORDS = 1_000_000_000  # of `min_words`, `max_words`: SQLite's and people's numbers end before

Table = dict[str, Any]


class _Key(NamedTuple):
    """How a condition is read: what is wrong with a value, or None, and the matcher of its values."""

    name: Key
    fault: Callable[[str], str | None]
    matcher: Callable[[tuple[str, ...]], Matcher]
    form: str = 'a list of words like ["deal", "black friday"]'


def _site_fault(value: str) -> str | None:
    return None if site_name(value) else 'is not a site like "example.org"; write it without scheme, port and path'


def _language_fault(value: str) -> str | None:
    tag = language_tag(value, script=False)  # as articles have it
    if tag is None:
        return 'is not a language tag like "de" or "pt-BR"'
    return None if tag == language_tag(value) else f'has a script, which the language of no article has; write "{tag}"'


def _sites(hosts: tuple[str, ...]) -> Sites:
    return Sites(tuple(filter(None, map(site_name, hosts))))


def _languages(tags: tuple[str, ...]) -> Languages:
    return Languages(tuple(filter(None, map(language_tag, tags))))


# The conditions, the cheapest to compare first.
_CONDITIONS: dict[str, _Key] = {
    key.name: key
    for key in (
        _Key("sites", _site_fault, _sites, 'a list of sites like ["example.org"]'),
        _Key("url", fault_of, lambda words: Words(words, anywhere=True)),
        _Key("language", _language_fault, _languages, 'a list of language tags like ["de", "fr"]'),
        *(_Key(name, fault_of, Words) for name in ("title", "author", "tag", "summary", "text")),
    )
}
_SCOPES = {"feeds": 'a list of feeds like ["The Verge"]', "tags": 'a list of tags like ["tech"]'}
_FORMS = _SCOPES | {name: key.form for name, key in _CONDITIONS.items()}
_LENGTHS = ("min_words", "max_words")
KEYS = ("name", "action", *_SCOPES, *_CONDITIONS, *_LENGTHS)


def path_of(config_dir: Path) -> Path:
    return config_dir / "rules.toml"


def load(config_dir: Path, feeds: Sequence[WantedFeed]) -> Rules:
    """Read the rules; without a file there are none. Raise ConfigError with a line for each fault.

    `feeds` is the feed list, which has the names and tags that rules may name.
    """
    path = path_of(config_dir)
    values = read_toml(path)
    return NO_RULES if values is None else parse_rules(path, values, feeds)


def parse_rules(path: Path, values: dict[str, Any], feeds: Sequence[WantedFeed]) -> Rules:
    """Return the rules of the file's TOML. Raise ConfigError with every fault, a line each."""
    tables = values.get("rules", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: rules: {shown(tables)} is not a list of rules; write [[rules]] above each")
    faults = [f"{path}: {key}: unknown key; the file knows only [[rules]]" for key in values if key != "rules"]
    if len(tables) > MAX_RULES:
        faults.append(f"{path}: there are {len(tables)} rules; {MAX_RULES} are the most, so join some")
    first: dict[str, int] = {}
    patterns = 0
    for number, table in enumerate(tables[:MAX_RULES], start=1):
        name = table.get("name")
        where = f"{path}: rule {number} ({shown(name) if isinstance(name, str) else 'without a name'})"
        faults += [f"{where}: {fault}" for fault in _faults_of(table, feeds)]
        if isinstance(name, str) and first.setdefault(name.strip(), number) != number:
            faults.append(f"{where}: name: {shown(name)} is that of rule {first[name.strip()]} already")
        words = [word for value in table.values() if isinstance(value, list) for word in value]
        patterns += sum(isinstance(word, str) and word.startswith(PATTERN) for word in words)
    if patterns > MAX_PATTERNS:
        faults.append(f"{path}: there are {patterns} patterns; {MAX_PATTERNS} are the most, so write words without re:")
    if faults:
        raise ConfigError("\n".join(faults))
    return Rules(tuple(_rule_of(table, feeds) for table in tables))


def _faults_of(table: Table, feeds: Sequence[WantedFeed]) -> Iterator[str]:
    """Yield what is wrong with one rule."""
    for key, form in ("name", "a line of text"), ("action", '"keep" or "drop"'):
        if key not in table:
            yield f"{key}: is missing; give {form}"
    for key, value in table.items():
        if key not in KEYS:
            close = difflib.get_close_matches(key, KEYS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"a rule knows {', '.join(KEYS)}"
            yield f"{key}: unknown key; {hint}"
        elif key == "name" and not (is_line(value) and len(value) <= MAX_NAME_CHARS):
            yield f"name: {shown(value)} is not a line of text of up to {MAX_NAME_CHARS} characters"
        elif key == "action" and value not in ("keep", "drop"):
            yield f'action: {shown(value)} is not "keep" or "drop"'
        elif key in _LENGTHS and not (type(value) is int and 0 <= value <= MAX_WORDS):
            yield f"{key}: {shown(value)} is not a number of words, 0 or more"
        elif key in _FORMS:
            yield from (f"{key}: {fault}" for fault in _list_faults(key, value, feeds))
    yield from _contradictions(table, feeds)


def _contradictions(table: Table, feeds: Sequence[WantedFeed]) -> Iterator[str]:
    """Yield why a rule would never apply although each of its keys is right."""
    named = _SCOPES.keys() <= table.keys() and not any(
        fault for key in _SCOPES for fault in _list_faults(key, table[key], feeds)
    )
    if named and not _in_scope(table, feeds):
        yield "tags: no feed of this rule has one of them, so that it would never apply; take out feeds or tags"
    least, most = (table.get(key) for key in _LENGTHS)
    if type(least) is int and type(most) is int and least > most:
        yield f"min_words: {least} is more than max_words, so that no text is long enough; swap them"


def _list_faults(key: str, value: object, feeds: Sequence[WantedFeed]) -> Iterator[str]:
    if not isinstance(value, list) or not all(map(is_line, value)):
        yield f"{shown(value)} is not {_FORMS[key]}"
    elif not value:
        yield "the list is empty, so that the rule would never apply; name something, or take the key out"
    elif key == "feeds":
        for name in value:
            try:
                select(feeds, [name])
            except ConfigError as error:
                yield str(error)
    elif key == "tags":
        known = sorted({tag for feed in feeds for tag in feed.tags})
        for tag in value:
            if tag not in known:
                close = difflib.get_close_matches(tag, known)
                hint = f"did you mean {' or '.join(close)}?" if close else "`ingest feeds list` shows their tags"
                yield f"{shown(tag)}: no feed on the list has this tag; {hint}"
    else:
        yield from (f"{shown(word)} {fault}" for word in value if (fault := _CONDITIONS[key].fault(word)))


def _in_scope(table: Table, feeds: Sequence[WantedFeed]) -> list[WantedFeed]:
    """Return the feeds that the rule names by `feeds` and `tags`."""
    named = select(feeds, table["feeds"]) if "feeds" in table else feeds
    return [feed for feed in named if "tags" not in table or set(feed.tags) & set(table["tags"])]


def _rule_of(table: Table, feeds: Sequence[WantedFeed]) -> Rule:
    return Rule(
        table["name"].strip(),
        table["action"],
        frozenset(feed.url for feed in _in_scope(table, feeds)) if _SCOPES.keys() & table.keys() else None,
        tuple(
            Condition(key.name, key.matcher(tuple(table[name]))) for name, key in _CONDITIONS.items() if name in table
        ),
        table.get("min_words"),
        table.get("max_words"),
    )
