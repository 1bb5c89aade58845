"""The configuration's files: read up to a size limit, and changed by one process at a time."""

import fcntl
import os
import stat
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import ConfigError

MAX_BYTES = 16 * 1024 * 1024  # a hundred thousand feeds with names and tags take 13
_MAX_MIB = f"{MAX_BYTES // 1024**2} MiB"
LOCK_TIMEOUT_S, LOCK_RETRY_S = 10.0, 0.02

_BOM = "\ufeff"  # Windows editors begin a file with it
_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a FIFO"), (stat.S_ISSOCK, "a socket"))


def read_toml(path: Path) -> dict[str, Any] | None:
    """Return the file's values, or None if there is no file. Raise ConfigError if it cannot be read or is not TOML."""
    body = _read(path)
    return None if body is None else parse_toml(path, _decoded(path, body))


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """Return the values of `text`. Raise ConfigError if it is not TOML."""
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is not TOML that can be read: it is nested too deeply") from error


@dataclass(slots=True)
class Draft:
    """The text of a file that is being changed. It is "" if there is no file."""

    text: str


@contextmanager
def rewriting(path: Path) -> Iterator[Draft]:
    """Yield the file's text and replace the file, in one step, by what the text has become.

    A link stays and its target is replaced. A byte order mark stays. Raises ConfigError if the file cannot be read or
    written, or if another program has written to it meanwhile: the file then stays as that program left it.
    """
    from storage.files import replacing

    target = Path(os.path.realpath(path))  # unlike resolve() it accepts a loop of links
    try:
        with _locked(path, target.parent):
            before = _read(path) or b""
            draft = Draft(_decoded(path, before))
            yield draft
            after = (_BOM if before.startswith(_BOM.encode()) else "").encode() + draft.text.encode()
            if after == before:
                return
            if len(after) > MAX_BYTES:
                raise ConfigError(f"{path}: would be larger than {_MAX_MIB}, the most that is read; it stays as it is")
            with replacing(target) as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())  # the disk may be slow: compare as late as possible
                if (_read(path) or b"") != before:
                    raise ConfigError(f"{path}: another program has just changed it; run this again")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error


def _decoded(path: Path, body: bytes) -> str:
    """Return the text, with its line ends as they are."""
    try:
        return body.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: is not TOML: line {line} is not UTF-8; save it as UTF-8") from error


def _read(path: Path) -> bytes | None:
    """Return the file's content, or None if there is no file. A FIFO, socket or device is refused, not waited for."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = next((name for is_one, name in _KINDS if is_one(mode)), "a device")
            raise ConfigError(f"{path}: {kind}, not a file; put a file in its place")
        # O_NONBLOCK: a FIFO that has just taken the place of the file opens at once.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123 (a descriptor)
            body = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        if path.is_symlink():
            raise ConfigError(f"{path}: a link to {path.readlink()}, where there is no file") from error
        return None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if len(body) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {_MAX_MIB}, the most that is read")
    return body


@contextmanager
def _locked(path: Path, folder: Path) -> Iterator[None]:
    """Lock the folder of the file. Such a lock leaves no lock file behind and ends with its process."""
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise ConfigError(f"{path}: another command is changing it; run this again") from error
                time.sleep(LOCK_RETRY_S)
                continue
            except OSError:  # NFS locks no folder
                pass
            break
        yield
    finally:
        os.close(fd)
