import socket
import threading
import time

from ingest.daemon.control import daemon_of
from storage.lock import WriterLock


def test_the_lock_of_a_killed_daemon_is_waited_for(tmp_path):
    lock = WriterLock(tmp_path / "news.db", "daemon")
    lock.announce(control=str(tmp_path / "nobody-listens"))
    threading.Timer(0.2, lock.close).start()
    began = time.monotonic()
    assert daemon_of(tmp_path / "news.db") is None
    assert time.monotonic() - began < 5


def test_a_socket_that_outlives_its_daemon_for_a_moment_is_not_asked(tmp_path):
    path = str(tmp_path / "control")
    lock = WriterLock(tmp_path / "news.db", "daemon")
    lock.announce(control=path)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)
        left.listen()

        def die() -> None:
            left.accept()[0].close()
            left.close()
            lock.close()

        threading.Thread(target=die).start()
        assert daemon_of(tmp_path / "news.db") is None


def test_a_writer_that_is_no_daemon_is_not_asked(tmp_path):
    lock = WriterLock(tmp_path / "news.db", "now")
    assert daemon_of(tmp_path / "news.db") is None
    lock.close()
