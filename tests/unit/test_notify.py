"""Datagrams to systemd, to sockets as it has them."""

import os
import socket
from contextlib import closing

import pytest

from ingest.daemon.systemd import send


@pytest.mark.parametrize("is_abstract", [False, True])
def test_a_datagram_arrives_at_a_path_and_at_an_abstract_address(tmp_path, is_abstract):
    address = f"@ingest-test-{os.getpid()}" if is_abstract else str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        try:
            systemd.bind(address.replace("@", "\0", 1))
        except FileNotFoundError:
            pytest.skip("abstract addresses are Linux's")
        send(address, "READY=1", "STATUS=a name\nof two lines")
        assert systemd.recv(4096) == b"READY=1\nSTATUS=a name of two lines"


@pytest.mark.parametrize("address", ["/nowhere/notify", "@nobody", "", "a" * 200, "/with\0nul"])
def test_a_datagram_that_cannot_be_sent_is_dropped(address):
    send(address, "READY=1")


def test_a_receiver_that_does_not_read_holds_nobody_up(tmp_path):
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        for _ in range(2000):
            send(str(tmp_path / "notify"), "WATCHDOG=1")
        assert systemd.recv(4096) == b"WATCHDOG=1"
