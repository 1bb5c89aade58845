"""The structure of an article's lines, as it is found in the page."""

from urllib.parse import urljoin

import pytest

from ingest.articles.body.align import align
from ingest.articles.body.walk import blocks
from ingest.articles.structure.lines import Numbered, paragraphs, structured
from ingest.articles.structure.markdown import to_markdown
from ingest.articles.tree import parse

URL = "https://news.example/2026/a.html"


def lines_of(markup, *, texts=None, url=URL, head=""):
    """Return the lines of a page, of all its blocks or of those with these texts."""
    page = parse(f"<html><head>{head}</head><body>{markup}</body></html>".encode(), None)
    found = blocks(page)
    chosen = "\n".join(found.texts).split("\n") if texts is None else texts
    return structured(page, found, list(map(Numbered, chosen, align(chosen, found.texts))), url)


def shown(lines):
    """Return the tags that hold each line, and its cells."""
    return [(" ".join(one.tag for one in line.within), *line.cells) for line in lines]


def test_headings_quotes_and_nested_lists_are_kept():
    lines = lines_of(
        "<h2>Why</h2><p>A text.</p><blockquote><p>One.</p><p>Two.</p></blockquote>"
        "<ol start=3><li>Three<ul><li>Inner</li></ul></li><li>Four</li></ol>"
    )
    assert shown(lines) == [
        ("h2", "Why"),
        ("p", "A text."),
        ("blockquote p", "One."),
        ("blockquote p", "Two."),
        ("ol li p", "Three"),
        ("ol li ul li p", "Inner"),
        ("ol li p", "Four"),
    ]
    assert lines[2].within[0] == lines[3].within[0]
    assert lines[4].within[0] == lines[6].within[0]
    assert lines[4].within[0].detail == "3"
    assert [line.text for line in lines] == ["Why", "A text.", "One.", "Two.", "Three", "Inner", "Four"]


def test_a_line_that_is_left_out_takes_its_structure_with_it():
    assert shown(lines_of("<p>One.</p><ul><li>Teaser</li></ul><p>Two.</p>", texts=["One.", "Two."])) == [
        ("p", "One."),
        ("p", "Two."),
    ]


def test_a_line_that_no_block_has_is_a_paragraph():
    lines = lines_of("<h2>Head</h2><ul><li>One</li></ul>", texts=["Head", "Not of the page", "One"])
    assert shown(lines) == [("h2", "Head"), ("p", "Not of the page"), ("ul li p", "One")]


def test_a_listing_keeps_its_indentation_its_empty_lines_and_its_language():
    lines = lines_of(
        '<p>See:</p><pre><code class="language-python">def f(x):\n\n    return x  \n\ty</code></pre><p>Done.</p>'
    )
    assert [line.cells[0] for line in lines] == ["See:", "def f(x):", "", "    return x", "\ty", "Done."]
    assert [line.text for line in lines] == ["See:", "def f(x):", "", "return x", "y", "Done."]
    assert {(one.tag, one.detail) for one in lines[2].within} == {("pre", "python")}


def test_a_listing_of_elements_or_line_breaks_is_one_listing():
    lines = lines_of("<pre><div>a</div><div>  b</div></pre><pre>c<br><br>  d</pre>")
    assert [(line.within[-1].tag, line.cells[0]) for line in lines] == [
        ("pre", "a"),
        ("pre", "  b"),
        ("pre", "c"),
        ("pre", ""),
        ("pre", "  d"),
    ]
    assert lines[0].within == lines[1].within != lines[2].within == lines[4].within


def test_a_table_of_data_has_its_cells_in_their_columns():
    lines = lines_of(
        "<table><thead><tr><th>Town</th><th>Count</th></tr></thead>"
        "<tr><td>Oslo</td><td></td><td>3</td></tr><tr><td colspan=2>All</td><td><p>4</p></td></tr></table>"
    )
    assert shown(lines) == [
        ("table tr", "Town", "Count"),
        ("table tr", "Oslo", "", "3"),
        ("table tr", "All"),
        ("table tr", "", "", "4"),
    ]
    assert lines[0].within[-1].detail == "th"
    assert lines[2].within == lines[3].within
    assert [line.text for line in lines] == ["Town Count", "Oslo 3", "All", "4"]


def test_a_cell_over_several_rows_moves_the_cells_beside_it():
    lines = lines_of(
        "<table><tr><th>Town</th><th>Year</th><th>Count</th></tr>"
        "<tr><td rowspan=2>Oslo</td><td>1911</td><td>3</td></tr>"
        "<tr><td>1912</td><td>4</td></tr><tr><td colspan=2 rowspan=0>Both</td><td>7</td></tr>"
        "<tr><td>Rome</td></tr></table>"
    )
    assert [line.cells for line in lines] == [
        ("Town", "Year", "Count"),
        ("Oslo", "1911", "3"),
        ("", "1912", "4"),
        ("Both", "", "7"),
        ("Rome",),
    ]


def test_the_caption_of_a_table_stands_above_it():
    lines = lines_of(
        "<table><caption>Towns of <b>1911</b></caption><tr><th>Town</th><th>Count</th></tr>"
        "<tr><td>Oslo</td><td>3</td></tr></table>"
    )
    assert shown(lines) == [("p", "Towns of **1911**"), ("table tr", "Town", "Count"), ("table tr", "Oslo", "3")]


def test_a_table_that_lays_out_its_page_is_none():
    lines = lines_of("<table><tr><td><h2>Head</h2></td><td>a</td></tr><tr><td><p>b</p></td><td>c</td></tr></table>")
    assert [tags.split()[-1] for tags, *_ in shown(lines)] == ["h2", "p", "p", "p"]


def test_a_quote_or_list_entry_that_holds_nearly_all_of_the_text_is_layout():
    text = "".join(f"<p>This is sentence {n} of the text.</p>" for n in range(9))
    assert {tags for tags, _ in shown(lines_of(f"<blockquote>{text}</blockquote><p>End.</p>"))} == {"p"}
    assert {tags for tags, _ in shown(lines_of(f"<ul><li>{text}</li><li>More.</li></ul>"))} == {"p"}


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        ("one <b>two</b> three", "one **two** three"),
        ("<a href='/b?x=1'>there</a> it is", "[there](https://news.example/b?x=1) it is"),
        ("<a href='javascript:void(0)'>there</a> <a href='#top'>up</a>", "there up"),
        ("<a href='https://news.example/2026/a.html#top'>up</a>", "up"),
        ("<a href='https://u:p@news.example/x'>there</a>", "[there](https://news.example/x)"),
        ("call <code>f(x)</code>", "call `f(x)`"),
        ("<a href='/x'><b>two</b></a>", "[**two**](https://news.example/x)"),
    ],
)
def test_marks_and_links_of_a_line_are_kept(markup, markdown):
    assert [line.cells for line in lines_of(f"<p>{markup}</p>")] == [(markdown,)]


def test_a_heading_is_not_bold():
    assert [line.cells for line in lines_of("<h2><strong>Why</strong></h2><strong><h3>How</h3></strong>")] == [
        ("Why",),
        ("How",),
    ]


def test_links_start_from_the_pages_base():
    lines = lines_of("<p><a href='b'>there</a></p>", head="<base href='/up/'>")
    assert lines[0].cells == ("[there](https://news.example/up/b)",)


def test_a_text_without_a_page_is_paragraphs():
    assert shown(paragraphs("One.\nTwo.")) == [("p", "One."), ("p", "Two.")]
    assert paragraphs("") == ()


def test_lines_that_stand_twice_are_found_twice():
    markup = "<p>Yes</p><table><tr><td>a<td>b<tr><td>a<td>b</table><ul><li>Yes</li><li>Yes</li></ul>"
    lines = lines_of(markup, texts=["Yes", "a b", "a b", "Yes", "Yes", "Yes"])
    kinds = ("p", "Yes"), ("table tr", "a", "b"), ("table tr", "a", "b"), ("ul li p", "Yes"), ("ul li p", "Yes")
    assert shown(lines)[:5] == list(kinds)
    assert lines[1].within != lines[2].within
    assert lines[3].within != lines[4].within


def test_a_line_that_its_row_lacks_is_a_row_of_its_own():
    page = parse(b"<table><tr><td>a<td>b</tr><tr><td>c<td>d</table>", None)
    found = blocks(page)
    lines = structured(page, found, [Numbered("a b", 0), Numbered("x y", 0), Numbered("c d", 1)], URL)
    assert to_markdown(lines).split("\n")[2:] == ["| a | b |", "| x y |  |", "| c | d |"]


@pytest.mark.parametrize(
    "address", ["/b", "/b?c=/../d", "/b/../c", "/./b", "//other.example/b", "/b;c", "b", "?q", "/ü b"]
)
@pytest.mark.parametrize("base", [URL, "https://NEWS.example:8080/", "//cdn.example/x/", "/x/y/", "mailto:a@b.example"])
def test_an_address_is_joined_to_its_base_as_browsers_do(address, base):
    (line,) = lines_of(f"<p>See <a href='{address}'>it</a></p>", head=f"<base href='{base}'>")
    expected = urljoin(urljoin(URL, base), address)
    is_web = expected.startswith("http")
    expected = expected.replace("NEWS", "news").replace(" ", "%20")
    assert line.cells[0] == (f"See [it]({expected})" if is_web else "See it")
