"""Laws of alerts: each begins and ends once, and none flaps, whatever feeds and sites do."""

import tempfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.deliveries.alerts import (
    FEED_KINDS,
    MAX_GAP_AGE,
    MIN_EMPTY,
    MIN_FAILING,
    POLL_KINDS,
    site_alert_ended,
    site_troubles,
)
from ingest.deliveries.judging import Judgement, judge_feeds
from storage.alerts import SITE_TEXTS_KEPT, Alert, SiteText
from storage.archive import Archive
from storage.records import to_text
from tests import builders as make

URL = make.feed().url
POLLS = st.lists(
    st.tuples(
        st.sampled_from(["failed", "failed", "failed", "parsed", "not_modified", "gone", "deferred"]),
        st.integers(1, 90).map(lambda minutes: timedelta(minutes=minutes)),
    ),
    max_size=30,
)
SILENCE_S = 36 * 3600
CONTENTS = st.lists(
    st.tuples(
        st.sampled_from(["new", "old", "old", "empty", "empty", "empty", "same_body", "failed", "gone"]),
        st.sampled_from(["", "", "gap", "closed"]),
        st.integers(1, 40).map(lambda hours: timedelta(hours=hours)),
    ),
    max_size=30,
)
RUNS = st.lists(st.tuples(st.sampled_from(["archived", "no_text"]), st.integers(1, 60)), max_size=6)
ALERT = Alert(1, "site_no_text", "a", "", make.NOW, None)


@settings(max_examples=40)
@given(POLLS)
def test_an_alert_of_a_feed_begins_after_an_hour_of_failures_and_ends_with_the_first_good_poll(polls):
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "news.db", "now") as archive:
        now, failures, since, is_open = make.NOW, 0, None, set()
        with archive.transaction():
            archive.subscribe([make.feed()], now)
            for outcome, pause in polls:
                now += pause
                if outcome != "deferred":
                    failures = failures + 1 if outcome == "failed" else failures if outcome == "gone" else 0
                archive.make_due(now, [URL])
                archive.record_poll(
                    make.poll(at=now, outcome=outcome), make.state(failures=failures, gone=outcome == "gone")
                )
                since = (since or now) if outcome == "failed" else since if outcome in ("gone", "deferred") else None
                judgement = Judgement()
                judge_feeds(archive, judgement, [1], {URL}, now)
                again = Judgement()
                judge_feeds(archive, again, [1], {URL}, now)
                assert (again.began, again.ended) == ([], [])  # a judgement that is repeated changes nothing
                is_open |= {trouble.kind for trouble in judgement.began}
                is_open -= {alert.kind for alert in judgement.ended}
                assert is_open == {alert.kind for alert in archive.open_alerts()}
                assert ("feed_gone" in is_open) >= (outcome == "gone")
                if outcome in ("parsed", "not_modified"):
                    assert not is_open
                if any(trouble.kind == "feed_failing" for trouble in judgement.began):
                    assert failures >= 3
                    assert now - since >= MIN_FAILING
        events = archive.alert_events(0, 1000)
    assert begin_and_end_in_turn(events, POLL_KINDS)


def begin_and_end_in_turn(events, kinds):
    by_kind = {kind: [e["kind"] for e in events if e["alert"]["kind"] == kind] for kind in kinds}
    return all(ends == (["began", "ended"] * len(ends))[: len(ends)] for ends in by_kind.values())


@settings(max_examples=25)
@given(CONTENTS)
def test_an_alert_of_what_a_feed_brings_lasts_no_longer_than_its_cause(steps):
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "news.db", "now") as archive:
        now, newest_at, empty_at, gone, emptied = make.NOW, make.NOW, None, False, 0
        gaps = {}
        with archive.transaction():
            archive.subscribe([make.feed()], now)
            archive.add_entries(1, [make.entry("g0", published_at=now)], now)
            archive.record_poll(make.poll(at=now, entries_seen=1), make.state(silence_s=SILENCE_S))
            for n, (content, gap, pause) in enumerate(steps):
                now += pause
                if content == "new":
                    archive.add_entries(1, [make.entry(f"g{n + 1}", published_at=now)], now)
                    newest_at = now
                if content in ("new", "old"):
                    empty_at = None
                elif content == "empty" and empty_at is None:
                    empty_at, emptied = now, emptied + 1
                gone = content == "gone"
                is_silent = now - newest_at >= timedelta(seconds=SILENCE_S)
                archive.make_due(now, [URL])
                outcome = content if content in ("same_body", "failed", "gone") else "parsed"
                state = make.state(
                    failures=int(outcome == "failed"),
                    gone=gone,
                    silence_s=SILENCE_S,
                    silent_at=now if is_silent else None,
                    empty_at=empty_at,
                )
                archive.record_poll(
                    make.poll(at=now, outcome=outcome, entries_seen=int(content in ("new", "old"))), state
                )
                if gap == "gap":
                    archive.db.execute(
                        """INSERT INTO gaps (feed_id, from_at, to_at, entries, evidence, noticed_at)
                           VALUES (1, ?, ?, 3, 'nothing_shared', ?)""",
                        list(map(to_text, (now - pause, now, now))),
                    )
                    gaps[n] = now
                elif gap == "closed":
                    archive.db.execute("UPDATE gaps SET closed_at = ?", [to_text(now)])
                    gaps = {}
                judge_feeds(archive, Judgement(), [1], {URL}, now)
                again = Judgement()
                judge_feeds(archive, again, [1], {URL}, now)
                assert (again.began, again.ended) == ([], [])
                lasting = {alert.kind for alert in archive.open_alerts()}
                assert ("feed_gap" in lasting) == any(now - at < MAX_GAP_AGE for at in gaps.values())
                assert ("feed_silent" in lasting) <= (is_silent and not gone)
                assert ("feed_empty" in lasting) <= (empty_at is not None and now - empty_at >= MIN_EMPTY)
                assert ("feed_empty" in lasting) <= (emptied == 1 and not gone)
                if is_silent and outcome in ("parsed", "same_body"):
                    assert lasting & {"feed_silent", "feed_empty"}
        assert begin_and_end_in_turn(archive.alert_events(0, 1000), FEED_KINDS)


@settings(max_examples=30)
@given(RUNS)
def test_an_alert_of_a_site_lasts_until_most_entries_have_a_text_and_begins_if_most_have_none(runs):
    outcomes = ["archived"] * 80 + [outcome for outcome, length in runs for _ in range(length)]
    texts: list[SiteText] = []
    changed: list[tuple[str, int]] = []
    for n, outcome in enumerate(outcomes):
        texts = [*texts, SiteText(n, f"{make.NOW:%Y-%m-%dT%H}", outcome, None)][-SITE_TEXTS_KEPT:]
        if len(changed) % 2 == 0 and site_troubles("a", texts, make.NOW):
            changed.append(("began", n))
        if len(changed) % 2 and site_alert_ended(ALERT, texts, make.NOW):
            changed.append(("ended", n))
    assert all(after - before >= 1 for (_, before), (_, after) in pairwise(changed))
    for kind, n in changed:
        without = outcomes[max(0, n - 23) : n + 1].count("no_text")
        assert without >= 10 if kind == "began" else without <= 9
