"""One run of `ingest now`, from the configuration to the tally."""

import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from ingest.configuration.config import Config
from ingest.pipeline import open_pipeline, utc_now
from ingest.pipeline.context import Context, Observer
from ingest.pipeline.engine import Engine
from ingest.pipeline.poll import subscribe
from ingest.pipeline.tally import Tally
from storage.archive import Archive
from storage.records import WantedFeed


async def run_now(
    config: Config,
    archive: Path,
    chosen: Sequence[WantedFeed] | None,
    observers: Iterable[Observer] = (),
    *,
    upkeep: Callable[[Context], Awaitable[None]],
    tally: Tally | None = None,
    clock: Callable[[], datetime] = utc_now,
    rng: random.Random | None = None,
) -> Tally:
    """Poll the `chosen` feeds (None: every active one) once, and work on all entries that are pending and due.

    New hooks of the settings begin before the run. It ends with `upkeep`. A given `tally` can be read while the run
    goes on. Raises the archive's errors.
    """
    tally = tally or Tally()
    observers = [tally, *observers]
    async with open_pipeline(config, archive, "now", observers, clock=clock, rng=rng) as context:

        def subscribe_and_claim(archive: Archive) -> tuple[list[int], int]:
            now = context.clock()
            subscribe(archive, config.feeds, now)
            archive.subscribe_hooks(config.settings.hooks, now)
            feed_ids = archive.make_due(now, [feed.url for feed in chosen] if chosen is not None else None)
            return feed_ids, archive.entries_due(now)

        due, tally.entries_due = await context.writer(subscribe_and_claim)
        tally.feeds_due = len(due)
        engine = Engine(context, feed_ids=due)
        await context.writer.unless_failed(engine.run(until_idle=True))
        await upkeep(context)
    return tally
