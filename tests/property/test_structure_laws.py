"""Laws of an article's Markdown: whatever the text is, its readers find this text and this structure."""

import re
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rendered_words import MARKDOWN, words_of

from ingest.articles.structure.inline import Run, inline
from ingest.articles.structure.markdown import to_markdown
from storage.content import Container, Line
from tests.builders_lines import articles, lines, read, spaced, text_of
from tests.rendered import Block, blocks_of, inline_of


def canonical(blocks: list[Block]) -> list[Block]:
    """Number elements as they appear. Leave out which marks stand in a line."""
    numbers: dict[int, int] = {}
    return [
        replace(
            block,
            within=tuple((tag, numbers.setdefault(number, len(numbers))) for tag, number in block.within),
            content=tuple(
                replace(line, text=" ".join(line.text.split()), emphasis=(), code=(), opens_with_picture=False)
                for line in block.content
            ),
        )
        for block in blocks
    ]


@given(articles)
def test_the_words_are_those_of_the_body(article):
    body = "\n".join(line.text for line in article.lines if line.text)
    assert words_of(to_markdown(article.lines)) == re.findall(r"\w+", body)


@given(articles)
def test_the_structure_is_that_of_the_lines(article):
    assert canonical(blocks_of(to_markdown(article.lines))) == canonical(article.blocks)


@given(lines)
def test_a_line_keeps_its_text_and_links_and_gains_no_emphasis(line):
    found = rendered(line)
    assert (found.text.strip(), found.links, found.pictures) == (text_of(line), read(line).links, read(line).pictures)
    for mark in ("strong", "emphasis"):
        marked = Counter(c for run in line if isinstance(run, Run) and getattr(run, mark) for c in run.text)
        assert not Counter(c for kind, text in found.emphasis if kind == mark for c in text) - marked


@given(st.lists(spaced, min_size=1, max_size=6))
def test_marked_words_stay_marked(given):
    line = [part for run in given for part in (Run(" "), run)]
    found = Counter(rendered(line).emphasis)
    expected = {(mark, run.text) for run in given for mark in ("strong", "emphasis") if getattr(run, mark)}
    assert {(mark, word) for mark, word in found} == expected


@given(st.integers(1, 60), st.sampled_from(["blockquote", "ul"]), lines)
def test_elements_nested_too_deeply_lose_no_text(depth, tag, line):
    tags = [tag, "li"] * depth if tag == "ul" else [tag] * depth
    within = tuple(Container(name, number) for number, name in enumerate(tags))
    markdown = to_markdown([Line(text_of(line), (inline(line),), within), Line("w", ("w",), (Container("p", -1),))])
    assert words_of(markdown) == [*re.findall(r"\w+", text_of(line)), "w"]


def rendered(line):
    (found,) = inline_of(MARKDOWN.parseInline(inline(line))[0].children)
    return found
