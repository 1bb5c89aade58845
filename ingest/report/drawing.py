"""Drawing plots: Vega-Lite specifications in, SVG out, by vl-convert in a process of its own.

The library takes 200 MB, which neither a daemon nor a server of pages should carry. It loads nothing from the network.
See https://vega.github.io/vega-lite/docs/spec.html.
"""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Self

from ingest.errors import IngestError

Spec = Mapping[str, Any]

# What the library says of each group of marks, though "aria" is off. The figure that holds the SVG is one picture.
_ROLES = re.compile(r' (?:role|aria-roledescription)="[\w -]*"(?=[^<>]*>)')

MISSING = "plots are drawn by vl-convert-python, which is not installed; `pip install 'ingest[browse]'` installs it"


class Plotter:
    """A process that draws. It starts with the first plot, or with `start`, and ends with `close`. Safe for threads."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

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
            process = self._started()
            return [_drawn(process, spec) for spec in specs]

    def close(self) -> None:
        """End the process."""
        with self._lock:
            process, self._process = self._process, None
        if process:
            process.communicate()

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        return self._process


def _drawn(process: "subprocess.Popen[str]", spec: Spec) -> str:
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(json.dumps(spec) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except BrokenPipeError:
        line = ""
    answer = json.loads(line) if line else {"error": "the process that draws plots has ended"}
    if "error" in answer:
        raise IngestError(str(answer["error"]))
    return _ROLES.sub("", answer["svg"])


def _serve() -> None:
    """Answer each line of stdin, a specification, with a line of JSON: its `svg`, or an `error`."""
    try:
        import vl_convert
    except ImportError:
        sys.stdout.write(json.dumps({"error": MISSING}) + "\n")
        return
    for line in sys.stdin:
        try:
            answer = {"svg": vl_convert.vegalite_to_svg(json.loads(line))}
        except ValueError as error:
            answer = {"error": f"a plot cannot be drawn: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
