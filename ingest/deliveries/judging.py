"""Running the judgement of alerts: over the feeds and sites of which something was recorded since the last one.

One transaction reads what is judged, begins and ends alerts, so that a crash repeats and loses none. What is judged of
sites are rows; of feeds it is what this process has polled, and at the start every feed that is in trouble.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from ingest.deliveries import unwritable
from ingest.deliveries.alerts import (
    FEED_KINDS,
    MIN_FAILED_POLLS,
    MIN_HOSTS_FAILING,
    POLL_KINDS,
    SITE_KINDS,
    JudgedFeed,
    Network,
    Trouble,
    feed_alert_ended,
    feeds_beginning,
    is_empty_long,
    of_trouble,
    site_alert_ended,
    site_troubles,
)
from ingest.hosts import host_key
from ingest.pipeline.context import Context
from storage.alerts import Alert, AlertKind, PolledFeed
from storage.archive import Archive
from storage.errors import ArchiveError
from storage.feed_records import DueFeed
from storage.records import Outcome, Poll, WantedFeed

BATCH_S, MIN_PAUSE_S = 0.5, 2.0  # of the daemon: what is recorded in them is judged at once
ALL_INTERVAL_S = 3600.0  # of judgements of everything: a site may have fallen silent
SITES_AT_ONCE = 50  # in a transaction: some 10 ms

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Judgement:
    began: list[Trouble] = field(default_factory=list)
    ended: list[Alert] = field(default_factory=list)

    def begin(self, archive: Archive, trouble: Trouble, now: datetime) -> None:
        kind, subject, reason = trouble.kind, trouble.subject, trouble.reason
        if archive.begin_alert(kind, subject, reason, now, usual_words=trouble.usual_words):
            self.began.append(trouble)

    def end(self, archive: Archive, alert: Alert, now: datetime) -> None:
        if archive.end_alert(alert.kind, alert.subject, now):
            self.ended.append(alert)

    def end_all(self, archive: Archive, kinds: Collection[AlertKind], now: datetime) -> None:
        for alert in archive.open_alerts():
            if alert.kind in kinds:
                self.end(archive, alert, now)

    def log(self) -> None:
        for trouble in self.began:
            log.warning("alert: %s: %s", trouble.subject, trouble.reason, extra=_fields("alert_began", trouble))
        for alert in self.ended:
            log.info("end of the alert: %s: %s", alert.subject, alert.reason, extra=_fields("alert_ended", alert))


def _fields(event: str, of: Trouble | Alert) -> dict[str, object]:
    return {"fields": {"event": event, "kind": of.kind, "subject": of.subject, "reason": of.reason}}


def judge_feeds(
    archive: Archive,
    judgement: Judgement,
    ids: Collection[int],
    listed: Collection[str],
    now: datetime,
    *,
    with_alerts: bool = False,
) -> None:
    """Begin and end the alerts of these feeds, and of those that have an alert if `with_alerts`.

    `listed` is the feed list.
    """
    name = str(archive.path)
    if with_alerts:
        open_alerts = archive.open_alerts()
        feeds = archive.polled_feeds(ids, [alert.subject for alert in open_alerts if alert.kind in FEED_KINDS])
    else:
        feeds = archive.polled_feeds(ids)
        open_alerts = archive.open_alerts([name, *(feed.url for feed in feeds)])
    well_id, well_at = archive.last_good_poll()
    for alert in open_alerts:
        if alert.kind == "all_feeds_failing" and well_at and well_at >= alert.began_at:
            judgement.end(archive, alert, now)
    of_feeds = [alert for alert in open_alerts if alert.kind in FEED_KINDS]
    found = _judged_feeds(archive, feeds, listed, {(alert.kind, alert.subject) for alert in of_feeds}, now)
    network = Network(well_at, 0)
    if any(judged.failed for judged in found.values()):
        network = Network(well_at, _hosts_failing(archive, well_id))
    for trouble in feeds_beginning(list(found.values()), open_alerts, network, name, now):
        judgement.begin(archive, trouble, now)
    for alert in of_feeds:
        if feed_alert_ended(alert, found.get(alert.subject), now):
            judgement.end(archive, alert, now)


def _judged_feeds(
    archive: Archive,
    feeds: Collection[PolledFeed],
    listed: Collection[str],
    is_open: Collection[tuple[AlertKind, str]],
    now: datetime,
) -> dict[str, JudgedFeed]:
    """Return the feeds by address. What only an alert that has begun already would need is left out."""

    def may_begin(kind: AlertKind, feed: PolledFeed) -> bool:
        return (kind, feed.url) not in is_open

    offline_until = archive.last_end("all_feeds_failing")
    found = {}
    for feed in feeds:
        failed: tuple[int, datetime | None] = (0, None)
        if feed.failures >= MIN_FAILED_POLLS and feed.gone_at is None and all(may_begin(k, feed) for k in POLL_KINDS):
            failed = archive.failed_polls(feed.id, offline_until)
        is_empty = is_empty_long(feed, now) and may_begin("feed_empty", feed)
        found[feed.url] = JudgedFeed(
            feed,
            feed.url in listed,
            *failed,
            emptiness=archive.emptiness(feed.id) if is_empty else None,
            silence=archive.silence(feed.id) if feed.silent_at and may_begin("feed_silent", feed) else None,
            gap=archive.noticed_gap(feed.id) if feed.gap_at and may_begin("feed_gap", feed) else None,
        )
    return found


def _hosts_failing(archive: Archive, after: int) -> int:
    """Count the hosts of which polls have failed since the poll of this number, up to MIN_HOSTS_FAILING."""
    hosts: set[str] = set()
    for address in archive.addresses_failing(after):
        hosts.add(host_key(address))
        if len(hosts) == MIN_HOSTS_FAILING:
            break
    return len(hosts)


def judge_sites(archive: Archive, sites: Collection[str], now: datetime) -> Judgement:
    """Begin and end the alerts of these sites."""
    judgement = Judgement()
    alerts = [alert for alert in archive.open_alerts(sites) if alert.kind in SITE_KINDS]
    is_open = {(alert.kind, alert.subject) for alert in alerts}
    for site in sites:
        texts = archive.site_texts(site)
        for alert in alerts:
            if alert.subject == site and site_alert_ended(alert, texts, now):
                judgement.end(archive, alert, now)
                archive.drop_site_texts(site, of_trouble(alert, texts))
        for trouble in site_troubles(site, texts, now):
            if (trouble.kind, site) not in is_open:
                judgement.begin(archive, trouble, now)
        archive.mark_judged(site)
    return judgement


class AlertWatch:
    """An observer that notes what was recorded, for `judge`. It lives as long as the archive is open.

    `on_event` is called when alerts have begun or ended.
    """

    def __init__(self, on_event: Callable[[], object] = lambda: None) -> None:
        self._on_event = on_event
        self._feeds: set[int] = set()
        self._listed: frozenset[str] | None = None
        self._is_new = asyncio.Event()
        self._all = True
        self._judged_all_s = 0.0  # by the loop's clock
        self._opened_at: datetime | None = None
        self._may_be_unwritable = True

    def polled(self, feed: DueFeed, poll: Poll) -> None:  # noqa: ARG002 (an Observer's signature)
        self._feeds.add(feed.id)
        self._is_new.set()

    def settled(self, feed_id: int, outcome: Outcome) -> None:  # noqa: ARG002 (an Observer's signature)
        self._is_new.set()

    def postponed(self, feed_id: int, reason: str) -> None:
        pass  # it has not come to an end

    def follow(self, feeds: Iterable[WantedFeed]) -> None:
        """Judge by this feed list from now on, in place of the context's."""
        self._listed, self._all = frozenset(feed.url for feed in feeds), True
        self._is_new.set()

    def wake(self) -> None:
        """Judge everything if it is time for that. The clock calls this at least once a minute."""
        interval_s = unwritable.STABLE.total_seconds() if self._may_be_unwritable else ALL_INTERVAL_S
        if asyncio.get_running_loop().time() - self._judged_all_s >= interval_s:
            self._all = True
            self._is_new.set()

    async def judge(self, context: Context, *, at_end: bool = False) -> None:
        """Begin and end alerts by what was recorded since the last call; at the first call, of every feed.

        `at_end`: the work is done, and so the archive can be written. Raises the archive's errors.
        """
        self._is_new.clear()
        feeds, self._feeds = self._feeds, set()
        judge_all, self._all = self._all, False
        if judge_all:
            self._judged_all_s = asyncio.get_running_loop().time()
        now, listed = context.clock(), self._listed
        if listed is None:
            listed = frozenset(feed.url for feed in context.config.feeds)
        self._opened_at = self._opened_at or now
        is_stable = at_end or now - self._opened_at >= unwritable.STABLE

        def judge(archive: Archive) -> tuple[Judgement, list[str]]:
            judgement = Judgement()
            if self._may_be_unwritable:
                unwritable.record_noted(archive)
                if is_stable:
                    judgement.end_all(archive, {unwritable.KIND}, now)
            ids = {*feeds, *archive.feeds_in_trouble(MIN_FAILED_POLLS)} if judge_all else feeds
            judge_feeds(archive, judgement, ids, listed, now, with_alerts=judge_all)
            return judgement, archive.sites_with_alerts() if judge_all else []

        judgement, sites = await context.writer(judge)
        self._announce(judgement)
        if is_stable and self._may_be_unwritable:
            self._may_be_unwritable = False
            await context.writer(lambda archive: unwritable.remove_note(archive.path))
        sites += await context.writer.read(lambda archive: archive.sites_to_judge(SITES_AT_ONCE))
        while sites:
            self._announce(await context.writer(partial(judge_sites, sites=sites, now=now)))
            sites = await context.writer.read(lambda archive: archive.sites_to_judge(SITES_AT_ONCE))

    def _announce(self, judgement: Judgement) -> None:
        if judgement.began or judgement.ended:
            judgement.log()
            self._on_event()

    @asynccontextmanager
    async def watching(self, context: Context) -> AsyncIterator[None]:
        """Judge now, and whenever something was recorded or the clock says so, until the end.

        Raises the archive's errors at the start.
        """
        await self.judge(context)
        task = asyncio.create_task(self._watch(context))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self, context: Context) -> None:
        while True:
            await self._is_new.wait()
            await asyncio.sleep(BATCH_S)
            try:
                await self.judge(context)
            except ArchiveError:
                return  # the writer has raised it: the daemon ends
            except Exception:  # a fault of ours must not stop the others
                log.exception("judging alerts")
            await asyncio.sleep(MIN_PAUSE_S)
