"""Forgetting, under the addresses and guids that feeds really give."""

from datetime import timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ingest.dedupe import near
from ingest.dedupe.fingerprint import content_hash
from ingest.feeds.parsed import ParsedFeed
from ingest.maintenance.forget import ToForget, find, forget
from ingest.pipeline.announced import record_entries
from ingest.pipeline.fetched import Fetched
from ingest.pipeline.record import claim, decide_and_write
from ingest.workers.tasks import ExtractedPage
from storage.archive import Archive
from storage.records import NewEntry
from tests import builders as make

FEEDS = ["https://news.example/feed.xml", "https://other.example/feed.xml"]
ADDRESSES = [
    "https://news.example/title-{n}",
    "http://www.news.example/title-{n}/?utm_source=rss",
    "https://go.example/{n}",
]
GUIDS = ["", "{n}", "{next}", "home", "https://news.example/title-{n}", "urn:x-news:{n}"]

announced = st.tuples(st.integers(0, 3), st.sampled_from(ADDRESSES), st.sampled_from(GUIDS))
documents = st.tuples(st.lists(announced, min_size=1, max_size=5), st.lists(announced, max_size=5))


def entries(document, *, edited=""):
    return tuple(
        NewEntry(
            guid.format(n=n, next=n + 1),
            address.format(n=n),
            f"Article {n}{edited}",
            summary=f"Summary {n}{edited}",
            text_hash=f"1:{n}{edited}",
        )
        for n, address, guid in document
    )


def poll(archive, polled, now, **edits):
    """Poll both feeds, then decide on every pending entry. The page of the number is at its address."""
    with archive.transaction():
        for due in archive.due_feeds(now, limit=9):
            found = entries(polled[FEEDS.index(due.url)], **edits)
            record_entries(archive, due, ParsedFeed("rss20", None, None, None, found, len(found)), now)
        for host in archive.pending_hosts(now):
            while (work := claim(archive, host, now, limit=1, ids=(), keys=()))[0] or work[1]:
                for pending in work[0]:
                    n = int(pending.title.split()[1])
                    body = "\n".join(f"word{n}x{k} term{n}y{k} name{n}z{k} thing{n}w{k}." for k in range(12))
                    known = content_hash(body)
                    content = make.content(body, title=pending.title, content_hash=known)
                    page = make.page(b"", final_url=f"https://news.example/title-{n}")
                    extracted = ExtractedPage(content, known, tuple(near.hashes_of(body)))
                    decide_and_write(archive, pending, Fetched(extracted, (page,)), now)


def rows(archive, sql):
    return [tuple(row) for row in archive.db.execute(sql)]


@settings(max_examples=12, phases=[Phase.explicit, Phase.generate])
@given(documents, st.data())
def test_the_same_documents_bring_nothing_back_and_nothing_else_goes(tmp_path_factory, polled, data):
    with Archive(tmp_path_factory.mktemp("laws") / "news.db", "test") as archive:
        archive.db.execute("PRAGMA synchronous = OFF")
        with archive.transaction():
            archive.subscribe(map(make.feed, FEEDS), make.NOW)
        poll(archive, polled, make.NOW)
        before = rows(archive, "SELECT id, title FROM articles")
        n, address, _ = data.draw(st.sampled_from(polled[0] + polled[1]))
        going = find(address.format(n=n), archive)
        assert isinstance(going, ToForget)
        with archive.transaction():
            forget(going, archive, make.NOW)
        left = [row for row in before if row[0] not in going.article_ids]
        assert len(left) == len(before) - 1
        others = rows(archive, "SELECT id, article_id FROM entries WHERE tombstone_id IS NULL")
        for days, edited in ((1, ""), (2, " edited")):
            poll(archive, polled, make.NOW + timedelta(days=days), edited=edited)
            assert rows(archive, "SELECT id, title FROM articles") == left
            now = rows(archive, "SELECT id, article_id FROM entries WHERE tombstone_id IS NULL")
            assert set(others) <= set(now)
            assert None not in dict(now).values()
        late = [(k + 10, address, guid.format(n=k, next=k + 1)) for k, (_, address, guid) in enumerate(polled[0])]
        late = [(k, address, "" if ":" in guid else guid) for k, address, guid in late]  # others are believed alone
        poll(archive, (late, []), make.NOW + timedelta(days=3))
        assert {f"Article {n}" for n, _, _ in late} <= {
            title for _, title in rows(archive, "SELECT id, title FROM articles")
        }
        assert not rows(archive, f"SELECT * FROM entries WHERE tombstone_id AND (title OR summary LIKE '% {n}%')")
        assert not rows(archive, "SELECT key FROM aliases JOIN tombstone_keys USING (key)")
        assert not rows(archive, "PRAGMA foreign_key_check")
