"""Compares what CommonMark renderers make of the product's Markdown of the sample pages.

    .venv/bin/python scripts/quality/compare_renderers.py                   # each renderer that is installed
    .venv/bin/python scripts/quality/compare_renderers.py --sets structure  # fewer pages

markdown-it-py is the reference, since the law of the words is tested with it. The table says for each other renderer
in how many pages the words differ, and in how many the structure: elements, their order, their text and addresses.
Not compared: whether a list is tight, rows without text, how addresses are escaped, and characters without a width. It
ends with exit code 1 if words differ.

cmark-gfm is the package cmarkgfm of `.[bench]`. pandoc is the command, if there is one.
"""

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from urllib.parse import unquote

from lxml import html
from marked import DATA
from rendered_words import MARKDOWN, WORD
from score_structure import ALL_SETS, MAX_NAMED, PROCESSES, Page, content_of, line, pages_of

Event = tuple[str, str]
_SAME = {"b": "strong", "i": "em", "figure": "p", "embed": "img"}  # pandoc names some so
_UNSEEN = frozenset("thead tbody colgroup col div span figcaption".split())
_DETAILS = {"a": "href", "img": "src", "ol": "start"}
_HOST = re.compile(r"^(\w+:/*)[^/?#]*(?:xn--|[^\x00-\x7f])[^/?#]*")  # renderers may encode it
_BREAK = re.compile(r"<br ?/?>")


@dataclass(frozen=True, slots=True)
class Comparison:
    page: str
    words: tuple[str, ...] = ()
    structure: tuple[str, ...] = ()
    """The renderers that differ."""


def cmark_gfm(markdown: str) -> str:
    from cmarkgfm import markdown_to_html_with_extensions

    return str(markdown_to_html_with_extensions(markdown, 0, ["table", "strikethrough", "tasklist"]))


def pandoc(markdown: str) -> str:
    command = [
        "pandoc",
        "--from",
        "commonmark+pipe_tables",
        "--to",
        "html",
        "--wrap",
        "none",
        "--no-highlight",
        "--quiet",
    ]
    # Later versions warn at each page that --no-highlight has a longer name now.
    return subprocess.run(command, input=markdown, capture_output=True, check=True, text=True).stdout


def renderers() -> dict[str, Callable[[str], str]]:
    """Return the renderers that are installed."""
    found = {"cmark-gfm": cmark_gfm} if importlib.util.find_spec("cmarkgfm") else {}
    return found | ({"pandoc": pandoc} if shutil.which("pandoc") else {})


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="where the sets are; default: %(default)s")
    sets = {"choices": ALL_SETS, "default": list(ALL_SETS), "metavar": "SET", "help": ", ".join(ALL_SETS)}
    parser.add_argument("--sets", nargs="+", **sets)
    arguments = parser.parse_args(given)
    if not renderers():
        parser.error("there is no other renderer; .venv/bin/pip install -c scripts/constraints.txt -e '.[bench]'")
    pages = [page for name in arguments.sets for page in pages_of(arguments.data, name)]
    with Pool(PROCESSES) as pool:
        compared = [one for one in pool.imap(compare, pages, chunksize=8) if one]
    differing: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in compared:
        for kind, names in (("words", one.words), ("structure", one.structure)):
            for name in names:
                differing[name, kind].append(one.page)
    head = ["renderer", "pages", "words differ", "structure differs", "in"]
    print(line(head), line(["---"] * len(head)), sep="\n")
    for name in renderers():
        words, structure = differing[name, "words"], differing[name, "structure"]
        named = ", ".join(structure[:MAX_NAMED]) + (" …" if len(structure) > MAX_NAMED else "")
        print(line([name, f"{len(compared):,}", str(len(words)), str(len(structure)), named]))
    if any(one.words for one in compared):
        sys.exit(1)


def compare(page: Page) -> Comparison | None:
    markdown = content_of(page.html, page.url).markdown
    if not markdown:
        return None
    reference = MARKDOWN.render(markdown)
    others = {name: render(markdown) for name, render in renderers().items()}
    return Comparison(
        f"{page.set} {page.id}",
        tuple(name for name, markup in others.items() if words_in(markup) != words_in(reference)),
        tuple(name for name, markup in others.items() if structure_of(markup) != structure_of(reference)),
    )


def words_in(markup: str) -> list[str]:
    return WORD.findall(_root(_BREAK.sub("\n", markup)).text_content())


def structure_of(markup: str) -> list[Event]:
    """Return the elements and texts in their order."""
    joined: list[Event] = []
    for kind, detail in _events(_root(markup)):
        if kind == "text" and joined and joined[-1][0] == "text":
            joined[-1] = (kind, f"{joined[-1][1]} {detail}")
        else:
            joined.append((kind, detail))
    return joined


def _root(markup: str) -> html.HtmlElement:
    return html.fromstring(f"<div>{markup}</div>")


def _events(node: html.HtmlElement) -> Iterator[Event]:
    tag = _SAME.get(node.tag, node.tag)
    is_empty_row = tag == "tr" and not node.text_content().strip() and node.find(".//img") is None
    is_repeated_caption = tag == "figcaption"
    if not (is_empty_row or is_repeated_caption):
        is_shown = tag not in _UNSEEN and not (tag == "p" and node.getparent().tag == "li")
        if is_shown:
            yield tag, _detail(node, tag)
        yield from _text(node.text)
        for child in node:
            yield from _events(child)
        if is_shown:
            yield f"/{tag}", ""
    yield from _text(node.tail)


def _detail(node: html.HtmlElement, tag: str) -> str:
    if tag not in _DETAILS:
        return ""
    value = node.get(_DETAILS[tag]) or ("1" if tag == "ol" else "")
    return _HOST.sub(r"\1", unicodedata.normalize("NFC", unquote(unquote(value))))


def _text(text: str | None) -> Iterator[Event]:
    visible = "".join(c for c in text or "" if unicodedata.category(c) not in {"Cf", "Mn"})
    if words := " ".join(visible.split()):
        yield "text", words


if __name__ == "__main__":
    main(sys.argv[1:])
