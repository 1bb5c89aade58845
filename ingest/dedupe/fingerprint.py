"""The normal form of a text, its tokens, and its exact fingerprint: equal for texts that differ only in typesetting."""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

VERSION = 1
"""The method's version. Hashes of two versions are never equal. A change of `normalise` needs a new version."""

SHINGLES_VERSION = 1
"""The version of tokens, shingles and winnowing (`ingest.dedupe.shingles`). It is part of every hash of a shingle."""

# Soft hyphen, joiners, direction marks, byte order mark, variation selectors.
_INVISIBLE = re.compile("[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
# NFKC turns an acute accent, used as an apostrophe, into a space and this mark. On a letter without an accented form it
# marks stress, which few sites print.
_LOOSE_ACUTE = "\u0301"
_STRAIGHT = (("`", "'"), *((dash, "-") for dash in "\u2010\u2012\u2013\u2212"))

# Dropped because sites set them differently: quotes, brackets, dashes, stops.
_PUNCTUATION = """!"'(),.:;?[]{}«»\u2039\u203a¡¿-\u3001\u3002""" + "".join(
    map(chr, (*range(0x2010, 0x2028), *range(0x3008, 0x3012)))
)
_OTHER = rf"[^\s{re.escape(_PUNCTUATION)}]"
# Characters without punctuation, except inside a number (1.5, 10:30, 2024-05-01) and a number's sign or leading point.
_RUN = re.compile(rf"(?:(?<!\w)(?:-(?=[$€£¥]?\.?\d)|\.(?=\d)))*(?:{_OTHER}++|(?<=\d)[.,:'-](?=\d))+")

# Scripts written without spaces: Han, kana, bopomofo; Thai, Lao, Tibetan, Burmese, Khmer, without their digits.
_DENSE = (
    r"\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    r"\u0e00-\u0e4f\u0e5a-\u0ecf\u0eda-\u0f1f\u0f34-\u103f\u104a-\u108f\u109a-\u109f\u1780-\u17df"
)
DENSE_CHARACTER = re.compile(f"[{_DENSE}]")
_TOKEN = re.compile(f"[{_DENSE}]|[^ {_DENSE}]+")


def normalise(text: str) -> str:
    """Return the words, the numbers with signs and separators, and the symbols (`C#`, `5%`), single-spaced.

    The result is NFKC, case-folded, without sentence punctuation, and its own normal form.
    """
    text = text.lower().replace("`", "'") if text.isascii() else _straight(text)
    found: list[str] = []
    for run in text.split():
        if run.isalpha():  # as most are: half of the expression's cost
            found.append(run)
        elif (word := run.strip(_PUNCTUATION)).isalpha():
            found.append(word)
        else:
            found += _RUN.findall(run)
    return " ".join(found)


def _straight(text: str) -> str:
    """Return the text as NFKC, case-folded, with straight apostrophes and dashes."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).replace(_LOOSE_ACUTE, "")
    text = unicodedata.normalize("NFKC", text.casefold())
    for mark, straight in _STRAIGHT:
        text = text.replace(mark, straight)
    return text


@lru_cache(maxsize=4)  # a text's hash and its shingles are computed one after the other
def normal_lines(text: str) -> tuple[str, ...]:
    """Normalise each line by itself: no token spans two lines."""
    return tuple(map(normalise, text.split("\n")))


def tokens(normal: str) -> list[str]:
    """Split a normalised text into words, numbers, and characters of scripts written without spaces."""
    return normal.split() if normal.isascii() or not DENSE_CHARACTER.search(normal) else _TOKEN.findall(normal)


def is_dense(token: str) -> bool:
    """Return whether a token is a character of a script written without spaces."""
    return len(token) == 1 and bool(DENSE_CHARACTER.match(token))


def content_hash(text: str) -> str:
    """Return "VERSION:" and 32 hexadecimal digits. All texts without words have one hash."""
    return versioned_hash(" ".join(filter(None, normal_lines(text))), VERSION)


def versioned_hash(normal: str, version: int) -> str:
    return f"{version}:{blake2b(normal.encode(errors='surrogatepass'), digest_size=16).hexdigest()}"
