"""Plots of the archive's figures.

A plot NAME.json is a Vega-Lite specification without data and without colours, with a `title` and a `description` for
people, to which the largest of its rows are added. Its rows are those of the figure that `usermeta.figure` names. With
`usermeta.days` its x axis has every day of the period, also those without a row; with `usermeta.columns` it shows these
columns, stacked. `look.json` has fonts, axes and colours: they are `currentColor` and the variables `--plot-1` … of the
page's style, so that one SVG is light and dark.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ingest.errors import IngestError
from ingest.report.description import described, label
from ingest.report.drawing import Plotter, Spec
from storage.figures import query_of
from storage.reader import Reader
from storage.rows import Row

MAX_DAYS = 100  # bars of a day each, as wide as a pencil
MAX_LABELS = 13


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot as a page shows it. `query` is the SQL that gives `rows`, with the named `parameters`.

    `svg` is "" if there is nothing to draw, or if it cannot be drawn. `without` says why.
    """

    name: str
    title: str
    description: str
    query: str
    parameters: Mapping[str, object]
    rows: list[Row]
    svg: str
    without: str


def plots(archive: Reader, names: Iterable[str], parameters: Mapping[str, object], plotter: Plotter) -> list[Plot]:
    """Return plots by their names, undrawn if one cannot be drawn. Raises ArchiveError."""
    names = list(names)
    figures = {name: archive.figure(name, parameters) for name in figures_of(names)}
    try:
        return plots_of(figures, names, parameters, plotter)
    except IngestError as error:
        return plots_of(figures, names, parameters, None, without=f"There is no picture now: {error}.")


def figures_of(names: Iterable[str]) -> list[str]:
    """Return the names of the figures that the plots show."""
    return [_spec(name)["usermeta"]["figure"] for name in names]


def plots_of(
    figures: Mapping[str, list[Row]],
    names: Iterable[str],
    parameters: Mapping[str, object],
    plotter: Plotter | None,
    without: str = "",
) -> list[Plot]:
    """Return plots of figures that have been read. Raises IngestError if they cannot be drawn."""
    specs = {name: _spec(name) for name in names}
    rows = {name: figures[spec["usermeta"]["figure"]] for name, spec in specs.items()}
    full = [name for name in specs if rows[name] and plotter]
    svgs = plotter.draw(_with_data(specs[name], rows[name], parameters) for name in full) if plotter else []
    drawn = dict(zip(full, svgs, strict=True))
    return [
        Plot(
            name,
            spec["title"],
            described(spec, _marks(spec, rows[name])),
            query_of(spec["usermeta"]["figure"]),
            parameters,
            rows[name],
            drawn.get(name, ""),
            without if rows[name] else spec["usermeta"]["none"],
        )
        for name, spec in specs.items()
    ]


def _marks(spec: Spec, rows: list[Row]) -> list[Row]:
    """Return a row for each mark: with `usermeta.columns`, {column: name}, one for each of these columns of a row."""
    columns = spec["usermeta"].get("columns")
    if not columns:
        return rows
    amount = spec["encoding"]["y"]["field"]
    return [{"day": row["day"], "what": name, amount: row[column]} for row in rows for column, name in columns.items()]


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
    values = [
        {name: label(value) if isinstance(value, str) else value for name, value in row.items()}
        for row in _marks(spec, rows)
    ]
    return shown | {"data": {"values": values}, "config": _spec("look")}


def _days(period: Mapping[str, object]) -> list[str]:
    """Return the days from `since` until `until`, the last MAX_DAYS of them."""
    since, until = (datetime.fromisoformat(str(period[name])) for name in ("since", "until"))
    last = (until - timedelta(seconds=1)).date()
    days = min((last - since.date()).days + 1, MAX_DAYS)
    return [(last - timedelta(days=back)).isoformat() for back in reversed(range(days))]
