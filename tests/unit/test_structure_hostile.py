"""Pages that would cost too much, or whose structure would be lost."""

import re
import time

import pytest
from rendered_words import words_of

from ingest.articles.structure.markdown import to_markdown
from tests.unit.test_structure_lines import lines_of, shown

TEXT = "<p>A first sentence of the text.</p>"


def lawful(markup, *, head=""):
    """Return the Markdown of a page in bounded time. Its words are those of the text."""
    began_s = time.process_time()
    lines = lines_of(TEXT + markup, head=head)
    markdown = to_markdown(lines)
    assert time.process_time() - began_s < 3
    assert words_of(markdown) == re.findall(r"\w+", "\n".join(line.text for line in lines))
    return markdown


@pytest.mark.parametrize(
    "markup",
    [
        f"<table><tr>{'<td>x</td>' * 30_000}</tr><tr><td>a<td>b</tr></table>",
        f"<picture><source srcset='{'a' * 9_000}{' 1w' * 9_000}'>{'<img src=/a.jpg>' * 500}</picture>",
        f"<img srcset='{',' * 200_000}'>" * 5,
        f"<img srcset='{'a' * 200_000} 1' src=/a.jpg>",
        f"<p>x<b>{'. ' * 50_000}a</b>y</p>",
        f"<p>{'<b>w.</b><i>.x</i>' * 5_000}</p>",
        f"<table><tr>{'<td colspan=999999999>a</td>' * 60}</tr>{'<tr><td>x<td>y</tr>' * 500}</table>",
        f"{'<div><img src=/a.jpg>' * 600}{'<figure><img src=/b.jpg><figcaption>C</figcaption></figure>' * 3_000}",
        f"<figure>{'<img src=/c.jpg>' * 3_000}{'<figcaption>A caption</figcaption>' * 3_000}</figure>",
        f"{'<table><tr><td>a<td>b ' * 300}",
        f"<p>{'[' * 50_000}</p><p>[{'a' * 50_000}</p><h2>{'# ' * 20_000}</h2><p>{'|-: ' * 20_000}x</p>",
    ],
)
def test_odd_pages_take_no_more_than_their_share_of_time(markup):
    lawful(markup)


@pytest.mark.parametrize(
    ("markup", "head"),
    [
        ("<p>" + "".join(f"<a href='/{'x' * 8_000}{n}'>w</a> " for n in range(300)) + "</p>", ""),
        ("".join(f"<p><a href=/{n}>w</a></p>" for n in range(5_000)), f"<base href='/{'x' * 8_000}/'>"),
        (f"<a href='/{'x' * 8_000}'>{'<p>w</p>' * 2_000}</a>", ""),
        (f"<p><a href='/{'x' * 8_000}'>{'w<br>' * 2_000}</a></p>", ""),
        ("<table>" + "<tr>" + "<td>a" * 50 + "<tr><td>b" * 9_000 + "</table>", ""),
        (f"<pre class='language-{'x' * 500_000}'>a = b</pre>", ""),
    ],
)
def test_markdown_is_no_multiple_of_its_page(markup, head):
    assert len(lawful(markup, head=head)) < 300_000


@pytest.mark.parametrize("address", ["http://[::1", "https://[x]/a", "http://a℀b/", "//[", "https://a/" + "b" * 9_000])
def test_an_address_that_cannot_be_read_costs_the_page_nothing_else(address):
    head = f"<base href='{address}'>"
    lines = lines_of(f"<h2>Why</h2><p>See <a href='{address}'>it</a>.</p><img src='{address}'>", head=head)
    assert shown(lines) == [("h2", "Why"), ("p", "See it.")]
