"""Heavy pages beside good ones: the good ones do not wait for them, and the heavy ones come in too."""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.maintenance.upkeep import upkeep
from ingest.pipeline import stored_pages
from ingest.pipeline.run import run_now
from storage.records import Outcome, WantedFeed
from tests.builders_feeds import item, page, rss
from tests.gated import HEAVY_BYTES, extract_page

GOOD, HEAVY = 12, 7


@dataclass
class Gate:
    """Lets the heavy pages be done once the good ones are archived."""

    path: Path
    archived: int = 0

    def polled(self, *_):
        pass

    def postponed(self, _, reason):
        pytest.fail(reason)

    def settled(self, _, outcome):
        self.archived += outcome is Outcome.ARCHIVED
        if self.archived == GOOD:
            self.path.touch()


def test_good_pages_are_archived_before_heavy_ones_are_done(run, site, sites, monkeypatch, tmp_path):
    monkeypatch.setattr(stored_pages, "extract_page", extract_page)
    gate = Gate(tmp_path / "good ones are in")
    feeds = []
    for number in range(HEAVY):
        host = sites(f"127.0.0.{number + 2}")
        host.page("/heavy", page(100 + number) + " " * HEAVY_BYTES + f"<!--{gate.path}")
        host.page("/feed", rss(item(100 + number, link=host.url("/heavy"), text="")))
        feeds.append(WantedFeed(host.url("/feed")))
    for number in range(GOOD):
        site.page(f"/{number}", page(number))
    site.page("/feed", rss(*(item(number, link=site.url(f"/{number}"), text="") for number in range(GOOD))))
    feeds.append(WantedFeed(site.url("/feed")))
    settings = Settings(
        web={"allow_addresses": ("127.0.0.0/8",), "per_host_interval_s": 0.0, "robots": False, "timeout_s": 2.0},
        articles={"workers": 2},
    )
    asyncio.run(run_now(Config(settings, tuple(feeds)), run.path, None, [gate], upkeep=upkeep, rng=random.Random(1)))
    assert gate.archived == GOOD + HEAVY
