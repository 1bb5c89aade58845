"""Files that commands write beside the archive: a file appears complete or not at all, and never replaces an archive.

A link is followed, and stays. A pipe, a terminal or `/dev/stdout` is written directly: it cannot be renamed onto.
"""

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from storage.connection import APPLICATION_ID, stat_of

COMPANIONS = ("-wal", "-shm", "-journal", "-lock", "-control")
_OF_HOOK = re.compile(r"-hook-[A-Za-z0-9][A-Za-z0-9._-]*$")


def hook_file(archive: Path, hook: str) -> Path:
    """Return the companion that a running command of the hook holds locked."""
    return Path(f"{archive}-hook-{hook}")


class OutputRefused(Exception):
    """`str()` is a sentence: the file that was named, and why it is not written."""


class Protected:
    """Files that no output may replace: the archive, its companions, the `configuration`."""

    def __init__(self, archive: Path, *configuration: Path) -> None:
        names = {Path(os.path.realpath(archive)), archive}
        self._archives = names
        self._files = [(name, "the archive") for name in names]
        self._files += [(Path(f"{name}{end}"), "a file of the archive's") for name in names for end in COMPANIONS]
        self._files += [(path, "a file of the configuration") for path in configuration]

    def check(self, target: Path) -> None:
        """Raise OutputRefused if `target` is one of the files, or would be, by any of its names."""
        for path, what in self._files:
            if _is_same(target, path):
                raise OutputRefused(f"{target}: is {what} and is not written onto; name another file")
        for path in _with_hook_file(target):
            if any(_is_same(path, archive) for archive in self._archives):
                raise OutputRefused(f"{target}: is a file of the archive's and is not written onto; name another file")


def _with_hook_file(target: Path) -> list[Path]:
    """Return the archives that `target` would be a hook's file of, by any of its names."""
    names = {str(target), os.path.realpath(target)}
    return [Path(name[: found.start()]) for name in names if (found := _OF_HOOK.search(name))]


def _is_same(target: Path, path: Path) -> bool:
    try:
        return target.samefile(path)
    except OSError:
        pass
    if target.exists() or path.exists():
        return False
    # A file that does not exist has no identity. A file system may ignore case.
    (folder, name), (other_folder, other) = (os.path.split(os.path.realpath(each)) for each in (target, path))
    return name.casefold() == other.casefold() and (
        folder == other_folder or _is_same(Path(folder), Path(other_folder))
    )


@contextmanager
def writing(path: Path, protected: Protected, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Yield a file that gets the name `path` at the end, on the disk if `durable`. An error leaves nothing.

    Raises OutputRefused, and OSError if the file cannot be written.
    """
    protected.check(path)
    _check_no_archive(path)
    there = stat_of(path)
    target = Path(os.path.realpath(path))
    if there and not (stat.S_ISREG(there.st_mode) and target.exists() and path.samefile(target)):
        with path.open("wb") as stream:
            yield stream
        return
    if there and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with replacing(target, durable=durable) as file:
        yield file


@contextmanager
def replacing(target: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Yield a new file that takes the name `target` at the end, in one step. After an error `target` is unchanged.

    The mode and owner of an existing `target` stay. Raises OSError.
    """
    there = stat_of(target)
    mode = stat.S_IMODE(there.st_mode) & 0o777 if there else 0o666
    temporary = target.with_name(f".ingest-{secrets.token_hex(8)}.part")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(fd, "wb") as file:
            if there:
                with suppress(PermissionError):  # only root gives a file away
                    os.fchown(fd, there.st_uid, there.st_gid)
                os.fchmod(fd, mode)
            yield file
            file.flush()
            if durable:
                os.fsync(fd)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(target)


def _check_no_archive(target: Path) -> None:
    """Raise OutputRefused if the name is that of any archive or companion: a daemon may be writing it."""
    if _is_archive(target):
        raise OutputRefused(f"{target}: is an archive and is not written onto; name another file")
    real = os.path.realpath(target)
    owners = [Path(real.removesuffix(end)) for end in COMPANIONS if real.endswith(end)]
    if any(map(_is_archive, (*owners, *_with_hook_file(target)))):
        raise OutputRefused(f"{target}: is a file of an archive's and is not written onto; name another file")


def _is_archive(path: Path) -> bool:
    """Return whether the header is an archive's (https://sqlite.org/fileformat.html#the_database_header)."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            header = file.read(72)
    except OSError:
        return False
    return header.startswith(b"SQLite format 3\0") and int.from_bytes(header[68:]) == APPLICATION_ID


def sync_folder(path: Path) -> None:
    """Make the name `path` durable."""
    fd = os.open(path.absolute().parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
