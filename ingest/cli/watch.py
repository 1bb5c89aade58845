"""`ingest status --watch`: follows the archive, and the daemon through its control socket."""

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.cli.following import Following
from ingest.cli.options import Options
from ingest.cli.output.text import is_terminal, print_json
from ingest.cli.output.watch import LIMIT, Shown, line_of, screen, writer_of

if TYPE_CHECKING:
    from storage.reader import Reader

TICK_S = 0.2  # a key, a signal, a counter in shared memory
ROUND_S = 1.0  # what only the daemon knows
WRITERS_KEYS = ("command", "pid", "since")

Draw = Callable[[Shown, str], None]


def watch(options: Options, path: Path) -> int:
    """Show the archive's state until a signal, or q, ends it. Raises ArchiveError."""
    from storage.reader import Reader

    following = Following()
    following.listen()
    with Reader(path) as archive, _drawing(options) as draw, _keys() as wait:
        state = State(archive)
        note, writer = "", None
        while not following.has_ended():
            shown = state.read()
            if writer is not None and shown["writer"] != writer:
                note = f"{datetime.now(UTC):%H:%M:%S} UTC: {writer_of(shown)}"
            writer = shown["writer"]
            draw(shown, note)
            if _waited(state, following, wait):
                break
    return following.exit_code


class State:
    """The archive's rows, read again when something was committed, and what the daemon has in flight."""

    def __init__(self, archive: "Reader") -> None:
        self._archive = archive
        self._version = -1
        self._rows: dict[str, Any] = {}

    def has_changed(self) -> bool:
        """Raises ArchiveGone if the archive was replaced."""
        self._archive.check_file()
        return self._archive.data_version() != self._version

    def read(self) -> dict[str, Any]:
        from ingest.daemon.control import in_flight
        from ingest.report.state import watched
        from storage.lock import holder_of

        if self.has_changed():
            self._version = self._archive.data_version()
            self._rows = watched(self._archive, LIMIT)
        holder = holder_of(self._archive.path)
        writer = {key: holder[key] for key in WRITERS_KEYS if key in holder} if holder else {}
        return {"archive": str(self._archive.path), "writer": writer, "in_flight": in_flight(holder)} | self._rows


def _waited(state: State, following: Following, wait: Callable[[float], bool]) -> bool:
    """Wait for a round, or for a commit; half a round lies between two draws. Return whether q was pressed."""
    began, size = time.monotonic(), _size()
    while not following.has_ended():
        if wait(TICK_S):
            return True
        passed_s = time.monotonic() - began
        if passed_s >= ROUND_S or _size() != size or (passed_s >= ROUND_S / 2 and state.has_changed()):
            break
    return False


def _size() -> os.terminal_size | None:
    with suppress(OSError, ValueError, AttributeError):
        return os.get_terminal_size(sys.stdout.fileno())
    return None


@contextmanager
def _drawing(options: Options) -> Iterator[Draw]:
    """Yield what draws a state: on a screen of its own, or as a line if it differs from the last one."""
    if options.json or not is_terminal() or os.environ.get("TERM") == "dumb":
        yield _printing(as_json=options.json)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    drawn: list[object] = []

    def draw(shown: Shown, note: str) -> None:
        size = console.size
        lines = screen(shown, size.width, size.height, note)
        if drawn == [size, lines]:
            return
        drawn[:] = [size, lines]
        text = Text("\n", no_wrap=True, overflow="crop").join(Text(line, "bold" * bold) for line, bold in lines)
        live.update(text, refresh=True)

    with Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        yield draw


def _printing(*, as_json: bool) -> Draw:
    last: object = None

    def draw(shown: Shown, note: str) -> None:  # noqa: ARG001 (a line says itself who writes)
        nonlocal last
        new = dict(shown) if as_json else line_of(shown)
        if new == last:
            return
        last = new
        now = datetime.now(UTC).replace(microsecond=0)
        if as_json:
            print_json({"at": now} | dict(shown))
        else:
            click.echo(f"{now:%H:%M:%S} {new}")

    return draw


@contextmanager
def _keys() -> Iterator[Callable[[float], bool]]:
    """Yield a function that waits for so many seconds, and returns whether q was pressed meanwhile."""
    import termios
    import tty

    def pause(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    try:
        fd = sys.stdin.fileno()
        before = termios.tcgetattr(fd)
    except (ValueError, OSError, AttributeError, termios.error):  # no terminal
        yield pause
        return

    def wait(seconds: float) -> bool:
        if not select.select([fd], [], [], seconds)[0]:
            return False
        with suppress(OSError):  # the terminal has gone
            if typed := os.read(fd, 100):
                return b"q" in typed.lower()
        return True

    tty.setcbreak(fd)
    try:
        yield wait
    finally:
        with suppress(termios.error):
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
