"""The bytes of a page or a feed → its characters: what the bytes prove, then what they are labelled, then a guess.

    BOM · UTF-16 and 32 by NULs · ISO-2022-JP · valid UTF-8 · Content-Type · <meta> · XML declaration · Western · sniff

Valid UTF-8 with characters beyond ASCII is never an accident, while a declared charset often is (a server's
default, a template copied from an older site): the bytes are heard before the labels. Labels are those of
the WHATWG Encoding Standard, where latin-1 means windows-1252; that one, the commonest default, is believed of
Western text only.
"""

import codecs
import re

import charset_normalizer
import webencodings

MARKUP_BYTES = 128  # before a document's own language begins
PRESCAN_BYTES = 4096  # the HTML standard looks at 1024; templates with long comments put <meta> later
SNIFF_BYTES = 20_000
DAMAGE_SHARE = 0.1  # of the characters beyond ASCII: a cut teaser breaks a few, a wrong charset nearly all
FOREIGN_SHARE = 0.05

TWICE_ENCODED = 3  # signs from which on the whole page is; fewer are an example

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
# Those of the Encoding Standard that sites were written in.
_GUESSED = (
    "cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 iso8859_2 koi8_r koi8_u cp874 cp932 euc_jp gb18030 big5 cp949"
).split()
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ISO_2022_ESCAPE = b"\x1b$"  # the one family of charsets whose text is pure ASCII bytes
_TEXT = re.compile(rb"[^<>]+")
_TWICE_ENCODED = re.compile(
    f"[\xc2-\xf4][\x80-\xbf{re.escape(bytes(range(0x80, 0xA0)).decode('windows-1252', 'ignore'))}]+"
)
# What windows-1252 text of a Western language does not hold: three accented letters in a row, or a sign
# inside a word.
_FOREIGN = re.compile(
    r"[^\W\d_a-zA-Z]{3,}|(?<=[a-zA-Z])[¡-©¬®-¶\u00b8-º¼-¿\u201a„†‡\u02c6‰\u2039\u203a\u02dc\ufffd](?=[a-zA-Z])"
)


def decode(body: bytes, content_type: str | None) -> str:
    """Never raises; what no charset explains becomes U+FFFD, what was encoded twice is decoded twice."""
    return _decoded_again(_decode(body, content_type))


def wide_charset(body: bytes) -> str | None:
    """UTF-16 or UTF-32, by its BOM; without one, markup is ASCII, and has its NULs in the same places throughout."""
    if bom := next((charset for bom, charset in _WIDE_BOMS if body.startswith(bom)), None):
        return bom
    head = body[:MARKUP_BYTES]
    return _BY_NULS.get(tuple(head[lane::4].count(0) * 8 > len(head) for lane in range(4)))


def _decode(body: bytes, content_type: str | None) -> str:
    if wide := wide_charset(body):
        return body.decode(wide, "replace").removeprefix("\ufeff")
    body = body.removeprefix(codecs.BOM_UTF8)
    if _ISO_2022_ESCAPE in body and body.isascii() and (text := _decoded(body, "iso2022_jp_ext")) is not None:
        return text
    if (text := _decoded(body, "utf-8")) is not None:
        return text
    for label in _labels(body, content_type):
        if (text := _decoded_as_labelled(body, label)) is not None:
            return text
    western = body.decode("windows-1252", "replace")
    return western if _is_western(western) else _sniffed(body) or western


def _decoded_again(text: str) -> str:
    """Quotes and dashes that were taken for windows-1252 once (`â€™`), where the text has hardly any of its own."""
    twice = text.count("â€") + text.count("â\x80") if "â" in text else 0
    if twice < TWICE_ENCODED or twice < sum(map(text.count, "’“”–—…")):
        return text
    return _TWICE_ENCODED.sub(_utf_8_of_western, text)


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
    said = [match[1].decode("ascii", "replace") for match in in_page if match]
    return [in_header[1], *said] if in_header else said


def _decoded_as_labelled(body: bytes, label: str) -> str | None:
    encoding = webencodings.lookup(label)
    # UTF-8 and UTF-16 were tried before: where they fit, their label was not needed.
    if encoding is None or encoding.name.startswith("utf-"):
        return None
    text = _decoded(body, encoding.codec_info.name)
    return None if text and encoding.name == "windows-1252" and not _is_western(text) else text


def _decoded(body: bytes, charset: str) -> str | None:
    """The text, forgiven a few broken characters; None when they are more than that."""
    try:
        return body.decode(charset)
    except UnicodeDecodeError:
        text = body.decode(charset, "replace")
    except LookupError:  # a codec of `webencodings` that Python does not know by name
        return None
    return text if text.count("\ufffd") <= DAMAGE_SHARE * _beyond_ascii(text) else None


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _is_western(text: str) -> bool:
    return sum(len(match[0]) for match in _FOREIGN.finditer(text)) <= FOREIGN_SHARE * _beyond_ascii(text)


def _sniffed(body: bytes) -> str | None:
    """A statistical guess from the text that is not markup."""
    sample = b" ".join(text for text in _TEXT.findall(body) if not text.isascii())[:SNIFF_BYTES]
    best = charset_normalizer.from_bytes(sample, cp_isolation=_GUESSED).best()
    return body.decode(best.encoding, "replace") if best else None
