import time

from ingest.articles.body.blocks import Blocks
from ingest.articles.body.walk import blocks
from ingest.articles.tree import parse


def cut(markup: str) -> Blocks:
    return blocks(parse(f"<html><body>{markup}</body></html>".encode(), None))


def test_a_block_is_what_a_browser_sets_as_one_paragraph():
    markup = "<h2>Head</h2><p>One <b>bold</b>\n word.</p><div>Loose<p>Two.</p>text</div><ul><li>a<li>b</ul>"
    assert cut(markup).texts == ["Head", "One bold word.", "Loose", "Two.", "text", "a", "b"]


def test_a_table_is_read_row_by_row():
    markup = "<table><tr><th>City<th>People</tr><tr><td>Nantes<td><p>320,000</p></table>"
    assert cut(markup).texts == ["City People", "Nantes", "320,000"]
    assert cut(markup.replace("<p>", "").replace("</p>", "")).texts == ["City People", "Nantes 320,000"]


def test_code_keeps_its_line_breaks():
    assert cut("<pre><code>if rain:\n    wait()\n</code></pre>").texts == ["if rain:\nwait()"]


def test_one_break_ends_a_line_and_two_a_paragraph():
    assert cut("<div>One,<br>two.<br> <br>Three.</div>").texts == ["One,\ntwo.", "Three."]


def test_links_are_counted_with_their_characters():
    found = cut("<p>See <a href='/x'>this <i>one</i></a> and <a href='/y'>that</a>.</p><p>None.</p>")
    assert (found.links, found.linked) == ([2, 0], [len("this") + len("one") + len("that"), 0])


def test_what_is_not_text_is_silent():
    markup = "<script>no</script><style>no</style><p>Yes<noscript>no</noscript>.</p><button>no</button>"
    assert cut(markup).texts == ["Yes."]


def test_an_article_in_a_button_that_was_never_closed_is_read():
    assert cut(f"<button>Menu<div><p>{'A long text. ' * 60}</p></div>").texts[0] == "Menu"
    assert len(cut(f"<button>Menu<div><p>{'A long text. ' * 60}</p></div><p>x").texts) == 3


def test_an_article_in_noscript_is_read_and_a_notice_there_is_not():
    assert len(cut(f"<noscript><div><p>{'A long text. ' * 60}</p><p>x</p></div></noscript>").texts) == 2
    assert cut("<noscript><p>Please switch JavaScript on.</p></noscript><p>x").texts == ["x"]


def test_an_article_in_a_template_that_a_browser_shows_is_read():
    shadow = f"<x-story><template shadowrootmode=open><p>{'A long text. ' * 60}</p><p>x</p></template></x-story>"
    assert len(cut(shadow).texts) == 2


def test_nested_elements_that_were_never_closed_are_read_at_once():
    began_s = time.process_time()
    cut("<svg><p>" * 300 + "長い文。" * 100_000)
    assert time.process_time() - began_s < 4


def test_readings_beside_words_are_not_text():
    markup = "<p><ruby>渡<rp>(</rp><rt>わた</rt><rp>)</rp>し<rt>し</rt>船</ruby>が残る。</p>"
    assert cut(markup).texts == ["渡し船が残る。"]


def test_totals_of_a_place_are_over_the_blocks_inside_it():
    found = cut(f"<div class='post'><p>{'Prose. ' * 20}</p><p><a href='/'>Link</a></p></div><p>Out</p>")
    div = next(number for number, place in enumerate(found.elements) if place.tag == "div")
    assert [found.is_in(place, div) for place in found.places] == [True, True, False]
    totals = found.totals
    assert (totals.blocks[0], totals.blocks[div]) == (3, 2)
    assert (totals.links[div], totals.linked[div]) == (1, len("Link"))
    assert totals.prose[div] == len(found.texts[0])
    assert (totals.paragraphs[0], totals.paragraphs[div]) == (1, 2)


def test_names_hidden_elements_and_sections_are_noted():
    found = cut("<aside id='relatedPosts' role='note'><p>a</p></aside><div style='display:none'><p>b</p></div><p>c</p>")
    aside = found.elements[1]
    assert aside.tokens == {"related", "posts", "role=note"}
    places = [found.elements[place] for place in found.places]
    assert [place.hidden for place in places] == [False, True, False]
    assert [bool(place.sectioning) for place in places] == [True, False, False]


def test_the_buttons_of_a_consent_notice_are_noted():
    found = cut("<div><p>We use cookies.</p><button>Accept all</button></div><div><button>Play</button></div>")
    assert [found.elements[place].tag for place in found.notices] == ["div"]


def test_a_tree_may_be_deep():
    assert cut("<div>" * 1500 + "<p>Deep.</p>").texts == ["Deep."]
