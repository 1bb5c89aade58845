"""Scores the Markdown of the product beside other tools, and checks that its words are those of the text.

    .venv/bin/python scripts/quality/score_structure.py                         # everything
    .venv/bin/python scripts/quality/score_structure.py --without newspaper4k   # beside fewer tools
    .venv/bin/python scripts/quality/score_structure.py --sets                  # no check of the words
    .venv/bin/python scripts/quality/score_structure.py --out DIR               # writes DIR/TOOL.jsonl too

The first table is of the pages in DATA/structure, whose structure was corrected by hand. It has F1 of each kind over
all items, the mean of the kinds without images, the mean of the text's F1, the number of addresses that are not
absolute, and the number of pages where the tool failed. These count as empty. The scorer judges (--scorer).

The second table is of every sample page of every set. The words of the rendered Markdown, without alternative texts,
captions and list numbers, must be those of the body: `words differ` must be 0.
"""

import argparse
import gzip
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import Pool
from pathlib import Path

import cleaners
from marked import DATA, SETS, Marked
from rendered_words import WORD, words_of

from ingest.text.charset import decode
from ingest.workers.tasks import PageTask, extract_page
from storage.content import Content
from storage.records import NewEntry, SiteProfile

SCORER = DATA.parent / "quality/structure.py"
ADDRESS = "http://fakehost/test/page.html"  # of the pages in `structure`
ALL_SETS = (*SETS, "structure", "unmarked")
PROCESSES = 2
MAX_NAMED = 5
ROW = re.compile(r"^(?P<kind>[a-z]+(?: [a-z]+)?) +[\d.]+ +[\d.]+ +(?P<f1>[\d.]+) ", re.MULTILINE)
MEAN = re.compile(r"^mean +(?P<f1>[\d.]+) ", re.MULTILINE)
TEXT = re.compile(r"^text F1 (?P<text>[\d.]+) .*relative URLs (?P<relative>\d+)", re.MULTILINE)

Figures = dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    set: str
    id: str
    url: str
    file: Path

    @property
    def html(self) -> bytes:
        body = self.file.read_bytes()
        return gzip.decompress(body) if self.file.suffix == ".gz" else body


@dataclass(frozen=True, slots=True)
class Check:
    """A page's article: its bytes, and whether the words of its Markdown are those of its body."""

    page: str
    set: str
    is_article: bool
    has_markdown: bool = False
    differs: bool = False
    body_bytes: int = 0
    markdown_bytes: int = 0


def content_of(body: bytes, url: str) -> Content:
    entry = NewEntry(guid="", url=url, title=None)
    task = PageTask(url, None, entry, datetime.now(UTC), "combined", SiteProfile())
    page = extract_page(body, task)
    assert page is not None, "only a page that continues another can be refused"
    return page.content


def product(body: bytes, url: str) -> str:
    return content_of(body, url).markdown or ""


def trafilatura(body: bytes, url: str) -> str:
    from trafilatura import extract

    options = {"include_formatting": True, "include_links": True, "include_images": True}
    return extract(body, url=url, output_format="markdown", **options) or ""


def readability(body: bytes, url: str) -> str:
    from readability import Document

    return from_html(Document(decode(body, None), url=url).summary(html_partial=True))


def newspaper4k(body: bytes, url: str) -> str:
    return from_html(cleaners.newspaper_article(body, url).article_html)


def from_html(markup: str) -> str:
    from markdownify import markdownify

    return str(markdownify(markup, heading_style="ATX"))


TOOLS: dict[str, Callable[[bytes, str], str]] = {
    "product": product,
    "trafilatura": trafilatura,
    "readability-lxml + markdownify": readability,
    "newspaper4k + markdownify": newspaper4k,
}
MODULES = {
    "trafilatura": ("trafilatura",),
    "readability-lxml + markdownify": ("readability", "markdownify"),
    "newspaper4k + markdownify": ("newspaper", "markdownify"),
}


def main(given: Sequence[str]) -> None:
    arguments = parsed(given)
    columns = {tool: scored(tool, arguments) for tool in chosen(arguments.without)}
    kinds = list(next(iter(columns.values())))
    print(line(["F1", *columns]), line(["---"] * (len(columns) + 1)), sep="\n")
    for kind in kinds:
        print(line([kind, *(figures.get(kind, "–") for figures in columns.values())]))
    if arguments.sets:
        print()
        checked(arguments)


def parsed(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="where the sets are; default: %(default)s")
    parser.add_argument("--scorer", type=Path, default=SCORER, help="the program that judges; default: %(default)s")
    parser.add_argument(
        "--sets", nargs="*", choices=ALL_SETS, default=list(ALL_SETS), metavar="SET", help=", ".join(ALL_SETS)
    )
    others = [tool.split()[0] for tool in MODULES]
    parser.add_argument("--without", nargs="+", choices=others, default=[], metavar="TOOL", help=", ".join(others))
    parser.add_argument("--out", type=Path, metavar="DIR")
    arguments = parser.parse_args(given)
    if not list((arguments.data / "structure").glob("*/expected.html")):
        parser.error(f"there are no marked pages in {arguments.data / 'structure'}; name their folder with --data")
    if not arguments.scorer.is_file():
        parser.error(f"there is no {arguments.scorer}; name the program that judges with --scorer")
    return arguments


def chosen(without: Iterable[str]) -> list[str]:
    wanted = [tool for tool in TOOLS if tool.split()[0] not in without]
    lacking = [tool for tool in wanted if not all(map(importlib.util.find_spec, MODULES.get(tool, ())))]
    if lacking:
        print(f"not installed: {', '.join(lacking)}; to have them: {cleaners.HOW_TO_INSTALL}", file=sys.stderr)
    return [tool for tool in wanted if tool not in lacking]


def scored(tool: str, arguments: argparse.Namespace) -> Figures:
    """Return the figures that the scorer gives for a tool's Markdown."""
    pages = list(pages_of(arguments.data, "structure"))
    with Pool(PROCESSES) as pool:
        rows = pool.starmap(row_of, [(tool, page) for page in pages], chunksize=4)
    with tempfile.TemporaryDirectory() as folder:
        file = (arguments.out or Path(folder)) / f"{tool.split(maxsplit=1)[0]}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        command = [sys.executable, arguments.scorer, file, "--data", arguments.data / "structure"]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return figures_of(out) | {"failed": str(sum("error" in row for row in rows))}


def figures_of(out: str) -> Figures:
    """Return the figures of what the scorer prints."""
    mean, text = MEAN.search(out), TEXT.search(out)
    assert mean, f"the scorer printed no mean: {out}"
    assert text, f"the scorer printed no figure of the text: {out}"
    kinds = {found["kind"]: short(found["f1"]) for found in ROW.finditer(out)}
    return kinds | {
        "mean without images": short(mean["f1"]),
        "text": short(text["text"]),
        "relative addresses": text["relative"],
    }


def row_of(tool: str, page: Page) -> dict[str, str]:
    warnings.simplefilter("ignore")
    try:
        return {"id": page.id, "markdown": TOOLS[tool](page.html, page.url)}
    except Exception as error:  # noqa: BLE001 (a tool's failure is a result)
        return {"id": page.id, "markdown": "", "error": f"{type(error).__name__}: {error}"}


def pages_of(data: Path, name: str) -> Iterator[Page]:
    """Yield the pages of a set; none if the set is not there."""
    folder = data / name
    if name == "structure":
        for file in sorted(folder.glob("*/source.html*")):
            yield Page(name, file.parent.name, ADDRESS, file)
    elif name == "unmarked":
        for file in sorted(folder.glob("*.html.gz")):
            yield Page(name, file.name, f"https://{file.name.removesuffix('.html.gz')}/", file)
    elif folder.exists():
        for row in Marked(data).truth(name):
            yield Page(name, row["id"], row["url"] or "", folder / "html" / f"{row['id']}.html.gz")


def checked(arguments: argparse.Namespace) -> None:
    """Print for each set in how many pages the words differ, and what its Markdown adds to its bodies."""
    head = ["set", "pages", "articles", "without Markdown", "words differ", "body bytes", "Markdown bytes", "more"]
    print(line(head), line(["---"] * len(head)), sep="\n", flush=True)
    differing: list[str] = []
    with Pool(PROCESSES) as pool:
        for name in arguments.sets:
            checks = pool.map(check, pages_of(arguments.data, name), chunksize=8)
            articles = [one for one in checks if one.is_article]
            differing += [f"{one.set} {one.page}" for one in articles if one.differs]
            counts = Counter(
                without=sum(not one.has_markdown for one in articles),
                differ=sum(one.differs for one in articles),
                body=sum(one.body_bytes for one in articles if one.has_markdown),
                markdown=sum(one.markdown_bytes for one in articles),
            )
            more = f"{counts['markdown'] / counts['body'] - 1:.0%}" if counts["body"] else "–"
            cells = [len(checks), len(articles), *(counts[key] for key in ("without", "differ", "body", "markdown"))]
            print(line([name, *(f"{cell:,}" for cell in cells), more]), flush=True)
    if differing:
        named = ", ".join(differing[:MAX_NAMED]) + (" …" if len(differing) > MAX_NAMED else "")
        sys.exit(f"the words of the Markdown are not those of the body: {named}")


def check(page: Page) -> Check:
    content = content_of(page.html, page.url)
    if content.verdict != "article" or content.markdown is None:
        return Check(page.id, page.set, content.verdict == "article")
    differs = words_of(content.markdown) != WORD.findall(content.body)
    sizes = (len(text.encode()) for text in (content.body, content.markdown))
    return Check(
        page.id,
        page.set,
        is_article=True,
        has_markdown=True,
        differs=differs,
        body_bytes=next(sizes),
        markdown_bytes=next(sizes),
    )


def short(figure: str) -> str:
    return f"{float(figure):.3f}".removeprefix("0")


def line(row: Iterable[str]) -> str:
    return f"| {' | '.join(row)} |"


if __name__ == "__main__":
    main(sys.argv[1:])
