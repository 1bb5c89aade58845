"""The daemon: how it starts, reloads its configuration and stops.

start              take the archive's lock, then run the engine, the hooks' senders, their clock, the control socket
                   and the metrics
SIGHUP             read the configuration again: follow another feed list at once, replace the engine if settings,
                   rules or sites differ; lock, writer and control socket stay. A configuration that is faulty, or
                   that no engine starts with, is logged, and the old one stays.
SIGTERM, SIGINT    stop the clock, cancel the work in flight and let the calendar's jobs give up (their rows are still
                   due, deliveries still pending), commit what is written, and release the lock

systemd is notified of each of these (systemd.py), and by the clock that loop and archive answer.
"""

import asyncio
import logging
import signal
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from ingest.backfill.record import ArchiveRecorder
from ingest.configuration import config as configuration
from ingest.configuration import feedlist
from ingest.configuration.config import Config
from ingest.configuration.directory import FILES
from ingest.daemon.clock import running_clock
from ingest.daemon.control import Answer, listening
from ingest.daemon.log import PollLog, fields
from ingest.daemon.metrics import Metrics
from ingest.daemon.systemd import notify
from ingest.deliveries.calendar import Calendar
from ingest.deliveries.hooks import Senders, running_senders
from ingest.deliveries.jobs import jobs_of
from ingest.deliveries.judging import AlertWatch
from ingest.deliveries.requests import change_hook
from ingest.deliveries.unwritable import notify_unwritable
from ingest.errors import ConfigError, IngestError
from ingest.maintenance.rules import Applied, apply_to, batches
from ingest.pipeline import open_context, open_writer, utc_now
from ingest.pipeline.context import Context, Observer
from ingest.pipeline.engine import Engine
from ingest.pipeline.poll import subscribe
from ingest.pipeline.tally import Tally
from ingest.text.markup import count
from ingest.web.request import RequestOptions
from ingest.workers.writer import Writer
from storage.archive import Archive
from storage.errors import ArchiveError, ArchiveUnwritable
from storage.files import Protected

ROUND_TIMEOUT_S = 0.5

log = logging.getLogger(__name__)


def _load(config_dir: Path, *, empty_allowed: bool = True) -> Config:
    config = configuration.load(config_dir, sends=True)
    if not config.feeds and not empty_allowed:
        raise ConfigError(f"{feedlist.how_to_fill(config_dir)}; restart the daemon if none is wanted")
    if not config.feeds:
        log.warning(feedlist.how_to_fill(config_dir))
    return config


class Service:
    """One daemon. `_config` is the configuration that runs or starts next; `_good_config` started the last engine.

    `archive` overrides the settings' archive.
    """

    def __init__(self, config_dir: Path, archive: Path | None) -> None:
        self._config_dir = config_dir
        self._archive_option = archive
        self._stopping = asyncio.Event()
        self._stopped_by = ""
        self._reload_asked = asyncio.Event()
        self._good_config: Config | None = None
        self._config_changed = asyncio.Event()
        self._reload_result: asyncio.Future[None] | None = None  # set when an engine runs, or cannot
        self._reloading = asyncio.Lock()
        self._poll_log = PollLog()
        self._observers: list[Observer] = []
        self._requests: dict[str, RequestOptions] = {}
        self._config: Config
        self._metrics: Metrics
        self._alerts: AlertWatch
        self._writer: Writer
        self._engine: Engine
        self._senders = Senders(())

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT. Raise the archive's errors, and ConfigError at the start."""
        try:
            await self._run()
        except ArchiveUnwritable as error:
            await notify_unwritable(self._config, self._archive(), error)
            raise

    async def _run(self) -> None:
        notify("STATUS=starting")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, number)
        loop.add_signal_handler(signal.SIGHUP, self._reload_asked.set)
        self._config = _load(self._config_dir)
        began_at = utc_now()
        while not self._stopping.is_set():
            self._config_changed.clear()
            config, archive = self._config, self._archive()
            self._metrics = Metrics(archive)
            self._alerts = AlertWatch(self.wake)
            self._observers = [self._poll_log, self._metrics, self._alerts]
            async with AsyncExitStack() as stack:
                try:
                    self._writer = await stack.enter_async_context(open_writer(archive, "daemon"))
                except ArchiveError as error:
                    self._fall_back(config, error)
                    continue
                await self._serve(archive, stack)
        after = timedelta(seconds=int((utc_now() - began_at).total_seconds()))
        by, totals = self._stopped_by, self._poll_log
        extra = fields("ended", signal=by, **totals.sums)
        log.info("ended by %s after %s: %s", by, after, totals.summary(), extra=extra)

    def _stop(self, number: signal.Signals) -> None:
        self._stopped_by = self._stopped_by or number.name
        notify("STOPPING=1", "STATUS=ending")
        self._stopping.set()

    async def _serve(self, archive: Path, stack: AsyncExitStack) -> None:
        """Run one engine after another on this archive, until a stop or until the settings name another archive."""
        is_listening = False
        while not self._stopping.is_set() and self._archive() == archive:
            self._config_changed.clear()
            config = self._config
            async with AsyncExitStack() as engine_stack:
                try:
                    context = await self._start_engine(config, archive, engine_stack)
                except ConfigError as error:
                    self._fall_back(config, error)
                    continue
                if not is_listening:
                    is_listening = True
                    await self._listen(archive, stack)
                feeds = len(self._config.feeds)
                extra = fields("watching", feeds=feeds, archive=str(archive))
                log.info("watching %s; archive %s", count(feeds, "feed"), archive, extra=extra)
                self._good_config = config
                if not self._config_changed.is_set():
                    self._ready()
                    self._end_reload()
                await self._work(context)
        self._end_reload()

    def _ready(self) -> None:
        notify("READY=1", f"STATUS=watching {count(len(self._config.feeds), 'feed')}; archive {self._archive()}")

    async def _start_engine(self, config: Config, archive: Path, stack: AsyncExitStack) -> Context:
        """Raise ConfigError if no engine starts with this configuration."""
        context = await stack.enter_async_context(open_context(config, self._writer, self._observers, self._requests))
        self._engine = Engine(context)
        await self._writer(lambda archive: archive.subscribe_hooks(config.settings.hooks, utc_now()))
        await self._follow(self._config)
        await stack.enter_async_context(self._alerts.watching(context))
        await stack.enter_async_context(self._metrics.serving(config.settings.daemon.http))
        protected = Protected(archive, *(self._config_dir / name for name in FILES))
        calendar = Calendar(jobs_of(config.settings), context, archive, protected)
        clock = await stack.enter_async_context(running_clock(self.wake, context, calendar))
        senders = running_senders(context, archive, [self._poll_log, self._metrics, clock])
        self._senders = await stack.enter_async_context(senders)
        return context

    def wake(self) -> None:
        """Check again for what is due, to be delivered, or to be judged."""
        self._engine.wake()
        self._senders.wake()
        self._alerts.wake()

    async def _listen(self, archive: Path, stack: AsyncExitStack) -> None:
        control = str(await stack.enter_async_context(listening(archive, self)))
        await self._writer(lambda archive: archive.lock.announce(control=control))

    def _archive(self) -> Path:
        return self._archive_option or Path(self._config.settings.archive.path)

    def _fall_back(self, config: Config, error: Exception) -> None:
        """Return to the configuration of the last engine, but for the feeds. Raise the error if there was no engine,
        or if that is its cause.
        """
        if self._config_changed.is_set():
            return  # newer settings are tried next
        good = self._good_config
        if good is None or good.of_engine == config.of_engine:
            raise error
        log.error("this configuration cannot be started with, the old one stays: %s", error)
        self._config = self._config.with_engine_of(good)
        self._end_reload(error)

    def _end_reload(self, error: Exception | None = None) -> None:
        result, self._reload_result = self._reload_result, None
        if result is None or result.done():
            return
        if error is None:
            result.set_result(None)
        else:
            result.set_exception(error)

    async def _work(self, context: Context) -> None:
        """Run the engine until a stop or until the settings change. Raise the archive's errors."""
        ends: tuple[Coroutine[Any, Any, object], ...] = (
            self._engine.run(),
            context.writer.failure(),
            self._reload_at_signal(),
            self._config_changed.wait(),
            self._stopping.wait(),
        )
        tasks = [asyncio.create_task(end) for end in ends]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()  # raises the error that ended it
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _reload_at_signal(self) -> None:
        while True:
            await self._reload_asked.wait()
            self._reload_asked.clear()
            with suppress(ConfigError, ArchiveError):  # it is in the log
                await self.reload()

    async def reload(self, *, empty_allowed: bool = False) -> None:
        """Read the configuration again. Return when an engine runs with it.

        Raises ConfigError or the archive's error if that is not possible; the old configuration stays. A list that has
        lost all its feeds is refused unless `empty_allowed`: an editor may be writing it just now.
        """
        async with self._reloading:
            notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}", "STATUS=reading its configuration")
            try:
                config = _load(self._config_dir, empty_allowed=empty_allowed or not self._config.feeds)
            except ConfigError as error:
                log.error("the configuration is faulty, the old one stays: %s", error)  # noqa: TRY400 (a user's fault)
                self._ready()
                raise
            feeds = len(config.feeds)
            log.info("configuration read again: %s", count(feeds, "feed"), extra=fields("reloaded", feeds=feeds))
            replaced = config.of_engine != self._config.of_engine
            self._config = config
            if replaced:
                self._reload_result = asyncio.get_running_loop().create_future()
                self._config_changed.set()
                await self._reload_result
            else:
                await self._follow(config)
                self._ready()

    async def _follow(self, config: Config) -> None:
        """Follow the feed list. A feed with other request options is due: the last poll may have failed for them."""
        before, after = dict(self._requests), config.requests
        changed = [f.url for f in config.feeds if self._good_config and before.get(f.url) != after.get(f.url)]
        self._requests.clear()
        self._requests.update(after)
        await self._writer(lambda archive: subscribe(archive, config.feeds, utc_now()))
        await self._writer(lambda archive: archive.make_due(utc_now(), changed))
        self._engine.wake()
        self._alerts.follow(config.feeds)

    async def now(self, urls: list[str] | None) -> Answer:
        """Poll the feeds at once, work on their entries, and return the tally: the request of `ingest now`.

        If the engine is replaced meanwhile, the next engine goes on with the rows that are due.
        """
        tally = Tally(frozenset())
        self._observers.append(tally)

        def make_due(archive: Archive) -> frozenset[int]:
            tally.feed_ids = frozenset(archive.make_due(utc_now(), urls))  # before the next poll is recorded
            return tally.feed_ids

        try:
            feed_ids = await self._writer(make_due)
            if urls and len(feed_ids) < len(urls):
                raise IngestError("it does not know all of these feeds; reload it (SIGHUP) after editing the feed list")
            self._engine.wake()
            await self._writer.unless_failed(self._until_done(feed_ids))
        finally:
            self._observers.remove(tally)
        return tally.as_dict()

    async def apply_rules(self) -> Answer:
        """Apply today's rules to the filtered entries: the request of `ingest rules apply`."""
        applied = Applied()
        for ids in batches(await self._writer.read(lambda archive: archive.filtered_ids())):
            rules = self._config.rules
            applied.count(await self._writer(partial(apply_to, ids=ids, rules=rules, now=utc_now())))
        self.wake()
        return asdict(applied)

    async def change_hook(self, **asked: Any) -> Answer:  # noqa: ANN401 (the arguments of `deliveries.requests`)
        """Change where a hook stands: the requests of `ingest hooks`."""
        deliveries = await self._writer(partial(change_hook, **asked))
        self._senders.wake()
        return {"deliveries": deliveries}

    def recorder(self) -> ArchiveRecorder:
        """Return what records the pages of a crawl: the requests of `ingest backfill`."""
        return ArchiveRecorder(self._writer, self._config.rules, utc_now, self._observers)

    def in_flight(self) -> Answer:
        """Return what is in flight: the request of `ingest status --watch`."""
        return self._engine.in_flight()

    async def _until_done(self, feed_ids: frozenset[int]) -> None:
        """Return when nothing of the feeds is due or in flight."""
        # Asked in the writer's thread: a read may see a commit before the tally has counted it.
        while self._engine.is_polling(feed_ids) or await self._writer(
            lambda archive: archive.has_due(feed_ids, utc_now())
        ):
            with suppress(TimeoutError):  # a round may have passed during the query
                async with asyncio.timeout(ROUND_TIMEOUT_S):
                    await self._engine.next_round()
