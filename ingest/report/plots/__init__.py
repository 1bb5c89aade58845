"""Plots of the archive's figures.

A plot NAME.json is a Vega-Lite specification without data and without colours, with a `title` and a `description` for
people, to which the largest of its rows are added. Its rows are those of the figure that `usermeta.figure` names. With
`usermeta.days` its x axis has every day of the period, also those without a row; with `usermeta.columns` it shows these
columns, stacked. `look.json` has fonts, axes and colours: they are `currentColor` and the variables `--plot-1` … of the
page's style, so that one SVG is light and dark.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ingest.report.drawing import Plotter, Spec
from storage.figures import query_of
from storage.reader import Reader
from storage.rows import Row

NAMED = 3  # of the largest rows, in a description
MAX_DAYS = 100  # bars of a day each, as wide as a pencil
MAX_LABELS = 13


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot as a page shows it. `query` is the SQL that gives `rows`, with the named `parameters`.

    `svg` is "" without rows: there is nothing to draw.
    """

    name: str
    title: str
    description: str
    query: str
    parameters: Mapping[str, object]
    rows: list[Row]
    svg: str


def plots(archive: Reader, names: Iterable[str], parameters: Mapping[str, object], plotter: Plotter) -> list[Plot]:
    """Return plots by their names. Raises IngestError if they cannot be drawn, and ArchiveError."""
    names = list(names)
    return plots_of({name: archive.figure(name, parameters) for name in figures_of(names)}, names, parameters, plotter)


def figures_of(names: Iterable[str]) -> list[str]:
    """Return the names of the figures that the plots show."""
    return [_spec(name)["usermeta"]["figure"] for name in names]


def plots_of(
    figures: Mapping[str, list[Row]], names: Iterable[str], parameters: Mapping[str, object], plotter: Plotter
) -> list[Plot]:
    """Return plots of figures that have been read. Raises IngestError if they cannot be drawn."""
    specs = {name: _spec(name) for name in names}
    rows = {name: figures[spec["usermeta"]["figure"]] for name, spec in specs.items()}
    drawn = iter(plotter.draw(_with_data(spec, rows[name], parameters) for name, spec in specs.items() if rows[name]))
    return [
        Plot(
            name,
            spec["title"],
            described(spec, rows[name]),
            query_of(spec["usermeta"]["figure"]),
            parameters,
            rows[name],
            next(drawn) if rows[name] else "",
        )
        for name, spec in specs.items()
    ]


def described(spec: Spec, rows: list[Row]) -> str:
    """Return the description of a plot with what its reader would see: the sum, the largest parts, the fullest day."""
    rows = _marks(spec, rows)
    channels = [channel for name, channel in spec["encoding"].items() if name != "order" and channel.get("field")]
    amounts = [channel["field"] for channel in channels if channel.get("type") == "quantitative"]
    if not rows or not amounts:
        return str(spec["description"])
    amount, color = amounts[0], spec["encoding"].get("color", {}).get("field")
    by = color or next(channel["field"] for channel in channels if channel["field"] != amount)
    largest = _sums(rows, by, amount).most_common(NAMED)
    said = (
        f"{sum(row[amount] or 0 for row in rows):,} in all; most: {', '.join(f'{name} {n:,}' for name, n in largest)}"
    )
    if spec["usermeta"].get("days"):
        day, n = _sums(rows, "day", amount).most_common(1)[0]
        said += f"; the fullest day: {day}, {n:,}"
    return f"{spec['description']} {said}."


def _marks(spec: Spec, rows: list[Row]) -> list[Row]:
    """Return a row for each mark: with `usermeta.columns`, {column: name}, one for each of these columns of a row."""
    columns = spec["usermeta"].get("columns")
    if not columns:
        return rows
    amount = spec["encoding"]["y"]["field"]
    return [{"day": row["day"], "what": name, amount: row[column]} for row in rows for column, name in columns.items()]


def _sums(rows: list[Row], by: str, amount: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[str(row[by])] += row[amount] or 0
    return sums


@cache
def _spec(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads((files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    return spec


def _with_data(spec: Spec, rows: list[Row], parameters: Mapping[str, object]) -> Spec:
    shown = {key: value for key, value in spec.items() if key not in ("title", "usermeta")}
    if spec["usermeta"].get("days"):
        days = _days(parameters)
        x = spec["encoding"]["x"]
        axis = x["axis"] | {"values": days[:: -(-len(days) // MAX_LABELS)]}  # to measure each day's takes .1 s
        shown["encoding"] = spec["encoding"] | {"x": x | {"scale": {"domain": days}, "axis": axis}}
    return shown | {"data": {"values": _marks(spec, rows)}, "config": _spec("look")}


def _days(period: Mapping[str, object]) -> list[str]:
    """Return the days from `since` until `until`, the last MAX_DAYS of them."""
    since, until = (datetime.fromisoformat(str(period[name])) for name in ("since", "until"))
    last = (until - timedelta(seconds=1)).date()
    days = min((last - since.date()).days + 1, MAX_DAYS)
    return [(last - timedelta(days=back)).isoformat() for back in reversed(range(days))]
