"""A configured run against loopback sites, on a real archive, with a clock that only the test moves."""

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.configuration.sites import NO_SITES, Sites
from ingest.deliveries.judging import AlertWatch
from ingest.hosts import without_credentials
from ingest.maintenance.upkeep import upkeep
from ingest.pipeline.context import Context
from ingest.pipeline.run import run_now
from ingest.pipeline.tally import Tally
from ingest.rules.rule import NO_RULES, Rules
from ingest.web.request import RequestOptions
from storage.reader import Reader
from storage.records import WantedFeed, to_instant

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
QUICK: dict[str, dict[str, object]] = {
    "web": {"allow_addresses": ("127.0.0.0/8",), "per_host_interval_s": 0.0, "robots": False, "timeout_s": 5.0},
    "articles": {"workers": 1},
}


@dataclass
class ArchiveRun:
    path: Path
    now_at: datetime = START
    rules: Rules = NO_RULES
    sites: Sites = NO_SITES
    requests: dict[str, RequestOptions] = field(default_factory=dict)

    def now(self, *feeds: WantedFeed | str, only: list[str] | None = None, **sections: dict[str, object]) -> Tally:
        """`ingest now` on this feed list; a bare URL is a feed that is trusted with the text.

        `only` is `--feed`; `sections` are those of settings.toml, over `QUICK`.
        """
        wanted = [WantedFeed(feed, article="feed") if isinstance(feed, str) else feed for feed in feeds]
        requests = {without_credentials(feed.url): RequestOptions(feed.url) for feed in wanted} | self.requests
        wanted = tuple(replace(feed, url=without_credentials(feed.url)) for feed in wanted)
        chosen = [feed for feed in wanted if feed.url in only] if only is not None else None
        settings = Settings(**{n: QUICK.get(n, {}) | sections.get(n, {}) for n in {*QUICK, *sections}})
        config = Config(settings, wanted, requests, self.rules, self.sites)
        rng = random.Random(1)
        alerts = AlertWatch()

        async def finish(context: Context) -> None:
            await alerts.judge(context, at_end=True)
            await upkeep(context)

        run = run_now(config, self.path, chosen, [alerts], upkeep=finish, clock=lambda: self.now_at, rng=rng)
        return asyncio.run(run)

    def later(self, **duration: float) -> "ArchiveRun":
        self.now_at += timedelta(**duration)
        return self

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open the archive, for a test to change it by hand."""
        with closing(sqlite3.connect(self.path)) as db, db:
            yield db

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        with Reader(self.path) as reader:
            return list(reader.rows(sql, parameters))

    def row(self, sql: str, *parameters: object) -> dict[str, Any]:
        (row,) = self.rows(sql, *parameters)
        return row

    def column(self, sql: str, *parameters: object) -> list[Any]:
        return [next(iter(row.values())) for row in self.rows(sql, *parameters)]

    def feed(self, url: str | None = None) -> dict[str, Any]:
        return self.row("SELECT * FROM feeds WHERE ?1 IS NULL OR url = ?1", url)

    def due_in_s(self, url: str | None = None) -> float:
        """Return how long it is until the feed is due."""
        return (to_instant(self.feed(url)["due_at"]) - self.now_at).total_seconds()

    def entry(self) -> dict[str, Any]:
        """Return the only entry."""
        return self.row("SELECT * FROM entries")

    def article(self) -> dict[str, Any]:
        """Return the only article."""
        return self.row("SELECT * FROM articles")

    def outcomes(self) -> list[str]:
        return self.column("SELECT outcome FROM entries ORDER BY id")
