"""The sample newsroom's archive, for tests that look at one: made once a test run, by the real pipeline.

In the last hours before now: a first run, one in which nothing is new, and two after an edit, with shortened copies on
other sites. So it has revisions, copies, a walled page, one closed to robots, a dead feed, a feed with a gap, and polls
of all kinds.
"""

import fcntl
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import newsroom

from storage.archive import Archive
from storage.feed_records import Gap, Rhythm
from storage.records import WantedFeed
from tests.archive_run import ArchiveRun
from tests.builders_feeds import rss
from tests.builders_pages import article_page
from tests.site import Site

COPIED = "averel-spectrum-auction"  # the slug of the article with copies
COPIES = 2
ROBOTS = {"robots": True}


def make_once(folder: Path) -> Path:
    """Make the archive in `folder` if no process has made it, and return its path."""
    folder.mkdir(exist_ok=True)
    path = folder / "news.db"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            make(path)
            (folder / "made").touch()
    return path


def make(path: Path) -> None:
    run = ArchiveRun(path, now_at=datetime.now(UTC).replace(microsecond=0) - timedelta(hours=8))
    with ExitStack() as stack:
        room = stack.enter_context(newsroom.serve())
        feeds = [WantedFeed(url, name) for name, url in room.feeds]
        run.now(*feeds, web=ROBOTS)
        run.later(hours=2).now(*feeds, web=ROBOTS)
        room.edit()
        feeds += [WantedFeed(_copying(stack, number), f"Reprints {number}") for number in range(COPIES)]
        for _ in range(2):
            run.later(hours=2).now(*feeds, web=ROBOTS)
    _add_gap(path, run.now_at)


def _add_gap(path: Path, at: datetime) -> None:
    """Let the first feed have learned its rhythm, and have a gap."""
    hours = (0.0,) * 6 + (4 / 3,) * 18
    with Archive(path, "test") as archive, archive.transaction():
        archive.save_rhythm(1, Rhythm(at, 9, 4.5, hours, (1.2,) * 5 + (0.5,) * 2, 9, at))
        archive.add_gap(Gap(1, at - timedelta(hours=9), at - timedelta(hours=2), 3, "nothing_shared", at))


def _copying(stack: ExitStack, number: int) -> str:
    """Open a site that prints a shortened article, and return its feed's address."""
    article = next(article for article in newsroom.expected_articles() if article.key.endswith(COPIED))
    site = stack.enter_context(Site())
    paragraphs = article.body.split("\n")
    site.page("/1", article_page(article.title, tuple(paragraphs[: -1 - number]), language=article.language))
    entry = f"<item><title>{article.title}</title><link>{site.url('/1')}</link></item>"
    site.page("/feed.xml", rss(entry, channel=f"<title>Reprints {number}</title>"))
    return site.url("/feed.xml")
