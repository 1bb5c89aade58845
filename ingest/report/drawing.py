"""Drawing plots: Vega-Lite specifications in, SVG out, by vl-convert in a process of its own.

The library takes 110 MB and more, which neither a daemon nor a server of pages should carry. It loads nothing from the
network.
See https://vega.github.io/vega-lite/docs/spec.html.
"""

import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Self

from ingest.errors import IngestError

Spec = Mapping[str, Any]

# What the library writes and no reader needs. The figure that holds the SVG is one picture, so "aria" is off.
_NEEDLESS = re.compile(
    r'<path class="(?:back|fore)ground"[^<>]*/>'
    r'| (?:role|aria-roledescription|aria-hidden|class|pointer-events|opacity)="(?:[\w -]*|1)"(?=[^<>]*>)'
)
_TAG = re.compile(r"<[^<>]*>")
_LONG = re.compile(r"(\d\.\d)\d+")

LIMIT_S = 15  # of one plot; the library takes a second to load, and some 30 ms for a plot
MISSING = "plots are drawn by vl-convert-python, which is not installed; `pip install 'ingest[browse]'` installs it"
FIRST = '{"mark": "bar", "encoding": {"x": {"field": "n", "type": "quantitative"}}, "data": {"values": [{"n": 1}]}}'
MAX_KEPT = 50  # drawings, of some 20 KB each: a page that is shown again mostly has the same rows
_READ_BYTES = 1 << 20
_STOP_WAIT_MS = 100


class Plotter:
    """A process that draws. It starts with the first plot, or with `start`, and ends with `close`. Safe for threads.

    A plot that takes more than `limit_s` ends it, and so does `is_stopped`, which is asked ten times a second.
    """

    def __init__(self, *, limit_s: float = LIMIT_S, is_stopped: Callable[[], bool] = lambda: False) -> None:
        self._limit_s = limit_s
        self._is_stopped = is_stopped
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._kept: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to load the library, and return at once."""
        with self._lock:
            self._started()

    def draw(self, specs: Iterable[Spec]) -> list[str]:
        """Return an SVG for each specification. Raises IngestError if the library is missing or cannot draw one."""
        with self._lock:
            return [self._once_drawn(json.dumps(spec)) for spec in specs]

    def close(self) -> None:
        """End the process, whatever it is doing."""
        with self._lock:
            self._end()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            # -P: a file json.py in the working directory is no module of ours.
            command = [sys.executable, "-P", "-m", __name__, str(self._limit_s)]
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            with suppress(BrokenPipeError), process:  # closes the pipes and waits
                pass

    def _once_drawn(self, spec: str) -> str:
        """Return the drawing of the same specification and rows, if it is one of the last MAX_KEPT."""
        drawn = self._kept.pop(spec, None) or self._drawn(spec)
        self._kept[spec] = drawn
        if len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        return drawn

    def _drawn(self, spec: str) -> str:
        process = self._started()
        assert process.stdin
        try:
            process.stdin.write(spec.encode() + b"\n")
            process.stdin.flush()
            line = self._line(process)
        except BrokenPipeError:
            line = self._line(process)  # why it has ended, if it said so
        except BaseException:
            self._end()  # its answer would be taken for that of the next plot
            raise
        answer = json.loads(line) if line.endswith(b"\n") else {"error": "the process that draws plots has ended"}
        if "error" in answer:
            raise IngestError(str(answer["error"]))
        return slim(answer["svg"])

    def _line(self, process: "subprocess.Popen[bytes]") -> bytes:
        """Return the process's next line, or its beginning if the process ends."""
        assert process.stdout
        deadline = time.monotonic() + self._limit_s
        ready = select.poll()
        ready.register(process.stdout, select.POLLIN)
        line = b""
        while not line.endswith(b"\n"):
            if self._is_stopped():
                raise IngestError("the drawing of plots was stopped")
            if time.monotonic() > deadline:
                raise IngestError(f"a plot cannot be drawn within {self._limit_s:g} s")
            if ready.poll(_STOP_WAIT_MS):
                piece = os.read(process.stdout.fileno(), _READ_BYTES)
                if not piece:
                    break
                line += piece
        return line


def slim(svg: str) -> str:
    """Return the SVG without what no reader needs, precise to a tenth of a pixel."""
    return _TAG.sub(lambda tag: _LONG.sub(r"\1", tag[0]), _NEEDLESS.sub("", svg))


def _serve(limit_s: float) -> None:
    """Answer each line of stdin, a specification, with a line of JSON: its `svg`, or an `error`.

    It ends with its parent: at the end of stdin, or at the limit of the plot that it draws then.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    _answer(FIRST, limit_s)  # while nobody waits: the library and its scripts load with the first plot
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(line, limit_s)) + "\n")
        sys.stdout.flush()


def _answer(line: str, limit_s: float) -> dict[str, str]:
    signal.setitimer(signal.ITIMER_REAL, 2 * limit_s)  # SIGALRM ends the process, also within the library
    try:
        import vl_convert

        return {"svg": vl_convert.vegalite_to_svg(json.loads(line))}
    except ImportError:
        return {"error": MISSING}
    except ValueError as error:
        return {"error": f"a plot cannot be drawn: {error}"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    _serve(float(sys.argv[1]))
