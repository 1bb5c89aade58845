"""Shows what another version of trafilatura changes: on the marked sets, and in an archive.

    .venv/bin/python scripts/quality/compare_trafilatura.py 2.2.0
    .venv/bin/python scripts/quality/compare_trafilatura.py 2.2.0 --sets newspapers --archive news.db

The version is installed into a temporary folder, with the libraries of this installation but for trafilatura and its
own. A folder with an installed version may be given instead. Two processes then clean the same pages, each with one
version: as the product does, and with trafilatura alone. From an archive, each process cleans the stored pages as
`ingest reclean --dry-run` does. The results are compared. Nothing is written to the archive.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import cleaners
from marked import DATA, SETS, Marked, Row, figures, page_scores
from score_articles import METHODS, groups, line, share

from ingest.text.words import words

OWN_LIBRARIES = {"trafilatura", "courlan", "htmldate", "justext"}  # a new version may need newer ones
MOST_CHANGED = 10
TEXTS = ("product", "trafilatura")


@dataclass(frozen=True, slots=True)
class Change:
    """The words of a text before and after, and how many of them were gained and lost."""

    name: str
    before: int
    after: int
    gained: int
    lost: int

    @property
    def size(self) -> int:
        return self.gained + self.lost


def main(given: Sequence[str]) -> None:
    arguments = parsed(given)
    if arguments.clean_to:
        with arguments.clean_to.open("w", encoding="utf-8") as out:
            clean(arguments, out)
        return
    with TemporaryDirectory() as temporary:
        files = cleaned_twice(given, arguments.version, Path(temporary))
        versions = [first(file)["version"] for file in files]
        print(f"trafilatura {versions[0]} → {versions[1]}")
        if arguments.sets:
            report_sets(arguments, *files)
        if arguments.archive:
            report_archive(arguments.archive, *files)


def parsed(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", help="such as 2.2.0; or a folder that has a trafilatura in it")
    parser.add_argument("--sets", nargs="*", choices=SETS, default=list(SETS), metavar="SET", help=", ".join(SETS))
    parser.add_argument("--archive", type=Path, metavar="FILE")
    parser.add_argument("--method", choices=METHODS, help="how the product finds the text; its default if not given")
    parser.add_argument("--data", type=Path, default=DATA, help="where the sets are; default: %(default)s")
    parser.add_argument("--clean-to", type=Path, help=argparse.SUPPRESS)  # for the two processes
    arguments = parser.parse_args(given)
    if arguments.sets and not arguments.data.exists():
        parser.error(f"there is no {arguments.data}; name the folder of marked pages with --data, or give --sets alone")
    if arguments.archive and not arguments.archive.is_file():
        parser.error(f"there is no archive {arguments.archive}")
    return arguments


def cleaned_twice(given: Sequence[str], version: str, temporary: Path) -> tuple[Path, Path]:
    """Clean all pages with the installed version and with the other, at the same time."""
    other = Path(version)
    if not (other / "trafilatura").is_dir():
        other = installed(version, temporary / "other")
    before, after = temporary / "before.jsonl", temporary / "after.jsonl"
    running = [cleaning(given, before), cleaning(given, after, other.resolve())]
    codes = [process.wait() for process in running]
    if any(codes):
        sys.exit("the pages could not be cleaned with both versions: see above")
    return before, after


def installed(version: str, folder: Path) -> Path:
    """Install the version and its own libraries into a folder, with the other libraries of this installation."""
    fixed = folder.with_suffix(".txt")
    kept = {found.name: found.version for found in distributions() if found.name.lower() not in OWN_LIBRARIES}
    kept.pop("ingest", None)
    fixed.write_text("".join(f"{name}=={number}\n" for name, number in kept.items()))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder]
    if subprocess.run([*command, "--constraint", fixed, f"trafilatura=={version}"], check=False).returncode:
        sys.exit(f"trafilatura {version} could not be installed: see above")
    return folder


def cleaning(given: Sequence[str], file: Path, other: Path | None = None) -> subprocess.Popen[bytes]:
    """Start this script again with the same arguments, to clean with the trafilatura in the folder `other`."""
    paths = [str(other)] if other else []
    paths += filter(None, [os.environ.get("PYTHONPATH")])
    command = [sys.executable, __file__, *given, "--clean-to", str(file)]
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)})


def clean(arguments: argparse.Namespace, out: TextIO) -> None:
    """Write a line a page: first the version, then the sets' pages, then the archive's articles."""
    import trafilatura

    def write(row: Row) -> None:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")

    write({"version": trafilatura.__version__})
    options = {"method": arguments.method} if arguments.method else {}
    marked = Marked(arguments.data)
    for name in arguments.sets:
        for page in marked.truth(name):
            html, url = marked.html(name, page), page["url"] or ""
            ours = cleaners.product(html, url, **options)["body"]
            write({"set": name, "id": page["id"], "product": ours, "trafilatura": alone(html, url)})
    if arguments.archive:
        clean_archive(arguments.archive, options, write)


def alone(html: bytes, url: str) -> str:
    try:
        return str(cleaners.trafilatura(html, url)["body"])
    except Exception:  # noqa: BLE001 (a failure counts as an empty text)
        return ""


def clean_archive(archive: Path, options: dict[str, str], write: Callable[[Row], None]) -> None:
    from ingest.configuration.config import Config
    from ingest.configuration.settings import Settings
    from ingest.maintenance.reclean import RecleanedArticle, run_reclean

    def write_article(done: RecleanedArticle) -> None:
        body = done.revision.body if done.revision else done.text.body
        write({"article": done.text.id, "url": done.text.url, "body": body, "reason": done.reason})

    settings = Settings(articles={"workers": 1} | options)
    asyncio.run(run_reclean(Config(settings), archive, since=None, site=None, dry_run=True, on_article=write_article))


def report_sets(arguments: argparse.Namespace, before: Path, after: Path) -> None:
    marked = Marked(arguments.data)
    print(line(["set", "text", "pages", "changed", "F1", "precision", "recall"]), line(["---"] * 7), sep="\n")
    changes: dict[str, list[Change]] = {text: [] for text in TEXTS}
    for name in arguments.sets:
        truth = marked.truth(name)
        old, new = bodies(before, name), bodies(after, name)
        for text in TEXTS:
            for group, pages in groups(name, truth):
                print(line([group, *compared(pages, old, new, text)]))
            for page in truth:
                texts = old[page["id"]][text], new[page["id"]][text]
                if texts[0] != texts[1]:
                    f1 = " → ".join(share(page_scores(body, page)[2]) for body in texts)
                    title = f"{name} {page['id']}, F1 {f1}"
                    changes[text].append(change(title, *texts))
    for text, found in changes.items():
        list_changes("the product's texts" if text == "product" else "the texts of trafilatura alone", found)


def compared(pages: list[Row], old: dict[str, Row], new: dict[str, Row], text: str) -> Iterator[str]:
    both = [figures(pages, {i: {"body": row[text]} for i, row in rows.items()}) for rows in (old, new)]
    yield text
    yield f"{len(pages)}"
    yield f"{sum(old[page['id']][text] != new[page['id']][text] for page in pages)}"
    for name in ("f1", "precision", "recall"):
        yield " → ".join(share(one[name], 4) for one in both)


def report_archive(archive: Path, before: Path, after: Path) -> None:
    """Compare the articles one by one. Only their offsets in the first file are kept in memory."""
    offsets: dict[int, int] = {}
    articles = kept = gained = lost = changed = 0
    most: list[Change] = []
    with before.open("rb") as old:
        while row := old.readline():
            found = json.loads(row)
            if "article" in found:
                offsets[found["article"]] = old.tell() - len(row)
        for new in rows_with("article", after):
            if new["article"] not in offsets:
                continue  # archived meanwhile
            old.seek(offsets[new["article"]])
            then = json.loads(old.readline())
            articles += 1
            kept += bool(new["reason"]) and not then["reason"]
            if then["body"] != new["body"]:
                one = change(f"article {new['article']}, {new['url']}", then["body"], new["body"])
                changed, gained, lost = changed + 1, gained + one.gained, lost + one.lost
                most = sorted([*most, one], key=lambda found: -found.size)[:MOST_CHANGED]
    print(f"\n{archive}: {changed} of {articles} articles would change: {gained} words gained, {lost} lost")
    if kept:
        print(f"{kept} would keep the text they have, since no article is found any more")
    list_changes("the archive's texts", most)


def list_changes(what: str, found: list[Change]) -> None:
    if found:
        print(f"\nof {what}, those that change most:")
    for one in sorted(found, key=lambda one: -one.size)[:MOST_CHANGED]:
        counts = f"{one.before} → {one.after} words, {one.gained} gained, {one.lost} lost"
        print(f"  {one.name}: {counts}")


def change(name: str, before: str, after: str) -> Change:
    old, new = Counter(words(before)), Counter(words(after))
    return Change(name, old.total(), new.total(), (new - old).total(), (old - new).total())


def bodies(file: Path, name: str) -> dict[str, Row]:
    return {row["id"]: row for row in rows_with("set", file) if row["set"] == name}


def rows_with(key: str, file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if key in row:
                yield row


def first(file: Path) -> Row:
    with file.open(encoding="utf-8") as lines:
        row: Row = json.loads(next(lines))
        return row


if __name__ == "__main__":
    main(sys.argv[1:])
