"""What the daemon tells systemd (sd_notify(3)): ready, reloading, stopping, its state in a line, that it is alive."""

import os
import socket
from contextlib import suppress
from functools import cache

VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


@cache
def notify_socket() -> str | None:
    """Return the path of systemd's socket, None without systemd.

    Take it out of the environment: worker processes and commands must not notify in the daemon's name.
    """
    path, *_ = [os.environ.pop(name, None) for name in VARIABLES]
    return path


def notify(*lines: str) -> None:
    """Send lines such as "READY=1" to systemd. Do nothing without it. Never raises, never waits."""
    if path := notify_socket():
        send(path, *lines)


def send(path: str, *lines: str) -> None:
    """Send the lines as one datagram. A path that begins with "@" is abstract: it is in no folder.

    A datagram that cannot be sent is lost: systemd's absence must not stop the daemon.
    """
    message = "\n".join(line.replace("\n", " ") for line in lines)
    with suppress(OSError, ValueError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.setblocking(False)
        end.sendto(message.encode("utf-8", "replace"), f"\0{path[1:]}" if path.startswith("@") else path)
