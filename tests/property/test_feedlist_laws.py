"""What is put on the feed list, or changed there, reads back the same, and the rest of the file stays as it was."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.configuration import feedlist, feedlist_edits
from storage.records import WantedFeed

LIST = '# Group.\n[[feeds]]\nurl = "https://a.example/"\n[feeds.cookies]  # mine\nsession = "${SESSION}"\n'
lines = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable() and text.strip())
feeds = st.builds(
    WantedFeed,
    url=st.from_regex(r"https?://[a-z]{1,8}\.example/[a-z0-9?&=#%~]{1,8}", fullmatch=True),
    name=st.none() | lines,
    tags=st.lists(lines, max_size=3).map(tuple),
    interval_s=st.none() | st.integers(1, 10**6),
    article=st.sampled_from(["page", "feed"]),
)


@given(feeds)
def test_an_added_feed_reads_back_and_is_removed_without_trace(feed):
    with TemporaryDirectory() as folder:
        config_dir = Path(folder)
        path = config_dir / "feeds.toml"
        path.write_text(LIST, encoding="utf-8")
        assert feedlist_edits.add(config_dir, feed) == feed
        assert feedlist.load(config_dir).feeds[1] == feed
        assert feedlist_edits.remove(config_dir, feed.url) == feed
        assert path.read_text(encoding="utf-8").rstrip("\n") == LIST.rstrip("\n")


LATER = '\n# The next.\n[[feeds]] # here\nurl = "https://z.example/"\nheaders = { X = "${X}" }\n'


@settings(max_examples=40)
@given(feeds, feeds)
def test_a_changed_feed_reads_back_and_its_neighbours_stay(feed, other):
    with TemporaryDirectory() as folder:
        config_dir = Path(folder)
        path = config_dir / "feeds.toml"
        path.write_text(LIST, encoding="utf-8")
        feedlist_edits.add(config_dir, feed)
        path.write_text(path.read_text(encoding="utf-8") + LATER, encoding="utf-8")
        changes = feedlist_edits.Changes(
            other.name, other.tags, interval_s=other.interval_s, article=other.article, unset=("name", "tags")
        )
        before, after, _ = feedlist_edits.edit(config_dir, feed.url, changes)
        assert before == feed
        assert after.tags == tuple(dict.fromkeys(other.tags))
        assert feedlist.load(config_dir).feeds[1] == after
        text = path.read_text(encoding="utf-8")
        assert text.startswith(LIST)
        assert text.endswith(LATER)
