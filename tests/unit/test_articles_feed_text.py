"""The feed's own text as an article: its structure, and what is no text."""

import pytest

from ingest.text.markup import from_markup
from ingest.workers.tasks import extract_from_feed
from storage.records import SiteProfile
from tests.builders import entry


def content_of(**fields):
    return extract_from_feed(entry(url="https://news.example/2026/a.html", **fields), SiteProfile()).content


def of_feed(markup):
    return content_of(content=from_markup(markup), markup=markup)


def test_the_feeds_text_has_the_structure_of_its_markup():
    content = of_feed("<h2>Why</h2><p>It <b>is</b> <a href='b.html'>so</a>.</p><ul><li>One</li><li>Two</li></ul>")
    assert content.body == "Why\nIt is so.\nOne\nTwo"
    assert content.markdown == ("## Why\n\nIt **is** [so](https://news.example/2026/b.html).\n\n- One\n- Two")


def test_a_table_of_the_feed_has_a_row_a_line():
    content = of_feed("<table><tr><th>Town</th><th>Count</th></tr><tr><td>Oslo</td><td>3</td></tr></table>")
    assert content.body == "Town Count\nOslo 3"
    assert content.markdown == "| Town | Count |\n| --- | --- |\n| Oslo | 3 |"


def test_a_caption_of_the_feed_is_no_text():
    content = of_feed("<p>One.</p><figure><img src=/a.jpg alt=Ferry><figcaption>The ferry</figcaption></figure>")
    assert content.body == "One."
    assert content.markdown == "One.\n\n![Ferry](https://news.example/a.jpg)\\\nThe ferry"
    assert [(media.url, media.caption, media.position) for media in content.media] == [
        ("https://news.example/a.jpg", "The ferry", 1)
    ]


def test_a_text_of_captions_only_is_kept():
    assert of_feed("<figure><img src=/a.jpg><figcaption>The ferry</figcaption></figure>").body == "The ferry"


@pytest.mark.parametrize("markup", [None, "<p>Another text than the feed's.</p>"])
def test_lines_that_the_markup_has_not_are_paragraphs(markup):
    content = content_of(content="One *text*.\nTwo.", markup=markup)
    assert content.body == "One *text*.\nTwo."
    assert content.markdown == "One \\*text\\*.\n\nTwo."


def test_a_title_and_a_footer_that_were_cut_off_stay_cut_off():
    markup = "<h1>A title</h1><p>One.</p><p>Two.</p><p>The post A title appeared first on News.</p>"
    content = content_of(title="A title", content="One.\nTwo.", markup=markup)
    assert content.markdown == "One.\n\nTwo."
