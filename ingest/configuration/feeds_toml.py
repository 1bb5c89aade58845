"""The text of `feeds.toml` with one feed more, one less or one changed (pure); all other lines stay as written.

A feed's lines are cut out and changed by themselves: to tomlkit the comments above a `[[feeds]]` belong to the feed
before. Where a list is written in another form, the result does not mean what was asked for: the caller compares.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from typing import Any

Table = dict[str, Any]

_HEADER = re.compile(r"\s*\[\[\s*feeds\s*\]\]")
_BLANK_OR_COMMENT = re.compile(r"\s*(#.*)?$")


def with_feeds(text: str, tables: Iterable[Table]) -> str:
    """Append feeds."""
    import tomlkit

    added = "\n".join(tomlkit.dumps({"feeds": [table]}) for table in tables)
    newline = _newline(text)
    above = f"{text.rstrip()}{2 * newline}" if text.strip() else ""
    return above + added.replace("\n", newline) if added else text


def without_feed(text: str, index: int) -> str:
    """Take out the lines of feed `index`, and of two blank lines around them one."""
    lines, start, end = _lines_of(text, index)
    while start > 0 and end < len(lines) and not lines[start - 1].strip() and not lines[end].strip():
        end += 1
    return "".join(lines[:start] + lines[end:])


def with_feed_changed(text: str, index: int, before: Table, after: Table) -> str:
    """Change the keys of feed `index` that differ."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    lines, start, end = _lines_of(text, index)
    with suppress(TOMLKitError):  # a [[feeds]] inside a string: the lines are no feed
        document = tomlkit.parse("".join(lines[start:end]).replace("\r\n", "\n"))
        _set(document["feeds"][0], before, after)
        lines[start:end] = [tomlkit.dumps(document).replace("\n", _newline(text))]
    return "".join(lines)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _lines_of(text: str, index: int) -> tuple[list[str], int, int]:
    """Return all lines, and which of them are the feed's, without blank lines and comments after it."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    headers = [number for number, line in enumerate(lines) if _HEADER.match(line)]
    start, end = list(pairwise([*headers, len(lines)]))[index] if index < len(headers) else (0, 0)
    while end > start and _BLANK_OR_COMMENT.match(lines[end - 1]):
        end -= 1
    return lines, start, end


def _set(table: Any, before: Table, after: Table) -> None:  # noqa: ANN401 (tomlkit's types say less)
    for key in before.keys() - after.keys():
        del table[key]
    for key, value in after.items():
        if key in before and isinstance(value, list):  # word by word: the comments inside stay
            for word in value:
                if word not in before[key]:
                    table[key].append(word)
            for word in before[key]:
                if word not in value:
                    table[key].remove(word)
        elif before.get(key) != value:
            table[key] = value
