"""Make a crawl, a WARC file of many pages out of a few real ones: as Common Crawl writes it, gzip record by record.

    .venv/bin/python scripts/benches/crawl.py OUT.warc.gz [--count 20000] [--pages FOLDER]... [--sites 400] [--seed 1]

FOLDER holds *.html and *.html.gz; without it the pages are those of the sample newsroom. Each page of the crawl is one
of them with its words exchanged (`exchanged.py` says which), at an address of its own, which the page also calls
its canonical one. The pages made of one page are on one site, as those of one template are.

Beside `--count` articles the crawl has what crawls have: a request for each answer, each site's robots.txt, and 5 %
other answers: redirects, images, style sheets, JSON, error pages, front pages. A fifth of the sites each sends its
bodies as they are, compressed, chunked, both, or has them recorded decoded (X-Crawler-Content-Encoding), as Common
Crawl does.
The same options give the same bytes.
"""

import argparse
import gzip
import multiprocessing
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from random import Random

from benches import exchanged
from newsroom import content
from newsroom import pages as newsroom_pages
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

BEGAN_AT = datetime(2026, 11, 2, tzinfo=UTC)
OTHERS = 0.05
AGENT = "examplebot/1.0 (+https://crawl.example/bot)"
SECURITY = (
    "default-src 'self' https: data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'self'; report-uri /csp"
)
NAMES = "harbour valley river summit coastal island northern southern eastern western".split()
PAPERS = "gazette courier herald observer tribune chronicle sentinel ledger dispatch examiner".split()
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b"
)  # a GIF of one pixel

Answer = tuple[str, int, str, dict[str, str], bytes]  # address, status, type, more headers, body


@dataclass(frozen=True)
class Crawl:
    """What a crawl is made of. Any process can make any page of it."""

    originals: list[exchanged.Template]
    sites: int
    seed: int

    @cached_property
    def words(self) -> exchanged.Words:
        return exchanged.Words(self.originals, self.seed)

    @cached_property
    def _round(self) -> int:
        """The number of pages after which sites and originals come again."""
        return max(len(self.originals), self.sites)

    def site(self, number: int) -> str:
        n = number % self._round % self.sites
        return f"https://www.{NAMES[n % 10]}-{PAPERS[n // 10 % 10]}{n // 100 or ''}.example"

    def address(self, number: int) -> str:
        at = self._at(number)
        slug = "-".join(Random(f"{self.seed} {number}").sample(NAMES + PAPERS, 3))
        return f"{self.site(number)}/{at:%Y/%m}/{slug}-{number}.html"

    def page(self, number: int) -> str:
        original = self.originals[number % self._round % len(self.originals)]
        return self.words.exchanged(original, self.address(number), number)

    def records(self, number: int) -> bytes:
        """Return the records of a page, and of what was fetched beside it."""
        out = BytesIO()
        writer = WARCWriter(out, gzip=True)
        for part, answer in enumerate(self._answers(number)):
            self._write(writer, number, part, answer)
        return out.getvalue()

    def first_record(self, name: str) -> bytes:
        out = BytesIO()
        writer = WARCWriter(out, gzip=True)
        about = {"software": "scripts/benches/crawl.py", "format": "WARC File Format 1.0", "robots": "classic"}
        record = writer.create_warcinfo_record(name, about)
        record.rec_headers.replace_header("WARC-Record-ID", self._id(0, "warcinfo"))
        record.rec_headers.replace_header("WARC-Date", _iso(BEGAN_AT))
        writer.write_record(record)
        return out.getvalue()

    def _answers(self, number: int) -> Iterator[Answer]:
        site, address = self.site(number), self.address(number)
        if number < self.sites:
            yield f"{site}/robots.txt", 200, "text/plain", {}, b"User-agent: *\nDisallow: /admin/\n"
        html = "text/html; charset=UTF-8"
        yield address, 200, html, {}, self.page(number).encode(errors="surrogatepass")
        rng = Random(f"{self.seed} {number} others")
        if rng.random() < OTHERS:
            links = "".join(f"<li><a href='{self.address(n)}'>Article {n}</a></li>" for n in range(number, number + 20))
            front = f"<!DOCTYPE html><title>News</title><h1>News</h1><ul>{links}</ul>".encode()
            yield rng.choice((
                (f"{site}/?p={number}", 301, html, {"Location": address}, b""),
                (f"{site}/images/{number}.gif", 200, "image/gif", {}, PIXEL),
                (f"{site}/css/{number}.css", 200, "text/css", {}, b"body { margin: 0 }\n" * 50),
                (f"{site}/api/{number}", 200, "application/json", {}, b'{"id": %d}' % number),
                (f"{site}/gone/{number}", 404, html, {}, b"<title>404 Not Found</title><h1>Not Found</h1>"),
                (f"{site}/?front={number}", 200, html, {}, front),
            ))  # fmt: skip

    def _write(self, writer: WARCWriter, number: int, part: int, answer: Answer) -> None:
        address, status, media_type, more, body = answer
        at = self._at(number)
        headers, sent = _sent(number % self._round % self.sites, at, media_type, more, body)
        named = {"WARC-Date": _iso(at), "WARC-Record-ID": self._id(number, f"{part}"), "WARC-IP-Address": "192.0.2.7"}
        response = writer.create_warc_record(
            address, "response", BytesIO(sent), len(sent), warc_headers_dict=named,
            http_headers=StatusAndHeaders(f"{status} {_phrase(status)}", headers, "HTTP/1.1"),
        )  # fmt: skip
        host, path = address.removeprefix("https://").split("/", 1)
        asked = [("User-Agent", AGENT), ("Accept-Encoding", "gzip"), ("Host", host), ("Connection", "Keep-Alive")]
        request = writer.create_warc_record(
            address, "request", http_headers=StatusAndHeaders(f"GET /{path} HTTP/1.1", asked, is_http_request=True),
            warc_headers_dict={**named, "WARC-Record-ID": self._id(number, f"{part} request")},
        )  # fmt: skip
        writer.write_request_response_pair(request, response)

    def _at(self, number: int) -> datetime:
        return BEGAN_AT + timedelta(seconds=number // 12)  # twelve pages a second, as CC-NEWS

    def _id(self, number: int, name: str) -> str:
        return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{self.seed} {number} {name}')}>"


def _sent(
    site: int, at: datetime, media_type: str, more: dict[str, str], body: bytes
) -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers and the body as a server sends them, and a crawler records them."""
    headers = {
        "Date": format_datetime(at, usegmt=True),
        "Server": ("nginx", "Apache/2.4.62 (Debian)", "cloudflare", "openresty")[site % 4],
        "Content-Type": media_type,
        "Vary": "Accept-Encoding, Cookie",
        "Cache-Control": "public, max-age=300",
        "Set-Cookie": f"session={site:032x}; Path=/; Secure; HttpOnly",
        "X-Frame-Options": "SAMEORIGIN",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        **({"Content-Security-Policy": SECURITY} if site % 3 == 0 else {}),
        **more,
    }
    way = site % 5
    length = "Content-Length"
    if way in (1, 3):
        headers["Content-Encoding"], body = "gzip", gzip.compress(body, 6, mtime=0)
    if way in (2, 3):
        headers["Transfer-Encoding"], body = "chunked", _chunked(body)
    elif way == 4:
        headers |= {"X-Crawler-Content-Encoding": "gzip", "X-Crawler-Content-Length": str(len(body) // 4)}
        headers[length] = str(len(body))
    else:
        headers[length] = str(len(body))
    return list(headers.items()), body


def _chunked(body: bytes, size: int = 16_384) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def _phrase(status: int) -> str:
    return {200: "OK", 301: "Moved Permanently", 404: "Not Found"}[status]


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def newsroom_originals() -> list[str]:
    """Return the pages of the sample newsroom's articles."""
    room = content.load()
    return [
        newsroom_pages.article_page(site, article, f"https://{site.key}.example", room.boilerplate[article.language])
        .decode(site.charset)
        for site in room.sites
        for article in site.articles
        if article.outcome != "walled"
    ]  # fmt: skip


def make(out: Path, count: int, folders: list[Path] | None = None, *, sites: int = 400, seed: int = 1) -> Crawl:
    """Write the crawl to `out`. Return what it is made of."""
    originals = exchanged.read(folders) if folders else newsroom_originals()
    crawl = Crawl([exchanged.Template(page) for page in originals], sites, seed)
    _ = crawl.words  # counted once, before the processes are forked
    with out.open("wb") as file, multiprocessing.get_context("fork").Pool(initializer=_use, initargs=(crawl,)) as pool:
        file.write(crawl.first_record(out.name))
        for records in pool.imap(_records, range(count), chunksize=16):
            file.write(records)
    return crawl


_CRAWLS: list[Crawl] = []  # of a process that makes records


def _use(crawl: Crawl) -> None:
    _CRAWLS[:] = [crawl]


def _records(number: int) -> bytes:
    return _CRAWLS[0].records(number)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--pages", type=Path, action="append")
    parser.add_argument("--sites", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    crawl = make(arguments.out, arguments.count, arguments.pages, sites=arguments.sites, seed=arguments.seed)
    size = arguments.out.stat().st_size
    print(f"{arguments.out}: {arguments.count} pages out of {len(crawl.originals)}, {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
