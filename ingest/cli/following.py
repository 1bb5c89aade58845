"""A command that follows the archive until a signal ends it, or until nobody reads what it prints."""

import select
import signal
import sys
from collections.abc import Callable

from ingest.cli import INTERRUPTED


class Following:
    """The first SIGTERM or SIGINT ends it after what is being printed, the second one at once."""

    def __init__(self) -> None:
        self.ended_by = 0
        self._is_read = _watch_stdout()

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def has_ended(self) -> bool:
        return bool(self.ended_by) or not self._is_read()

    @property
    def exit_code(self) -> int:
        return INTERRUPTED + signal.SIGINT if self.ended_by == signal.SIGINT else 0

    def _end(self, number: int, _: object) -> None:  # no threading.Event: a handler that sets one may wait for itself
        if self.ended_by:  # nobody reads the output: the command hangs in a print
            raise KeyboardInterrupt
        self.ended_by = number


def _watch_stdout() -> Callable[[], bool]:
    """Return a function that returns whether somebody can read stdout.

    Without it, a follower of a log without changes would outlive the reader of its pipe.
    """
    if not sys.stdout:  # closed at the start
        return lambda: False
    poller = select.poll()
    try:
        poller.register(sys.stdout, 0)
    except (ValueError, OSError):  # a buffer, not a file
        return lambda: True
    return lambda: not poller.poll(0)
