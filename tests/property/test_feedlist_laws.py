"""What is put on the feed list reads back the same, and taking it off again leaves the file as it was."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from ingest import feedlist
from storage.records import WantedFeed

LIST = '# Group.\n[[feeds]]\nurl = "https://a.example/"\n'
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
        assert feedlist.add(config_dir, feed)
        assert feedlist.load(config_dir)[1] == feed
        assert feedlist.remove(config_dir, feed.url) == feed
        assert path.read_text(encoding="utf-8").rstrip("\n") == LIST.rstrip("\n")
