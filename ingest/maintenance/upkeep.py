"""The archive's upkeep: at the end of a run, and once a day.

    expire       delete rows that are no longer of use
    compare      note which feeds only repeat another's entries
    refresh      fingerprint revised articles, and articles with a fingerprint of an earlier method
    choose       for the sites with the most pages that are compressed alone: a page to compress the others against
    recompress   compress these pages with it, in batches

A site's new template gets its dictionary here too: pages that fit no dictionary are compressed alone
(`compression.compress`) until they are many. One run does a limited amount of work; the next goes on.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Protocol

from ingest.errors import WorkError
from ingest.maintenance.copies import BATCH, refresh
from ingest.workers.workers import Workers
from ingest.workers.writer import Writer
from storage.archive import Archive
from storage.compression import choose_dictionary, recompress
from storage.errors import ArchiveError
from storage.reader import Queries
from storage.records import Dictionary

SAMPLE_PAGES = 16
MIN_PAGES = 32  # of a site, compressed alone: with as many again as the sample, a dictionary may pay
MAX_SITES, MAX_PAGES = 8, 512  # of a run: about a second of a worker
RECOMPRESS_BATCH = 32
MAX_FINGERPRINTS = 5000  # of a run: about six seconds of the writer, in short transactions

log = logging.getLogger(__name__)


class UpkeepContext(Protocol):
    """The fields of `pipeline.context.Context` that upkeep takes."""

    @property
    def writer(self) -> Writer: ...
    @property
    def pool(self) -> Workers: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...


async def upkeep(context: UpkeepContext) -> None:
    """Do a run's share of the upkeep. Raise the archive's errors; log any other and leave the work to the next run."""
    with _logged("keeping the archive in order"):
        await _keep(context)


async def _keep(context: UpkeepContext) -> None:
    now = context.clock()
    await context.writer(lambda archive: archive.maintain(now))
    repeating = await context.writer.read(lambda archive: archive.repeating_feeds(now))
    await context.writer(lambda archive: archive.save_repeating(repeating))
    for _ in range(MAX_FINGERPRINTS // BATCH):
        if not await context.writer(refresh):
            break
    left = MAX_PAGES
    sites = await context.writer.read(lambda archive: archive.sites_to_compress(now, least=MIN_PAGES, limit=MAX_SITES))
    for site, pages in sites.items():
        with _logged(f"compressing the pages of {site} further"):
            dictionary = await _dictionary(site, pages, context)
            if dictionary:
                left -= await _recompress(site, dictionary, left, context)
        if left <= 0:
            return


@contextmanager
def _logged(work: str) -> Iterator[None]:
    try:
        yield
    except ArchiveError:
        raise
    except WorkError as error:
        log.warning("%s %s", work, error.cause)
    except Exception as fault:  # noqa: BLE001 (what the run has archived is archived)
        log.error("%s met a fault in ingest itself: %r", work, fault)  # noqa: TRY400 (in one sentence)


async def _dictionary(site: str, pages: int, context: UpkeepContext) -> Dictionary | None:
    """Return a new dictionary if that pays, else the site's present one, or None."""
    sample = await context.writer.read(lambda archive: archive.pages_without_dictionary(site, SAMPLE_PAGES))
    present = await context.writer.read(lambda archive: archive.newest_dictionary(site))
    content = await context.pool.run(choose_dictionary, sample, pages, present)
    if content is None and present:
        return present
    now = context.clock()
    dictionary_id = await context.writer(lambda archive: archive.add_dictionary(site, content or b"", now))
    return Dictionary(dictionary_id, content) if content else None


async def _recompress(site: str, dictionary: Dictionary, limit: int, context: UpkeepContext) -> int:
    """Compress the site's pages without a dictionary again, up to `limit`. Return how many."""
    done = 0
    while done < limit:
        limit_of_batch = min(RECOMPRESS_BATCH, limit - done)
        alone = await context.writer.read(partial(Queries.pages_without_dictionary, site=site, limit=limit_of_batch))
        packed = await context.pool.run(recompress, alone, dictionary)
        if not packed:
            break
        await context.writer(partial(Archive.replace_pages, pages=packed, dictionary_id=dictionary.id))
        done += len(packed)
    return done
