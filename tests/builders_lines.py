"""Hypothesis strategies of articles as their lines, each with the blocks that readers of its Markdown must find."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from ingest.articles.structure.inline import Picture, Run, inline
from ingest.text.markup import clean_line
from storage.content import Container, Line
from storage.records import Media
from tests.rendered import Block, Inline, address

MARKUP = (
    "**bold**", "_so_", "__init__", "snake_case_", "a*b*c", "* *", "***", "~~no~~", "~~~", "`code`", "``",
    "```py", "---", "===", "- a", "+ b", "* c", "> d", "# e #", "#", "1. f", "2) g", "1986.", "[ ] h", "[x] i",
    "[x]: http://a.example", "[y", "z]: http://b", "[t](http://c.example)", "](u)", "![a](b)",
    "[[[[[[[[[[[[[[[[[[[[[[[", "<b>", "</p>", "<!-- ", "a < b", "&amp;", "&#42;", "&", "R&D", "| a | b |",
    "|---|---|", ":-:", "C #", "C:\\dir\\*", "\\", "!", "(", ")", "« a »", "「あ」", "日本", "é", "\u093c", "a",
    "Wort, Wort.",
)  # fmt: skip
texts = (st.sampled_from(MARKUP) | st.text("ab *_`[]()<>!&;#\\~|-+=:1.」", max_size=9) | st.text(max_size=5)).map(
    clean_line
)
words = texts.map(lambda text: text if any(map(str.isalnum, text)) else f"{text} w".strip())
urls = st.builds(
    "{}{}".format,
    st.sampled_from(
        ["https://a.example/", "http://a.example/x_(y)?a=1&b=", "https://é.example/ü#", "mailto:a@b.example?"]
    ),
    st.text("ab ()<>\"'`*_|\\[]&;!#%é", max_size=8) | st.sampled_from(["&copy;", "&lt", "%20", "((", "))"]),
).map(str.strip)
pictures = st.builds(Picture, urls, texts)
spaced = st.builds(
    Run,
    st.sampled_from(["one", "two words", "it’s", "日本", "snake_case", "C:\\dir", "a*b", "R&amp;D", "100%s"]),
    *(st.none(), st.just(0), st.booleans(), st.booleans()),
)
"""Marked words that stand between spaces, and begin and end with a letter."""
marked = st.builds(
    Run,
    texts | st.sampled_from(["a ", " b", " ", ".", " (", ") "]),
    st.none() | urls,
    st.just(0),
    *(st.sampled_from([False, False, True]),) * 2,
    st.sampled_from([False] * 5 + [True]),
)
runs = st.lists(
    st.booleans().flatmap(lambda on: marked if on else st.builds(Run, words)) | pictures, min_size=1, max_size=5
)


def single_spaced(given: Sequence[Run | Picture]) -> list[Run | Picture]:
    """Return a line's runs as a walk over a page makes them: no double spaces, a number for each link."""
    line: list[Run | Picture] = []
    last = " "
    for number, run in enumerate(given, 1):
        if isinstance(run, Picture):
            line.append(run)
            continue
        text = "".join(c for c, before in zip(run.text, last + run.text, strict=False) if c != " " or before != " ")
        if text:
            last = text[-1]
            line.append(replace(run, text=text, link_number=number if run.link else 0))
    return line


def text_of(line: Sequence[Run | Picture]) -> str:
    return "".join(run.text for run in line if isinstance(run, Run)).strip()


lines = runs.map(single_spaced).map(lambda line: line if text_of(line) else [*line, Run("w")])


def read(line: Sequence[Run | Picture]) -> Inline:
    """Return a line as it must be read. What emphasis remains is another test's matter."""
    links = tuple(
        (address(run.link), run.text.strip()) for run in line if isinstance(run, Run) and run.link and run.text.strip()
    )
    found = tuple((address(run.url), run.alt) for run in line if isinstance(run, Picture))
    return Inline(text_of(line), links, pictures=found)


@dataclass
class Article:
    """Lines, and the blocks that must be read from them."""

    lines: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    number: int = 0

    def container(self, tag: str, detail: str = "") -> Container:
        self.number += 1
        return Container(tag, self.number, detail)

    def add(self, text: str, cells: tuple[str, ...], within: tuple[Container, ...], **more: object) -> None:
        self.lines.append(Line(text, cells, within, **more))  # type: ignore[arg-type]

    def block(self, kind: str, within: tuple[Container, ...], *content: Inline, **more: object) -> None:
        path = tuple(
            (f"{c.tag} {c.detail}" if c.tag == "ol" and c.detail not in {"", "1"} else c.tag, c.number) for c in within
        )
        self.blocks.append(Block(kind, path, content, **more))  # type: ignore[arg-type]


Part = Callable[[Article, tuple[Container, ...]], None]


def text_part(tag: str, given: Sequence[Sequence[Run | Picture]]) -> Part:
    def part(article: Article, within: tuple[Container, ...]) -> None:
        own = () if tag == "li" else (article.container(tag),)
        for line in given:
            article.add(text_of(line), (inline(line),), within + own)
        read_lines = [read(line) for line in given]
        if tag.startswith("h"):
            joined = [tuple(x for one in read_lines for x in getattr(one, name)) for name in ("links", "pictures")]
            read_lines = [Inline(" ".join(one.text for one in read_lines), joined[0], pictures=joined[1])]
        article.block("p" if tag == "li" else tag, within, *read_lines)

    return part


def picture_part(picture: Picture, captions: Sequence[str]) -> Part:
    def part(article: Article, within: tuple[Container, ...]) -> None:
        own = (*within, article.container("p"))
        article.add("", (inline([picture]),), own, media=(Media("picture", picture.url, "page"),))
        for caption in captions:
            article.add("", (inline([Run(caption)]),), (*within, article.container("p")), is_caption=True)
        article.block("picture", within, read([picture]), caption=tuple(captions))

    return part


def listing_part(language: str, given: Sequence[str]) -> Part:
    def part(article: Article, within: tuple[Container, ...]) -> None:
        own = (*within, article.container("pre", language))
        for line in given:
            article.add(clean_line(line), (line,), own)
        article.block("pre", within, text="\n".join(line.rstrip() for line in given), detail=language)

    return part


def table_part(has_header: bool, rows: Sequence[Sequence[Sequence[Run | Picture]]], split: bool) -> Part:
    def part(article: Article, within: tuple[Container, ...]) -> None:
        path = (*within, article.container("table"))
        width = max(len(row) for row in rows)
        for number, row in enumerate(rows):
            own = (*path, article.container("tr", "th" if has_header and number == 0 else ""))
            cells = [inline(cell) for cell in row]
            if split:  # a line for each cell
                for place, cell in enumerate(cells):
                    article.add(text_of(row[place]), ("",) * place + (cell,), own)
            else:
                article.add(" ".join(map(text_of, row)), tuple(cells), own)
            article.block("row", path, *map(read, row), *[Inline("")] * (width - len(row)))

    return part


def quote_part(parts: Sequence[Part]) -> Part:
    def part(article: Article, within: tuple[Container, ...]) -> None:
        own = (*within, article.container("blockquote"))
        for inner in parts:
            inner(article, own)

    return part


def list_part(tag: str, start: int, entries: Sequence[Sequence[Part]]) -> Part:
    def part(article: Article, within: tuple[Container, ...]) -> None:
        path = (*within, article.container(tag, str(start) if tag == "ol" else ""))
        for entry in entries:
            own = (*path, article.container("li"))
            for inner in entry:
                inner(article, own)

    return part


paragraphs = st.builds(text_part, st.just("p"), st.lists(lines, min_size=1, max_size=2))
headings = st.builds(text_part, st.sampled_from(["h1", "h2", "h3", "h6"]), st.lists(lines, min_size=1, max_size=2))
own_texts = st.builds(text_part, st.just("li"), st.lists(lines, min_size=1, max_size=2))
picture_parts = st.builds(picture_part, pictures, st.lists(words, max_size=2))
code_lines = st.builds("{}{}".format, st.sampled_from(["", "  ", "    ", "\t"]), texts | st.just("")).map(str.rstrip)
listings = st.builds(
    lambda language, first, given: listing_part(language, [*given, first]),
    st.sampled_from(["", "python", "c++"]),
    words,
    st.lists(code_lines, max_size=3),
)
tables = st.builds(
    table_part,
    st.booleans(),
    st.lists(st.lists(lines, min_size=1, max_size=3), min_size=1, max_size=3),
    st.booleans(),
)
leaves = paragraphs | headings | picture_parts | listings | tables


def containers(parts: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    entry = st.lists(parts, min_size=1, max_size=2) | st.builds(
        lambda own, more: [own, *more], own_texts, st.lists(parts, max_size=2)
    )
    return st.builds(quote_part, st.lists(parts, min_size=1, max_size=3)) | st.builds(
        list_part,
        st.sampled_from(["ul", "ol"]),
        st.sampled_from([1, 1, 0, 7, 98]),
        st.lists(entry, min_size=1, max_size=3),
    )


def article_of(parts: Sequence[Part]) -> Article:
    article = Article()
    for part in parts:
        part(article, ())
    return article


articles = st.lists(st.recursive(leaves, containers, max_leaves=6), max_size=5).map(article_of)
