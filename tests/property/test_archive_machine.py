"""The archive against a simple model: an article is a number, and what was committed is a list."""

import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ingest.dedupe import near
from ingest.dedupe.fingerprint import content_hash
from ingest.dedupe.urls import canonical_url, url_key
from ingest.feeds.parsed import ParsedFeed
from ingest.pipeline.announced import record_entries
from ingest.pipeline.fetched import Fetched
from ingest.pipeline.record import claim, decide_and_write
from ingest.workers.tasks import ExtractedPage
from storage.archive import Archive
from storage.reader import Reader
from storage.records import NewEntry
from tests import builders as make
from tests.search_index import check_selections

FEEDS = ["https://news.example/feed.xml", "https://news.example/atom.xml", "https://other.example/feed.xml"]
ADDRESSES = [
    "https://news.example/2026/title-{n}",
    "http://www.news.example/2026/title-{n}/?utm_source=rss",
    "https://m.news.example/2026/title-{n}?amp=1#top",
    "https://news.example/2026/title-{n}).",
    "https://news.example/?p={n}",
    "https://go.example/{n}",
]
GUIDS = [
    "",
    "{n}",
    "{next}",
    "home",
    "https://news.example/",
    "http://news.example/?p={n}",
    "https://news.example/?p={n}",
]
GUIDS += ["tag:news.example,2026:{n}", "urn:x-news:{n}"]

numbers = st.integers(0, 4)
kills = st.sampled_from([False, False, False, True])
documents = st.lists(
    st.tuples(numbers, st.sampled_from(ADDRESSES), st.sampled_from(GUIDS), st.booleans()), min_size=2, max_size=8
)


def title(n):
    return f"Article {n}"


def extracted(n):
    body = "\n".join(f"word{n}x{k} term{n}y{k} name{n}z{k} thing{n}w{k}." for k in range(12))
    known = content_hash(body)
    content = make.content(body, title=title(n), content_hash=known)
    return ExtractedPage(content, known, tuple(near.hashes_of(body)))


class Killed(Exception):
    pass


class ArchiveMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "news.db"
        self.open()
        self.now = make.NOW
        with self.archive.transaction():
            self.archive.subscribe(map(make.feed, FEEDS), self.now)
        self.log = []  # what was committed: (kind, number)
        self.ids = {}  # the article's id of each number
        self.announced = {}  # where a feed announced a number last, None: at several addresses at once
        self.followed = []

    def open(self):
        self.archive = Archive(self.path, "test")
        self.archive.db.execute("PRAGMA synchronous = OFF")  # no rule takes the power away

    def teardown(self):
        self.archive.close()
        check_selections(self.path)
        shutil.rmtree(self.folder)

    def committed(self, work, *, killed):
        """Return whether the transaction was committed: `killed` ends it before that."""
        with suppress(Killed):
            with self.archive.transaction():
                work()
                if killed:
                    raise Killed
            return True
        return False

    def execute(self, sql):
        with closing(sqlite3.connect(self.path, isolation_level=None)) as db:
            db.execute(sql)

    @rule(feed=st.sampled_from(FEEDS), document=documents, killed=kills, worked_off=st.booleans())
    def poll(self, feed, document, killed, worked_off):
        self.now += timedelta(minutes=10)
        entries = [
            NewEntry(
                guid.format(n=n, next=n + 1),
                address.format(n=n),
                title(n),
                published_at=make.NOW - timedelta(days=n) if dated else None,
            )
            for n, address, guid, dated in document
        ]
        (due,) = [due for due in self.archive.due_feeds(self.now, limit=9) if due.url == feed]
        parsed = ParsedFeed("rss20", None, None, None, tuple(entries), len(entries))
        if self.committed(lambda: record_entries(self.archive, due, parsed, self.now), killed=killed):
            once = Counter(n for n, *_ in document)
            with self.archive.transaction():
                again = record_entries(self.archive, due, parsed, self.now).new
            assert again == 0 or max(once.values()) > 1
            self.announced |= {(feed, n): address.format(n=n) if once[n] == 1 else None for n, address, *_ in document}
        if worked_off:
            self.work_off(killed=False)

    @rule(killed=kills)
    def interrupted(self, killed):
        self.work_off(killed=killed)

    def work_off(self, killed):
        """Decide and record every pending entry, each in a transaction; the last of them may be killed."""
        for host in self.archive.pending_hosts(self.now):
            pending, known = [], [0]
            while pending or known:
                with self.archive.transaction():
                    pending, known = claim(self.archive, host, self.now, limit=1, ids=(), keys=())
                if not pending:
                    continue
                n = int(pending[0].title.split()[1])
                if not self.committed(lambda pending=pending[0], n=n: self.archive_page(pending, n), killed=killed):
                    return
                if n not in self.ids:
                    self.ids[n] = len(self.ids) + 1
                    self.log.append(("article", n))
        for (_, n), address in self.announced.items():
            assert address is None or self.archive.article_at([url_key(canonical_url(address))]) == self.ids[n]

    def archive_page(self, pending, n):
        url = pending.url
        final = f"https://news.example/2026/title-{n}" if "//go." in url else url
        page = make.page(b"", final_url=final)
        decide_and_write(self.archive, pending, Fetched(extracted(n), (page,)), self.now)

    @rule(n=numbers, killed=kills)
    def revise(self, n, killed):
        if n in self.ids:
            revision = make.content(
                f"A later text of {len(self.log)}.", title=title(n), content_hash=f"1:{len(self.log)}"
            )
            if self.committed(lambda: self.archive.revise(self.ids[n], revision, self.now), killed=killed):
                self.log.append(("revision", n))

    @rule(vacuum=st.booleans())
    def restart(self, vacuum):
        self.archive.close()
        if vacuum:
            self.execute("VACUUM")
        self.open()

    @rule(limit=st.integers(1, 5))
    def follow(self, limit):
        with Reader(self.path) as reader:
            after = self.followed[-1][0] if self.followed else 0
            for change in reader.change_rows(after=after, limit=limit):
                assert change["record"]["title"] == title(self.number(change["article_id"]))
                self.followed.append((change["seq"], change["kind"], self.number(change["article_id"])))

    def number(self, article_id):
        return next(n for n, its in self.ids.items() if its == article_id)

    @invariant()
    def it_is_as_the_model_is(self):
        with Reader(self.path) as reader:
            self.the_log_holds_what_was_committed_in_that_order(reader)
            self.every_number_is_one_article_and_every_settled_entry_leads_to_its_own(reader)
            self.every_number_that_was_announced_is_archived_or_pending(reader)

    def the_log_holds_what_was_committed_in_that_order(self, reader):
        changes = reader.rows("SELECT seq, kind, article_id FROM changes ORDER BY seq")
        log = [(change["seq"], change["kind"], self.number(change["article_id"])) for change in changes]
        assert [entry[1:] for entry in log] == self.log
        assert self.followed == log[: len(self.followed)]

    def every_number_is_one_article_and_every_settled_entry_leads_to_its_own(self, reader):
        found = reader.rows("SELECT id, title FROM articles ORDER BY id")
        assert [(row["id"], row["title"]) for row in found] == [(i, title(n)) for n, i in self.ids.items()]
        strays = "SELECT e.id FROM entries e JOIN articles a ON a.id = e.article_id WHERE e.title <> a.title"
        assert not list(reader.rows(strays))
        unsettled = "SELECT id FROM entries WHERE (outcome = 'pending') <> (article_id IS NULL)"
        assert not list(reader.rows(unsettled))

    def every_number_that_was_announced_is_archived_or_pending(self, reader):
        entries = {row["title"] for row in reader.rows("SELECT DISTINCT title FROM entries")}
        assert entries == {title(n) for _, n in self.announced}


# Shrinking takes minutes: each step opens the archive anew.
PHASES = [phase for phase in Phase if phase is not Phase.shrink]
ArchiveMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=15, phases=PHASES)
TestArchive = ArchiveMachine.TestCase
