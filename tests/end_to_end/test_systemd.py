"""What the daemon tells systemd, by a socket as systemd's, and the units in `scripts/`."""

import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.builders_feeds import item, rss
from tests.command_run import CHECKOUT, LOOPBACK

UNITS = [CHECKOUT / "scripts" / name for name in ("ingest.service", "ingest-now.service", "ingest-now.timer")]
MAX_EXPOSURE = 30  # tenths
PROGRAM = "/opt/ingest/.venv/bin/ingest"


class NotifySocket:
    """The socket that systemd would listen at. `address` is the value of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(20)

    def next(self, word: str) -> list[str]:
        """Return the lines of the next message with that word. Messages before it are dropped."""
        while word not in (lines := self.socket.recv(65536).decode().split("\n")):
            pass
        return lines

    def waiting(self) -> list[str]:
        """Return the lines that have arrived."""
        lines = []
        self.socket.setblocking(False)
        try:
            while True:
                lines += self.socket.recv(65536).decode().split("\n")
        except BlockingIOError:
            return lines
        finally:
            self.socket.settimeout(20)


@pytest.fixture
def systemd(folder, monkeypatch):
    notified = NotifySocket(str(folder.path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", notified.address)
    monkeypatch.setenv("WATCHDOG_USEC", "180000000")
    with closing(notified.socket):
        yield notified


def environments_of_children(pid: int) -> list[bytes]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("the environment of a process is read in /proc")
    return [Path(f"/proc/{child}/environ").read_bytes() for child in children.read_text().split()]


def test_systemd_is_notified_when_the_daemon_is_ready_alive_reloading_and_stopping(systemd, feeds, site):
    with feeds.daemon() as daemon:
        status = f"STATUS=watching 1 feed; archive {feeds.archive}"
        assert status in systemd.next("READY=1")
        systemd.next("WATCHDOG=1")
        feeds.set_up(site.url("/one.xml"), site.url("/two.xml"))
        daemon.process.send_signal(signal.SIGHUP)
        assert any(line.startswith("MONOTONIC_USEC=") for line in systemd.next("RELOADING=1"))
        assert status.replace("1 feed", "2 feeds") in systemd.next("READY=1")
        daemon.process.send_signal(signal.SIGTERM)
        systemd.next("STOPPING=1")
        assert daemon.process.wait(timeout=10) == 0
    assert "READY=1" not in systemd.waiting()


def test_each_reload_ends_ready_whether_its_configuration_is_taken_or_not(systemd, feeds, site):
    with socket.socket() as taken, feeds.daemon() as daemon:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        systemd.next("READY=1")
        faulty = "[poll]\nnope = 1"
        not_to_be_started = f"[daemon]\nhttp = '127.0.0.1:{taken.getsockname()[1]}'"
        other = LOOPBACK.replace("timeout_s = 10", "timeout_s = 11")
        for settings in (faulty, not_to_be_started, other):
            (feeds.config / "settings.toml").write_text(settings)
            daemon.process.send_signal(signal.SIGHUP)
            systemd.next("RELOADING=1")
            systemd.next("READY=1")
            assert {"RELOADING=1", "READY=1"}.isdisjoint(systemd.waiting())
        site.page("/one.xml", rss(item(1), item(3)))  # a reload ends the workers; what is new needs one again
        feeds.ingest("now", "-q")
        environments = environments_of_children(daemon.process.pid)
        assert environments
        assert not [environment for environment in environments if b"NOTIFY_SOCKET" in environment]
        assert daemon.end() == 0


# the units


def analyze(*arguments):
    """Run systemd-analyze, where there is one that reads units from files (250 and later)."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd-analyze")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    if int(re.match(r"\d+", version)[0]) < 250:
        pytest.skip(f"systemd {version} reads no units from files")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", UNITS[:2], ids=lambda unit: unit.name)
def test_a_service_is_hardened(unit):
    result = analyze("security", "--offline=true", f"--threshold={MAX_EXPOSURE}", "--no-pager", unit)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout


def test_systemd_finds_no_fault_in_the_units(tmp_path):
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, sys.executable))
    result = analyze("verify", "--man=no", *(tmp_path / unit.name for unit in UNITS))
    if "Failed to initialize manager" in result.stderr:
        pytest.skip("systemd-analyze does not verify here")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def lines_of(unit):
    return [line for line in unit.read_text().splitlines() if line and not line.startswith(("#", "["))]


def test_the_run_by_the_hour_has_the_limits_of_the_daemon():
    daemon, now = map(lines_of, UNITS[:2])
    assert now[now.index("StateDirectory=ingest") :] == [
        line for line in daemon[daemon.index("StateDirectory=ingest") :] if not line.startswith("WantedBy=")
    ]
    assert f"ExecStart={PROGRAM} --config /etc/ingest --archive /var/lib/ingest/news.db now" in now


def test_every_unit_is_described():
    text = (CHECKOUT / "scripts" / "README.md").read_text()
    assert [unit.name for unit in UNITS if unit.name not in text] == []
