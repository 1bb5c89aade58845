"""The law of split documents: what is not read again changes nothing of what is recorded."""

import json
from datetime import timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.dedupe import near
from ingest.dedupe.fingerprint import content_hash
from ingest.errors import ParseError
from ingest.pipeline.announced import record_entries
from ingest.pipeline.fetched import Fetched
from ingest.pipeline.record import claim, decide_and_write
from ingest.workers.tasks import ExtractedPage, parse_feed
from storage.archive import Archive
from tests import builders as make
from tests.builders_feeds import bare_atom, bare_rss, prose

EXAMPLES = 60
HOST = "news{}.example"
NUMBERS = count(1)
OF_FEED = ("entries", "polls", "gaps")


class Followed:
    """A feed of its own in an archive, polled by its last document, or whole each time."""

    def __init__(self, archive: Archive, host: str, *, whole: bool) -> None:
        self.archive, self.host, self.whole = archive, host, whole
        self.url = f"https://{host}/feed.xml"
        self.read = 0
        self.window = {}
        with archive.transaction():
            archive.subscribe([make.feed(self.url)], make.NOW - timedelta(days=99))
        self.id = archive.feed_ids([self.url])[self.url]

    def poll(self, body: bytes, at) -> None:
        archive = self.archive
        last = None if self.whole else archive.document(self.id)
        parsed = parse_feed(body, self.url, None, at, self.url, last)
        if isinstance(parsed, ParseError):
            return
        self.read += len(parsed.entries)
        with archive.transaction():
            (due,) = archive.due_feeds(at, limit=1, only=[self.id])
            recorded = record_entries(archive, due, parsed, at, last)
            counts = {"entries_seen": parsed.entries_seen, "entries_new": recorded.new, "error": recorded.warning}
            if parsed.entries_seen and not parsed.is_truncated:
                self.window = {"window_size": parsed.entries_seen, "window_at": at}
            state = make.state(due_at=make.NOW, title=parsed.title, site_url=parsed.site_url, **self.window)
            archive.record_poll(make.poll(self.id, at, **counts), state)

    def end_entries(self, at, number: int, outcome: str) -> None:
        """Archive some pending entries, each with a text of its own, or end them without one."""
        archive = self.archive
        with archive.transaction():
            claimed, _ = claim(archive, self.host, at, limit=number, ids=(), keys=())
            for pending in claimed:
                if outcome != "archived" or not pending.canonical_url:
                    archive.settle(pending.id, "no_text", reason="so it is")
                    continue
                body = f"{prose(pending.id, 9)} {pending.id}"
                content = make.content(body, title=pending.title, content_hash=content_hash(body))
                extracted = ExtractedPage(content, content_hash(body), tuple(near.hashes_of(body)))
                fetched = Fetched(extracted, (make.page(final_url=pending.url),))
                decide_and_write(archive, pending, fetched, at)

    def recorded(self):
        db = self.archive.db
        rows = {table: db.execute(f"SELECT * FROM {table} WHERE feed_id = ?", [self.id]) for table in OF_FEED}
        rows |= {
            "feeds": db.execute("SELECT * FROM feeds WHERE id = ?", [self.id]),
            "aliases": db.execute("SELECT * FROM aliases WHERE instr(key, ?)", [self.host]),
            "rechecks": db.execute("SELECT * FROM rechecks_due WHERE host = ?", [self.host]),
        }
        return {table: [*map(tuple, found)] for table, found in rows.items()}


def entry_of(form: str, fields) -> str:
    n, guid, link, title, text, date = fields
    markup = {
        "guid": guid and (f'<guid isPermaLink="false">{guid}</guid>' if form == "rss" else f"<id>{guid}</id>"),
        "link": link and (f"<link>{link}</link>" if form == "rss" else f'<link href="{link}"/>'),
        "title": title and f"<title>{title}</title>",
        "text": text and (f"<description>{text}</description>" if form == "rss" else f"<summary>{text}</summary>"),
        "date": date and (f"<pubDate>{date}</pubDate>" if form == "rss" else f"<updated>{date}</updated>"),
    }
    if form == "json":
        item = {"id": guid, "url": link, "title": title, "content_text": text, "date_published": date, "n": n}
        return json.dumps({key: value for key, value in item.items() if value})
    name = "item" if form == "rss" else "entry"
    return f"<{name}>{''.join(filter(None, markup.values()))}</{name}>"


def document_of(form: str, entries, language: str, built: int) -> bytes:
    items = [entry_of(form, fields) for fields in entries]
    if form == "json":
        head = f'"version": "https://jsonfeed.org/version/1.1", "language": "{language}"'
        return f'{{{head}, "items": [{", ".join(items)}]}}'.encode()
    frame = f"<lastBuildDate>{built}</lastBuildDate>" if form == "rss" else f"<updated>{built}</updated>"
    if form == "rss":
        return bare_rss("\n".join(items), f"<language>{language}</language>{frame}").encode()
    return bare_atom("\n".join(items), f"xml:lang='{language}'", frame).encode()


UUID = "12345678-1234-1234-1234-123456789abc"
LINKS = ["", "/", "/1#a", "/3?utm_source=x", "http://www.{host}/3"]
usual = st.none()
entries = st.builds(
    lambda n, guid, link, title, text, day: (
        n,
        f"guid-{n}" if guid is None else guid,
        f"/{n}" if link is None else link,
        f"Title {n}" if title is None else title,
        text and prose(text, 4 if text % 2 else 1),
        f"2026-02-{day:02}T10:00:00Z" if day else None,
    ),
    st.integers(1, 30),
    usual | usual | usual | st.sampled_from(["", "7", f"urn:uuid:{UUID}", UUID.upper()]),
    usual | usual | usual | st.sampled_from(LINKS) | st.builds("/{}".format, st.integers(1, 30)),
    usual | usual | st.sampled_from(["", "One title"]),
    st.integers(0, 4),
    st.integers(0, 28),
)
STEPS = "insert insert insert edit edit drop swap repeat language break archived no_text".split()
changes = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 99), entries), max_size=4)


def changed(shown, step, place, entry):
    """Return the entries after an edit of the feed at a place."""
    n = place % len(shown) if shown else 0
    before, own, after = shown[:n], shown[n : n + 1], shown[n + 1 :]
    if step == "edit" and own:
        field = place % len(entry)
        own = [(*own[0][:field], entry[field], *own[0][field + 1 :])]
    return {
        "insert": [entry, *shown] if place % 2 else [*before, entry, *own, *after],
        "drop": before + after,
        "swap": own + after + before,
        "repeat": shown + own,
    }.get(step, before + own + after)


def test_a_feed_that_is_read_in_part_leaves_the_same_rows_as_one_read_in_full(tmp_path):
    with Archive(tmp_path / "part.db", "test") as in_part, Archive(tmp_path / "whole.db", "test") as whole:
        for archive in (in_part, whole):
            archive.db.execute("PRAGMA synchronous = OFF")

        @settings(max_examples=EXAMPLES)
        @given(
            st.sampled_from(["rss", "rss", "atom", "json"]),
            st.lists(entries, min_size=1, max_size=9),
            st.lists(changes, min_size=1, max_size=6),
        )
        def law(form, shown, polls):
            host = HOST.format(next(NUMBERS))
            feeds = [Followed(in_part, host, whole=False), Followed(whole, host, whole=True)]
            at, language = make.NOW, "en"
            for number, steps in enumerate([[], *polls, []]):
                at += timedelta(hours=7)
                damage = None
                for step, place, entry in steps:
                    shown = changed(shown, step, place, entry)
                    language = {"en": "fr", "fr": "en"}[language] if step == "language" else language
                    damage = place if step == "break" else damage
                    if step in ("archived", "no_text"):
                        for feed in feeds:
                            feed.end_entries(at, place % 9, step)
                body = document_of(form, shown, language, number)
                if damage is not None:
                    cut = damage * len(body) // 100
                    body = body[:cut] + body[cut + damage % 7 :]
                body = body.replace(b"{host}", host.encode())
                for feed in feeds:
                    feed.poll(body, at)
                assert feeds[0].recorded() == feeds[1].recorded()
            assert feeds[0].read <= feeds[1].read

        law()
