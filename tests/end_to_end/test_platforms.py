"""Where ingest runs: it does without what macOS lacks, and ends with a sentence on Windows."""

import os
import subprocess
import sys

import pytest

from tests.builders_feeds import item, rss
from tests.command_run import CHECKOUT

# Loaded by Python as it starts: of `ingest`, of its fork server, of each worker.
AS_ON_MACOS = """
import ctypes, os, pathlib, resource, signal, socket

def refuse(*_):
    raise ValueError("current limit exceeds maximum limit")

def hide(real):
    def without_proc(path, *args, **options):
        if str(path).startswith("/proc"):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return real(path, *args, **options)
    return without_proc

resource.setrlimit = refuse
ctypes.CDLL = lambda name: object()
pathlib.Path.exists = lambda path: "/proc" not in str(path) and os.path.exists(path)
pathlib.Path.open, os.open, os.stat, os.listdir = map(hide, (pathlib.Path.open, os.open, os.stat, os.listdir))
for module, names in {
    os: "sched_getaffinity pipe2 memfd_create eventfd copy_file_range splice fdatasync O_TMPFILE O_PATH",
    socket: "SO_PEERCRED SOCK_CLOEXEC SOCK_NONBLOCK accept4",
    signal: "sigwaitinfo sigtimedwait",
    resource: "prlimit",
}.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
"""
AS_ON_WINDOWS = """
import sys
sys.platform = "win32"
for name in "fcntl resource pwd grp termios pty tty posix_ipc".split():
    sys.modules[name] = None
"""


def with_start(folder, code: str) -> dict[str, str]:
    """The environment of a Python that runs `code` before anything else."""
    (folder.path / "sitecustomize.py").write_text(code)
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(folder.path), str(CHECKOUT)])}


def test_the_commands_do_without_what_macos_lacks(site, folder):
    site.page("/feed.xml", rss(item(1), item(2)))
    folder.set_up(site.url("/feed.xml"))
    environment = with_start(folder, AS_ON_MACOS)
    now = folder.run("now", env=environment)
    assert now.code == 0, now.err
    assert now.out.startswith("1 feed polled: 1 parsed; 2 new entries\nentries: 2 archived")
    assert folder.run("backup", folder.path / "copy.db", env=environment).code == 0
    assert folder.run("search", "alert", env=environment).code == 0


@pytest.mark.parametrize("start", [["-m", "ingest"], ["-c", "from ingest.cli import main; main()"]])
def test_on_windows_ingest_ends_with_a_sentence_before_an_import_fails(folder, start):
    environment = with_start(folder, AS_ON_WINDOWS)
    process = subprocess.run(
        [sys.executable, *start, "now"], env=environment, capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == (
        "ingest: it does not run on Windows, which lacks fork and flock; use Linux, macOS or WSL instead\n"
    )
