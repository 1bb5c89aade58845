import ctypes
import json
import os
import subprocess
import sys
from shutil import copyfile

import pytest

from storage.records import WantedFeed
from tests.archive_run import ArchiveRun
from tests.builders_feeds import item, page, prose, rss
from tests.command_run import ENGLISH, FRENCH, LOOPBACK, Folder
from tests.forgetting import OTHER, WORD, bytes_of, entry, ingest
from tests.site import Site

PR_CAPBSET_DROP = 24  # linux/prctl.h
EVIL = "\x1b]0;owned\x07Red \x1b[31malert\x9b1m \u202eover"


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def feed_url(site) -> str:
    return site.url("/feed.xml")


@pytest.fixture
def feed(feed_url) -> WantedFeed:
    return WantedFeed(feed_url)


@pytest.fixture
def feeds(site, folder) -> Folder:
    """Two feeds of an article each; only the first is on the list."""
    site.page("/one.xml", rss(item(1)))
    site.page("/two.xml", rss(item(2)))
    return folder.set_up(site.url("/one.xml"))


@pytest.fixture(scope="session")
def paper():
    """A site whose feeds lead to a page for every outcome, and a feed with a malicious title."""
    with Site() as paper:
        paper.page("/robots.txt", "User-agent: *\nDisallow: /private", content_type="text/plain")
        for path in ("/a", "/a?utm_source=feed"):
            paper.page(path, page(2, ENGLISH))
        paper.page("/b", page(4, FRENCH))
        paper.page("/evil", page(6, "Red alert"))
        paper.page("/broken", "", status=503)
        paper.page("/gone", "", status=410)
        paper.page("/empty", "<p>")
        texts = {
            "/a?utm_source=feed": ENGLISH,
            "/b": FRENCH,
            "/broken": "B",
            "/gone": "G",
            "/empty": "E",
            "/private": "P",
        }
        items = "".join(
            f"<item><title>{title}</title><link>{paper.url(path)}</link></item>" for path, title in texts.items()
        )
        paper.page("/feed.xml", rss(items), content_type="application/rss+xml")
        entries = [
            {"id": EVIL, "url": paper.url("/evil"), "title": EVIL},
            {"id": "a", "url": paper.url("/a"), "title": "A"},
        ]
        document = {"version": "https://jsonfeed.org/version/1.1", "title": EVIL, "items": entries}
        paper.page("/feed.json", json.dumps(document), content_type="application/feed+json")
        paper.page(
            "/",
            '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
            '<link rel="alternate" type="application/feed+json" href="/feed.json">',
        )
        yield paper


def run_once(folder, paper) -> Folder:
    settings = LOOPBACK.replace("robots = false", "robots = true")
    feeds = (paper.url("/feed.xml"), paper.url("/feed.json"), paper.url("/dead.xml"))
    folder.set_up(*feeds, settings=settings, article="page")
    folder.first_run = folder.run("now")
    return folder


@pytest.fixture(scope="session")
def archived(paper, tmp_path_factory):
    """An archive after one run: three articles, and one entry of every other outcome."""
    return run_once(Folder(tmp_path_factory.mktemp("archived")), paper)


@pytest.fixture
def just_archived(folder, paper):
    """The same archive, made for this test: its feeds and entries are not due yet."""
    return run_once(folder, paper)


@pytest.fixture(scope="session")
def gazette():
    """A site with two articles; the first is the one to forget."""
    with Site() as gazette:
        gazette.page("/1", page(1, title=f"{WORD} in the title", text=f"{prose(1, 12)} And {WORD} was there."))
        gazette.page("/2", page(2, title="Two"))
        yield gazette


@pytest.fixture(scope="session")
def before_and_after(gazette, tmp_path_factory):
    """The archive before and after the article is forgotten."""
    before = ArchiveRun(tmp_path_factory.mktemp("before") / "news.db")
    gazette.page("/feed.xml", rss(entry(1, link="/1", guid="g1"), OTHER))
    assert before.now(WantedFeed(gazette.url("/feed.xml"))).entries == {"archived": 2}
    assert bytes_of(before) > 0
    after = ArchiveRun(tmp_path_factory.mktemp("after") / "news.db")
    copyfile(before.path, after.path)
    result = ingest(after, "forget", gazette.url("/1"))
    assert (result.code, result.out) == (0, f"forgot {gazette.url('/1')}: 1 article, 1 page, 1 entry\n")
    assert bytes_of(after) == 0
    return before.path, after.path


@pytest.fixture
def to_forget(before_and_after, gazette, run):
    copyfile(before_and_after[0], run.path)
    return WantedFeed(gazette.url("/feed.xml"))


@pytest.fixture
def forgotten(before_and_after, gazette, run):
    copyfile(before_and_after[1], run.path)
    return WantedFeed(gazette.url("/feed.xml"))


def give_up_rights():
    """Make root obey permissions (capabilities(7): dac_override, dac_read_search)."""
    for capability in (1, 2):
        if ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "the capability stays")


@pytest.fixture
def powerless(folder):
    """A folder to be made read-only, and the options that start a process without root's rights."""
    options = {"preexec_fn": give_up_rights} if os.geteuid() == 0 else {}
    folder.path.chmod(0o555)
    probe = [sys.executable, "-c", f"open({str(folder.path / 'probe')!r}, 'w')"]
    try:
        if subprocess.run(probe, stderr=subprocess.DEVNULL, check=False, **options).returncode == 0:
            pytest.skip("nothing is read-only here")
    except (OSError, subprocess.SubprocessError):
        pytest.skip("runs as root, whom nothing stops from writing")
    finally:
        folder.path.chmod(0o755)
    yield folder, options
    for path in (folder.path, *folder.path.glob("config")):
        path.chmod(0o755)
