"""The door of the exports: what is exported, and to where."""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from storage.exports.articles import Articles, ExportRefused
from storage.exports.folder import write_folder
from storage.exports.formats import FORMATS, FolderFormat
from storage.files import Protected, writing
from storage.reader import Reader
from storage.selection import EVERYTHING, Selection

__all__ = ["ExportRefused", "Exported", "write_export"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export came to.

    `articles` counts those that were written. `gone` are the ids of articles that were merged into others, forgotten,
    or have left the selection since `changes_after`; there are none in an export of everything. The next export goes on
    with `changes_after=next_seq`. Of an export of pages, `without_pages` counts the articles of which none is kept, and
    `damaged` names the pages that cannot be read and were left out.
    """

    articles: int
    gone: tuple[int, ...]
    next_seq: int
    without_pages: int = 0
    damaged: tuple[str, ...] = ()


def write_export(
    archive: Reader,
    format_: str,
    output: Path | BinaryIO,
    protected: Protected,
    *,
    selection: Selection = EVERYTHING,
    after: int = 0,
    changes_after: int | None = None,
    newest: int | None = None,
    raw: bool = False,
) -> Exported:
    """Write the selection's articles, with their latest text, to a file, or to a folder if the format is one of files.

    `after` leaves out articles up to this id. With `changes_after` only articles that have changed after this number
    of the change log are written. `newest` keeps only so many, those archived last. `raw` is of csv: see there.
    A file gets its name when it is complete. A folder keeps the files of earlier exports, but for those of articles
    that are gone.
    Raises ExportRefused, OutputRefused, ArchiveError, and OSError if the output cannot be written.
    """
    kind = FORMATS.get(format_)
    if kind is None:
        raise ExportRefused(f"{format_!r} is no format of exports; give one of {', '.join(FORMATS)}")
    found = archive.to_export(selection, after=after, changes_after=changes_after)
    if changes_after is not None and changes_after > found.last_seq:
        raise ExportRefused(
            f"the archive's last change is {found.last_seq}, and not {changes_after} or later: this is another archive,"
            " or one restored from a backup; begin again with --changes-after 0"
        )
    ids = found.ids if newest is None else found.ids[max(len(found.ids) - newest, 0) :]
    compressed = not (isinstance(output, Path) and output.suffix.lower() == ".warc")
    articles = Articles(archive, ids, selection, raw=raw, compressed=compressed)
    if isinstance(kind, FolderFormat):
        if not isinstance(output, Path):
            raise ExportRefused(f"{format_} is a file an article; give the path of a folder")
        write_folder(articles, kind, output, protected, gone=found.gone)
    else:
        write = kind.load()
        with writing(output, protected) if isinstance(output, Path) else nullcontext(output) as file:
            write(articles, file)
    gone = tuple(found.gone) if changes_after else ()
    return Exported(articles.count, gone, found.last_seq, articles.without_pages, tuple(articles.damaged))
