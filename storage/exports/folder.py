"""A folder with a file an article, in folders of a thousand: `00042/00042123-the-title.md`."""

import os
import re
from bisect import bisect_left, insort
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import category, normalize

from storage.exports.articles import Articles
from storage.files import Protected, replacing, writing

if TYPE_CHECKING:
    from storage.exports.formats import FolderFormat

PER_FOLDER = 1000  # ids: file managers and `ls` are slow with many more

_GAPS = re.compile(r"[\x00-/:-`{-\x7f]+")  # of ASCII, what is neither a digit nor a small letter
_FOLDER = re.compile(r"[0-9]{5,16}")


class Shard:
    """The folder of a thousand ids. `files` are the names of articles' files, ascending, `others` all other names."""

    def __init__(self, number: int, path: Path, suffix: str) -> None:
        self.number = number
        self.path = path
        self.files: list[str] = []
        self.others: set[str] = set()
        pattern = re.compile(rf"([0-9]{{8,18}})-(.+){re.escape(suffix)}")
        with suppress(FileNotFoundError), os.scandir(path) as entries:
            for entry in entries:
                name = normalize("NFC", entry.name)  # HFS+ takes letters and their accents apart
                match = pattern.fullmatch(name)
                if match and entry.is_file(follow_symlinks=False) and _is_name(*match.groups()):
                    self.files.append(name)
                else:
                    self.others.add(name)
        self.files.sort()

    @property
    def is_empty(self) -> bool:
        return not self.files and not self.others

    @property
    def ids(self) -> list[int]:
        """The ids of the articles that have a file, ascending."""
        return sorted({int(name.partition("-")[0]) for name in self.files})

    def files_of(self, article_id: int) -> list[str]:
        """Return the names of an article's files: one, unless a killed run has left the one of another title."""
        begin, end = (bisect_left(self.files, f"{article_id:08d}{sign}") for sign in "-.")  # "." comes after "-"
        return self.files[begin:end]


class ArticleFolder:
    """The files of articles in a folder. `touched` are the numbers of the shards that a file was put in or taken from.

    `is_flat`: all files are in the folder itself, which is the only shard. Files that are named otherwise stay.
    """

    def __init__(self, path: Path, suffix: str, protected: Protected, *, is_flat: bool) -> None:
        self.path = path
        self.suffix = suffix
        self.protected = protected
        self.is_flat = is_flat
        self.touched: set[int] = set()
        self._shard: Shard | None = None
        path.mkdir(parents=True, exist_ok=True)

    def shard(self, number: int) -> Shard:
        if self._shard is None or self._shard.number != number:
            self._shard = Shard(number, self.path if self.is_flat else self.path / f"{number:05d}", self.suffix)
        return self._shard

    def _shard_of(self, article_id: int) -> Shard:
        shard = self.shard(0 if self.is_flat else article_id // PER_FOLDER)
        self.touched.add(shard.number)
        return shard

    def shards(self) -> list[int]:
        """Return the numbers of all shards that are there."""
        with os.scandir(self.path) as entries:
            names = [entry.name for entry in entries if _FOLDER.fullmatch(entry.name) and entry.is_dir()]
        return sorted(int(name) for name in names if f"{int(name):05d}" == name)

    def put(self, article_id: int, title: str, content: bytes) -> None:
        """Write the article's file, and remove those that it had under other titles."""
        shard = self._shard_of(article_id)
        name = f"{article_id:08d}-{slug(title)}{self.suffix}"
        earlier = shard.files_of(article_id)
        if shard.is_empty:
            shard.path.mkdir(exist_ok=True)
        self.write(shard.path / name, content, is_there=name in earlier or name in shard.others)
        if name not in earlier and not self.is_flat:  # which has no lists, and may have a million files
            insort(shard.files, name)
        for other in earlier:
            if other != name:
                self.take(other, shard)

    def write(self, path: Path, content: bytes, *, is_there: bool = True) -> None:
        """Write a file, unless it has this content."""
        if not is_there:
            with replacing(path, durable=False) as file:  # a new name: no file is replaced
                file.write(content)
            return
        with suppress(OSError):
            if path.stat().st_size == len(content) and path.read_bytes() == content:
                return
        with writing(path, self.protected, durable=False) as file:
            file.write(content)

    def remove(self, article_id: int) -> None:
        """Remove the article's files. A killed run may have done it, and not have written the lists."""
        shard = self._shard_of(article_id)
        for name in shard.files_of(article_id):
            self.take(name, shard)

    def take(self, name: str, shard: Shard) -> None:
        """Remove a file, and the folder of its shard with the last one."""
        self.protected.check(shard.path / name)
        (shard.path / name).unlink(missing_ok=True)
        if name in shard.others:
            shard.others.remove(name)
        else:
            shard.files.remove(name)
        if shard.is_empty and not self.is_flat:
            with suppress(OSError):
                shard.path.rmdir()


def write_folder(
    articles: Articles, kind: "FolderFormat", path: Path, protected: Protected, *, gone: Iterable[int]
) -> None:
    """Write a file for each article, remove those of articles that are gone, and write the index if the format has one.

    Raises OSError if the folder cannot be made or written, and OutputRefused.
    """
    folder = ArticleFolder(path, kind.suffix, protected, is_flat=kind.is_flat)
    page, index = kind.load()
    lists = index(folder) if index else None
    for article in articles:
        folder.put(article["id"], article["title"] or article["url"], page(article))
    for article_id in gone:
        folder.remove(article_id)
    if lists:
        lists.write(articles.archive)


def _is_name(article_id: str, title: str) -> bool:
    return f"{int(article_id):08d}" == article_id and slug(title) == title


def slug(text: str) -> str:
    """Return the letters and digits of a title for a file's name, in its own script, Latin letters without accents."""
    if text.isascii():
        signs = text.lower()
    else:
        kept: list[str] = []
        for sign in normalize("NFKD", normalize("NFKD", text).casefold()):
            is_mark = category(sign).startswith("M")
            if not is_mark:
                kept.append(sign if sign.isalnum() else "-")
            elif kept and not kept[-1].isascii():
                kept.append(sign)
        signs = normalize("NFC", "".join(kept))
    name = _GAPS.sub("-", signs).strip("-")
    # Most file systems take 255 bytes, and letters of other scripts have up to four.
    return name[:60].encode()[:120].decode(errors="ignore").strip("-") or "article"
