"""What two renderers make of one Markdown is compared by words, elements and addresses."""

import pytest
from compare_renderers import structure_of, words_in


@pytest.mark.parametrize(
    "other",
    [
        "<p>A b</p>",
        "<p>a <em>b</em></p>",
        "<p>a</p><p>b</p>",
        "<ul><li>a b</li></ul>",
        '<p><a href="https://a.example/">a b</a></p>',
        "<table><tr><td>a b</td></tr></table>",
    ],
)
def test_another_text_element_or_place_is_another_structure(other):
    assert structure_of(other) != structure_of("<p>a b</p>")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<ul><li>a</li></ul>", "<ul>\n<li><p>a</p></li></ul>"),
        ("<p>a\nb<br>c</p>", "<p>a b<br />\nc</p>"),
        ("<table><thead><tr><th></th></tr></thead><tbody><tr><td>a</td></tr></tbody></table>",
         "<table><tr><td>a</td></tr></table>"),
        ('<p><a href="https://é.example/ü%20(">a</a></p>', '<p><a href="https://xn--9ca.example/%C3%BC%20%28">a</a></p>'),
        ('<p><img src="a.png" alt="x"></p>', '<figure><img src="a.png"><figcaption>x</figcaption></figure>'),
    ],
)  # fmt: skip
def test_what_renderers_are_free_to_write_is_the_same(one, other):
    assert structure_of(one) == structure_of(other)


def test_words_end_at_line_breaks():
    assert words_in("<p>a<br>b</p>") == words_in("<p>a<br />\nb</p>") == ["a", "b"]
