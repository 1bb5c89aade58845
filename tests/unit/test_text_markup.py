import pytest

from ingest.text.markup import clean, clean_line, from_markup, from_title, language_tag


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("A title", "A title"),
        ("A &amp; B", "A & B"),
        ("A &amp;amp; B", "A & B"),
        ("<b>Bold</b> claim", "Bold claim"),
        ("&lt;b&gt;Bold&lt;/b&gt; claim", "Bold claim"),
        ("Why &lt;script&gt; tags block rendering", "Why <script> tags block rendering"),
        ("Vec<T> explained", "Vec<T> explained"),
        ("R&D at AT&T", "R&D at AT&T"),
        ("  two\n lines\t", "two lines"),
        ("5 < 6 > 4", "5 < 6 > 4"),
    ],
)
def test_a_title_reads_as_its_author_meant_it(markup, title):
    assert from_title(markup) == title


def test_markup_becomes_one_paragraph_a_line():
    markup = (
        "<p>One <b>bold</b>\nword.</p><!-- no --><ul><li>first</li><li>second</li></ul>tail<br>next<script>x()</script>"
    )
    assert from_markup(markup) == "One bold word.\nfirst\nsecond\ntail\nnext"


def test_line_breaks_of_preformatted_text_are_kept():
    assert from_markup("<p>See:</p><pre>a = 1\nb = 2</pre>") == "See:\na = 1\nb = 2"


def test_text_without_markup_is_only_unescaped():
    assert from_markup("1 &lt; 2 &amp; 3") == "1 < 2 & 3"


def test_escaped_markup_is_markup():
    assert from_markup("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;") == "One\nTwo"


def test_invisible_and_control_characters_are_dropped():
    assert clean("a\x00b\u202ec\ud800d\ufeff\x1b[31m") == "abcd[31m"


def test_a_line_has_no_line_breaks():
    assert clean_line("one\u2028two\r\nthree") == "one two three"


def test_broken_markup_does_not_raise():
    assert from_markup("<") == "<"
    assert from_markup("<![CDATA[") is not None
    assert from_markup("") == ""


@pytest.mark.parametrize(
    ("tag", "depth"),
    [*(("div", depth) for depth in (300, 2100, 100_000)), *((tag, 2100) for tag in ("b", "table", "ul", "a"))],
)
def test_deeply_nested_text_is_not_cut(tag, depth):
    assert from_markup(f"<p>Before.</p>{f'<{tag}>' * depth}<p>Deep.</p><p>After.</p>") == "Before.\nDeep.\nAfter."


@pytest.mark.parametrize(
    ("claim", "tag", "without_script"),
    [
        *((claim, tag, tag) for claim, tag in {
            "fr": "fr", "FR": "fr", " it ": "it", "en_us": "en-US", "es-419": "es-419", "pt_BR.UTF-8": "pt-BR",
            "de-CH-1996": "de-CH", "en-u-ca-gregory": "en",
        }.items()),
        ("zh-hans-cn", "zh-Hans-CN", "zh-CN"), ("sr_Latn", "sr-Latn", "sr"),
        *((claim, None, None) for claim in ("utf-8", "utf-16", "und", "English", "de, fr", "x", "", None)),
    ],
)  # fmt: skip
def test_a_declared_language_is_written_as_in_bcp_47(claim, tag, without_script):
    assert language_tag(claim) == tag
    assert language_tag(claim, script=False) == without_script
