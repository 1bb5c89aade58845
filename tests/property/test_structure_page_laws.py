"""Laws of the structure of pages: whatever their markup is, no line is lost, and the Markdown has its words."""

import re

from hypothesis import given
from hypothesis import strategies as st
from rendered_words import words_of

from ingest.articles.body.align import align
from ingest.articles.body.walk import blocks
from ingest.articles.structure.lines import Numbered, structured
from ingest.articles.structure.markdown import to_markdown
from ingest.articles.tree import parse
from ingest.text.markup import clean
from tests.builders_lines import MARKUP

URL = "https://news.example/a"
TAGS = (
    "p div span blockquote ul ol li dl dd table tr td th thead caption pre code b i em strong a h2 h4 figure figcaption"
    " section button svg math template noscript select font q sub ruby rt"
).split()  # fmt: skip
ODD = (
    "word", "two words ", " and", ".", "\u202ertl", "\u200b", "e\u0301", "\u0301", "\ufeff", "\xa0", "&#0;", "\x0b",
    "日本", "a\nb", "&lt;b&gt;",
)  # fmt: skip
ATTRIBUTES = (
    "", "", " href=/x", " href='https://u:p@h.example/(a'", " href=javascript:x", " href='http://[::1'", " start=7",
    " colspan=999999999", " class=language-c", " class=author", " hidden",
)  # fmt: skip
VOIDS = (
    "<br>", "<br><br>", "<hr>", "<img src=/a.jpg alt='*a* [b'>", "<img srcset='/a 1x,/b 2x'>",
    "<iframe src=https://youtu.be/a></iframe>",
)  # fmt: skip
texts = st.sampled_from((*MARKUP, *ODD))
attributes = st.sampled_from(ATTRIBUTES)
voids = st.sampled_from(VOIDS)


def elements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    content = st.lists(inner, max_size=4).map("".join)
    closed = st.builds(
        lambda tag, more, text: f"<{tag}{more}>{text}</{tag}>", st.sampled_from(TAGS), attributes, content
    )
    return closed | st.builds(
        lambda tag, more, text: f"<{tag}{more}>{text}", st.sampled_from(TAGS), attributes, content
    )


pages = st.lists(st.recursive(texts | voids, elements, max_leaves=12), min_size=1, max_size=5).map("".join)


@given(pages, st.randoms(use_true_random=False), st.booleans())
def test_every_line_is_kept_in_order_and_the_words_are_those_of_the_body(markup, random, is_aligned):
    page = parse(markup.encode("utf-8", "replace"), "text/html; charset=utf-8")
    if page is None:
        return
    found = blocks(page)
    chosen = [number for number in range(len(found.texts)) if random.random() < 0.8]
    numbered = [(line, number) for number in chosen for line in cleaned(found.texts[number])]
    texts = [line for line, _ in numbered]
    numbers = align(texts, found.texts) if is_aligned else [number for _, number in numbered]
    lines = structured(page, found, list(map(Numbered, texts, numbers)), URL, picture_url="https://news.example/a.jpg")
    assert [line.text for line in lines if line.text] == texts
    assert words_of(to_markdown(lines)) == re.findall(r"\w+", "\n".join(texts))


def cleaned(text: str) -> list[str]:
    return [line for line in clean(text).split("\n") if line]
