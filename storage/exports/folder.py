"""A folder with a file an article, in folders of a thousand: `00042/00042123-the-title.md`."""

import os
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from storage.exports.articles import Articles
from storage.files import Protected, replacing, writing

if TYPE_CHECKING:
    from storage.exports.formats import FolderFormat

PER_FOLDER = 1000  # ids: file managers and `ls` are slow with many more

_FOLDER = re.compile(r"[0-9]{5,16}")


class Shard:
    """The folder of a thousand ids. `files` are the names of each article's files, `names` all names."""

    def __init__(self, number: int, path: Path, suffix: str) -> None:
        self.number = number
        self.path = path
        self.names: set[str] = set()
        self.files: dict[int, set[str]] = {}
        pattern = re.compile(rf"([0-9]{{8,18}})-[a-z0-9]+(?:-[a-z0-9]+)*{re.escape(suffix)}")
        with suppress(FileNotFoundError), os.scandir(path) as entries:
            for entry in entries:
                self.names.add(entry.name)
                match = pattern.fullmatch(entry.name)
                if match and entry.is_file(follow_symlinks=False) and f"{int(match[1]):08d}" == match[1]:
                    self.files.setdefault(int(match[1]), set()).add(entry.name)


class ArticleFolder:
    """The files of articles in a folder. `touched` are the numbers of the shards that a file was put in or taken from.

    Files that are named otherwise stay.
    """

    def __init__(self, path: Path, suffix: str, protected: Protected) -> None:
        self.path = path
        self.suffix = suffix
        self.protected = protected
        self.touched: set[int] = set()
        self._shard: Shard | None = None
        path.mkdir(parents=True, exist_ok=True)

    def shard(self, number: int) -> Shard:
        if self._shard is None or self._shard.number != number:
            self._shard = Shard(number, self.path / f"{number:05d}", self.suffix)
        return self._shard

    def shards(self) -> list[int]:
        """Return the numbers of all shards that are there."""
        with os.scandir(self.path) as entries:
            names = [entry.name for entry in entries if _FOLDER.fullmatch(entry.name) and entry.is_dir()]
        return sorted(int(name) for name in names if f"{int(name):05d}" == name)

    def put(self, article_id: int, title: str, content: bytes) -> None:
        """Write the article's file, and remove those that it had under other titles."""
        shard = self.shard(article_id // PER_FOLDER)
        name = f"{article_id:08d}-{slug(title)}{self.suffix}"
        self.touched.add(shard.number)
        if not shard.names:
            shard.path.mkdir(exist_ok=True)
        self.write(shard.path / name, content, is_there=name in shard.names)
        shard.names.add(name)
        self._keep_only(name, article_id, shard)

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
        shard = self.shard(article_id // PER_FOLDER)
        self.touched.add(shard.number)
        self._keep_only(None, article_id, shard)

    def _keep_only(self, name: str | None, article_id: int, shard: Shard) -> None:
        kept = set() if name is None else {name}
        for other in shard.files.get(article_id, set()) - kept:
            self.take(other, shard)
        if kept:
            shard.files[article_id] = kept
        else:
            shard.files.pop(article_id, None)

    def take(self, name: str, shard: Shard) -> None:
        """Remove a file, and its folder with the last one."""
        self.protected.check(shard.path / name)
        (shard.path / name).unlink(missing_ok=True)
        shard.names.discard(name)
        if not shard.names:
            with suppress(OSError):
                shard.path.rmdir()


def write_folder(
    articles: Articles, kind: "FolderFormat", path: Path, protected: Protected, *, gone: Iterable[int]
) -> None:
    """Write a file for each article, remove those of articles that are gone, and write the index if the format has one.

    Raises OSError if the folder cannot be made or written, and OutputRefused.
    """
    folder = ArticleFolder(path, kind.suffix, protected)
    page, index = kind.load()
    lists = index(folder) if index else None
    for article in articles:
        folder.put(article["id"], article["title"] or article["url"], page(article))
    for article_id in gone:
        folder.remove(article_id)
    if lists:
        lists.write(articles.archive)


def slug(text: str) -> str:
    bare = text.lower()
    if not bare.isascii():
        bare = "".join(sign for sign in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:60].strip("-") or "article"
