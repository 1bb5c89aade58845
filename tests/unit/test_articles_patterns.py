from types import ModuleType

import pytest
from lxml import etree, html

from ingest.articles.body.advice import EXPRESSIONS
from ingest.articles.body.patterns import faster, faster_expressions, slots
from ingest.articles.tree import parse
from tests.builders_pages import ARTICLES, article_page

NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
PAGE = html.fromstring(
    "<div id='top'><p class='Share-bar'>a</p><p id='x' class='share'>b</p><p class='x' id='share'>c</p><p>d</p>"
    "<p class='comment'>e</p><span class='share comment'>f</span></div>"
)


@pytest.mark.parametrize(
    ("path", "letters"),
    [
        (".//p[re:test(@class, '^share|comm')]", "be"),
        (".//p[re:test(@class, '^share', 'i')]", "ab"),
        (".//*[re:test(@id|@class, 'share')]", "f"),
        (".//p[not(re:test(@class, 'share'))]", "acde"),
        (".//p[re:test(@class, 'share') or re:test(@id, 'share')]", "bc"),
        (".//p[re:test(@class, 'x*$')][1]", "a"),
        (".//p[re:test(string(), '[de]')]", "de"),
        (".//p[@class]", "abce"),
    ],
)
def test_a_faster_expression_gives_the_same_answers(path, letters):
    expression = etree.XPath(path, namespaces=NAMESPACES)
    for _ in range(2):  # asked, then remembered
        assert "".join(node.text for node in faster(expression)(PAGE)) == letters
    assert faster(expression)(PAGE) == expression(PAGE)


def test_a_module_has_its_own_expressions_again_afterwards():
    one, other = (etree.XPath(f".//p[re:test(@class, {word!r})]", namespaces=NAMESPACES) for word in ("share", "x"))
    module = ModuleType("expressions")
    vars(module).update(one=one, many=[other], number=1, numbers=[1])
    with faster_expressions(slots(module)):
        assert module.one is not one
        assert module.many != [other]
    assert (module.one, module.many) == (one, [other])


def test_the_expressions_of_trafilatura_have_faster_ones_with_the_same_answers():
    names = "share-bar newsletter cookie-notice comment-list related post-content hidden".split()
    extra = "".join(f"<div class={name!r}><p id={name!r}>{name}</p></div>" for name in names).encode()
    page = parse(article_page(*ARTICLES["en"]).replace(b"</article>", extra + b"</article>"), None)
    expressions = [holder[key] for holder, key in EXPRESSIONS]
    for expression in expressions:
        assert faster(expression)(page) == expression(page)
    assert any(faster(expression) is not expression for expression in expressions)
