"""Crawls of a newspaper, as WARC files: pages of articles with texts that have little in common."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.builders_feeds import page
from tests.crawl_files import gzipped, http, plain, record, record_id

CRAWLED_AT = datetime(2019, 5, 17, 8, 30, 0, tzinfo=UTC)
PAPER = "https://paper.example"
SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bri cla dro fle gni".split()


@dataclass(frozen=True)
class Crawled:
    """An answer of a crawl."""

    url: str
    body: str | bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    at: datetime = CRAWLED_AT


def text(n: int) -> str:
    """A text of some 150 words, another one for each `n`."""
    chance = random.Random(n)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(60)]
    sentences = (" ".join(chance.choices(words, k=15)) for _ in range(10))
    return ". ".join(f"The {sentence} of {chance.choice(words)}" for sentence in sentences)


def article(n: int, path: str | None = None, *, head: str = "", title: str | None = None) -> Crawled:
    """The page of an article, crawled `n` minutes after the first."""
    html = page(n, title or f"The {text(n)[4:40]} report", head=head, text=text(n))
    return Crawled(PAPER + (path or f"/2019/05/report-{n}"), html, at=CRAWLED_AT + timedelta(minutes=n))


def articles(count: int) -> list[Crawled]:
    return [article(n) for n in range(count)]


def warc(path: Path, *answers: Crawled) -> Path:
    """Write a WARC, compressed by record if its name says so. The same answers get the same record ids."""
    records = (gzipped if path.suffix == ".gz" else plain)([_record(answer) for answer in answers])
    path.write_bytes(records)
    return path


def _record(answer: Crawled) -> bytes:
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    headers = (f"{name}: {value}" for name, value in answer.headers.items())
    answered = http(body, *headers, line=f"HTTP/1.1 {answer.status} -", content_type=answer.content_type)
    fields = {
        "WARC-Record-ID": f"<{record_id(f'{answer.url} {answer.at}')}>",
        "WARC-Date": f"{answer.at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return record("response", answer.url, answered, **fields)
