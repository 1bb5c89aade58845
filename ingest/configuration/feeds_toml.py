"""The text of `feeds.toml`, changed feed by feed (pure). All other lines stay as they are written.

A feed's lines are cut out before tomlkit changes them: tomlkit takes comments above a `[[feeds]]` for the end of the
feed before. A list in another form than `[[feeds]]` is not changed correctly: the caller checks the result.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

from ingest.configuration.feedlist import Table

_HEADER = re.compile(r"\s*\[\[\s*feeds\s*\]\]")
_BLANK_OR_COMMENT = re.compile(r"\s*(#.*)?$")


def with_feeds_changed(text: str, before: Sequence[Table], after: Sequence[Table]) -> str:
    """Return the text of the feeds `before`, changed to hold `after`. A feed is known by its url."""
    changed = {table["url"]: table for table in after}
    for index, table in reversed(list(enumerate(before))):
        if table["url"] not in changed:
            text = _without_feed(text, index)
        elif table != changed[table["url"]]:
            text = _with_feed_changed(text, index, table, changed[table["url"]])
    old = {table["url"] for table in before}
    return _with_feeds(text, [table for table in after if table["url"] not in old])


def _with_feeds(text: str, tables: Sequence[Table]) -> str:
    if not tables:
        return text
    import tomlkit

    added = "\n".join(tomlkit.dumps({"feeds": [table]}) for table in tables)
    newline = _newline(text)
    above = f"{text.rstrip()}{2 * newline}" if text.strip() else ""
    return above + added.replace("\n", newline)


def _without_feed(text: str, index: int) -> str:
    """Remove the lines of feed `index`, and one of two blank lines that then meet."""
    lines, start, end = _lines_of(text, index)
    while start > 0 and end < len(lines) and not lines[start - 1].strip() and not lines[end].strip():
        end += 1
    return "".join(lines[:start] + lines[end:])


def _with_feed_changed(text: str, index: int, before: Table, after: Table) -> str:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    lines, start, end = _lines_of(text, index)
    with suppress(TOMLKitError):  # a [[feeds]] inside a string: the lines are not a feed
        document = tomlkit.parse("".join(lines[start:end]).replace("\r\n", "\n"))
        _set(document["feeds"][0], before, after)
        lines[start:end] = [tomlkit.dumps(document).replace("\n", _newline(text))]
    return "".join(lines)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _lines_of(text: str, index: int) -> tuple[list[str], int, int]:
    """Return all lines, and the start and end of the feed's without the blank lines and comments after it."""
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
        if key in before and isinstance(value, list):
            _set_words(table[key], before[key], value)
        elif key in before and isinstance(value, dict):
            _set(table[key], before[key], value)
        elif before.get(key) != value:
            table[key] = _inline(value) if isinstance(value, dict) else value


def _set_words(words: Any, before: Sequence[str], after: Sequence[str]) -> None:  # noqa: ANN401 (as above)
    """Change a list word by word, so that comments inside stay."""
    for word in after:
        if word not in before:
            words.append(word)
    for word in before:
        if word not in after:
            words.remove(word)


def _inline(values: Table) -> Any:  # noqa: ANN401 (as above)
    import tomlkit

    inline = tomlkit.inline_table()
    inline.update(values)
    return inline
