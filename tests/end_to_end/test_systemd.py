"""What the daemon tells systemd, by a socket as systemd's, and the units in `scripts/`."""

import signal
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.command_run import LOOPBACK


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


def test_each_reload_ends_ready_whether_its_configuration_is_taken_or_not(systemd, feeds):
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
        daemon.logs("/one.xml: ")
        environments = environments_of_children(daemon.process.pid)
        assert environments
        assert not [environment for environment in environments if b"NOTIFY_SOCKET" in environment]
        assert daemon.end() == 0
