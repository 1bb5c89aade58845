"""Pages as they lie in the archive, and as they were received."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from storage.records import Dictionary, PackedPage, StoredPage, to_instant

if TYPE_CHECKING:
    from zstandard import ZstdCompressionDict

PAGES = """SELECT p.article_id, p.part, p.fetched_at, p.final_url, p.headers, p.html, p.dictionary_id, d.dictionary
  FROM pages p LEFT JOIN dictionaries d ON d.id = p.dictionary_id"""


def packed(row: Mapping[str, Any]) -> PackedPage:
    """From a row with the page's key, its `html`, and its dictionary's `dictionary_id` and `dictionary`."""
    dictionary = Dictionary(row["dictionary_id"], row["dictionary"]) if row["dictionary_id"] else None
    return PackedPage(row["article_id"], row["part"], row["html"], dictionary)


def stored(row: Mapping[str, Any]) -> StoredPage:
    """As `packed`, with the rest of the page's columns; raises ValueError when it cannot be had back."""
    return StoredPage(to_instant(row["fetched_at"]), row["final_url"], row["headers"], unpacked(packed(row)))


def unpacked(page: PackedPage) -> bytes:
    """The page as it was received. Raises ValueError when it cannot be had back, and MemoryError."""
    import zstandard

    try:
        if page.dictionary is None:
            return zstandard.decompress(page.html)
        return zstandard.ZstdDecompressor(dict_data=against(page.dictionary)).decompress(page.html)
    except zstandard.ZstdError as error:
        if "not enough memory" in str(error):
            raise MemoryError from error
        raise ValueError(f"the stored page of article {page.article_id} is damaged: {error}") from error


def against(dictionary: Dictionary) -> "ZstdCompressionDict":
    """For zstandard's compressors and decompressors: raw content, with no header of a trained one's."""
    import zstandard

    return zstandard.ZstdCompressionDict(
        zstandard.decompress(dictionary.content), dict_type=zstandard.DICT_TYPE_RAWCONTENT
    )
