"""A call for a worker that waits until the test lets it go."""

import os
import time

from tests.command_run import until


def note_and_wait(path, _=b""):
    """Write this process's id into the file, and wait until the test writes "go" into it."""
    if not path.exists():
        path.write_text(str(os.getpid()))
    while path.read_text() != "go":
        time.sleep(0.005)
    return path.name


def noted(path):
    """Return the id of the process that runs `note_and_wait`, when it runs."""
    until(lambda: path.exists() and path.read_text())
    return int(path.read_text())
