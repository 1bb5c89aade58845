"""The newsroom over HTTP on loopback. Each site has its own address, or its own port where there is only one address.

    with serve() as room:
        room.feeds         the feeds to subscribe to
        room.edit()        edits an article: its page and its feed change
        room.requests      how often each URL was requested

Every answer has ETag and Last-Modified, and an unchanged resource is answered with 304 (RFC 9110 §13).
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import NamedTuple

from . import content, feeds, pages

FOUNDED_AT = datetime(2025, 1, 6, 9, tzinfo=UTC)


class Feed(NamedTuple):
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Resource:
    """The answer of one URL: a body, or the address that it moved to."""

    body: bytes = b""
    media_type: str = "text/html"
    changed_at: datetime = FOUNDED_AT
    moved_to: str | None = None

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    @property
    def last_modified(self) -> str:
        return format_datetime(self.changed_at.astimezone(UTC), usegmt=True)

    def unchanged(self, if_none_match: str | None, if_modified_since: str | None) -> bool:
        """Compare the validators. If-Modified-Since counts only without If-None-Match (RFC 9110 §13.2.2)."""
        if if_none_match is not None:
            return self.etag in if_none_match
        try:
            return if_modified_since is not None and self.changed_at <= parsedate_to_datetime(if_modified_since)
        except ValueError:
            return False


class Newsroom:
    """The running newsroom. `answers` are the requests so far: (URL, status), in order."""

    def __init__(self, articles: content.Content, bases: dict[str, str]) -> None:
        self._content = articles
        self._bases = bases
        self._resources = _resources(articles, bases)
        self.answers: list[tuple[str, int]] = []
        self.on_answer: Callable[[str, int], None] | None = None

    @property
    def feeds(self) -> list[Feed]:
        """Return all feeds: one of them has moved from this address, and one is dead."""
        living = [
            Feed(site.name, self._bases[site.key] + (site.moved_from or site.feed_path)) for site in self._content.sites
        ]
        dead = self._content.dead_feed
        return [*living, Feed(dead.name, self._bases[dead.site] + dead.path)]

    @property
    def requests(self) -> Counter[str]:
        return Counter(url for url, _ in self.answers)

    def url(self, article: content.Article) -> str:
        return self._bases[article.site] + article.path

    def edit(self) -> None:
        self._content = self._content.edited()
        self._resources = _resources(self._content, self._bases)

    def answer(
        self, url: str, if_none_match: str | None, if_modified_since: str | None
    ) -> tuple[HTTPStatus, Resource | None]:
        resource = self._resources.get(url.partition("?")[0])
        if resource is None:
            status = HTTPStatus.NOT_FOUND
        elif resource.moved_to:
            status = HTTPStatus.MOVED_PERMANENTLY
        elif resource.unchanged(if_none_match, if_modified_since):
            status = HTTPStatus.NOT_MODIFIED
        else:
            status = HTTPStatus.OK
        self.answers.append((url, status))
        if self.on_answer:
            self.on_answer(url, status)
        return status, resource


def expected_articles() -> tuple[content.Article, ...]:
    """Return the articles that an archive must hold after one run. `Newsroom.url` gives their addresses."""
    return content.load().expected_articles()


@contextmanager
def serve(port: int = 0) -> Iterator[Newsroom]:
    """Serve the newsroom. Port 0 lets the system choose a port for each site."""
    articles = content.load()
    with ExitStack() as stack:
        servers = [stack.enter_context(_bind(number, port)) for number, _ in enumerate(articles.sites, 1)]
        bases = {
            site.key: f"http://{server.server_address[0]}:{server.server_address[1]}"
            for site, server in zip(articles.sites, servers, strict=True)
        }
        room = Newsroom(articles, bases)
        for server, base in zip(servers, bases.values(), strict=True):
            server.RequestHandlerClass = _handler(room, base)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        yield room


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without the reverse DNS query of HTTPServer, which can take seconds."""
        TCPServer.server_bind(self)

    def handle_error(self, *_: object) -> None:
        """Ignore the broken connections of killed clients."""


def _bind(number: int, port: int) -> ThreadingHTTPServer:
    """Bind to 127.0.0.<number>. Where that address does not exist (macOS), use 127.0.0.1 and another port."""
    try:
        return _Server((f"127.0.0.{number}", port), BaseHTTPRequestHandler)
    except OSError:
        return _Server(("127.0.0.1", port and port + number - 1), BaseHTTPRequestHandler)


def _handler(room: Newsroom, base: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            status, resource = room.answer(
                base + self.path, self.headers["If-None-Match"], self.headers["If-Modified-Since"]
            )
            body = resource.body if resource and status == HTTPStatus.OK else b""
            self.send_response(status)
            if resource and resource.moved_to:
                self.send_header("Location", resource.moved_to)
            elif resource:
                self.send_header("ETag", resource.etag)
                self.send_header("Last-Modified", resource.last_modified)
            if body and resource:
                self.send_header("Content-Type", resource.media_type)
            if status != HTTPStatus.NOT_MODIFIED:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing: `Newsroom.on_answer` is called instead."""

    return Handler


def _resources(articles: content.Content, bases: dict[str, str]) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for site in articles.sites:
        base = bases[site.key]
        feed_changed_at = max(line.article.changed_at for line in site.lines)
        front = pages.front_page(site, base, articles.boilerplate[site.language])
        found[f"{base}/"] = Resource(front, changed_at=feed_changed_at)
        found[f"{base}/robots.txt"] = Resource(pages.robots(site), "text/plain")
        feed = Resource(feeds.feed(site, bases), feeds.TYPES[site.feed_format], feed_changed_at)
        found[base + site.feed_path] = feed
        if site.moved_from:
            found[base + site.moved_from] = Resource(moved_to=base + site.feed_path)
        for article in site.articles:
            boilerplate = articles.boilerplate[article.language]
            page = pages.article_page(site, article, base, boilerplate)
            found[base + article.path] = Resource(page, changed_at=article.changed_at)
            slug = article.key.partition("/")[2]
            found[f"{base}/images/{slug}.svg"] = Resource(pages.image(article.title), "image/svg+xml")
    return found
