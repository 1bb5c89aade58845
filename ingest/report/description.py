"""What a reader of a plot sees, in words: its alternative text, made of its rows (pure)."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from storage.rows import Row

NAMED = 3  # of the largest
MAX_CHARACTERS = 60

# Controls of text and of its direction; what XML forbids, at which vl-convert ends; and what takes two units of UTF-16:
# it cuts a label between them, and cannot measure what is left.
_UNFIT = re.compile("[^\x20-\x7e\xa0-\u061b\u061d-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd]")


def label(value: object) -> str:
    """Return a value as a plot shows it, whatever a stranger wrote there."""
    text = str(value)
    short = text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", short)


def described(spec: Mapping[str, Any], rows: list[Row]) -> str:
    """Return the description of a plot: its specification's, the sum of the rows, and the largest of each kind.

    Bars that stand beside each other (`xOffset`) are no parts of a sum: each group is described by itself.
    """
    if not rows:
        return str(spec["description"])
    shown = spec["encoding"]
    amount = next(channel["field"] for channel in shown.values() if channel.get("type") == "quantitative")
    group = shown.get("xOffset", {}).get("field")
    fields = dict.fromkeys(channel["field"] for name, channel in shown.items() if name != "order")
    kinds = [field for field in fields if field not in (amount, group)]
    said = [spec["description"]]
    for each in dict.fromkeys(row[group] for row in rows) if group else [""]:
        of_group = [row for row in rows if not group or row[group] == each]
        total = sum(row[amount] or 0 for row in of_group)
        said.append(f"{label(each)}: {_number(total)} in all." if group else f"{_number(total)} in all.")
        said += [f"By {kind}: {_largest(of_group, kind, amount)}." for kind in kinds if total]
    return " ".join(said)


def _largest(rows: list[Row], kind: str, amount: str) -> str:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[label(row[kind])] += row[amount] or 0
    sums = +sums  # without zeros
    named = sums.most_common(NAMED)
    parts = [f"{name} ({_number(n)})" for name, n in named]
    if rest := len(sums) - len(named):
        parts.append(f"{rest} more ({_number(sums.total() - sum(n for _, n in named))})")
    return ", ".join(parts)


def _number(n: float) -> str:
    return f"{round(n, 1):,}"
