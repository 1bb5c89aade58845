"""The table of formats. A format's module is imported when it is written."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO

from storage.exports.articles import Articles
from storage.rows import Row


@dataclass(frozen=True, slots=True)
class FileFormat:
    """All articles in one file. `module` has the function `write`."""

    module: str
    suffix: str
    is_binary: bool = False

    def write(self, articles: Articles, file: BinaryIO) -> None:
        import_module(f"storage.exports.{self.module}").write(articles, file)


@dataclass(frozen=True, slots=True)
class FolderFormat:
    """A file an article. `module` has the function `page`, and may have `write_index`."""

    module: str
    suffix: str

    def page(self) -> Callable[[Row], bytes]:
        """Return the function that makes a file's bytes of an article."""
        page: Callable[[Row], bytes] = import_module(f"storage.exports.{self.module}").page
        return page

    def index(self) -> Callable[..., Any] | None:
        return getattr(import_module(f"storage.exports.{self.module}"), "write_index", None)


FORMATS: dict[str, FileFormat | FolderFormat] = {
    "jsonl": FileFormat("jsonl", ".jsonl"),
    "csv": FileFormat("csv", ".csv"),
    "txt": FolderFormat("txt", ".txt"),
}
