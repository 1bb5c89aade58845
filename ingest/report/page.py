"""The report as one HTML file: no script, nothing from a network, and tables that say what its plots show.

A mail client may drop the plots and the style; what is left can be read.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from ingest.errors import IngestError
from ingest.report.coverage import EVIDENCE, percent
from ingest.report.drawing import Plotter
from ingest.report.figures import report_of
from ingest.report.plots import plots_of
from ingest.text.markup import cut
from storage.exports.text import in_markup
from storage.rows import Row

Format = Literal["html", "json"]
FORMATS: tuple[str, ...] = get_args(Format)
MAX_COLUMNS = 200  # of a cell
PLOTS = (
    "articles_by_site",
    "arrivals_by_language",
    "delay",
    "weekly_coverage",
    "outcomes",
    "copies",
    "growth",
    "requests",
)
MISSING = "a report in HTML needs jinja2 and vl-convert-python; `pip install 'ingest[browse]'` installs them"


def written_report(
    archive: Path, since: datetime, until: datetime, format_: str, *, is_stopped: Callable[[], bool] = lambda: False
) -> bytes:
    """Return the report of a period. Raises ArchiveError, and IngestError if it cannot be drawn."""
    if format_ == "json":
        text = json.dumps(report_of(archive, since, until, is_stopped=is_stopped), ensure_ascii=False, indent=1)
        return f"{text}\n".encode(errors="replace")
    _check_libraries()
    report = report_of(archive, since, until, is_stopped=is_stopped)
    with Plotter(is_stopped=is_stopped) as plotter:
        return page_of(report, plotter)


def page_of(report: dict[str, Any], plotter: Plotter) -> bytes:
    """Return the page of a report. Raises IngestError if its plots cannot be drawn."""
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    def shown(value: object) -> object:
        return in_markup(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("ingest.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=shown
    )
    environment.filters |= {"cell": _cell, "bytes": _bytes, "instant": _instant, "totals": _totals}
    style = (files("ingest.report") / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    period = {name: report[name] for name in ("since", "until")}
    plots = {plot.name: plot for plot in plots_of(report, PLOTS, period, plotter)}
    text = environment.get_template("report.html").render(
        report=report,
        plots=plots,
        style=Markup(style),  # noqa: S704 (our own file)
        policy=f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-{digest}'",
    )
    return text.encode(errors="replace")


def _check_libraries() -> None:
    import importlib.util

    if any(importlib.util.find_spec(name) is None for name in ("jinja2", "vl_convert")):
        raise IngestError(MISSING)


def _totals(rows: list[Row], name: str, counted: str) -> list[Row]:
    """Return the rows summed over all days, in their order."""
    sums: dict[str, int] = {}
    for row in rows:
        sums[row[name]] = sums.get(row[name], 0) + row[counted]
    return [{name: key, counted: total} for key, total in sums.items()]


def _cell(value: object, name: str) -> str:
    """Return a value as a cell of the column `name` shows it."""
    if value is None:
        return ""
    if name == "share" and isinstance(value, float):
        return percent(value)
    if name == "evidence":
        return EVIDENCE[str(value)]
    if isinstance(value, int) and name.endswith("bytes"):
        return _bytes(value)
    if isinstance(value, str):
        return _instant(value) if name.endswith(("_at", "since")) else cut(value, MAX_COLUMNS)
    return f"{value:,}" if name != "article_id" else str(value)


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _instant(text: str) -> str:
    return f"{text[:10]} {text[11:16]} UTC"
