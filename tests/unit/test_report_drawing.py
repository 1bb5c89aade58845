"""The process that draws plots: what it says when it cannot, and that it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.errors import IngestError
from ingest.report import drawing
from ingest.report.drawing import Plotter

PLOT = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a", "type": "quantitative"}}}


def process_of(plotter):
    return plotter._started()  # noqa: SLF001 (its process is what is tested)


def fake(folder, code):
    """Make a vl_convert of this code, and return the environment in which it is found first."""
    (folder / "vl_convert.py").write_text(code)
    return os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", ""), *sys.path])


def test_plots_are_drawn_in_one_process_that_ends_with_close():
    pytest.importorskip("vl_convert")
    with Plotter() as plotter:
        first, second = plotter.draw([PLOT, PLOT])
        assert first == second
        assert first.startswith("<svg")
        process = process_of(plotter)
        with pytest.raises(IngestError, match=r"^a plot cannot be drawn: "):
            plotter.draw([{"mark": 1}])
        assert plotter.draw([PLOT]) == [first]
        assert process_of(plotter) is process
        process.kill()
        process.wait()
        assert plotter.draw([PLOT]) == [first]  # it was kept
        (other,) = plotter.draw([{**PLOT, "height": 9}])
        assert other.startswith("<svg")
        last = process_of(plotter)
    assert last.returncode is not None


def test_without_the_library_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", fake(tmp_path, "raise ImportError"))
    with Plotter() as plotter:
        for _ in range(2):
            with pytest.raises(IngestError) as caught:
                plotter.draw([PLOT])
            assert str(caught.value) == drawing.MISSING


@pytest.mark.parametrize(
    ("limit_s", "error"), [(0.3, "a plot cannot be drawn within 0.3 s"), (30, "the drawing of plots was stopped")]
)
def test_a_plot_that_takes_too_long_is_given_up(tmp_path, monkeypatch, limit_s, error):
    monkeypatch.setenv("PYTHONPATH", fake(tmp_path, "def vegalite_to_svg(spec): import time; time.sleep(60)"))
    asked = iter([False, False, True] if limit_s == 30 else [])
    with Plotter(limit_s=limit_s, is_stopped=lambda: next(asked, False)) as plotter:
        plotter.start()
        process = process_of(plotter)
        with pytest.raises(IngestError) as caught:
            plotter.draw([PLOT])
        assert str(caught.value) == error
        assert process.returncode == -signal.SIGKILL


def test_a_process_that_is_killed_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", fake(tmp_path, "def vegalite_to_svg(spec): import time; time.sleep(60)"))
    with Plotter() as plotter:
        killer = threading.Timer(0.2, process_of(plotter).kill)
        killer.start()
        with pytest.raises(IngestError, match="has ended"):
            plotter.draw([PLOT])


@pytest.mark.parametrize("drawing_s", [0, 60])
def test_it_ends_when_its_parent_is_killed(tmp_path, drawing_s):
    """Also in the midst of a plot: at twice the time limit."""
    path = fake(tmp_path, f"def vegalite_to_svg(spec): import time; time.sleep({drawing_s}); return '<svg>'")
    code = (
        "from ingest.report.drawing import Plotter; plotter = Plotter(limit_s=.2); process = plotter._started()\n"
        "process.stdin.write(b'{}\\n'); process.stdin.flush(); print(process.pid, flush=True)\n"
        "import time; time.sleep(60)"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and is_running(pid):
        time.sleep(0.01)
    assert not is_running(pid)


def is_running(pid):
    with suppress(OSError):  # a zombie has ended: whoever adopts it may not wait
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
