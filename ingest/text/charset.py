"""The bytes of a page or a feed → its characters: by what the bytes prove, then by their labels, then by a guess.

    BOM · UTF-16 and 32 by NULs · ISO-2022-JP · valid UTF-8 · Content-Type · <meta> · XML declaration · Western · guess

Bytes go before labels: valid UTF-8 with characters beyond ASCII is never an accident, while a declared charset is
often wrong (a server's default, a template of an older site). Labels are those of the WHATWG Encoding Standard, in
which latin-1 means windows-1252. That one, the commonest default, is believed only for Western text.
"""

import codecs
import re

import webencodings

MARKUP_BYTES = 128  # before a document's own language begins
PRESCAN_BYTES = 4096  # the HTML standard reads 1024; templates with long comments put <meta> later
SAMPLE_BYTES = 20_000
MAX_DAMAGE = 0.1  # of the characters beyond ASCII: a cut teaser breaks a few, a wrong charset nearly all
MAX_FOREIGN = 0.05
MIN_ENCODED_TWICE = 3  # signs; fewer are an example in a text

_WIDE_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BY_NULS: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';/>]+)", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta\b[^>]*?charset\s*=\s*[\"']?\s*([^\s\"';/>]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"\A\s*<\?xml\b[^>]*?encoding\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
# The charsets of the Encoding Standard that sites have used.
_GUESSES = (
    "cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 iso8859_2 koi8_r koi8_u cp874 cp932 euc_jp gb18030 big5 cp949"
).split()
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ISO_2022_ESCAPE = b"\x1b$"  # the one family of charsets whose text is pure ASCII bytes
_TEXT = re.compile(rb"[^<>]+")
_ENCODED_TWICE = re.compile(
    f"[\xc2-\xf4][\x80-\xbf{re.escape(bytes(range(0x80, 0xA0)).decode('windows-1252', 'ignore'))}]+"
)
# Not in Western text of windows-1252: three accented letters in a row, or a sign inside a word.
_FOREIGN = re.compile(
    r"[^\W\d_a-zA-Z]{3,}|(?<=[a-zA-Z])[¡-©¬®-¶\u00b8-º¼-¿\u201a„†‡\u02c6‰\u2039\u203a\u02dc\ufffd](?=[a-zA-Z])"
)


def decode(body: bytes, content_type: str | None) -> str:
    """Decode a body. Bytes that no charset explains become U+FFFD. Text that was encoded twice is decoded twice."""
    return _decode_again(_decode(body, content_type))


def wide_charset(body: bytes) -> str | None:
    """Return UTF-16 or UTF-32 by its BOM, or by its NULs: markup is ASCII, with NULs in the same places throughout."""
    if bom := next((charset for bom, charset in _WIDE_BOMS if body.startswith(bom)), None):
        return bom
    head = body[:MARKUP_BYTES]
    return _BY_NULS.get(tuple(head[lane::4].count(0) * 8 > len(head) for lane in range(4)))


def _decode(body: bytes, content_type: str | None) -> str:
    if wide := wide_charset(body):
        return body.decode(wide, "replace").removeprefix("\ufeff")
    body = body.removeprefix(codecs.BOM_UTF8)
    if _ISO_2022_ESCAPE in body and body.isascii() and (text := _decode_as(body, "iso2022_jp_ext")) is not None:
        return text
    if (text := _decode_as(body, "utf-8")) is not None:
        return text
    for label in _labels(body, content_type):
        if (text := _decode_as_labelled(body, label)) is not None:
            return text
    western = body.decode("windows-1252", "replace")
    return western if _is_western(western) else _guess(body) or western


def _decode_again(text: str) -> str:
    """Repair quotes and dashes that were read as windows-1252 (`â€™`), in a text with hardly any correct ones."""
    broken = text.count("â€") + text.count("â\x80") if "â" in text else 0
    if broken < MIN_ENCODED_TWICE or broken < sum(map(text.count, "’“”–—…")):
        return text
    return _ENCODED_TWICE.sub(_utf_8_of_western, text)


def _utf_8_of_western(run: re.Match[str]) -> str:
    body = b"".join(c.encode("latin-1" if c <= "\xff" else "windows-1252") for c in run[0])
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return run[0]


def _labels(body: bytes, content_type: str | None) -> list[str]:
    head = body[:PRESCAN_BYTES]
    in_header = _CHARSET.search(content_type or "")
    in_page = (_META_CHARSET.search(_COMMENT.sub(b"", head)), _XML_ENCODING.search(head))
    labels = [match[1].decode("ascii", "replace") for match in in_page if match]
    return [in_header[1], *labels] if in_header else labels


def _decode_as_labelled(body: bytes, label: str) -> str | None:
    encoding = webencodings.lookup(label)
    # UTF-8 and UTF-16 have been tried by then.
    if encoding is None or encoding.name.startswith("utf-"):
        return None
    text = _decode_as(body, encoding.codec_info.name)
    return None if text and encoding.name == "windows-1252" and not _is_western(text) else text


def _decode_as(body: bytes, charset: str) -> str | None:
    """Return the text, also with a few broken characters; None if there are more, or the charset is unknown."""
    try:
        return body.decode(charset)
    except UnicodeDecodeError:
        text = body.decode(charset, "replace")
    except LookupError:  # a codec of `webencodings` that Python does not know by name
        return None
    return text if text.count("\ufffd") <= MAX_DAMAGE * _beyond_ascii(text) else None


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _is_western(text: str) -> bool:
    return sum(len(match[0]) for match in _FOREIGN.finditer(text)) <= MAX_FOREIGN * _beyond_ascii(text)


def _guess(body: bytes) -> str | None:
    """Guess the charset by the statistics of the text between the tags."""
    import charset_normalizer  # hardly any document needs it

    sample = b" ".join(text for text in _TEXT.findall(body) if not text.isascii())[:SAMPLE_BYTES]
    best = charset_normalizer.from_bytes(sample, cp_isolation=_GUESSES).best()
    return body.decode(best.encoding, "replace") if best else None
