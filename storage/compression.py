"""How pages are compressed: against another page of their site, if there is one that fits.

A site's dictionary is a page of it as it is (raw content). Of 8 sites made by exchanging the articles in real pages,
held-out pages shrink to 22.5 % alone, to 5.5 % against one page, to 5.5 % against two, and to 17.0 %, 9.9 % and 9.5 %
with trained dictionaries of 16, 64 and 112 KB; stored, one page takes 23 KB and the last of these 21. Of real pages of
one site that lie years apart, each takes 55 % of what it takes alone. Measured by scripts/benches/page_cost.py.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from storage.records import Dictionary

if TYPE_CHECKING:
    from zstandard import ZstdCompressionDict, ZstdCompressor

# Of zstandard: 0.15 ms a page (8 sites as above). 6 saves 7 % more in 2.5 times the time, 12 11 % in 37 times.
LEVEL = 3
DICTIONARY_LEVEL = 19  # once a site
MAX_DICTIONARY_BYTES = 512 * 1024  # of a page, its beginning; each worker keeps some in memory
MAX_TRIED = 4  # pages, as a dictionary for the others
MIN_SAVED = 2  # times its own bytes: what a dictionary must save
SUSPECT_RATIO = 0.12  # of the page, from which a dictionary may not fit: two thirds of what pages shrink to alone
MAX_RATIO = 0.7  # of what the page takes alone, up to which a dictionary is used

PageTable = Literal["pages", "revision_pages", "copy_pages"]
_TEXTS: dict[PageTable, str] = {"pages": "article", "revision_pages": "revision", "copy_pages": "copy"}


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page as it is stored: `html` is compressed, with `dictionary` if there is one.

    `owner_id` is the article, revision or copy whose page it is, as `table` says.
    """

    owner_id: int
    part: int
    html: bytes
    dictionary: Dictionary | None = None
    table: PageTable = "pages"


def compress(page: bytes, dictionary: Dictionary | None) -> tuple[bytes, int | None]:
    """Return the compressed page, and the id of the dictionary if it was used.

    Pages of a new template are compressed alone; when they are many, `choose_dictionary` finds them a dictionary.
    """
    if dictionary is not None:
        html = _compressor(dictionary).compress(page)
        if len(html) <= SUSPECT_RATIO * len(page):
            return html, dictionary.id
        alone = _compressor(None).compress(page)
        return (html, dictionary.id) if len(html) <= MAX_RATIO * len(alone) else (alone, None)
    return _compressor(None).compress(page), None


def decompress(page: PackedPage) -> bytes:
    """Return the page as it was received. Raises ValueError if it is damaged, and MemoryError."""
    import zstandard

    try:
        if page.dictionary is None:
            return zstandard.decompress(page.html)
        return zstandard.ZstdDecompressor(dict_data=_raw(page.dictionary)).decompress(page.html)
    except zstandard.ZstdError as error:
        if "not enough memory" in str(error):
            raise MemoryError from error
        raise ValueError(f"the stored page of {_TEXTS[page.table]} {page.owner_id} is damaged: {error}") from error


def choose_dictionary(sample: Sequence[PackedPage], pages: int, dictionary: Dictionary | None) -> bytes | None:
    """Return the page of a site's sample that the others compress against best, compressed itself. For a worker.

    `pages` is how many pages wait for it, `dictionary` is what the site has now. Return None if that serves as well,
    or if no page saves enough.
    """
    raw = [page for _, page in _readable(sample)]
    best, best_bytes = None, _total_bytes(raw, dictionary)
    present_bytes = best_bytes
    for number in range(0, len(raw), max(len(raw) // MAX_TRIED, 1)):
        candidate = raw[number][:MAX_DICTIONARY_BYTES]
        others = [*raw[:number], *raw[number + 1 :]]
        if candidate and others:
            needed = _total_bytes(others, Dictionary(0, _alone(candidate, LEVEL))) * len(raw) / len(others)
            if needed < best_bytes:
                best, best_bytes = candidate, needed
    if best is None:
        return None
    content = _alone(best, DICTIONARY_LEVEL)
    saved = (present_bytes - best_bytes) * pages / len(raw)
    return content if saved >= MIN_SAVED * len(content) else None


def recompress(pages: Sequence[PackedPage], dictionary: Dictionary) -> list[PackedPage]:
    """Return the pages compressed with the dictionary, without damaged ones. For a worker."""
    compressor = _compressor(dictionary)
    return [replace(page, html=compressor.compress(raw), dictionary=None) for page, raw in _readable(pages)]


def _readable(pages: Sequence[PackedPage]) -> Iterator[tuple[PackedPage, bytes]]:
    for page in pages:
        with suppress(ValueError):
            yield page, decompress(page)


def _total_bytes(pages: Sequence[bytes], dictionary: Dictionary | None) -> float:
    compressor = _compressor(dictionary)
    return float(sum(len(compressor.compress(page)) for page in pages))


def _alone(page: bytes, level: int) -> bytes:
    import zstandard

    return zstandard.compress(page, level)


@lru_cache(maxsize=8)
def _compressor(dictionary: Dictionary | None) -> "ZstdCompressor":
    import zstandard

    return zstandard.ZstdCompressor(level=LEVEL, dict_data=_raw(dictionary) if dictionary else None)


def _raw(dictionary: Dictionary) -> "ZstdCompressionDict":
    """Return the dictionary as raw content: it has not the header of a trained one."""
    import zstandard

    content = zstandard.decompress(dictionary.content)
    return zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
