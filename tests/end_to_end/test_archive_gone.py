"""`now` and the daemon when their archive is removed or replaced: one sentence, exit code 3, no summary."""

import re
import signal

import pytest

from storage.archive import Archive
from tests import builders as make
from tests.builders_feeds import item, rss
from tests.command_run import read_lines, sentence
from tests.site import Answer


@pytest.fixture
def feeds(site, folder):
    site.page("/one.xml", rss(item(1)))
    site.page("/two.xml", rss(item(2)))
    return folder.set_up(site.url("/one.xml"), site.url("/two.xml"))


@pytest.fixture
def spare(feeds):
    with Archive(feeds.path / "spare.db", "now") as archive, archive.transaction():
        archive.add_article(make.article(title="spare"), (), make.NOW)
    return feeds.path / "spare.db"


def remove(feeds):
    for path in feeds.path.glob("news.db*"):
        path.unlink()


def move(feeds):
    feeds.archive.rename(feeds.path / "moved.db")


def replace(feeds):
    (feeds.path / "spare.db").rename(feeds.archive)


def restore(feeds):
    feeds.archive.write_bytes((feeds.path / "spare.db").read_bytes())


def holds_the_spare(feeds):
    assert feeds.column("SELECT title FROM articles") == ["spare"]
    assert feeds.column("PRAGMA integrity_check") == ["ok"]


@pytest.mark.parametrize(
    ("act", "says"),
    [(remove, "removed or renamed"), (restore, "another program has written over the file")],
)
def test_a_daemon_stops(feeds, spare, act, says):
    with feeds.daemon() as daemon:
        daemon.logs("/two.xml: 1 new")
        act(feeds)
        daemon.process.send_signal(signal.SIGHUP)  # it asks sooner than after five seconds
        assert daemon.process.wait(timeout=20) == 3
        assert re.match(rf"ingest: {feeds.archive}(-\w+)?: {says}", daemon.text().splitlines()[-1])
        assert "Traceback" not in daemon.text()
    if act is restore:
        holds_the_spare(feeds)
    assert feeds.ingest("now", "-q").code == 0


@pytest.mark.parametrize(("act", "says"), [(move, "removed or renamed"), (replace, "replaced by another file")])
def test_now_ends_without_a_summary(feeds, site, spare, act, says):
    def answer(_):
        act(feeds)
        return Answer(body=rss(item(2)), headers={"Content-Type": "application/rss+xml"})

    site.answer("/two.xml", answer)
    assert sentence(feeds.run("now", "-q"), code=3).startswith(f"{feeds.archive}: {says}")
    if act is replace:
        holds_the_spare(feeds)


def test_now_makes_no_second_archive_where_a_daemon_has_lost_the_first(feeds, site):
    with feeds.daemon() as daemon:
        daemon.logs("/two.xml: 1 new")

        def answer(_):
            move(feeds)
            return Answer(status=304)

        site.answer("/two.xml", answer)
        asked, *rest = feeds.run("now").err.splitlines()
        assert "is asked to poll" in asked
        assert daemon.process.wait(timeout=20) == 3
    assert len(rest) == 1
    assert "put the right one in its place" in rest[0]
    assert not feeds.archive.exists()


def test_a_follower_of_the_change_log_ends_when_the_file_is_removed(feeds, spare):
    with feeds.start("changes", "--follow", "--archive", spare) as follower:
        read_lines(follower, 1)
        spare.rename(feeds.archive)
        assert follower.wait(timeout=20) == 3
        assert follower.stderr.read().startswith(f"ingest: {spare}: removed, renamed or replaced while".encode())
