"""How pages are compressed: against another page of their site, when there is one that fits.

A site's dictionary is a page of it as it is (raw content). Of 8 sites made by exchanging the articles in real pages,
held-out pages shrink to 22.5 % alone, to 5.5 % against one page, to 5.5 % against two, and to 17.0 %, 9.9 % and 9.5 %
with trained dictionaries of 16, 64 and 112 KB; stored, one page takes 23 KB and the last of these 21. Of real pages of
one site that lie years apart, each takes 55 % of what it takes alone. Measured by scripts/benches/page_cost.py.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from storage.pages import against, unpacked
from storage.records import Dictionary, PackedPage

if TYPE_CHECKING:
    from zstandard import ZstdCompressor

# Of zstandard: 0.15 ms a page (8 sites as above). 6 saves 7 % more in 2.5 times the time, 12 11 % in 37 times.
LEVEL = 3
DICTIONARY_LEVEL = 19  # once a site
MOST_DICTIONARY_BYTES = 512 * 1024  # of a page, its beginning; each worker keeps some in memory
TRIED = 4  # pages, as a dictionary for the others
PAYS = 2  # times its own bytes it must save
SUSPECT_RATIO = 0.12  # of the page, from which a dictionary may not fit: two thirds of what pages shrink to alone
FITS = 0.7  # of what the page takes alone, up to which a dictionary is used


def pack(page: bytes, dictionary: Dictionary | None) -> tuple[bytes, int | None]:
    """The page compressed, and the id of the dictionary it was done with.

    Pages of a new template are compressed alone; when they are many, `choose` finds them a dictionary of their own.
    """
    if dictionary is not None:
        html = _compressor(dictionary).compress(page)
        if len(html) <= SUSPECT_RATIO * len(page):
            return html, dictionary.id
        alone = _compressor(None).compress(page)
        return (html, dictionary.id) if len(html) <= FITS * len(alone) else (alone, None)
    return _compressor(None).compress(page), None


def choose(sample: Sequence[PackedPage], pages: int, dictionary: Dictionary | None) -> bytes | None:
    """In a worker: the one of the site's pages that the others compress against best, compressed itself.

    `pages` is how many are waiting for it, `dictionary` what the site has. None when that serves as well, or when
    there is none and none would pay.
    """
    raw = [page for _, page in _readable(sample)]
    best, best_bytes = None, _packed_bytes(raw, dictionary)
    present_bytes = best_bytes
    for number in range(0, len(raw), max(len(raw) // TRIED, 1)):
        candidate = raw[number][:MOST_DICTIONARY_BYTES]
        others = [*raw[:number], *raw[number + 1 :]]
        if candidate and others:
            needed = _packed_bytes(others, Dictionary(0, _stored(candidate, LEVEL))) * len(raw) / len(others)
            if needed < best_bytes:
                best, best_bytes = candidate, needed
    if best is None:
        return None
    content = _stored(best, DICTIONARY_LEVEL)
    saved = (present_bytes - best_bytes) * pages / len(raw)
    return content if saved >= PAYS * len(content) else None


def repack(pages: Sequence[PackedPage], dictionary: Dictionary) -> list[PackedPage]:
    """In a worker: the same pages, compressed with the dictionary; damaged ones are left out."""
    compress = _compressor(dictionary).compress
    return [PackedPage(page.article_id, page.part, compress(raw)) for page, raw in _readable(pages)]


def _readable(pages: Sequence[PackedPage]) -> Iterator[tuple[PackedPage, bytes]]:
    for page in pages:
        with suppress(ValueError):
            yield page, unpacked(page)


def _packed_bytes(pages: Sequence[bytes], dictionary: Dictionary | None) -> float:
    compress = _compressor(dictionary).compress
    return float(sum(len(compress(page)) for page in pages))


def _stored(page: bytes, level: int) -> bytes:
    import zstandard

    return zstandard.compress(page, level)


@lru_cache(maxsize=8)
def _compressor(dictionary: Dictionary | None) -> "ZstdCompressor":
    import zstandard

    return zstandard.ZstdCompressor(level=LEVEL, dict_data=against(dictionary) if dictionary else None)
