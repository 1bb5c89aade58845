"""Hooks with a command: real programs, which may fail, hang, be killed, or outlive their sender."""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.configuration.config import Config
from ingest.configuration.hooks import HookSettings
from ingest.configuration.settings import Settings
from ingest.deliveries.transport import Sent, open_transport
from tests.command_run import CHECKOUT, Process, until

EVENTS = [
    {"id": f"a-{n}-1", "type": "article", "timestamp": "2026-03-01T12:00:00Z", "data": {"seq": n}} for n in (1, 2)
]
SENDER = """
import asyncio, json, sys
from pathlib import Path
from tests.end_to_end.test_hook_command import EVENTS, deliver
print(asyncio.run(deliver(Path(sys.argv[1]), json.loads(sys.argv[2]), timeout_s=60.0)))
"""


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr("ingest.deliveries.command_lock.TERM_TIMEOUT_S", 0.4)


@pytest.fixture
def script(tmp_path):
    """Write a shell script into the folder and return its path."""

    def write(text, name="load", *, first="#!/bin/sh\n", mode=0o755):
        path = tmp_path / name
        path.write_text(first + text)
        path.chmod(mode)
        return str(path)

    return write


async def deliver(archive, command, events=EVENTS, timeout_s=20.0):
    hook = HookSettings(name="index", command=command, timeout_s=timeout_s)
    async with open_transport(hook, Config(Settings()), archive, lambda: datetime.now(UTC)) as transport:
        return await transport.send(events)


def send(tmp_path, *command, **options):
    return asyncio.run(deliver(tmp_path / "news.db", command, **options))


def is_running(pid):
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def number_in(path):
    until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def test_it_gets_an_event_a_line_the_name_of_the_hook_and_the_environment(tmp_path, script, monkeypatch):
    monkeypatch.setenv("OF_DAEMON", "kept")
    load = script('cat > "$1"; echo "$INGEST_HOOK $OF_DAEMON $#" >> "$1"')
    assert send(tmp_path, load, str(tmp_path / "out"), "two words; $HOME") == Sent(taken=True, status=0)
    *lines, last = (tmp_path / "out").read_text().splitlines()
    assert list(map(json.loads, lines)) == EVENTS
    assert last == "index kept 2"


def test_a_program_with_a_slash_is_relative_to_the_working_directory(tmp_path, script, monkeypatch):
    script("exit 0")
    monkeypatch.chdir(tmp_path)
    assert send(tmp_path, "./load").taken


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("exit 0", Sent(taken=True, status=0)),
        ("echo no such index >&2; exit 65", Sent(False, refused=True, status=65, error="exit code 65: no such index")),
        ("echo of stdout; exit 1", Sent(False, status=1, error="exit code 1: of stdout")),
        ("echo one >&2; echo two >&2; echo >&2; echo out; exit 3", Sent(False, status=3, error="exit code 3: two")),
        ("kill -9 $$", Sent(False, status=137, error="ended by SIGKILL")),
        ("printf 'a\\033[31mb\\377' >&2; exit 1", Sent(False, status=1, error="exit code 1: a[31mb\ufffd")),
    ],
)
def test_the_exit_code_says_what_becomes_of_a_delivery(tmp_path, script, text, sent):
    assert send(tmp_path, script(text)) == sent


def test_a_program_that_cannot_be_started_is_reported_with_the_remedy(tmp_path, script, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plain, unknown = script("", "plain", mode=0o644), script("", "unknown", first="#!/no/such/interpreter\n")
    binary = script("\x01\x02", "binary", first="")
    told = {
        "./gone": f"./gone: there is no such program in the working directory {tmp_path}; write its full path in"
        " command",
        "no-such-program": "no-such-program: there is no such program on the PATH; write its full path in command",
        plain: f"{plain}: is no program that may be run; `chmod +x {plain}` makes it one",
        str(tmp_path): f"{tmp_path}: is no program that may be run; `chmod +x {tmp_path}` makes it one",
        unknown: f"{unknown}: its first line names an interpreter that is not there; change it",
        binary: f"{binary}: is not a program of this machine; a script begins with a line such as #!/bin/sh",
    }
    for program, error in told.items():
        assert send(tmp_path, program) == Sent(taken=False, error=error)


def test_a_program_may_read_nothing_and_print_without_end(tmp_path, script):
    many = [EVENTS[0] | {"data": {"body": "word " * 100_000}}] * 10
    assert send(tmp_path, "true", events=many).taken
    flood = (
        "import sys\nfor out in (sys.stdout, sys.stderr): out.write('x' * 9_000_000 + '\\n')\nsys.exit('end ' * 200)"
    )
    sent = send(tmp_path, sys.executable, "-c", flood)
    assert (sent.status, sent.error[:24], sent.error[-1], len(sent.error)) == (1, "exit code 1: end end end", "…", 313)
    sent = send(tmp_path, "sh", "-c", "yes >&2", timeout_s=0.3)
    assert sent.error == "not done within 0.3 s (timeout_s), and ended: y"


def test_a_program_that_hangs_is_ended_with_all_that_it_started(tmp_path, script):
    stubborn = script(
        'trap \'\' TERM\necho $$ > "$1"\nsh -c \'trap "" TERM; echo $$ > "$0"; while :; do sleep 1; done\' "$2" &\n'
        "echo stuck >&2\nwhile :; do sleep 1; done\n"
    )
    began = time.monotonic()
    sent = send(tmp_path, stubborn, str(tmp_path / "one"), str(tmp_path / "two"), timeout_s=0.5)
    assert sent == Sent(taken=False, error="not done within 0.5 s (timeout_s), and ended: stuck")
    assert 0.8 < time.monotonic() - began < 10
    assert not is_running(number_in(tmp_path / "one"))
    until(lambda: not is_running(number_in(tmp_path / "two")))


def test_a_program_that_hangs_may_clean_up_at_sigterm(tmp_path, script, monkeypatch):
    monkeypatch.setattr("ingest.deliveries.command_lock.TERM_TIMEOUT_S", 15.0)
    tidy = script("trap 'echo cleaned up >&2; exit 0' TERM\nsleep 20 & wait\n")
    began = time.monotonic()
    sent = send(tmp_path, tidy, timeout_s=0.3)
    assert sent.error == "not done within 0.3 s (timeout_s), and ended: cleaned up"
    assert time.monotonic() - began < 10


def test_what_a_program_leaves_running_holds_nothing_up(tmp_path, script):
    load = script('sleep 30 & echo $! > "$1"\nsetsid sleep 30 & echo $! > "$2"\necho done\nexit 4')
    pids = tmp_path / "one", tmp_path / "two"
    try:
        for _ in range(2):  # another transport, as after a restart: the lock is still held by what was left running
            began = time.monotonic()
            assert send(tmp_path, load, *map(str, pids)) == Sent(False, status=4, error="exit code 4: done")
            assert time.monotonic() - began < 10
    finally:
        for pid in map(number_in, pids):
            os.kill(pid, signal.SIGKILL)


def test_a_sender_that_is_cancelled_ends_its_command(tmp_path, script):
    load = script('echo $$ > "$1"\nexec sleep 30')

    async def cancelled():
        sending = asyncio.create_task(deliver(tmp_path / "news.db", [load, str(tmp_path / "pid")]))
        await asyncio.to_thread(number_in, tmp_path / "pid")
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(cancelled())
    assert not is_running(number_in(tmp_path / "pid"))


def killed_sender(tmp_path, *command):
    """Send from a process that is killed while its command runs. Return the command's process."""
    words = [sys.executable, "-c", SENDER, str(tmp_path / "news.db"), json.dumps(command)]
    with Process(words, env=os.environ | {"PYTHONPATH": str(CHECKOUT)}, stderr=subprocess.DEVNULL) as sender:
        pid = number_in(tmp_path / "pid")
        sender.kill()
    assert is_running(pid)
    return pid


@pytest.mark.parametrize("keeps_lock", [True, False])
def test_a_command_of_a_killed_sender_does_not_run_on_beside_the_next(tmp_path, keeps_lock):
    """A program that closes all its files gives up the lock, and is known by its group's number."""
    code = (
        "import os, signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"{'' if keeps_lock else 'os.closerange(3, 256)'}\nopen(sys.argv[1], 'w').write(f'{{os.getpid()}}\\n')\n"
        "time.sleep(30)"
    )
    pid = killed_sender(tmp_path, sys.executable, "-c", code, str(tmp_path / "pid"))
    began = time.monotonic()
    check = (
        f"import os, sys\ntry: os.kill({pid}, 0)\nexcept OSError: pass\nelse: sys.exit(open('/proc/{pid}/stat').read())"
    )
    sent = send(tmp_path, sys.executable, "-c", check)
    assert sent.taken or ") Z " in sent.error, sent
    assert 0.3 < time.monotonic() - began < 10
    assert not is_running(pid)


def test_a_number_that_another_process_has_now_is_left_alone(tmp_path):
    lock = tmp_path / "news.db-hook-index"
    with Process(["sleep", "30"], start_new_session=True) as other:
        lock.write_text(f"{other.pid} 0000:1")
        assert send(tmp_path, "true").taken
        assert other.poll() is None
        other.kill()


def test_a_command_that_cannot_be_found_any_more_is_waited_for(tmp_path, monkeypatch):
    """The sender was killed between the start of the command and the note of its number."""
    monkeypatch.setattr("ingest.deliveries.command_lock.KILL_TIMEOUT_S", 0.2)
    lock = tmp_path / "news.db-hook-index"
    with lock.open("w+") as held:
        held.write("starting")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        assert send(tmp_path, "true") == Sent(
            taken=False, error=f"an earlier command of this hook is still running (`fuser -k {lock}` ends it)"
        )
    assert send(tmp_path, "true").taken


def test_a_lock_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "victim").write_text("text")
    (tmp_path / "news.db-hook-index").symlink_to("victim")
    sent = send(tmp_path, "true")
    assert (sent.taken, "remove it, then run this again" in sent.error) == (False, True)
    assert (tmp_path / "victim").read_text() == "text"
