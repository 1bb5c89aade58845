"""The command of a job of the calendar: a program that is run once the job is done, such as one that mails."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from ingest.errors import IngestError
from ingest.text.markup import clean_line, cut

MAX_SHOWN_COLUMNS = 300  # of the command's last line, in an error
_READ_BYTES = 4096
_STEP_S = 0.1


class CommandStopped(Exception):
    """The command was ended because the daemon ends."""


def run_command(words: Sequence[str], timeout_s: float, is_stopped: Callable[[], bool]) -> None:
    """Run a program in a session of its own. At the time limit, or when it is stopped, its group is ended.

    Raises IngestError if it fails, with its last line, and CommandStopped.
    """
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603 (the user's own program)
                words, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise IngestError(f"{words[0]}: cannot be started: {why}; write its full path in command") from error
        end_at = time.monotonic() + timeout_s
        while True:
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(_STEP_S)
                break
            if is_stopped() or time.monotonic() > end_at:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                if is_stopped():
                    raise CommandStopped
                raise IngestError(f"{words[0]}: not done within {timeout_s:g} s (timeout_s), and ended")
        if code:
            size = said.seek(0, os.SEEK_END)
            said.seek(max(size - _READ_BYTES, 0))
            lines = said.read().decode(errors="replace").splitlines()
            last = next((line for line in map(clean_line, reversed(lines)) if line.strip()), "")
            how = f"exit code {code}" if code > 0 else f"ended by signal {-code}"
            raise IngestError(f"{words[0]}: {how}{': ' if last else ''}{cut(last, MAX_SHOWN_COLUMNS)}")
