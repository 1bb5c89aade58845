"""Sets of article ids, 64 a block: {block: mask}. Bit n of a mask is the id 64 * block + n.

A mask is a signed integer of 64 bits, as SQLite has it. A million articles are at most 15,626 blocks.
"""

from collections.abc import Iterable, Iterator

BITS = 64
ALL = 2**BITS - 1

Blocks = dict[int, int]
Ranges = tuple[tuple[int, int], ...]
"""Ids from the first to the last of each pair, ascending and apart."""


def signed(mask: int) -> int:
    return mask - 2**BITS if mask >= 2 ** (BITS - 1) else mask


def joined(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """Return the same ids as ranges that are ascending and apart."""
    ranges: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    return tuple(ranges)


def of_ids(ids: Iterable[int]) -> Blocks:
    found: Blocks = {}
    for id_ in ids:
        block = id_ >> 6
        found[block] = found.get(block, 0) | 1 << (id_ & 63)
    return {block: signed(mask) for block, mask in found.items()}


def union(one: Blocks, other: Blocks) -> Blocks:
    """Return the ids of both. The greater of the two may be changed."""
    if len(one) < len(other):
        one, other = other, one
    for block, mask in other.items():
        one[block] = one.get(block, 0) | mask
    return one


def intersection(one: Blocks, other: Blocks) -> Blocks:
    if len(one) > len(other):
        one, other = other, one
    return {block: both for block, mask in one.items() if (both := mask & other.get(block, 0))}


def within(blocks: Blocks, ranges: Ranges) -> Blocks:
    """Return the ids that lie in one of the ranges."""
    found: Blocks = {}
    keys = sorted(blocks)
    at = 0
    for first, last in ranges:
        while at < len(keys) and keys[at] < first >> 6:
            at += 1
        place = at
        while place < len(keys) and keys[place] <= last >> 6:
            block = keys[place]
            low = max(first - block * BITS, 0)
            high = min(last - block * BITS, BITS - 1)
            if mask := blocks[block] & ALL & ((1 << (high + 1)) - (1 << low)):
                found[block] = found.get(block, 0) | mask
            place += 1
    return found


def between(first: int, last: int) -> Blocks:
    """Return all ids from the first to the last."""
    return within(dict.fromkeys(range(first >> 6, (last >> 6) + 1), -1), ((first, last),)) if first <= last else {}


def count(blocks: Blocks) -> int:
    return sum((mask & ALL).bit_count() for mask in blocks.values())


def contains(blocks: Blocks, id_: int) -> bool:
    return bool(blocks.get(id_ >> 6, 0) >> (id_ & 63) & 1)


def among(wanted: Iterable[int], blocks: Blocks) -> set[int]:
    """Return those of the wanted ids that are in the set."""
    masks = blocks.get
    return {id_ for id_ in wanted if masks(id_ >> 6, 0) >> (id_ & 63) & 1}


def as_bits(blocks: Blocks) -> tuple[int, bytes]:
    """Return the greatest id, and "1" or "0" for it and for each smaller id, down to the first of the first block."""
    first, last = min(blocks), max(blocks)
    masks = b"".join([(blocks.get(block, 0) & ALL).to_bytes(8, "little") for block in range(first, last + 1)])
    bits = f"{int.from_bytes(masks, 'little'):b}".encode()
    return first * BITS + len(bits) - 1, bits


def ids(blocks: Blocks) -> Iterator[int]:
    """Yield the ids, ascending."""
    for block in sorted(blocks):
        mask, start = blocks[block] & ALL, block * BITS
        while mask:
            lowest = mask & -mask
            yield start + lowest.bit_length() - 1
            mask ^= lowest


def ids_descending(blocks: Blocks) -> Iterator[int]:
    for block in sorted(blocks, reverse=True):
        mask, start = blocks[block] & ALL, block * BITS
        while mask:
            highest = mask.bit_length() - 1
            yield start + highest
            mask ^= 1 << highest
