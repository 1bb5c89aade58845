import pytest

from ingest.text.charset import decode

FRENCH = "<p>L’été à Nîmes : « déjà vu », œuvre, 12 €…</p>"
RUSSIAN = "<p>Правительство приняло новый закон. Министры говорили, что граждане будут платить меньше.</p>"
JAPANESE = "<p>日本の首相は月曜日に東京で記者会見を開き、新しい経済政策について説明した。</p>"


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_outranks_every_declaration(charset):
    assert decode(FRENCH.encode(charset), "text/html; charset=koi8-r") == FRENCH


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_recognised_by_its_nuls(charset):
    assert decode(FRENCH.encode(charset), "text/html") == FRENCH


@pytest.mark.parametrize("charset", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_not_taken_for_utf_16(charset):
    assert decode(FRENCH.encode(charset), "text/html") == FRENCH


def test_latin_1_means_windows_1252():
    assert decode(FRENCH.encode("windows-1252"), "text/html; charset=ISO-8859-1") == FRENCH


@pytest.mark.parametrize(("text", "charset"), [(RUSSIAN, "windows-1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "shift_jis")])
def test_latin_1_is_believed_of_western_text_only(text, charset):
    assert decode(text.encode(charset), "text/html; charset=ISO-8859-1") == text


def test_valid_utf_8_is_decoded_so_under_any_declaration():
    page = f'<meta charset="windows-1252">{FRENCH}'
    assert decode(page.encode(), "text/html; charset=latin1") == page


def test_invalid_utf_8_is_decoded_by_a_guess_though_declared():
    page = f'<meta charset="utf-8">{FRENCH}'
    assert decode(page.encode("windows-1252"), "text/html; charset=utf-8") == page


def test_one_broken_character_does_not_cost_the_page_its_charset():
    broken = (FRENCH * 5).encode().replace("œ".encode(), b"\xc5", 1)
    assert decode(broken, None).count("\ufffd") == 1


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="{}">',
        "<meta http-equiv='Content-Type' content='text/html; charset={}'>",
        '<?xml version="1.0" encoding="{}"?>',
    ],
)
def test_the_page_may_name_its_own_charset(declaration):
    page = declaration.format("koi8-r") + RUSSIAN
    assert decode(page.encode("koi8-r"), "text/html") == page


def test_a_charset_named_in_a_comment_is_not_declared():
    page = f'<!-- <meta charset="koi8-r"> --><meta charset="windows-1251">{RUSSIAN}'
    assert decode(page.encode("windows-1251"), None) == page


@pytest.mark.parametrize(
    ("text", "charset"), [(RUSSIAN, "windows-1251"), (JAPANESE, "shift_jis"), (JAPANESE, "euc-jp")]
)
def test_an_undeclared_charset_is_guessed_from_the_text(text, charset):
    assert decode(text.encode(charset), None) == text


@pytest.mark.parametrize("label", ["iso-2022-jp", "utf-8", "latin-1", ""])
def test_iso_2022_jp_is_recognised_by_its_escapes(label):
    assert decode(JAPANESE.encode("iso-2022-jp"), f"text/html; charset={label}") == JAPANESE


@pytest.mark.parametrize("label", ["nonsense", "x-user-defined", "replacement", "utf-16"])
def test_an_unknown_label_is_ignored(label):
    assert decode(FRENCH.encode("windows-1252"), f"text/html; charset={label}") == FRENCH


@pytest.mark.parametrize("taken_for", ["windows-1252", "latin-1"])
def test_a_page_that_was_encoded_twice_is_decoded_twice(taken_for):
    text = "“It’s late” – déjà vu… “So it’s late”"
    twice = text.encode().decode("latin-1") if taken_for == "latin-1" else mistaken(text)
    assert decode(twice.encode(), "text/html; charset=utf-8") == text


def mistaken(text: str) -> str:
    """UTF-8 read as windows-1252, its five undefined bytes as controls."""
    return "".join(bytes([b]).decode("windows-1252", "ignore") or chr(b) for b in text.encode())


def test_a_page_about_double_encoding_keeps_its_examples():
    text = "“It’s” becomes “Itâ€™s”, and — in the worst case — “â€”” stands for “—”."
    assert decode(text.encode(), None) == text
