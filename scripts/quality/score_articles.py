"""Scores the product's cleaning of marked pages beside other tools, and lists its worst pages by cause.

    .venv/bin/python scripts/quality/score_articles.py               # the table: all sets, all tools
    .venv/bin/python scripts/quality/score_articles.py --sets newspapers --without newspaper4k readability-lxml
    .venv/bin/python scripts/quality/score_articles.py --folds DIR   # with the texts that folds gave for the product
    .venv/bin/python scripts/quality/score_articles.py --sets newspapers --worst 30   # what came in, what was lost

Each tool gets a page's bytes and its address, at its default settings; trafilatura reads metadata too. A page where a
tool fails counts as empty. F1, precision and recall are means over pages of bags of words; in a set of snippets they
are over all its snippets. Title, author and date: the share that is right; "invented" says for how many of the pages
without one the tool gives one. The product has learned from these pages: how good it is on sites that it has not seen,
folds say. DIR has SET.jsonl for each set, as `scripts/quality/train_model.py --folds DIR` writes them. With --feed, the
product gets a feed's entry beside the page: the true title and date, and the first two sentences as summary. --out DIR
writes the texts and fields as DIR/TOOL/SET.jsonl, and --others DIR reads those of the other tools again.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import cleaners
import metrics
from marked import DATA, FIELDS, SETS, Marked, Row, by_id, figures, page_scores, rows_of
from passages import Passage, passages

from ingest.articles.body.walk import blocks
from ingest.articles.tree import parse
from storage.records import NewEntry

ARTICLES = DATA / "articles"
SENTENCE = re.compile(r"(?<=[.!?。])\s+")
METHODS = ("combined", "blocks", "trafilatura")
PROCESSES = 2
SHOWN = 4  # passages of a page, of each kind
HEAD = [
    "set", "tool", "pages", "F1", "precision", "recall", "bad", "under .8", "empty", "failed",
    "title", "author", "invented", "date", "invented",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    folder: Path
    name: str
    tool: str
    page: Row
    feed: bool
    options: dict[str, Any]


def main(given: Sequence[str]) -> None:
    arguments = parsed(given)
    marked = Marked(arguments.data)
    if arguments.worst:
        for name in arguments.sets:
            worst(marked, name, of_product(marked, name, arguments), arguments.worst)
        return
    tools = chosen(arguments)
    print(" · ".join(f"{tool} {version(tool)}" for tool in tools[1:]), flush=True)
    print(line(HEAD), line(["---"] * len(HEAD)), sep="\n", flush=True)
    for name in arguments.sets:
        truth = marked.truth(name)
        for tool in tools:
            found = found_by(tool, marked, name, arguments)
            if arguments.out:
                write(arguments.out / tool / f"{name}.jsonl", found)
            for group, pages in groups(name, truth):
                print(line(cells(group, tool, figures(pages, by_id(found)), failed(found, pages))), flush=True)


def parsed(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    others = sorted(cleaners.MODULES)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS), metavar="SET", help=", ".join(SETS))
    parser.add_argument("--with", dest="beside", nargs="+", choices=others, default=others, metavar="TOOL")
    parser.add_argument("--without", nargs="+", choices=others, default=[], metavar="TOOL", help=", ".join(others))
    parser.add_argument("--method", choices=METHODS, help="how the product finds the text; its default if not given")
    parser.add_argument("--feed", action="store_true")
    parser.add_argument("--folds", type=Path, metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="DIR")
    parser.add_argument("--others", type=Path, metavar="DIR", help="an earlier --out, for the texts of other tools")
    parser.add_argument("--worst", type=int, metavar="N")
    parser.add_argument("--data", type=Path, default=DATA, help="where the sets are; default: %(default)s")
    arguments = parser.parse_args(given)
    if not arguments.data.exists():
        parser.error(f"there is no {arguments.data}; name the folder of the marked pages with --data")
    if arguments.folds and (
        lacking := [name for name in arguments.sets if not (arguments.folds / f"{name}.jsonl").exists()]
    ):
        parser.error(f"{arguments.folds} has no {lacking[0]}.jsonl; fit folds on that set, or name others with --sets")
    return arguments


def chosen(arguments: argparse.Namespace) -> list[str]:
    wanted = [tool for tool in cleaners.MODULES if tool in arguments.beside and tool not in arguments.without]
    lacking = cleaners.missing(wanted)
    if lacking:
        print(f"not installed: {', '.join(lacking)}; to have them: {cleaners.HOW_TO_INSTALL}", file=sys.stderr)
    return ["product", *(tool for tool in wanted if tool not in lacking)]


def found_by(tool: str, marked: Marked, name: str, arguments: argparse.Namespace) -> list[Row]:
    if tool == "product":
        return of_product(marked, name, arguments)
    if arguments.others and (file := arguments.others / tool / f"{name}.jsonl").exists():
        return rows_of(file)
    return cleaned_by(marked, name, tool)


def of_product(marked: Marked, name: str, arguments: argparse.Namespace) -> list[Row]:
    if arguments.folds:
        return rows_of(arguments.folds / f"{name}.jsonl")
    options = {"method": arguments.method} if arguments.method else {}
    return cleaned_by(marked, name, "product", feed=arguments.feed, options=options)


def cleaned_by(
    marked: Marked, name: str, tool: str, *, feed: bool = False, options: dict[str, Any] | None = None
) -> list[Row]:
    tasks = (Task(marked.folder, name, tool, page, feed, options or {}) for page in marked.truth(name))
    with Pool(PROCESSES) as pool:
        return list(pool.imap(row_of, tasks, chunksize=8))


def row_of(task: Task) -> Row:
    """Clean one page. What a tool raises is the row's `error`."""
    page = task.page
    if task.tool == "product":
        folder = task.folder / task.name / "html"
        return cleaned(page, folder=folder, with_feed=task.feed, now=datetime.now(UTC), **task.options)
    try:
        html = Marked(task.folder).html(task.name, page)
        return {"id": page["id"]} | cleaners.CLEANERS[task.tool](html, page["url"] or "")
    except Exception as error:  # noqa: BLE001 (a tool's failure is a result)
        return {"id": page["id"], "body": "", "error": f"{type(error).__name__}: {error}"}


def cleaned(page: dict[str, Any], *, folder: Path, with_feed: bool, now: datetime, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """Clean a page of a set. `folder` is the set's folder `html`. `with_feed` adds a feed's entry."""
    html = Marked(folder.parents[1]).html(folder.parent.name, page)
    entry = entry_of(page) if with_feed else None
    return {"id": page["id"]} | cleaners.product(html, page["url"] or "", entry=entry, now=now, **options)


def entry_of(page: dict[str, Any]) -> NewEntry:
    summary = " ".join(SENTENCE.split(page.get("body") or "")[:2]) or None
    try:
        published_at = datetime.fromisoformat(page.get("date") or "").replace(tzinfo=UTC)
    except ValueError:
        published_at = None
    return NewEntry(guid="", url=page["url"], title=page.get("title"), summary=summary, published_at=published_at)


def groups(name: str, truth: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Yield the set, then its pages language by language if those are marked."""
    yield name, truth
    for language in sorted({page["language"] for page in truth if page.get("language")}):
        yield f"{name} {language}", [page for page in truth if page["language"] == language]


def failed(found: Iterable[Row], pages: Iterable[Row]) -> int:
    wanted = {page["id"] for page in pages}
    return sum("error" in row for row in found if row["id"] in wanted)


def cells(group: str, tool: str, given: dict[str, float], failures: int) -> list[str]:
    row = [group, tool, f"{given['pages']}"]
    row += [share(given.get(name)) for name in ("f1", "precision", "recall", "bad", "under_0.8")]
    row += [f"{given['empty']}", f"{failures}"]
    for field in FIELDS:
        row.append(share(given.get(field), 2))
        if field != "title":
            row.append(f"{given[f'{field}_invented']} of {given[f'{field}_none']}" if field in given else "–")
    return row


def share(figure: float | None, digits: int = 3) -> str:
    return "–" if figure is None else f"{figure:.{digits}f}".removeprefix("0") if figure < 1 else "1"


def line(row: Iterable[str]) -> str:
    return f"| {' | '.join(row)} |"


def write(file: Path, rows: Iterable[Row]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def worst(marked: Marked, name: str, found: list[Row], most: int) -> None:
    rows = by_id(found)
    empty: Row = {"body": ""}
    each = [(page_scores(rows.get(page["id"], empty)["body"], page), page) for page in marked.truth(name)]
    each.sort(key=lambda one: one[0][2])
    for (precision, recall, f1), page in each[:most]:
        row = rows.get(page["id"], empty)
        extra, missing = compared(marked, name, page, row["body"] or "")
        marks = f"F1 {share(f1, 2)} precision {share(precision, 2)} recall {share(recall, 2)}"
        print("\n" + ", ".join(filter(None, [f"{name} {page['id']}: {marks}", row.get("extractor"), page["url"]])))
        if row.get("reason"):
            print(f"  no text: {row['reason']}")
        show("extra", extra, len(metrics.words(row["body"] or "")), "of the text")
        show("missing", missing, len(metrics.words(page.get("body") or "")), "of what is marked")


def compared(marked: Marked, name: str, page: Row, body: str) -> tuple[list[Passage], list[Passage]]:
    """Return the page's extra and missing passages."""
    tree = parse(marked.html(name, page), None)
    assert tree is not None, f"{name} {page['id']} is empty"
    found = blocks(tree)
    if "body" in page:
        text = page["body"] or ""
        return passages(body, text, found, metrics.words), passages(text, body, found, metrics.words)
    flat = " ".join(body.split())
    wrong = [text for text in page["without"] if " ".join(text.split()) in flat]
    lost = [text for text in page["with"] if " ".join(text.split()) not in flat]
    return passages("\n".join(wrong), "", found, metrics.words), passages("\n".join(lost), "", found, metrics.words)


def show(kind: str, found: list[Passage], words: int, of: str) -> None:
    total = sum(passage.words for passage in found)
    if total:
        print(f"  {kind}: {total} words" + (f", {100 * total / words:.0f} % {of}" if words else ""))
    for passage in found[:SHOWN]:
        print(f"    {passage}")


if __name__ == "__main__":
    main(sys.argv[1:])
