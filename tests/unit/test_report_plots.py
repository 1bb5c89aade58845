"""Plots of figures: what they say in words, and that a page stands without them."""

import json
import os
import signal
from datetime import timedelta
from importlib.resources import files

import pytest

from ingest.report import plots as plots_module
from ingest.report.description import described, label
from ingest.report.drawing import Plotter
from ingest.report.plots import plots, plots_of
from storage.archive import Archive
from storage.figures import query_of
from storage.reader import Reader
from storage.records import to_text
from tests import builders as make
from tests.builders import NOW

PERIOD = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-03T00:00:00Z"}
NAMES = sorted(file.name.removesuffix(".json") for file in files(plots_module).iterdir() if file.name.endswith(".json"))
NAMES.remove("look")
# Each ended the library, was not drawn by it, or took seconds.
HOSTILE = [
    "\x00\x1b",
    "\ufffe",
    "\ud800",
    "😀" * 50,
    "x" * 10_000,
    "\u202e",
    "</svg><script>",
    "datum['x']",
    "a\nb",
    "",
]


def spec(name):
    return json.loads((files(plots_module) / f"{name}.json").read_text())


def test_a_description_says_the_sum_and_the_largest_of_each_kind():
    rows = [{"day": "2026-03-01", "site": site, "articles": n} for n, site in enumerate("abcde", start=1)]
    rows.append({"day": "2026-03-02", "site": "a", "articles": 1_000})
    assert described(spec("articles_by_site"), rows) == (
        "Stacked bars: how many articles were archived on each day, by site. 1,015 in all."
        " By day: 2026-03-02 (1,000), 2026-03-01 (15). By site: a (1,001), e (5), d (4), 2 more (5)."
    )


def test_bars_beside_each_other_are_described_by_themselves():
    rows = [{"step": step, "delay": "1–6 h", "entries": 2} for step in ("first seen", "archived")]
    said = described(spec("feed_delay"), rows)
    assert said.endswith(" first seen: 2 in all. By delay: 1–6 h (2). archived: 2 in all. By delay: 1–6 h (2).")


def test_a_plot_without_rows_has_only_the_description_of_its_specification():
    assert described(spec("copies"), []) == spec("copies")["description"]


@pytest.mark.parametrize("name", NAMES)
def test_a_specification_names_a_figure_and_says_what_it_means_that_it_is_empty(name):
    assert query_of(spec(name)["usermeta"]["figure"])
    assert spec(name)["usermeta"]["none"].endswith(".")


@pytest.fixture(scope="module")
def plotter():
    pytest.importorskip("vl_convert")
    with Plotter() as plotter:
        yield plotter


def test_whatever_a_name_is_its_plots_are_drawn(plotter):
    rows = [{"day": "2026-03-01", "hour": "09:00", "site": name, "articles": 1, "copies": 1} for name in HOSTILE]
    names = ["articles_by_site", "articles_by_hour", "copies"]
    for plot in plots_of(dict.fromkeys(names, rows), names, PERIOD, plotter):
        assert plot.svg.startswith("<svg")
        assert "<script" not in plot.svg
        assert len(plot.description) < 400


@pytest.mark.parametrize(
    ("until", "title", "label"),
    [
        ("2026-03-08", "By day and site", "Sun 01"),
        ("2026-05-01", "By day and site", "Mar 01"),
        ("2027-03-01", "By day and site (bars of 4 days)", "Mar 2026"),
    ],
)
def test_a_long_period_has_bars_of_several_days(plotter, until, title, label):
    rows = [{"day": day, "site": "a", "articles": 1} for day in ("2026-03-01", "2026-03-02")]
    period = {"since": "2026-03-01T00:00:00Z", "until": f"{until}T00:00:00Z"}
    (plot,) = plots_of({"articles_by_site": rows}, ["articles_by_site"], period, plotter)
    assert plot.title == title
    assert f">{label}<" in plot.svg


@pytest.mark.parametrize("amount", [0, None, -1, 2**63 - 1])
def test_whatever_an_amount_is_it_is_drawn(plotter, amount):
    rows = {"copies": [{"site": "a", "copies": amount, "articles": 1}] * 3}
    assert plots_of(rows, ["copies"], {}, plotter)[0].svg.startswith("<svg")


def test_a_label_is_short_and_of_characters_that_can_be_shown():
    assert label("a\tb\u202e😀 é中") == "a\ufffdb\ufffd\ufffd é中"
    assert len(label("x" * 1_000)) == 60


def test_what_cannot_be_drawn_leaves_its_rows_and_a_sentence(tmp_path):
    class Ending(Plotter):
        def _line(self, process):
            os.kill(process.pid, signal.SIGKILL)
            return super()._line(process)

    with Archive(tmp_path / "news.db", "test") as archive, archive.transaction():
        archive.add_article(make.article(), (), NOW)
    period = {"since": to_text(NOW - timedelta(days=1)), "until": to_text(NOW + timedelta(days=1))}
    with Reader(tmp_path / "news.db") as reader, Ending() as plotter:
        drawn, empty = plots(reader, ["articles_by_site", "copies"], period, plotter)
    assert (drawn.svg, len(drawn.rows)) == ("", 1)
    assert drawn.without == "There is no picture now: the process that draws plots has ended."
    assert empty.without == "No copy came in this period."
