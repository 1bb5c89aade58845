"""Laws of gaps: what fell out of a feed's window unseen lies in one, and a window that overlaps makes none."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.archive import Archive
from storage.records import to_text
from tests import builders as make
from tests.polled_feed import PolledFeed, news

steps = st.lists(st.sampled_from(["entry"] * 5 + ["poll", "poll", "not_modified", "failed"]), max_size=60)
windows = st.integers(3, 12).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size // 2)))


def test_what_was_missed_lies_in_a_gap_and_windows_that_overlap_make_none(tmp_path):
    with Archive(tmp_path / "news.db", "test") as archive:
        archive.db.execute("PRAGMA synchronous = OFF")

        @settings(max_examples=60)
        @given(windows, steps, st.integers(1, 400))
        def law(window, steps, minutes):
            size, pinned = window
            size = max(size, pinned + 3)
            feed, now = PolledFeed(archive), make.NOW
            stuck = [news(-n, now - timedelta(days=30 + n)) for n in range(pinned)]
            shown = [news(n, now - timedelta(minutes=99 - n)) for n in range(size)]
            announced, doubtful, last = set(), set(), set()
            for step in [*(["entry"] * size), "poll", *steps, "poll"]:
                now += timedelta(minutes=minutes)
                if step == "entry":
                    shown.append(news(len(shown), now - timedelta(seconds=1)))
                elif step != "poll":
                    feed.answer(now, step)
                else:
                    document = shown[: -(size - pinned) - 1 : -1]
                    feed.poll([*stuck, *document], now)
                    if last.isdisjoint(document) and last:
                        doubtful.add(to_text(now))
                    last = set(document)
                    announced |= last
            gaps = sorted(feed.gaps(), key=lambda gap: gap["from_at"])
            first = next(entry for entry in shown if entry in announced)
            for entry in shown[shown.index(first) :]:
                at = to_text(entry.published_at)
                assert entry in announced or any(gap["from_at"] < at < gap["to_at"] for gap in gaps)
            assert {gap["noticed_at"] for gap in gaps} <= doubtful
            assert all(one["to_at"] <= other["from_at"] for one, other in pairwise(gaps))
            assert all(gap["closed_at"] is None and gap["entries"] >= 1 for gap in gaps)

        law()
