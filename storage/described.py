"""What README.md says of the archive: its tables, their columns, its views, and queries to copy.

The README is the one place where they are described. Tests hold it to the schema, and the wheel carries it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SLUG_WORDS = 6  # of a query's title, in its address


@dataclass(frozen=True, slots=True)
class Described:
    """A table or view. `columns` are its columns in the file's order; a view has none of its own."""

    text: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Query:
    """A query to copy. `name` is the beginning of its title, for addresses."""

    name: str
    title: str
    sql: str


@cache
def descriptions() -> dict[str, Described]:
    """Return the description of each table, each view and the search index by its name."""
    named = re.split(r"^\*\*(\w+)\*\*: ", section("Tables"), flags=re.MULTILINE)[1:]
    tables = {
        name: Described(_line(text.partition("\n\n")[0]), dict(_columns(text)))
        for name, text in zip(named[::2], named[1::2], strict=True)
    }
    views = re.findall(r"^- `(\w+)`: (.+?)(?=\n- |\n\n|\Z)", section("Views and search"), re.MULTILINE | re.DOTALL)
    return tables | {name: Described(_line(text), {}) for name, text in views}


@cache
def queries() -> list[Query]:
    """Return the queries to copy."""
    (block,) = re.findall(r"^```sql\n(.*?)^```$", section("Queries to copy"), re.MULTILINE | re.DOTALL)
    found = re.findall(r"^-- (.+?)\n(.+?);$", block, re.MULTILINE | re.DOTALL)
    return [Query(_slug(title), title[0].upper() + title[1:], sql) for title, sql in found]


def section(heading: str) -> str:
    """Return the text below a heading of the README. Raises ValueError if there is no such heading."""
    text = (files("storage") / "README.md").read_text(encoding="utf-8")
    _, found, rest = text.partition(f"\n## {heading}\n")
    if not found:
        raise ValueError(heading)
    return rest.partition("\n## ")[0]


def _columns(table: str) -> list[tuple[str, str]]:
    return [(name, _line(text)) for name, text in re.findall(r"^\| `(\w+)` \|(.*)\|$", table, re.MULTILINE)]


def _line(text: str) -> str:
    """Return the text in one line, with the words of its links."""
    return re.sub(r"\[(.+?)\]\(.+?\)", r"\1", " ".join(text.split()))


def _slug(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.lower())[:SLUG_WORDS])
