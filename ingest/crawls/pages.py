"""Folders of saved pages → answers (pure): pages saved by browsers, SingleFile, `wget -r` and HTTrack, and MHTML."""

import hashlib
import os
import re
import stat
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from ingest.crawls.answers import Answer, BadBody, CrawlError, Place, Reading, Unreadable, too_large
from ingest.crawls.mhtml import read_mhtml, read_page
from ingest.crawls.origin import mail_date, mirrored_host, origin
from ingest.crawls.records import FIRST_YEAR, web_url
from ingest.text.charset import wide_charset
from ingest.text.decoding import Body, Broken, TooLarge
from ingest.text.markup import root_element

_PAGE = re.compile(r"(.+)\.(?:x?html?|xht|mht|mhtml)(?:\.gz)?", re.IGNORECASE | re.DOTALL)
_MHTML = re.compile(r".+\.mht(?:ml)?", re.IGNORECASE | re.DOTALL)
# Of the folder with a page's frames, images and scripts beside it, as browsers and Windows name it in each language.
_COMPANIONS = frozenset(
    "_files .files -files -Dateien _fichiers _archivos _arquivos _bestanden _bylos _datoteke _dosyalar _elemei _failid"
    " _fails _fajlovi _ficheiros _file -filer _fitxategiak _fitxers _pliki _soubory _tiedostot".split()
)
_BEGIN_BYTES = 1024
_HEAD_BYTES = 256 * 1024
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _File:
    """`name` is the path relative to the folder."""

    name: str
    path: Path
    size_bytes: int
    modified_s: float


def is_page_name(path: str) -> bool:
    return _PAGE.fullmatch(path) is not None


def has_pages(folder: str) -> bool:
    return next(_files(folder, Counter()), None) is not None


def size_bytes(folder: str) -> int:
    return sum(file.size_bytes for file in _files(folder, Counter()))


def answers(folder: str, after: str, reading: Reading) -> Iterator[Answer]:
    """Yield the saved pages of a folder in the order of their paths. Raises CrawlError if the folder is not there."""
    try:
        Path(folder).stat()  # the walk does not say that there is no folder
    except OSError as error:
        raise CrawlError(f"{folder} cannot be read: {error.strerror or error}", after) from error
    reading.position = after
    for file in sorted(_files(folder, reading.skipped), key=lambda file: file.name):
        reading.read_bytes += file.size_bytes
        if after and file.name <= after:
            continue
        try:
            answer = _answer(file, Path(folder).name)
        except OSError:
            reading.skipped["unreadable"] += 1
        except Broken:
            reading.skipped["damaged"] += 1
        else:
            reading.position = file.name
            yield answer
    reading.position = ""


def read_saved(place: Place, max_bytes: int) -> bytes:
    """Return a saved page. Raises Unreadable if it is not there or has changed, BadBody if it cannot be used."""
    try:
        with Path(place.path).open("rb") as file:
            if _digest(file) != place.id.rpartition(":")[2]:
                raise Unreadable(f"{place.path} has changed here")
            file.seek(0)
            if _MHTML.fullmatch(place.path):
                return read_page(file, max_bytes)
            body = Body("", max_bytes)
            while chunk := file.read(_CHUNK_BYTES):
                body.feed(chunk)
            return body.finish()
    except OSError as error:
        raise Unreadable(f"{place.path} cannot be read here: {error.strerror or error}") from error
    except TooLarge:
        raise too_large(max_bytes) from None
    except Broken as error:
        raise BadBody(f"the saved page cannot be read: {error}") from error


def _files(folder: str, skipped: Counter[str]) -> Iterator[_File]:
    """Yield the pages below a folder, in no order. Symbolic links are not followed."""
    for root, folders, entries in os.walk(folder):
        below = Path(root).relative_to(folder).as_posix()
        names = [name for name in entries if not name.startswith(".")]
        stems = {found[1] for name in names if (found := _PAGE.fullmatch(name))}
        folders[:] = [name for name in folders if not _is_companion(name, stems)]
        is_mirror = mirrored_host(f"{below}/-", Path(folder).name) != ""
        for name in names:
            path = Path(root, name)
            relative = path.relative_to(folder).as_posix()
            try:
                info = path.lstat()
                if not stat.S_ISREG(info.st_mode) or not (_PAGE.fullmatch(name) or (is_mirror and _is_html(path))):
                    continue
                relative.encode()
            except OSError:
                skipped["unreadable"] += 1
            except UnicodeError:
                skipped["of a name that is not UTF-8"] += 1
            else:
                if info.st_size:
                    yield _File(relative, path, info.st_size, info.st_mtime)
                else:
                    skipped["empty"] += 1


def _is_html(path: Path) -> bool:
    """Return whether a file without the name of a page is one: a mirror has `/2026/08/title` under that name."""
    with path.open("rb") as file:
        return b"html" in root_element(file.read(_BEGIN_BYTES))


def _is_companion(folder: str, stems: Collection[str]) -> bool:
    return any(folder.removesuffix(suffix) in stems for suffix in _COMPANIONS if folder.endswith(suffix))


def _answer(file: _File, folder: str) -> Answer:
    with file.path.open("rb") as opened:
        digest = _digest(opened)
        opened.seek(0)
        if _MHTML.fullmatch(file.name):
            mhtml = read_mhtml(opened)
            url, saved_at = web_url(mhtml.url), mail_date(mhtml.headers.get("date", ""))
            content_type = mhtml.page.get("content-type", "")
        else:
            head = _head(opened)
            page = head.decode(wide_charset(head) or "utf-8", "replace")
            url, saved_at = origin(page, file.name, folder)
            content_type = "text/html"
    name_digest = hashlib.sha256(file.name.encode()).hexdigest()[:16]
    page_id = f"page:{name_digest}:{digest}"
    return Answer(
        id=page_id,
        url=url,
        fetched_at=saved_at or _modified_at(file.modified_s),
        status=200,
        headers={"content-type": content_type},
        place=Place(str(file.path), 0, page_id, file.size_bytes, is_saved_page=True),
        position=file.name,
    )


def _head(file: BinaryIO) -> bytes:
    head = file.read(_HEAD_BYTES)
    if not head.startswith(b"\x1f\x8b"):
        return head
    try:
        return zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(head, _HEAD_BYTES)
    except zlib.error as error:
        raise Broken("the gzip stream is damaged") from error


def _digest(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _modified_at(modified_s: float) -> datetime | None:
    try:
        at = datetime.fromtimestamp(modified_s, UTC).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.year >= FIRST_YEAR else None
