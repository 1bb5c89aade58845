"""How far crawls are read, as `ingest status` says it."""

from collections.abc import Sequence
from typing import Any

import click

from ingest.cli.output.text import distance, short
from ingest.text.markup import count
from storage.records import to_text

MAX_LISTED = 20  # of those that are not read to their end


def print_crawls(crawls: Sequence[dict[str, Any]], *, all_of_them: bool) -> None:
    """Print how many crawls there are, and a line for each that is unfinished or faulty, or for each."""
    listed = crawls if all_of_them else [each for each in crawls if each["error"] or not each["ended_at"]]
    for crawl in listed if all_of_them else listed[:MAX_LISTED]:
        click.echo(f"crawl {short(crawl['path'])}: {line_of(crawl)}")
    if not all_of_them and len(listed) > MAX_LISTED:
        click.echo(f"{len(listed) - MAX_LISTED} more are unfinished or faulty; -v lists all crawls")
    unread = sum(not crawl["ended_at"] for crawl in crawls)
    faulty = sum(bool(crawl["error"]) for crawl in crawls)
    pages = sum(crawl["pages"] for crawl in crawls)
    click.echo(f"crawls: {len(crawls)} ({unread} unfinished, {faulty} faulty), {count(pages, 'page')}")


def line_of(crawl: dict[str, Any]) -> str:
    """Return how far a crawl is read, or why its reading has ended."""
    came = count(crawl["pages"], "page")
    if crawl["others"]:
        came += f", {count(crawl['others'], 'other answer')}"
    if crawl["error"]:
        return f"faulty: {short(crawl['error'])}; {came}"
    if crawl["ended_at"]:
        return f"read {distance(to_text(crawl['ended_at']))}; {came}"
    moved = distance(to_text(crawl["moved_at"] or crawl["began_at"]))
    if (read := crawl["read_bytes"]) is not None and crawl["size_bytes"]:
        return f"read up to {min(read / crawl['size_bytes'], 1):.0%} of {size(crawl['size_bytes'])}, {moved}; {came}"
    return f"not read to its end, {moved}; {came}"


def size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.1f} MB"  # noqa: PLR2004 (a GB)
