"""The exact fingerprint of a text: equal for texts that differ only in how they are set."""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

VERSION = 1
"""Of the method. Hashes of different versions are never equal; a change of `normalise` is a new version."""

SHINGLES_VERSION = 1
"""Of tokens, shingles and winnowing (`ingest.dedupe.shingles`), which are part of every hash they make."""

# Soft hyphen, joiners, direction marks, byte order mark, variation selectors: they show nothing.
_INVISIBLE = re.compile("[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
# An acute accent that stands for an apostrophe is a space and this under NFKC; on a letter that has no
# accented form it is a mark of stress, which few sites print.
_LOOSE_ACUTE = "\u0301"
_STRAIGHT = (("`", "'"), *((dash, "-") for dash in "\u2010\u2012\u2013\u2212"))

# Set differently from site to site, and dropped: quotes, brackets, dashes, the stops that French sets off.
_PUNCTUATION = """!"'(),.:;?[]{}«»\u2039\u203a¡¿-\u3001\u3002""" + "".join(
    map(chr, (*range(0x2010, 0x2028), *range(0x3008, 0x3012)))
)
_OTHER = rf"[^\s{re.escape(_PUNCTUATION)}]"
# A run without them, but with those inside a number (1.5, 10:30, 2024-05-01) and its sign or point in front.
_TOKEN = re.compile(rf"(?:(?<!\w)(?:-(?=[$€£¥]?\.?\d)|\.(?=\d)))*(?:{_OTHER}++|(?<=\d)[.,:'-](?=\d))+")


def normalise(text: str) -> str:
    """Words, numbers with their signs and separators, and symbols (`C#`, `5%`), a space between each two.

    NFKC, case-folded, without sentence punctuation; its own normal form.
    """
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).replace(_LOOSE_ACUTE, "")
    text = unicodedata.normalize("NFKC", text.casefold())
    for mark, straight in _STRAIGHT:
        text = text.replace(mark, straight)
    tokens: list[str] = []
    for run in text.split():
        if run.isalpha():  # as most are: half of the expression's cost
            tokens.append(run)
        elif (word := run.strip(_PUNCTUATION)).isalpha():
            tokens.append(word)
        else:
            tokens += _TOKEN.findall(run)
    return " ".join(tokens)


@lru_cache(maxsize=4)  # a text's hash and its shingles are asked for, one after the other
def normal_lines(text: str) -> tuple[str, ...]:
    """Each line by itself; what stands in several lines is never one token."""
    return tuple(map(normalise, text.split("\n")))


def content_hash(text: str) -> str:
    """`1:` (VERSION) and 32 hexadecimal digits. Texts of punctuation only have all one hash."""
    normal = " ".join(filter(None, normal_lines(text)))
    digest = blake2b(normal.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"{VERSION}:{digest}"
