"""Real feed documents, where the samples lie beside the checkout."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.feeds.parse import parse
from ingest.feeds.split import Last
from ingest.text.markup import from_markup

SAMPLES = Path(__file__).parents[3] / "shared/data/feeds"
NOW = datetime(2026, 3, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample feeds beside the checkout")


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("https://humanwhocodes.com/feeds/all.json", 10),
        ("https://aivarsk.com/atom.xml", 56),
        ("https://eliot-jones.com/rss", 59),
        ("http://davidbau.com/index.rdf", 15),
        ("https://areweanticheatyet.com/feed.rss", 1046),
    ],
)
def test_a_real_feed_gives_all_its_entries(url, count):
    row = next(row for row in json.loads((SAMPLES / "index.json").read_text()) if row["url"] == url)
    feed = parse(gzip.decompress((SAMPLES / row["file"]).read_bytes()), url=url, content_type=None, now=NOW)
    assert len(feed.entries) == feed.entries_seen == count
    assert all(e.published_at for e in feed.entries if e.published_raw)
    for entry in feed.entries:
        # Of what the markup has, a title, a footer and the end of a long summary may be left out.
        text = (entry.content or entry.summary or "").removesuffix(" …")
        assert entry.markup is None or text in from_markup(entry.markup)


def test_nearly_every_real_feed_is_split_and_its_known_entries_change_nothing():
    rows = json.loads((SAMPLES / "index.json").read_text())[::6]
    are_split = []
    for row in rows:
        body = gzip.decompress((SAMPLES / row["file"]).read_bytes())
        whole = parse(body, url=row["url"], content_type=None, now=NOW)
        are_split.append(bool(whole.frame))
        for known in (whole.digests, whole.digests[::2]) if whole.frame else ():
            last = Last(whole.frame, frozenset(known))
            part = parse(body, url=row["url"], content_type=None, now=NOW, last=last)
            left = [
                entry.guid for entry, digest in zip(whole.entries, whole.digests, strict=True) if digest not in known
            ]
            assert [entry.guid for entry in part.entries] == left
            assert (part.entries_seen, part.title, part.version) == (whole.entries_seen, whole.title, whole.version)
    assert sum(are_split) >= 0.9 * len(rows)
