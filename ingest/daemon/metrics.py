"""The daemon's state over HTTP: /health as JSON, and /metrics in Prometheus' text format."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.daemon.log import fields, log
from ingest.deliveries.retries import Verdict
from ingest.deliveries.transport import Sent
from ingest.errors import ConfigError
from ingest.pipeline import utc_now
from storage.errors import ArchiveError
from storage.feed_records import DueFeed
from storage.reader import Reader
from storage.records import Outcome, Poll, to_instant
from storage.rows import Row

if TYPE_CHECKING:
    from aiohttp import web
    from prometheus_client.core import Metric


class Metrics:
    """An observer that counts polls, entries and failed deliveries. `serving` answers requests for the counts."""

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
        self._failed_tries = Counter(
            "ingest_hook_failed_tries", "Tries of a delivery that failed.", ["hook"], registry=self._registry
        )
        self._registry.register(self)

    def polled(self, feed: DueFeed, poll: Poll) -> None:  # noqa: ARG002 (an Observer's signature)
        self._polls.labels(poll.outcome).inc()
        self._new.inc(poll.entries_new)
        self._bytes.inc(poll.body_bytes)
        self._seconds.observe(poll.ms / 1000)

    def settled(self, feed_id: int, outcome: Outcome) -> None:  # noqa: ARG002 (an Observer's signature)
        self._entries.labels(outcome).inc()

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        self._retries.inc()

    def tried(self, hook: str, events: int, sent: Sent, result: Verdict) -> None:  # noqa: ARG002 (a HookObserver's signature)
        if result.outcome != "taken":
            self._failed_tries.labels(hook).inc()

    def collect(self) -> "Iterable[Metric]":
        """Yield the archive's state at the moment of the scrape (prometheus_client's custom collector)."""
        from prometheus_client.core import GaugeMetricFamily

        with Reader(self._archive) as reader:
            feeds = GaugeMetricFamily("ingest_feeds", "Feeds by state.", labels=["state"])
            for state, number in reader.feed_states().items():
                feeds.add_metric([state], number)
            yield feeds
            alerts = GaugeMetricFamily("ingest_alerts", "Alerts that last, by kind.", labels=["kind"])
            for kind, number in reader.alert_counts().items():
                alerts.add_metric([kind], number)
            yield alerts
            gaps = reader.open_gap_totals()
            yield GaugeMetricFamily("ingest_gaps", "Gaps that are open.", value=gaps["gaps"])
            missed = "Entries that may have been missed in them."
            yield GaugeMetricFamily("ingest_entries_missed", missed, value=gaps["missed"])
            totals = reader.totals()
            yield GaugeMetricFamily("ingest_articles", "Articles in the archive.", value=totals["articles"])
            pending = totals["outcomes"].get("pending", 0)
            yield GaugeMetricFamily("ingest_pending", "Entries whose article is still to be fetched.", value=pending)
            failed = GaugeMetricFamily("ingest_job_failed", "Whether a job's last run failed.", labels=["job"])
            due = GaugeMetricFamily("ingest_job_due_timestamp_seconds", "When a job runs next.", labels=["job"])
            for job in reader.planned_jobs():
                due.add_metric([job.name], job.due_at.timestamp())
                failed.add_metric([job.name], job.error is not None)
            yield from (failed, due)
            yield GaugeMetricFamily("ingest_archive_bytes", "Size of the archive's file.", value=totals["size_bytes"])
            hooks = [row for row in reader.hook_health() if row["state"] != "off"]
        yield from _hook_metrics(hooks)

    def describe(self) -> "Iterable[Metric]":
        """Return nothing, so that registration does not call `collect`."""
        return ()

    @asynccontextmanager
    async def serving(self, address: str) -> AsyncIterator[None]:
        """Answer requests at `address` (host:port) until the end; "" serves nothing."""
        if not address:
            yield
            return
        from aiohttp import web

        from ingest.daemon import http

        async with http.running(web.get("/health", self._health), web.get("/metrics", self._metrics)) as runner:
            host, _, port = address.rpartition(":")
            try:
                await web.TCPSite(runner, host.strip("[]"), int(port)).start()
            except OSError as error:
                place = f"{address} cannot be listened on ({os.strerror(error.errno or 0)})"  # asyncio's text is long
                raise ConfigError(f'daemon.http: {place}; name another, or "" for none') from error
            host, number = runner.addresses[0][:2]
            log.info("answering on http://%s:%d: /health, /metrics", host, number, extra=fields("answering"))
            yield

    async def _health(self, _: "web.Request") -> "web.Response":
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
        from aiohttp import web
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        body = await asyncio.to_thread(generate_latest, self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _hook_metrics(hooks: list[Row]) -> "Iterable[Metric]":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    def wait_s(hook: Row) -> float:
        due_at = to_instant(hook["due_at"])
        return max((due_at - utc_now()).total_seconds(), 0.0) if due_at else 0.0

    events = CounterMetricFamily("ingest_hook_events", "Events delivered.", labels=["hook"])
    for hook in hooks:
        events.add_metric([hook["name"]], hook["delivered"])
    yield events
    gauges: dict[str, tuple[str, Callable[[Row], float]]] = {
        "behind": ("Events that are not delivered yet.", lambda hook: hook["behind"]),
        "dead_letters": ("Deliveries that the receiver refused for good.", lambda hook: hook["dead"]),
        "failures": ("Failed tries of the delivery that is next.", lambda hook: hook["tries"]),
        "wait_seconds": ("Time until a failed delivery is tried again.", wait_s),
        "stopped": ("1 if the receiver wants no more.", lambda hook: hook["state"] == "stopped"),
    }
    for name, (meaning, value) in gauges.items():
        gauge = GaugeMetricFamily(f"ingest_hook_{name}", meaning, labels=["hook"])
        for hook in hooks:
            gauge.add_metric([hook["name"]], value(hook))
        yield gauge
