import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.compression import PackedPage, choose_dictionary, compress, decompress, recompress
from storage.records import Dictionary


def noise(seed: int, length: int = 6000) -> str:
    """Return text that does not compress against other noise."""
    return random.Random(seed).randbytes(length).hex()


def page(number: int, template: int = 0) -> bytes:
    return f"<html>{noise(template)}<article>{noise(1000 + number, 300)}</article></html>".encode()


def stored(pages: list[bytes], dictionary: Dictionary | None = None) -> list[PackedPage]:
    return [PackedPage(number, 1, compress(page, dictionary)[0], None) for number, page in enumerate(pages, start=1)]


@given(st.binary(max_size=500), st.one_of(st.none(), st.binary(min_size=1, max_size=500)))
def test_a_page_comes_back_as_it_was_with_and_without_a_dictionary(received, dictionary):
    known = Dictionary(1, compress(dictionary, None)[0]) if dictionary else None
    html, dictionary_id = compress(received, known)
    assert decompress(PackedPage(1, 1, html, known if dictionary_id else None)) == received


def test_pages_of_one_template_compress_against_one_of_them():
    pages = [page(number) for number in range(16)]
    content = choose_dictionary(stored(pages), 32, None)
    assert content is not None
    dictionary = Dictionary(1, content)
    again = recompress(stored(pages), dictionary)
    assert sum(len(p.html) for p in again) < 0.2 * sum(len(p.html) for p in stored(pages))
    assert [decompress(PackedPage(p.owner_id, p.part, p.html, dictionary)) for p in again] == pages


def test_pages_that_share_nothing_get_no_dictionary():
    assert choose_dictionary(stored([page(number, template=number) for number in range(16)]), 32, None) is None


def test_a_dictionary_that_fits_is_kept_and_one_that_does_not_is_replaced():
    first = Dictionary(1, compress(page(99), None)[0])
    assert choose_dictionary(stored([page(number) for number in range(16)]), 32, first) is None
    assert choose_dictionary(stored([page(number, template=7) for number in range(16)]), 32, first)


def test_a_page_of_another_template_is_compressed_alone():
    first = Dictionary(1, compress(page(99), None)[0])
    assert compress(page(1), first)[1] == 1
    assert compress(page(1, template=7), first)[1] is None


def test_damaged_pages_are_left_as_they_are():
    damaged = PackedPage(1, 1, b"no page")
    without_its_dictionary = PackedPage(1, 1, compress(page(1), None)[0], Dictionary(1, b""))
    for each in (damaged, without_its_dictionary):
        with pytest.raises(ValueError, match="of article 1 is damaged"):
            decompress(each)
    assert recompress([damaged], Dictionary(1, compress(page(1), None)[0])) == []
    assert choose_dictionary([damaged], 32, None) is None
