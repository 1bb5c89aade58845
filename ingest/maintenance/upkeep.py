"""Keeping the archive in order: at the end of a run, and once a day.

    drop       what has outlived its use, in the archive itself
    refresh    fingerprints of revised articles, and those of an earlier method
    choose     for the sites with the most pages that are compressed alone: a page that the others compress against
    repack     these pages, some at a time

What a site's template changed into is found so too: pages that its dictionary does not fit are compressed alone
(`packing.pack`) until they are many. One run does a bounded piece of it; the next goes on.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from ingest.errors import WorkError
from ingest.maintenance.copies import BATCH, refresh
from ingest.pipeline.context import Context
from storage.archive import Archive
from storage.errors import ArchiveError
from storage.packing import choose, repack
from storage.plain import newest_dictionary, plain_pages, sites_with_plain_pages
from storage.reader import Reader
from storage.records import Dictionary, PackedPage

# Of pages alone. Sixteen to choose by and as many again for it to pay: below, it is not worth a look.
LEAST_PAGES = 32
SAMPLE = 16
SITES_A_RUN = 8
PAGES_A_RUN = 512  # together about a second of a worker
REPACKED_AT_ONCE = 32
FINGERPRINTS_A_RUN = 5000  # some six seconds of the writer, in short pieces

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


async def upkeep(context: Context) -> None:
    """Raises the archive's errors. Any other failure is logged, and the work left to another run."""
    with _logged("keeping the archive in order"):
        await _keep(context)


async def _keep(context: Context) -> None:
    now = context.clock()
    await context.writer(lambda archive: archive.maintain(now))
    for _ in range(FINGERPRINTS_A_RUN // BATCH):
        if not await context.writer(refresh):
            break
    path = await context.writer(lambda archive: archive.path)
    left = PAGES_A_RUN
    for site, pages in (await _ask(path, sites_with_plain_pages, now, least=LEAST_PAGES, limit=SITES_A_RUN)).items():
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
    """A new one if that pays, else the one that the site has."""
    sample = await _ask(path, plain_pages, site, SAMPLE)
    present = await _ask(path, newest_dictionary, site)
    content = await context.pool.run(choose, sample, pages, present)
    if content is None and present:
        return present
    now = context.clock()
    dictionary_id = await context.writer(lambda archive: archive.add_dictionary(site, content or b"", now))
    return Dictionary(dictionary_id, content) if content else None


async def _repack(site: str, dictionary: Dictionary, limit: int, path: Path, context: Context) -> int:
    """How many pages were compressed again: all that the site has alone, up to the limit."""
    done = 0
    while done < limit:
        alone = await _ask(path, plain_pages, site, min(REPACKED_AT_ONCE, limit - done))
        packed = await context.pool.run(repack, alone, dictionary)
        if not packed:
            break
        await context.writer(partial(_record, packed=packed, dictionary_id=dictionary.id))
        done += len(packed)
    return done


def _record(archive: Archive, packed: list[PackedPage], dictionary_id: int) -> None:
    archive.repack(packed, dictionary_id)


async def _ask(path: Path, ask: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a reader answers, without holding up the loop or the writer."""

    def asked() -> T:
        with Reader(path) as archive:
            return ask(archive, *args, **kwargs)

    return await asyncio.to_thread(asked)
