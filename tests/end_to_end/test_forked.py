"""A forked command is like one that the interpreter was started for."""

import signal
from pathlib import Path

import pytest

from tests.limits import little_room


@pytest.mark.parametrize("words", [("--version",), ("status",), ("search", "--nope"), ("now", "--help")])
def test_it_prints_and_exits_as_the_started_one(feeds, words):
    assert feeds.run(*words) == feeds.run(*words, forked=False)


def test_it_is_in_its_own_folder_with_the_files_that_it_was_given_and_can_be_killed(feeds, monkeypatch):
    monkeypatch.chdir(feeds.path)
    with feeds.daemon() as daemon:
        process = Path(f"/proc/{daemon.process.pid}")
        if process.exists():
            assert (process / "cwd").readlink() == feeds.path
            files = {str((process / "fd" / number).readlink()) for number in "012"}
            assert files - {"/dev/null"} > {str(daemon.log)}  # and a pipe
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL


def test_its_limits_are_not_those_of_the_next(feeds):
    assert feeds.run("now", "-q", preexec_fn=little_room).code == 3
    assert feeds.run("now", "-q").code == 0
