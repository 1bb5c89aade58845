"""Markdown of articles: how it reads as a source text. That it is exact, laws hold (`test_structure_laws`)."""

import pytest

from ingest.articles.structure.inline import Picture, Run, inline
from ingest.articles.structure.markdown import to_markdown
from storage.content import Container, Line

ADDRESS = "https://a.example/"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("R&D costs 5 * 3 < 20, says snake_case [sic] (a_b)!", None),
        ("C:\\new\\dir costs $5 – #1, 2 > 1; ~5 %", None),
        ("AT&amp;T, *so* `code` _it_ <b> \\*", r"AT\&amp;T, \*so\* \`code\` \_it\_ \<b> \\\*"),
        ("[a](b) and [b]", r"[a\](b) and [b]"),
        ("~~no~~", r"\~\~no\~\~"),
        ("10~20 or 5~6", r"10\~20 or 5\~6"),
    ],
)
def test_only_what_would_be_markup_is_escaped(text, source):
    assert inline([Run(text)]) == (source or text)


@pytest.mark.parametrize(
    ("runs", "source"),
    [
        ([Run("A "), Run("bold ", strong=True), Run("word")], "A **bold** word"),
        ([Run("x"), Run("(big)", strong=True), Run("y")], "x(**big**)y"),
        ([Run("「あ」", strong=True), Run("い")], "**「あ**」い"),
        ([Run("a", strong=True, emphasis=True)], "***a***"),
        ([Run("a ", strong=True), Run("b", strong=True, emphasis=True), Run(" c", strong=True)], "**a *b* c**"),
        ([Run("a ", strong=True), Run("b", strong=True, emphasis=True), Run(" c", emphasis=True)], "**a *b*** *c*"),
        ([Run("f", code=True, strong=True), Run(" and "), Run("a`b", code=True)], "**`f`** and ``a`b``"),
        ([Run("x"), Run("`", code=True), Run("y")], "x`` ` ``y"),
        ([Run("..", emphasis=True), Run("a")], "..a"),
        ([Run("a", strong=True), Run("\u200d", strong=True, emphasis=True), Run("b")], "**a**\u200db"),
    ],
)
def test_marks_stand_where_they_are_read_as_marks(runs, source):
    assert inline(runs) == source


def test_each_link_element_is_a_link_of_its_own():
    parts = [
        Run("a ", ADDRESS, 1),
        Run("b", ADDRESS, 1, strong=True),
        Run("c", ADDRESS, 2),
        Run("!"),
        Run("d", ADDRESS, 3),
    ]
    assert inline(parts) == f"[a **b**]({ADDRESS})[c]({ADDRESS})\\![d]({ADDRESS})"


def test_emphasis_goes_over_a_link_in_it():
    assert inline([Run("see ", strong=True), Run("a", ADDRESS, 1, strong=True)]) == f"**see [a]({ADDRESS})**"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "/relative", "data:text/html,x", "", "https:"])
def test_what_renderers_make_no_link_of_is_text(address):
    assert inline([Run("a", address, 1), Picture(address, "b")]) == "a"


def test_addresses_are_as_readable_as_they_can_be():
    wiki = "https://é.example/Foo_(bar)?a=1&b=*"
    assert inline([Run("a", wiki, 1)]) == f"[a]({wiki})"
    assert inline([Run("a", ADDRESS + 'b c(<"&lt;', 1)]) == f"[a]({ADDRESS}b%20c\\(%3C%22&amp;lt;)"


def test_a_picture_has_its_caption_in_its_paragraph():
    picture = Line("", (inline([Picture(ADDRESS, "An [old] tree")]),), (Container("p", 1),))
    caption = Line("", ("Photo: *me*",), (Container("p", 2),), is_caption=True)
    text = Line("Text", ("Text",), (Container("p", 1),))
    assert to_markdown([picture, caption, text]) == f"![An \\[old\\] tree]({ADDRESS})\\\nPhoto: *me*\n\nText"


def test_a_caption_without_its_picture_is_left_out():
    assert to_markdown([line("Text"), Line("", ("caption",), (Container("p", 2),), is_caption=True)]) == "Text"


def line(text, *within):
    return Line(text, (text,), within or (Container("p", hash(text)),))


def entry(text, entries, number, *within):
    return line(text, *within, entries, Container("li", number))


def test_lists_are_tight_as_long_as_their_entries_are_paragraphs_and_lists():
    outer, inner = Container("ul", 1), Container("ol", 5, "3")
    lines = [entry("a", outer, 2), entry("b", outer, 3)]
    assert to_markdown(lines) == "- a\n- b"
    first = Container("ol", 5)
    assert to_markdown([*lines, entry("c", first, 6, outer, Container("li", 3))]) == "- a\n- b\n  1. c"
    assert to_markdown([*lines, entry("c", inner, 6, outer, Container("li", 3))]) == "- a\n\n- b\n\n  3. c"


def test_two_lists_side_by_side_stay_two():
    assert to_markdown([entry("a", Container("ul", 1), 2), entry("b", Container("ul", 3), 4)]) == "- a\n\n* b"
    assert to_markdown([entry("a", Container("ol", 1), 2), entry("b", Container("ol", 3), 4)]) == "1. a\n\n1) b"


def test_a_list_in_a_list_without_an_entry_belongs_to_the_entry_before_it():
    outer, inner = Container("ul", 1), Container("ul", 3)
    assert to_markdown([entry("a", outer, 2), entry("b", inner, 4, outer)]) == "- a\n  - b"


def test_lines_of_a_paragraph_are_joined_by_hard_breaks():
    paragraph = Container("p", 1)
    assert to_markdown([line("a", paragraph), line("1. b", paragraph)]) == "a\\\n1\\. b"


@pytest.mark.parametrize("text", ["see https://a.example/b", "**www.a.example**", "(http://a.example)"])
def test_a_bare_address_does_not_take_the_break_after_it(text):
    paragraph = Container("p", 1)
    assert to_markdown([line(text, paragraph), line("b", paragraph)]) == f"{text}  \nb"
    linked = f"[a]({ADDRESS})"
    assert to_markdown([line(linked, paragraph), line("b", paragraph)]) == f"{linked}\\\nb"


def test_blocks_stand_in_entries_and_quotes():
    quote, entries, own = Container("blockquote", 1), Container("ul", 2), Container("li", 3)
    code = Container("pre", 4, "py")
    lines = [
        line("a", quote, entries, own),
        Line("if x: ```", ("if x: ```",), (quote, entries, own, code)),
        Line("", ("",), (quote, entries, own, code)),
        Line("y", ("    y",), (quote, entries, own, code)),
        line("End #", quote, Container("h2", 5)),
    ]
    assert to_markdown(lines) == ("> - a\n>\n>   ````py\n>   if x: ```\n>\n>       y\n>   ````\n>\n> ## End \\#")


def test_a_table_has_a_head_and_equal_rows():
    table = Container("table", 1)

    def row(number, *cells, detail="", text="x"):
        return Line(text, cells, (table, Container("tr", number, detail)))

    assert to_markdown([row(2, "a", "b", detail="th"), row(3, "1|2")]) == "| a | b |\n| --- | --- |\n| 1\\|2 |  |"
    assert to_markdown([row(2, "a", "b"), row(2, "", "c")]) == "|  |  |\n| --- | --- |\n| a | b c |"


def test_a_wide_row_does_not_widen_thousands():
    table = Container("table", 1)
    rows = [Line("x", ("x",) * (3000 if row == 0 else 1), (table, Container("tr", 2 + row))) for row in range(3000)]
    assert len(to_markdown(rows)) < 100_000


@pytest.mark.parametrize(
    "text", ["# a", "> a", "- a", "+ a", "+", "---", "===", "[a]: b", "[ ] a", "--|--", ":-:", "|-|", "-"]
)
def test_what_would_begin_a_block_is_escaped_at_the_start_of_a_line_only(text):
    assert to_markdown([line(text)]) == f"\\{text}"
    assert to_markdown([line(text, Container("h1", 1))]) == f"# {text}"
    assert to_markdown([line(f"a {text}")]) == f"a {text}"


@pytest.mark.parametrize("text", ["#a", "-a", "1.5 a", "(1) a", "1986 a", "[a] b", "=a", "-5", ": a", "+1 a", "[a]"])
def test_what_begins_no_block_is_not_escaped(text):
    assert to_markdown([line(text)]) == text
