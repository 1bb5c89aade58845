"""Archive the sample newsroom from its feeds, and from a crawl that wget makes of it: the articles must be the same.

    .venv/bin/python scripts/proofs/crawl_of_newsroom.py [--folder DIR]

The newsroom runs on loopback. `ingest now` archives it. Then wget reads it as a user would, from the front pages on
and with what pages need; a second run of wget gets the addresses that only feeds have. `ingest backfill` reads both
WARC files into a second archive. Each difference in address, title, text, Markdown, authors, instant and language is
printed with its cause. Causes are what only the feed knows, what wget or `ingest now` was refused, and which of two
equal texts came first.

Then `ingest export --format warc` writes the first archive's pages, and `ingest backfill` reads them into a third one.
warcio reads the export: its pages must be those of the archive, byte for byte. An article from its feed's text has no
page.

DIR keeps the archives and crawls. The exit code is 1 if there is a difference without a cause.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import newsroom
from benches import newsweb
from warcio.archiveiterator import ArchiveIterator

from storage.reader import Reader

FIELDS = ("title", "body", "markdown", "authors", "published_at", "language")
OF_FEED = ("title", "authors", "published_at", "language")  # what a feed says of an article too
WGET_SOME_FAILED = 8  # wget's exit code if a server has answered with an error
Row = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        room = stack.enter_context(newsroom.serve())
        feeds, crawled, exported = (folder / name for name in ("feeds", "crawled", "exported"))
        ingest(feeds, [feed.url for feed in room.feeds], "now")
        crawls = wget(folder, [feed.url for feed in room.feeds], entries(feeds))
        ingest(crawled, [], "backfill", *map(str, crawls))
        answers = {url: status for crawl in crawls for url, status, _ in responses(crawl)}
        print(f"wget: {len(answers)} answers, {dict(Counter(answers.values()))}")
        wrong = differences(feeds, crawled, answers)
        export = folder / "export.warc.gz"
        ingest(feeds, [], "export", "--format", "warc", "--output", str(export))
        ingest(exported, [], "backfill", str(export))
        print("the export:")
        wrong += differences(feeds, exported, {url: status for url, status, _ in responses(export)})
        wrong += other_bytes(feeds, export)
    print(f"{wrong} differences without a cause")
    return 1 if wrong else 0


def ingest(folder: Path, feeds: list[str], *words: str) -> None:
    command = newsweb.configure(folder, feeds, interval_s=0.0)
    done = subprocess.run([*command, "-q", *words], cwd=newsweb.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(f"{folder.name}: ingest {words[0]}: {'; '.join(done.stdout.splitlines()[:2])}")


def wget(folder: Path, feeds: list[str], addresses: list[str]) -> list[Path]:
    """Crawl the sites of the feeds, then those of the addresses that were not found. Return the WARC files.

    A run that is recursive begins anew at each of its addresses, and asks again for what it has: so the second is not.
    """
    sites = sorted({urlsplit(feed)._replace(path="/", query="").geturl() for feed in feeds})
    crawls = [_wget(folder, "sites", ["--recursive", "--level=inf", *sites])]
    found = {url for url, _, _ in responses(crawls[0])}
    rest = [url for url in addresses if url not in found]
    return [*crawls, _wget(folder, "rest", rest)] if rest else crawls


def _wget(folder: Path, name: str, words: list[str]) -> Path:
    options = ["--page-requisites", "--delete-after", "--no-directories", "--no-verbose", f"--warc-file={name}"]
    done = subprocess.run(["wget", *options, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, WGET_SOME_FAILED), done.stderr
    return folder / f"{name}.warc.gz"


def responses(crawl: Path) -> "list[tuple[str, int, bytes]]":
    """Return (address, status, body) of each response of a WARC file, as warcio reads it."""
    with crawl.open("rb") as file:
        return [
            (
                record.rec_headers.get_header("WARC-Target-URI").strip("<>"),
                int(record.http_headers.get_statuscode()),
                record.content_stream().read(),
            )
            for record in ArchiveIterator(file, check_digests="raise")
            if record.rec_type == "response"
        ]


def entries(folder: Path) -> list[str]:
    return sorted({row["url"] for row in rows(folder, "SELECT url FROM entries WHERE url IS NOT NULL")})


def rows(folder: Path, sql: str, *values: object) -> list[Row]:
    with Reader(folder / "news.db") as archive:
        return [dict(row) for row in archive.rows(sql, values)]


def differences(wanted: Path, found: Path, answers: dict[str, int]) -> int:
    """Print how the articles of two archives differ. Return the number of differences without a cause."""
    ours, theirs = ({row["url"]: row for row in rows(folder, "SELECT * FROM articles")} for folder in (wanted, found))
    wrong = same = 0
    for url in sorted(ours.keys() | theirs.keys()):
        if url not in theirs:
            cause = _equal(ours[url], theirs) or _missing(ours[url], answers)
            lines = [("not in the crawl's archive", cause)]
        elif url not in ours:
            lines = [("only in the crawl's archive", _added(wanted, url))]
        else:
            fields = [name for name in FIELDS if ours[url][name] != theirs[url][name]]
            lines = [
                (f"{name} {_short(ours[url][name])}, of the crawl {_short(theirs[url][name])}",
                 _of_feed(wanted, ours[url], name))
                for name in fields
            ]  # fmt: skip
            same += not fields
        for what, cause in lines:
            wrong += cause is None
            print(f"  {urlsplit(url).path}: {what}: {cause or 'WITHOUT A CAUSE'}")
    print(f"{found.name}: {same} of {len(ours)} articles are the same in all of {', '.join(FIELDS)}")
    for row in rows(found, "SELECT outcome, reason, count(*) AS n FROM entries GROUP BY 1, 2 ORDER BY 3 DESC"):
        print(f"    {row['n']} {row['outcome']} {row['reason'] or ''}")
    return wrong


def _equal(article: Row, others: dict[str, Row]) -> str | None:
    """Return where another archive has the same text."""
    places = [url for url, other in others.items() if other["content_hash"] == article["content_hash"]]
    return f"the same text came first at {places[0]}" if places else None


def _missing(article: Row, answers: dict[str, int]) -> str | None:
    if article["body_from"] == "feed":
        return "its text is the feed's"
    status = answers.get(article["url"])
    return "wget was refused it" if status is None else f"answered HTTP {status}" if status >= 400 else None


def _added(folder: Path, url: str) -> str | None:
    """Return why the archive of the feeds has no article at an address: what became of its entry."""
    ends = rows(folder, "SELECT outcome, reason FROM entries WHERE canonical_url = ? OR url = ?", url, url)
    if not ends:
        return "no feed announces it"
    end = ends[0]
    return f"for the feed's entry {end['outcome']}: {end['reason']}" if end["outcome"] != "archived" else None


def _of_feed(folder: Path, article: Row, name: str) -> str | None:
    """Return the cause if what differs is what the feed says."""
    if article["body_from"] == "feed":
        return "its text is the feed's"
    announced = rows(folder, "SELECT * FROM entries WHERE article_id = ?", article["id"])
    is_of_feed = name in OF_FEED and any(entry[name] == article[name] for entry in announced)
    return "the feed says it, the page does not" if is_of_feed else None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:40]}… ({len(text)} characters)"


def other_bytes(folder: Path, export: Path) -> int:
    """Print which pages of the archive the export does not have byte for byte. Return their number."""
    found = Counter((url, body) for url, _, body in responses(export))
    with Reader(folder / "news.db") as archive:
        owners = [
            (read, row["id"])
            for table, read in (
                ("articles", archive.pages),
                ("revisions", archive.pages_of_revision),
                ("copies", archive.pages_of_copy),
            )
            for row in archive.rows(f"SELECT id FROM {table}")
        ]
        kept = Counter((page.final_url, page.html) for read, owner in owners for page in read(owner))
    for url, _ in (kept - found) + (found - kept):
        print(f"  {url}: the export has other bytes")
    print(f"{len(kept)} pages of the archive, {len(found)} of the export, {len(kept & found)} the same byte for byte")
    return ((kept - found) + (found - kept)).total()


if __name__ == "__main__":
    sys.exit(main())
