"""Plots of the archive's figures.

A plot NAME.json is a Vega-Lite specification without data and without colours, with a `title` and a `description` for
people. Its rows are those of the figure that `usermeta.figure` names. With `usermeta.days` its x axis has every day of
the period, also those without a row. `look.json` has fonts, axes and colours: they are
`currentColor` and the variables `--plot-1` … of the page's style, so that one SVG is light and dark.
"""

import json
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
    specs = {name: _spec(name) for name in names}
    figures = {name: spec["usermeta"]["figure"] for name, spec in specs.items()}
    rows = {name: archive.figure(figure, parameters) for name, figure in figures.items()}
    wanted = [_with_data(specs[name], rows[name], parameters) for name in specs if rows[name]]
    drawn = iter(plotter.draw(wanted))
    return [
        Plot(
            name,
            spec["title"],
            spec["description"],
            query_of(figures[name]),
            parameters,
            rows[name],
            next(drawn) if rows[name] else "",
        )
        for name, spec in specs.items()
    ]


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
    return shown | {"data": {"values": rows}, "config": _spec("look")}


def _days(period: Mapping[str, object]) -> list[str]:
    """Return the days from `since` until `until`, the last MAX_DAYS of them."""
    since, until = (datetime.fromisoformat(str(period[name])) for name in ("since", "until"))
    last = (until - timedelta(seconds=1)).date()
    days = min((last - since.date()).days + 1, MAX_DAYS)
    return [(last - timedelta(days=back)).isoformat() for back in reversed(range(days))]
