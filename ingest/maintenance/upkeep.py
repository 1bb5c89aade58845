"""The archive's upkeep: at the end of a run, and once a day.

    expire     delete rows that are no longer of use
    refresh    fingerprint revised articles, and articles with a fingerprint of an earlier method
    choose     for the sites with the most pages that are compressed alone: a page to compress the others against
    repack     compress these pages again, in batches

A site's new template gets its dictionary here too: pages that fit no dictionary are compressed alone
(`packing.pack`) until they are many. One run does a limited amount of work; the next goes on.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from ingest.errors import WorkError
from ingest.pipeline.context import Context
from ingest.pipeline.copies import AT_ONCE, refresh
from storage.archive import Archive
from storage.errors import ArchiveError
from storage.packing import choose, repack
from storage.plain import newest_dictionary, plain_pages, sites_with_plain_pages
from storage.reader import Reader
from storage.records import Dictionary

SAMPLE_PAGES = 16
MIN_PAGES = 32  # of a site, compressed alone: with as many again as the sample, a dictionary may pay
MAX_SITES, MAX_PAGES = 8, 512  # of a run: about a second of a worker
REPACK_BATCH = 32
MAX_FINGERPRINTS = 5000  # of a run: about six seconds of the writer, in short transactions

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


async def upkeep(context: Context) -> None:
    """Do a run's share of the upkeep. Raise the archive's errors; log any other and leave the work to the next run."""
    with _logged("keeping the archive in order"):
        await _keep(context)


async def _keep(context: Context) -> None:
    now = context.clock()
    await context.writer(lambda archive: archive.maintain(now))
    for _ in range(MAX_FINGERPRINTS // AT_ONCE):
        if not await context.writer(refresh):
            break
    path = await context.writer(lambda archive: archive.path)
    left = MAX_PAGES
    for site, pages in (await _ask(path, sites_with_plain_pages, now, least=MIN_PAGES, limit=MAX_SITES)).items():
        with _logged(f"compressing the pages of {site} further"):
            dictionary = await _dictionary(site, pages, path, context)
            if dictionary:
                left -= await _repack(site, dictionary, left, path, context)
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


async def _dictionary(site: str, pages: int, path: Path, context: Context) -> Dictionary | None:
    """Return a new dictionary if that pays, else the site's present one, or None."""
    sample = await _ask(path, plain_pages, site, SAMPLE_PAGES)
    present = await _ask(path, newest_dictionary, site)
    content = await context.pool.run(choose, sample, pages, present)
    if content is None and present:
        return present
    now = context.clock()
    dictionary_id = await context.writer(lambda archive: archive.add_dictionary(site, content or b"", now))
    return Dictionary(dictionary_id, content) if content else None


async def _repack(site: str, dictionary: Dictionary, limit: int, path: Path, context: Context) -> int:
    """Compress up to `limit` of the site's pages again that are compressed alone. Return how many."""
    done = 0
    while done < limit:
        alone = await _ask(path, plain_pages, site, min(REPACK_BATCH, limit - done))
        packed = await context.pool.run(repack, alone, dictionary)
        if not packed:
            break
        await context.writer(partial(Archive.repack, pages=packed, dictionary_id=dictionary.id))
        done += len(packed)
    return done


async def _ask(path: Path, ask: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return the result of a query, made in a thread: it holds up neither the loop nor the writer."""

    def asked() -> T:
        with Reader(path) as archive:
            return ask(archive, *args, **kwargs)

    return await asyncio.to_thread(asked)
