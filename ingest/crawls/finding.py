"""The crawls among names: files, globs, folders."""

import os
import re
import stat
from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path

from ingest.crawls.answers import CrawlError
from ingest.crawls.pages import is_page_name
from ingest.crawls.reading import Crawl, open_crawl, open_folder

_CRAWL_NAME = re.compile(r"(?i).+\.(?:warc|wacz|arc)(?:\..+)?")
_MAGIC = re.compile(rb"WARC/|\x1f\x8b|\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18|PK\x03\x04")


def find_crawls(names: Sequence[str]) -> tuple[list[Crawl], list[CrawlError]]:
    """Return the crawls among files, globs (also `**`) and folders, each once, and why other names are not crawls.

    A folder stands for the WARC and WACZ files in it, at any depth, and for its saved pages. What else is in a folder
    or matches a glob is ignored. The order is that of the names; in a folder or glob, that of the paths.
    """
    finding = _Finding()
    for name in names:
        finding.add(name)
    return finding.crawls, finding.faults


class _Finding:
    def __init__(self) -> None:
        self.crawls: list[Crawl] = []
        self.faults: list[CrawlError] = []
        self._seen: set[tuple[int, int]] = set()  # files, by device and inode
        self._folders: list[str] = []  # real paths of those with saved pages
        self._known = 0

    def add(self, name: str) -> None:
        is_glob = has_magic(name) and not os.path.lexists(name)
        before = len(self.crawls) + len(self.faults) + self._known
        for path in _matches(name) if is_glob else [name]:
            self._add_path(os.path.abspath(path), is_named=not is_glob)  # noqa: PTH100 (resolves no links)
        if len(self.crawls) + len(self.faults) + self._known == before:
            what = "matches no crawl" if is_glob else "has no WARC or WACZ files and no saved pages"
            self.faults.append(CrawlError(f"{name} {what}"))

    def _add_path(self, path: str, *, is_named: bool) -> None:
        try:
            path.encode()
            mode = Path(path).stat().st_mode
        except UnicodeError:
            self.faults.append(CrawlError(f"{path!a} has a name that is not UTF-8; rename it"))
        except OSError as error:
            if is_named:
                self.faults.append(CrawlError(f"{path} cannot be read: {error.strerror or error}"))
        else:
            if stat.S_ISDIR(mode):
                self._add_folder(path)
            elif stat.S_ISREG(mode):
                self._add_file(path, is_named=is_named)
            elif is_named:
                self.faults.append(CrawlError(f"{path} is neither a file nor a folder"))

    def _add_folder(self, path: str) -> None:
        for file in sorted(os.path.join(root, name) for root, _, names in os.walk(path) for name in names):  # noqa: PTH118
            if Path(file).is_file():
                self._add_file(file, is_named=False)
        real = os.path.realpath(path)
        if any(os.path.commonpath([folder, real]) == folder for folder in self._folders):
            self._known += 1
        elif crawl := open_folder(path):
            self.crawls.append(crawl)
            self._folders.append(real)

    def _add_file(self, path: str, *, is_named: bool) -> None:
        """Add a file that is a crawl. Say why it is not if it is named, or has the name of a crawl."""
        try:
            info = Path(path).stat()
            if (info.st_dev, info.st_ino) in self._seen:
                self._known += 1
                return
            if not is_named and not _CRAWL_NAME.fullmatch(path) and not _begins_like_a_crawl(path):
                return
            crawl = open_crawl(path)
        except (OSError, CrawlError) as error:
            if is_named and is_page_name(path):
                self.faults.append(CrawlError(f"{path} is a saved page; name the folder that it is in"))
            elif is_named or _CRAWL_NAME.fullmatch(path):
                self.faults.append(error if isinstance(error, CrawlError) else CrawlError(f"{path}: {error.strerror}"))
        else:
            self._seen.add((info.st_dev, info.st_ino))
            self.crawls.append(crawl)


def _matches(pattern: str) -> list[str]:
    return sorted(glob(pattern, recursive=True))  # noqa: PTH207 (pathlib has no absolute patterns)


def _begins_like_a_crawl(path: str) -> bool:
    if is_page_name(path):
        return False  # a compressed page begins like a compressed WARC
    with Path(path).open("rb") as file:
        return bool(_MAGIC.match(file.read(8)))
