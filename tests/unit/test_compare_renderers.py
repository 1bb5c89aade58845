"""What two renderers make of one Markdown is compared by words, elements and addresses."""

import compare_renderers
import pytest
from compare_renderers import structure_of, words_in
from rendered_words import MARKDOWN

from tests.builders_feeds import page
from tests.marked_set import marked_set


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


class PoolOfNone:
    """A pool that runs its work here: a replaced renderer is not in another process."""

    def __init__(self, _):
        self.imap = lambda work, pages, **_: map(work, pages)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def table_of(tmp_path, monkeypatch, capsys):
    """Return a function that compares a renderer on a page and returns the table's last row."""
    data = marked_set(tmp_path, "worldnews", a=(page(1), {"body": ""}))
    monkeypatch.setattr(compare_renderers, "Pool", PoolOfNone)

    def run(renderer):
        monkeypatch.setattr(compare_renderers, "renderers", lambda: {"other": renderer})
        compare_renderers.main(["--data", str(data), "--sets", "worldnews"])
        return capsys.readouterr().out.splitlines()[-1]

    return run


def test_the_table_counts_the_pages_that_a_renderer_reads_otherwise(table_of):
    assert table_of(MARKDOWN.render) == "| other | 1 | 0 | 0 |  |"
    assert table_of(lambda text: MARKDOWN.render(text).replace("p>", "h2>")) == "| other | 1 | 0 | 1 | worldnews a |"


def test_other_words_are_a_failure(table_of):
    with pytest.raises(SystemExit) as ending:
        table_of(lambda text: MARKDOWN.render(text).replace("commission", ""))
    assert ending.value.code == 1
