"""What feeds correct later, and what comes to us incomplete, is not lost."""

from ingest.errors import WorkError
from ingest.workers.pool import Pool
from ingest.workers.tasks import parse_feed
from storage.records import WantedFeed
from tests.builders_feeds import prose, rss

GUID = '<guid isPermaLink="false">g</guid>'


def titled(link: str) -> str:
    return f"<item><title>T</title>{GUID}{link}</item>"


def test_a_corrected_link_is_fetched(site, run):
    site.page("/right", f"<h1>T</h1><p>{prose()}</p>")
    feed = WantedFeed(site.url("/feed"))
    site.page("/feed", rss(titled(f"<link>{site.url('/typo')}</link>")))
    run.now(feed)
    site.page("/feed", rss(titled(f"<link>{site.url('/right')}</link>")))
    run.later(hours=1).now(feed)
    assert run.outcomes() == ["archived"]
    assert run.column("SELECT url FROM articles") == [site.url("/right")]


def test_a_link_that_comes_late_is_fetched(site, run):
    site.page("/right", f"<h1>T</h1><p>{prose()}</p>")
    feed = WantedFeed(site.url("/feed"))
    site.page("/feed", rss(titled("")))
    run.now(feed)
    assert run.outcomes() == ["no_text"]
    site.page("/feed", rss(titled(f"<link>{site.url('/right')}</link>")))
    run.later(hours=1).now(feed)
    assert run.outcomes() == ["archived"]


def test_the_validators_of_a_document_without_its_end_are_not_believed(site, run):
    links = [f"<link>{site.url(f'/{n}')}</link>" for n in range(4)]
    items = [
        f"<item><title>{n}</title>{link}<description>{prose(n)}</description></item>" for n, link in enumerate(links)
    ]
    document = rss(*items)
    site.page("/feed", document[: int(len(document) * 0.6)], etag='"full"')
    run.now(site.url("/feed"))
    site.page("/feed", document, etag='"full"')
    run.later(hours=1).now(site.url("/feed"))
    assert sorted(run.column("SELECT title FROM articles")) == ["0", "1", "2", "3"]
    assert run.feed()["etag"] == '"full"'


def test_a_page_whose_worker_was_ended_is_tried_again(site, run, monkeypatch):
    compute = Pool.run

    async def ended(self, function, *args):
        if function is parse_feed:
            return await compute(self, function, *args)
        raise WorkError("ended its worker process (exit code -9)")

    site.page("/a", f"<h1>T</h1><p>{prose()}</p>")
    site.page("/feed", rss(titled(f"<link>{site.url('/a')}</link>")))
    with monkeypatch.context() as patched:
        patched.setattr(Pool, "run", ended)
        run.now(WantedFeed(site.url("/feed")))
    assert run.outcomes() == ["pending"]
    assert run.column("SELECT reason FROM entries") == ["cleaning the page ended its worker process (exit code -9)"]
    run.later(hours=1).now(WantedFeed(site.url("/feed")))
    assert run.outcomes() == ["archived"]


def test_a_guid_that_all_entries_of_a_document_share_hides_none(site, run):
    guid = '<guid isPermaLink="false">const</guid>'
    items = [
        f"<item><title>Daily update</title>{guid}<link>{site.url(f'/{n}')}</link>"
        f"<description>{prose(n)}</description></item>"
        for n in range(3)
    ]
    site.page("/feed", rss(*items))
    run.now(site.url("/feed"))
    assert run.outcomes() == ["archived"] * 3


def test_entries_that_share_link_and_title_and_have_no_guid_are_kept_apart_by_their_texts(site, run):
    items = [
        f"<item><title>Alert</title><link>{site.url('/alerts')}</link>"
        f"<pubDate>Sun, 0{n + 1} Mar 2026 08:00:00 GMT</pubDate><description>{prose(n)}</description></item>"
        for n in range(3)
    ]
    site.page("/feed", rss(*items))
    run.now(site.url("/feed"))
    assert run.outcomes() == ["archived"] * 3
