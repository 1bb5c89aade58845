"""A web of many feeds on loopback, each on an address of its own and with its full text, served by this process."""

import asyncio
import contextlib
import random
import resource
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b

SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split()
WORDS = [f"{a}{b}{c}" for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]
NEWEST_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PARAGRAPHS, PARAGRAPH_WORDS = 5, 60
_PER_NETWORK = 250
_HEADERS = (
    b"Server: nginx/1.26.3\r\nDate: Tue, 24 Nov 2026 09:30:00 GMT\r\n"
    b"Last-Modified: Sun, 22 Nov 2026 12:00:00 GMT\r\nConnection: keep-alive\r\n"
)


class FeedWeb:
    """`feeds` documents of RSS with `entries` entries each. A `round` adds its number of new entries to each."""

    def __init__(self, feeds: int, entries: int) -> None:
        self.feeds, self.entries = feeds, entries
        self.documents: dict[bytes, tuple[bytes, bytes]] = {}  # (ETag, body) by host
        self.port = 0

    @property
    def urls(self) -> list[str]:
        return [f"http://{_host(feed)}:{self.port}/feed.xml" for feed in range(self.feeds)]

    def write(self, new: int = 0, *, only: int | None = None) -> None:
        """Write all documents, with entries up to the `new`th after the first ones, but `only` so many."""
        first = new if only is None else new + self.entries - only
        for feed in range(self.feeds):
            body = _document(feed, self.port, range(first, new + self.entries)).encode()
            tag = b'"%s"' % blake2b(body, digest_size=8).hexdigest().encode()
            self.documents[f"{_host(feed)}:{self.port}".encode()] = tag, body

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        """Serve the documents from a thread, whose CPU time is this process's."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(loop.create_server(lambda: _Answering(self), "0.0.0.0", self.port))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            server.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class _Answering(asyncio.Protocol):
    """Answers GETs, with 304 to those that know the document."""

    def __init__(self, web: FeedWeb) -> None:
        self._web = web
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            request, _, self._received = self._received.partition(b"\r\n\r\n")
            lines = (line.partition(b": ") for line in request.split(b"\r\n")[1:])
            headers = {name.lower(): value for name, _, value in lines}
            tag, body = self._web.documents[headers[b"host"]]
            if headers.get(b"if-none-match") == tag:
                self._transport.write(b"HTTP/1.1 304 Not Modified\r\n" + _HEADERS + b"ETag: %s\r\n\r\n" % tag)
            else:
                head = b"Content-Type: application/rss+xml\r\nETag: %s\r\nContent-Length: %d\r\n\r\n"
                self._transport.write(b"HTTP/1.1 200 OK\r\n" + _HEADERS + head % (tag, len(body)) + body)


def _host(feed: int) -> str:
    return f"127.2.{feed // _PER_NETWORK}.{feed % _PER_NETWORK + 1}"


def _document(feed: int, port: int, entries: range) -> str:
    """Return a feed with these entries, the newest first. The same number gives the same entry in every document."""
    site = f"http://{_host(feed)}:{port}"
    written = "".join(_entry(site, feed, number) for number in reversed(entries))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Feed {feed}</title><link>{site}/</link><description>News of {feed}</description>\n{written}"
        "</channel></rss>\n"
    )


def _entry(site: str, feed: int, number: int) -> str:
    rng = random.Random(feed * 1_000_003 + number)
    title = " ".join(rng.choices(WORDS, k=8)).capitalize()
    text = "".join(f"<p>{' '.join(rng.choices(WORDS, k=PARAGRAPH_WORDS))}.</p>" for _ in range(PARAGRAPHS))
    at = format_datetime(NEWEST_AT + timedelta(hours=number, minutes=feed % 60) - timedelta(days=7))
    return (
        f"<item><title>{title}</title><link>{site}/{number}</link><guid>{site}/{number}</guid><pubDate>{at}</pubDate>"
        f"<content:encoded><![CDATA[{text}]]></content:encoded></item>\n"
    )
