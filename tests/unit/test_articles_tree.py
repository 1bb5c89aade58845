import time

import pytest

from ingest.articles.tree import parse


def text_of(page: bytes) -> str:
    return " ".join(parse(page, None).xpath("string()").split())


@pytest.mark.parametrize("end", [b"</body>", b"</html>", b"</BODY ></HTML>"])
def test_the_text_below_an_early_end_of_the_body_is_kept(end):
    page = b"<html><body><div><p>Above.</p>" + end + b"<p>Below.</p></div></body></html>"
    tree = parse(page, None)
    assert [p.text for p in tree.iter("p")] == ["Above.", "Below."]
    assert len({p.getparent() for p in tree.iter("p")}) == 1


def test_a_root_that_closes_itself_holds_the_page():
    assert text_of(b'<html lang="fr"/><body><p>Bonjour.</p></body>') == "Bonjour."


@pytest.mark.parametrize("tag", ["article", "main", "SECTION class=a", "header"])
def test_the_bodys_own_tag_may_be_left_out(tag):
    tree = parse(f"<title>T</title><{tag}><p>Bonjour.</p>".encode(), None)
    assert "".join(tree.find("body").itertext()) == "Bonjour."


def test_wrappers_that_do_not_end_are_not_searched_for_ever():
    began_s = time.process_time()
    parse(("<div>" * 3000 + "x" + "<b " * 100_000).encode(), None)
    assert time.process_time() - began_s < 2


@pytest.mark.parametrize(
    ("depth", "tag"),
    [
        *((depth, b"div") for depth in (100, 300, 2000, 2100, 50_000)),
        *((2100, tag) for tag in (b"b", b"table", b"ul", b"details", b"nav", b"h1", b"svg", b"q", b"x-y")),
    ],
)
def test_a_text_is_kept_however_deep_the_wrappers_that_nobody_closed(depth, tag):
    page = b"<body><p>Before.</p>" + (b"<" + tag + b">") * depth + b"<p>Deep.</p><p>After.</p>"
    assert text_of(page).replace(" ", "") == "Before.Deep.After."


def test_control_characters_and_comments_are_gone():
    assert text_of(b"<p>one\x01\x00 two<!-- three --></p>") == "one two"


@pytest.mark.parametrize("page", [b"", b" \n"])
def test_an_empty_page_has_no_tree(page):
    assert parse(page, None) is None
