"""Plots of the archive's figures.

A plot NAME.json is a Vega-Lite specification without data and without colours, with a `title` and a `description` for
people, to which the largest of its rows are added. Its rows are those of the figure that `usermeta.figure` names. With
`usermeta.days` its x axis has all days of the period, also those without a row; with `usermeta.columns` it shows these
columns, stacked. `look.json` has fonts, axes and colours: they are `currentColor` and the variables `--plot-1` … of the
page's style, so that one SVG is light and dark.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ingest.errors import IngestError
from ingest.report.description import described, label
from ingest.report.drawing import Plotter, Spec
from storage.figures import query_of
from storage.reader import Reader
from storage.rows import Row

MAX_BARS = 100  # each is as wide as a pencil; in a longer period, a bar is of several days
WIDTH_PX = 340  # of look.json
# How the days of a period of up to so many are written, and how wide that is.
LABELS = ((14, "%a %d", 40), (300, "%b %d", 46), (10**9, "%b %Y", 56))


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
            _title(spec, parameters),
            described(spec, _marks(spec, rows[name])),
            query_of(spec["usermeta"]["figure"]),
            parameters,
            rows[name],
            drawn.get(name, ""),
            without if rows[name] else spec["usermeta"]["none"],
        )
        for name, spec in specs.items()
    ]


def _title(spec: Spec, parameters: Mapping[str, object]) -> str:
    bars = _bars(parameters) if spec["usermeta"].get("days") else {}
    days = max(Counter(bars.values()).values(), default=1)
    return f"{spec['title']} (bars of {days} days)" if days > 1 else str(spec["title"])


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
    values = [
        {name: label(value) if isinstance(value, str) else value for name, value in row.items()}
        for row in _marks(spec, rows)
    ]
    if spec["usermeta"].get("days"):
        bars = _bars(parameters)
        values = [row | {"day": bars[row["day"]]} for row in values if row["day"] in bars]
        shown["encoding"] = spec["encoding"] | {"x": _days(spec, bars)}
    return shown | {"data": {"values": values}, "config": _spec("look")}


def _days(spec: Spec, bars: Mapping[str, str]) -> Spec:
    """Return the x axis with all its bars, and a label for some of them: to measure each takes .1 s."""
    written, width = next((form, width) for days, form, width in LABELS if len(bars) <= days)
    firsts = list(dict.fromkeys(bars.values()))
    every = -(-len(firsts) * width // spec.get("width", WIDTH_PX))
    x: dict[str, Any] = spec["encoding"]["x"]
    axis = {"labelExpr": f"utcFormat(toDate(datum.value), '{written}')", "values": firsts[::every]}
    return x | {"scale": {"domain": firsts}, "axis": x.get("axis", {}) | axis}


def _bars(period: Mapping[str, object]) -> dict[str, str]:
    """Return the days from `since` until `until`, each with the first day of its bar."""
    since, until = (datetime.fromisoformat(str(period[name])) for name in ("since", "until"))
    last = (until - timedelta(seconds=1)).toordinal()
    days = [date.fromordinal(n).isoformat() for n in range(since.toordinal(), last + 1)]
    step = -(-len(days) // MAX_BARS)
    return {day: days[n - n % step] for n, day in enumerate(days)}
