import fcntl
import os
import socket
import time

import pytest

from ingest.configuration import files
from ingest.errors import ConfigError


def fault(path) -> str:
    began_s = time.monotonic()
    with pytest.raises(ConfigError) as raised:
        files.read_toml(path)
    assert time.monotonic() - began_s < 5
    return str(raised.value).removeprefix(f"{path}: ")


def test_a_path_that_is_no_file_is_refused_without_a_wait(tmp_path):
    for name, make in {"fifo": os.mkfifo, "folder": os.mkdir}.items():
        make(tmp_path / name)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / "socket"))
        for name, kind in {"fifo": "a FIFO", "folder": "a folder", "socket": "a socket"}.items():
            assert fault(tmp_path / name) == f"{kind}, not a file; put a file in its place"
    (tmp_path / "link").symlink_to("/dev/zero")
    assert fault(tmp_path / "link") == "a device, not a file; put a file in its place"


def test_a_link_that_leads_nowhere_is_a_fault_and_no_missing_file(tmp_path):
    assert files.read_toml(tmp_path / "none.toml") is None
    path = tmp_path / "link"
    path.symlink_to("none.toml")
    assert fault(path) == "a link to none.toml, where there is no file"
    path.unlink()
    path.symlink_to("link")
    assert fault(path) == "cannot be read: Too many levels of symbolic links"
    with pytest.raises(ConfigError, match="cannot be read: Too many levels"):
        write(path, "a = 1\n")


def test_a_file_beyond_the_bound_is_not_read(tmp_path):
    path = tmp_path / "huge.toml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert fault(path) == "larger than 16 MiB, the most that is read"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'a = 1\nb = "\xe9"\n', "is not TOML: line 2 is not UTF-8; save it as UTF-8"),
        ("a = 1\n".encode("utf-16"), "is not TOML: line 1 is not UTF-8; save it as UTF-8"),
        (b"a = " + b"[" * 100_000, "is not TOML that can be read: it is nested too deeply"),
        (b"a = " + b"1" * 5000, "is not TOML: Exceeds the limit"),
        (b"a =\n", "is not TOML: Invalid value (at line 1, column 4)"),
    ],
)
def test_bad_toml_is_refused_with_its_place(tmp_path, body, message):
    path = tmp_path / "a.toml"
    path.write_bytes(body)
    assert fault(path).startswith(message)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    assert files.read_toml(path) == {"a": 1}


def write(path, text):
    with files.rewriting(path) as draft:
        draft.text = text


def test_a_file_is_not_written_larger_than_it_may_be_read(tmp_path):
    with pytest.raises(ConfigError, match="would be larger than 16 MiB, the most that is read; it stays as it is"):
        write(tmp_path / "a.toml", "#" * (files.MAX_BYTES + 1))
    assert list(tmp_path.iterdir()) == []


def test_a_change_that_waits_too_long_for_another_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LOCK_TIMEOUT_S", 0.0)
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match=r"a\.toml: another command is changing it; run this again"):
            write(tmp_path / "a.toml", "")
    finally:
        os.close(fd)
    write(tmp_path / "a.toml", "a = 1\n")
    assert files.read_toml(tmp_path / "a.toml") == {"a": 1}
