"""Alerts in the archive: their rows and events, and the facts that they are judged by."""

from datetime import timedelta

import pytest

from storage.alerts import SITE_TEXTS_KEPT
from storage.archive import Archive
from storage.records import Outcome
from tests import builders as make

HOUR = timedelta(hours=1)


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "news.db", "now") as archive, archive.transaction():
        archive.subscribe([make.feed()], make.NOW)
        yield archive


def settle(archive, n, outcome=Outcome.NO_TEXT, *, at=make.NOW, host="www.news.example", words=300):
    """Announce an entry and end it."""
    archive.add_entries(1, [make.entry(f"g{n}", f"https://{host}/{n}")], at)
    archive.db.execute("UPDATE entries SET host = ? WHERE guid = ?", [host, f"g{n}"])
    (entry_id,) = archive.db.execute("SELECT id FROM entries WHERE guid = ?", [f"g{n}"]).fetchone()
    article_id = None
    if outcome is Outcome.ARCHIVED:
        article_id = archive.add_article(make.article(f"https://{host}/{n}", f"Text {n}.", words=words), (), at)
    archive.settle(entry_id, outcome, article_id=article_id)
    return entry_id


def test_an_alert_begins_once_and_ends_once_with_an_event_each(archive):
    alert = ("feed_gone", "https://news.example/feed.xml")
    assert archive.begin_alert(*alert, "HTTP 410", make.NOW)
    assert not archive.begin_alert(*alert, "HTTP 410", make.NOW + HOUR)
    assert [a.reason for a in archive.open_alerts()] == ["HTTP 410"]
    assert archive.alert_counts()["feed_gone"] == 1
    assert archive.end_alert(*alert, make.NOW + HOUR)
    assert not archive.end_alert(*alert, make.NOW + 2 * HOUR)
    assert archive.open_alerts() == []
    assert archive.last_end("feed_gone") == make.NOW + HOUR
    began, ended = archive.alert_events(0, 10)
    row = {"id": 1, "kind": alert[0], "subject": alert[1], "reason": "HTTP 410", "began_at": "2026-03-01T12:00:00Z"}
    assert began == {"seq": 1, "at": row["began_at"], "kind": "began", "alert": row | {"ended_at": None}}
    end = "2026-03-01T13:00:00Z"
    assert ended == {"seq": 2, "at": end, "kind": "ended", "alert": row | {"ended_at": end}}
    assert archive.alert_events(1, 10) == [ended]
    assert archive.alert_events(0, 1) == [began]
    assert archive.last_alert_seq() == 2


def test_an_alert_never_ends_before_it_began(archive):
    archive.begin_alert("site_no_text", "news.example", "none", make.NOW)
    archive.end_alert("site_no_text", "news.example", make.NOW - HOUR)
    assert archive.last_end("site_no_text") == make.NOW


def test_failed_polls_are_counted_from_the_last_good_one(archive):
    outcomes = ("failed", "parsed", "failed", "deferred", "failed")
    for n, outcome in enumerate(outcomes):
        archive.record_poll(make.poll(at=make.NOW + n * HOUR, outcome=outcome), make.state(failures=2))
    assert archive.failed_polls(1, None) == (2, make.NOW + 2 * HOUR)
    assert archive.failed_polls(1, make.NOW + 2 * HOUR) == (1, make.NOW + 4 * HOUR)
    assert archive.last_good_poll() == (2, make.NOW + HOUR)
    assert list(archive.addresses_failing(2)) == ["https://news.example/feed.xml"] * 2
    (feed,) = archive.polled_feeds([1])
    assert (feed.failures, feed.outcome) == (2, "failed")
    assert archive.feeds_in_trouble(2) == [1]
    assert archive.feeds_in_trouble(3) == []


def test_what_entries_brought_is_kept_by_site(archive):
    settle(archive, 1, Outcome.ARCHIVED, words=321)
    settle(archive, 2, at=make.NOW + HOUR)
    settle(archive, 3, Outcome.KNOWN)
    settle(archive, 4, host="other.example")
    assert sorted(archive.sites_to_judge(10)) == ["news.example", "other.example"]
    texts = [(text.hour, text.outcome, text.words) for text in archive.site_texts("news.example")]
    assert texts == [("2026-03-01T12", "archived", 321), ("2026-03-01T13", "no_text", None)]
    archive.mark_judged("news.example")
    assert archive.sites_to_judge(10) == ["other.example"]


def test_four_entries_of_an_hour_count_and_the_last_ones_of_a_site(archive):
    for n in range(SITE_TEXTS_KEPT * 2):
        settle(archive, n, at=make.NOW + (n // 6) * HOUR)
    archive.mark_judged("news.example")
    hours = archive.db.execute("SELECT count(*) FROM site_texts GROUP BY hour").fetchall()
    assert [tuple(row) for row in hours] == [(4,)] * (SITE_TEXTS_KEPT // 4)
    assert archive.site_texts("news.example")[-1].hour == f"{make.NOW + (n // 6) * HOUR:%Y-%m-%dT%H}"


def test_a_recheck_and_a_forgotten_entry_tell_nothing_of_a_site(archive):
    entry_id = settle(archive, 1, Outcome.ARCHIVED)
    archive.mark_judged("news.example")
    archive.db.execute("UPDATE entries SET outcome = 'revised' WHERE id = ?", [entry_id])
    archive.db.execute("INSERT INTO tombstones (forgotten_at) VALUES ('2026-03-01T12:00:00Z')")
    archive.db.execute("UPDATE entries SET outcome = 'pending' WHERE id = ?", [entry_id])
    archive.db.execute("UPDATE entries SET outcome = 'refused', tombstone_id = 1 WHERE id = ?", [entry_id])
    assert archive.sites_to_judge(10) == []
