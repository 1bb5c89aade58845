"""Keeping the archive in order: at the end of a run, and once a day.

    drop       what has outlived its use, in the archive itself
    refresh    fingerprints of revised articles, and those of an earlier method
    choose     for the sites with the most pages that are compressed alone: a page that the others compress against
    recompress these pages, some at a time

What a site's template changed into is found so too: pages that its dictionary does not fit are compressed alone
(`compression.compress`) until they are many. One run does a bounded piece of it; the next goes on.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ingest.errors import WorkError
from ingest.pipeline.context import Context
from ingest.pipeline.copies import AT_ONCE, refresh
from storage.archive import Archive
from storage.compression import choose_dictionary, recompress
from storage.errors import ArchiveError
from storage.queries import Queries
from storage.records import Dictionary

# Of pages alone. Sixteen to choose by and as many again for it to pay: below, trying is not worth it.
LEAST_PAGES = 32
SAMPLE = 16
SITES_A_RUN = 8
PAGES_A_RUN = 512  # together about a second of a worker
RECOMPRESSED_AT_ONCE = 32
FINGERPRINTS_A_RUN = 5000  # some six seconds of the writer, in short pieces

log = logging.getLogger(__name__)


async def upkeep(context: Context) -> None:
    """Raises the archive's errors. Any other failure is logged, and the work left to another run."""
    with _logged("keeping the archive in order"):
        await _keep(context)


async def _keep(context: Context) -> None:
    now = context.clock()
    await context.writer(lambda archive: archive.maintain(now))
    for _ in range(FINGERPRINTS_A_RUN // AT_ONCE):
        if not await context.writer(refresh):
            break
    left = PAGES_A_RUN
    sites = await context.writer.read(
        lambda archive: archive.sites_to_compress(now, least=LEAST_PAGES, limit=SITES_A_RUN)
    )
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


async def _dictionary(site: str, pages: int, context: Context) -> Dictionary | None:
    """A new one if that pays, else the one that the site has."""
    sample = await context.writer.read(lambda archive: archive.pages_without_dictionary(site, SAMPLE))
    present = await context.writer.read(lambda archive: archive.newest_dictionary(site))
    content = await context.pool.run(choose_dictionary, sample, pages, present)
    if content is None and present:
        return present
    now = context.clock()
    dictionary_id = await context.writer(lambda archive: archive.add_dictionary(site, content or b"", now))
    return Dictionary(dictionary_id, content) if content else None


async def _recompress(site: str, dictionary: Dictionary, limit: int, context: Context) -> int:
    """Compress the site's pages without a dictionary again, up to `limit`. Return how many."""
    done = 0
    while done < limit:
        most = min(RECOMPRESSED_AT_ONCE, limit - done)
        alone = await context.writer.read(partial(Queries.pages_without_dictionary, site=site, limit=most))
        packed = await context.pool.run(recompress, alone, dictionary)
        if not packed:
            break
        await context.writer(partial(Archive.replace_pages, pages=packed, dictionary_id=dictionary.id))
        done += len(packed)
    return done
