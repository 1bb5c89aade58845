"""What the daemon tells while it runs: a log line a poll, /health, and /metrics in Prometheus' text format."""

import logging
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import ConfigError
from ingest.text.markup import count, cut
from storage.errors import ArchiveError
from storage.reader import Reader
from storage.records import DueFeed, Outcome, Poll

if TYPE_CHECKING:
    from aiohttp import web
    from prometheus_client.core import Metric

MAX_NAME_COLUMNS = 100

log = logging.getLogger("ingest")


def fields(event: str, **facts: object) -> dict[str, object]:
    """The `extra` of a record: what a log in JSON has of it besides the message."""
    return {"fields": {"event": event} | facts}


def name_of(feed: DueFeed) -> str:
    return feed.name or feed.url


def poll_line(feed: DueFeed, poll: Poll) -> str:
    """What a poll brought, for a log: "Example: 3 new"."""
    brought = f"{poll.entries_new} new" if poll.entries_new else poll.outcome.replace("_", " ")
    return f"{cut(name_of(feed), MAX_NAME_COLUMNS)}: {brought}" + (f" ({poll.error})" if poll.error else "")


class Metrics:
    """An observer that logs and counts; `served` answers for both."""

    def __init__(self, archive: Path) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._archive = archive
        self._registry = CollectorRegistry()
        self._polls = Counter("ingest_polls", "Polls by outcome.", ["outcome"], registry=self._registry)
        self._entries = Counter(
            "ingest_entries", "Entries that came to an end, by outcome.", ["outcome"], registry=self._registry
        )
        self._retries = Counter("ingest_retries", "Entries put off to a later try.", registry=self._registry)
        self._new = Counter("ingest_entries_new", "Entries seen for the first time.", registry=self._registry)
        self._bytes = Counter("ingest_feed_bytes", "Decoded bytes of feeds read.", registry=self._registry)
        self._seconds = Histogram("ingest_poll_seconds", "Duration of a feed's GET.", registry=self._registry)
        self._registry.register(self)
        self.sums = {"polls": 0, "entries_new": 0, "articles": 0}

    def polled(self, feed: DueFeed, poll: Poll) -> None:
        self.sums["polls"] += 1
        self.sums["entries_new"] += poll.entries_new
        self._polls.labels(poll.outcome).inc()
        self._new.inc(poll.entries_new)
        self._bytes.inc(poll.body_bytes)
        self._seconds.observe(poll.ms / 1000)
        level = logging.WARNING if poll.outcome in ("failed", "gone") else logging.INFO
        facts = {"feed": name_of(feed), "outcome": poll.outcome, "status": poll.status, "new": poll.entries_new}
        log.log(level, "%s", poll_line(feed, poll), extra=fields("polled", **facts, error=poll.error, ms=poll.ms))

    def settled(self, feed_id: int, outcome: Outcome) -> None:  # noqa: ARG002 (an Observer's signature)
        self.sums["articles"] += outcome is Outcome.ARCHIVED
        self._entries.labels(outcome).inc()

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        self._retries.inc()

    def summary(self) -> str:
        """What there has been so far: "3 polls, 12 new entries, 9 articles"."""
        polls, new, articles = (self.sums[name] for name in ("polls", "entries_new", "articles"))
        return f"{count(polls, 'poll')}, {count(new, 'new entry', 'new entries')}, {count(articles, 'article')}"

    def collect(self) -> "Iterable[Metric]":
        """The archive's state at the moment of the scrape (prometheus_client's custom collector)."""
        from prometheus_client.core import GaugeMetricFamily

        with Reader(self._archive) as reader:
            feeds = GaugeMetricFamily("ingest_feeds", "Feeds by state.", labels=["state"])
            for state, number in reader.feed_states().items():
                feeds.add_metric([state], number)
            yield feeds
            totals = reader.totals()
            yield GaugeMetricFamily("ingest_articles", "Articles in the archive.", value=totals["articles"])
            yield GaugeMetricFamily(
                "ingest_pending",
                "Entries whose article is still to be had.",
                value=totals["outcomes"].get("pending", 0),
            )
            yield GaugeMetricFamily("ingest_archive_bytes", "Size of the archive's file.", value=totals["size_bytes"])

    def describe(self) -> "Iterable[Metric]":
        """Nothing: what `collect` yields is not asked for at registration."""
        return ()

    @asynccontextmanager
    async def served(self, address: str) -> AsyncIterator[None]:
        """Answers at `host:port` for its duration; "" answers nowhere."""
        if not address:
            yield
            return
        from aiohttp import web

        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        host, _, port = address.rpartition(":")
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        except OSError as error:
            await runner.cleanup()
            cause = os.strerror(error.errno or 0)  # its own text is asyncio's, and long
            raise ConfigError(
                f'daemon.http: {address} cannot be listened on ({cause}); name another, or "" for none'
            ) from error
        host, number = runner.addresses[0][:2]
        log.info("answering on http://%s:%d: /health, /metrics", host, number, extra=fields("answering"))
        try:
            yield
        finally:
            await runner.cleanup()

    async def _health(self, _: "web.Request") -> "web.Response":
        import asyncio

        from aiohttp import web

        try:
            health = await asyncio.to_thread(self._state)
        except ArchiveError as error:
            return web.json_response({"status": "failing", "error": str(error)}, status=503)
        return web.json_response({"status": "ok"} | health)

    def _state(self) -> dict[str, object]:
        with Reader(self._archive) as reader:
            return {"feeds": reader.feed_states(), "polled_at": reader.last_polled_at(), **reader.totals()}

    async def _metrics(self, _: "web.Request") -> "web.Response":
        import asyncio

        from aiohttp import web
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        try:
            body = await asyncio.to_thread(generate_latest, self._registry)
        except ArchiveError as error:
            return web.Response(status=503, text=str(error))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
