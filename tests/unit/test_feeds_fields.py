import pytest

from ingest.feeds import fields


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (["Jane Doe"], ("Jane Doe",)),
        (["Jane Doe", "JANE DOE", "John Roe"], ("Jane Doe", "John Roe")),
        (["a@b.example (Jane Doe)"], ("Jane Doe",)),
        (["Jane Doe <jane@b.example>"], ("Jane Doe",)),
        (["Jane Doe (jane@b.example)"], ("Jane Doe",)),
        (["hidden (jane)"], ("jane",)),
        (["jane@b.example"], ()),
        (["admin", "", " ", "https://b.example/jane"], ()),
        (["By Jane Doe"], ("Jane Doe",)),
        (["Jane Doe, John Roe and Max Poe"], ("Jane Doe", "John Roe", "Max Poe")),
        (["Anne Le Roux et Jean de La Fontaine"], ("Anne Le Roux", "Jean de La Fontaine")),
        (["Jana Muster und Max Muster"], ("Jana Muster", "Max Muster")),
        (["Doe, Jane"], ("Doe, Jane",)),
        (["Jane Doe, PhD"], ("Jane Doe, PhD",)),
        (["Simon and Garfunkel"], ("Simon and Garfunkel",)),
        (["a text that somebody put into the wrong field " * 20], ()),
        (["M&amp;M"], ("M&M",)),
    ],
)
def test_bylines_become_names(raw, expected):
    assert fields.names(raw) == expected


def test_tags_are_clean_and_distinct():
    assert fields.tags(["Tech", "tech", " #AI ", "R&amp;D", "", "http://schemas.example/kind"]) == ("Tech", "AI", "R&D")


def test_there_are_at_most_fifty_tags():
    assert len(fields.tags(str(n) for n in range(80))) == fields.MAX_TAGS


def texts(title, description, contents):
    found = fields.texts(title, fields.Text(description), [fields.Text(content) for content in contents])
    return found.summary, found.content


def test_a_content_field_is_the_content_and_the_description_the_summary():
    assert texts(None, "Short.", ["The full text."]) == ("Short.", "The full text.")


def test_a_long_description_is_the_content_too():
    text = "word " * 300 + "end."
    assert texts(None, text, []) == (text, text)


def test_a_short_description_is_not_content():
    assert texts(None, "Short.", []) == ("Short.", None)


def test_without_a_description_the_summary_is_the_beginning_of_the_content():
    content = "word " * 1000 + "end."
    summary, kept = texts(None, "", [content])
    assert kept == content
    assert summary == "word " * 399 + "word …"


@pytest.mark.parametrize("end", ["[…]", "[...]", "… Read more »", "Continue reading The Title →", "Lire la suite", "…"])
def test_a_teaser_is_not_content(end):
    assert texts(None, "", [f"It begins well {end}"]) == (f"It begins well {end}", None)


def test_the_longest_full_text_wins():
    long = "A long description. " * 60
    assert texts(None, long, ["Shorter content."])[1] == long


def test_the_title_and_the_feeds_footer_are_removed_from_the_text():
    text = "The Title\nThe text.\nThe post The Title first appeared on The Site."
    assert texts("The title", text, [text]) == ("The text.", "The text.")


def test_a_description_escaped_twice_is_unescaped_twice():
    assert texts(None, "Merck &amp; Co.&nbsp;said", [])[0] == "Merck & Co. said"


DESCRIPTION = fields.read_text("<p>Short.</p>")
CONTENT = fields.read_text("<p>The <b>full</b> text.</p>")


def test_a_text_is_traced_to_its_markup():
    assert fields.texts(None, DESCRIPTION, [CONTENT]).read_from == CONTENT
    assert fields.texts(None, DESCRIPTION, []).read_from == DESCRIPTION
    assert fields.texts(None, fields.Text(), [fields.read_text("<p>A teaser …</p>")]).read_from.text == "A teaser …"
    assert fields.texts(None, fields.Text(), []).read_from.markup is None


def test_the_markup_is_that_of_the_longest_text():
    long = fields.read_text(f"<p>{'A long description. ' * 60}</p>")
    assert fields.texts(None, long, [CONTENT]).read_from.markup == long.markup


def test_the_markup_of_a_text_escaped_twice_is_unescaped_twice():
    found = fields.texts(None, fields.read_text("<p>Merck &amp;amp; Co &amp;lt;b&amp;gt;</p>"), [])
    assert (found.summary, found.read_from.markup) == ("Merck & Co <b>", "<p>Merck &amp; Co &lt;b&gt;</p>")
