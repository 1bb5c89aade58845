from rich.progress import Progress

from ingest.cli.output.progress import Bars
from ingest.pipeline.tally import Tally
from storage.records import Outcome, Poll, WantedFeed
from tests import builders as make
from tests.archive_run import START
from tests.builders_feeds import rss

URL = "http://a.example/feed"


def test_the_bars_of_a_resumed_run_are_as_full_as_the_work_is_done():
    bars = Progress(disable=True)
    tally = Tally(feeds_due=2, entries_due=135)
    feed = make.due_feed(URL)
    observers = [tally, Bars(bars, tally)]
    for observer in observers:
        observer.polled(feed, Poll(1, START, "parsed", entries_new=5))
    for _ in range(46):
        for observer in observers:
            observer.settled(1, Outcome.ARCHIVED)
    assert [(task.completed, task.total) for task in bars.tasks] == [(1, 2), (46, 140)]


def test_a_run_knows_from_the_beginning_what_earlier_ones_have_left(run, site):
    links = (f"<item><title>{n}</title><link>{site.url(f'/late{n}')}</link></item>" for n in range(3))
    site.page("/feed", rss(*links))
    for number in range(3):
        site.page(f"/late{number}", "", status=503)
    first = run.now(WantedFeed(site.url("/feed")))
    again = run.later(hours=1).now(WantedFeed(site.url("/feed")))
    assert [(tally.feeds_due, tally.entries_due) for tally in (first, again)] == [(1, 0), (1, 3)]
