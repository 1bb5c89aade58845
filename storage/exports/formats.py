"""The table of formats. A format's module is imported when it is written."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

from storage.exports.articles import Articles
from storage.rows import Row

if TYPE_CHECKING:
    from storage.exports.folder import ArticleFolder
    from storage.exports.html import Index


@dataclass(frozen=True, slots=True)
class FileFormat:
    """All articles in one file. `module` has the function `write`."""

    module: str
    suffix: str
    is_binary: bool = False

    def load(self) -> Callable[[Articles, BinaryIO], None]:
        """Return the function that writes the articles to a file. Raise ExportRefused if its library is missing."""
        write: Callable[[Articles, BinaryIO], None] = import_module(f"storage.exports.{self.module}").write
        return write


@dataclass(frozen=True, slots=True)
class FolderFormat:
    """A file an article. `module` has the function `page`, and may have the class `Index` unless the folder is flat."""

    module: str
    suffix: str
    is_flat: bool = False

    def load(self) -> "tuple[Callable[[Row], bytes], Callable[[ArticleFolder], Index] | None]":
        """Return the function that makes a file of an article, and the class that writes lists of them or None."""
        module = import_module(f"storage.exports.{self.module}")
        return module.page, getattr(module, "Index", None)


FORMATS: dict[str, FileFormat | FolderFormat] = {
    "jsonl": FileFormat("jsonl", ".jsonl"),
    "csv": FileFormat("csv", ".csv"),
    "parquet": FileFormat("parquet", ".parquet", is_binary=True),
    "atom": FileFormat("atom", ".atom"),
    "warc": FileFormat("warc", ".warc.gz", is_binary=True),
    "html": FolderFormat("html", ".html"),
    "markdown": FolderFormat("markdown", ".md"),
    "txt": FolderFormat("txt", ".txt", is_flat=True),
}
