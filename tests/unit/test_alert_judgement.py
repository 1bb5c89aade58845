"""When alerts begin and end, from the judged alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.deliveries.alerts import (
    JudgedFeed,
    Network,
    content_troubles,
    feed_alert_ended,
    feed_trouble,
    feeds_beginning,
    most_in_a_row,
    of_trouble,
    site_alert_ended,
    site_troubles,
    turned_bad,
    turned_short,
)
from storage.alerts import Alert, PolledFeed, SiteText
from storage.gaps import NoticedGap
from storage.records import Outcome
from storage.silences import Emptiness, Silence
from tests.builders import NOW

FEED = PolledFeed(1, "https://news.example/feed.xml", 3, None, "failed", "HTTP 500")
HOUR = timedelta(hours=1)
SITE = "news.example"
ONLINE = Network(NOW, 1)


def judged(failed=3, since=NOW - HOUR, *, listed=True, **fields):
    return JudgedFeed(replace(FEED, **fields), listed, failed, since)


DAY = timedelta(days=1)
SILENCE = Silence(NOW - 4 * DAY, NOW - 30 * DAY, 3 * 86400, 117)
GAP = NoticedGap(NOW - 6 * HOUR, NOW - 2 * HOUR, 12, NOW - HOUR, NOW - 5 * HOUR, offline=False)


def lacking(*, listed=True, emptiness=None, silence=None, gap=None, **fields):
    """A feed whose polls are good."""
    good = {"failures": 0, "outcome": "not_modified", "error": None}
    feed = replace(FEED, **(good | fields))
    return JudgedFeed(feed, listed, emptiness=emptiness, silence=silence, gap=gap)


def alert(kind, subject=SITE, *, usual_words=None):
    return Alert(1, kind, subject, "", NOW, usual_words)


def texts(outcomes="", words=(), hour="2026-03-01T11"):
    """One text for each letter (a: archived, n: no text, w: walled), or one article for each number of words."""
    names = {"a": Outcome.ARCHIVED, "n": Outcome.NO_TEXT, "w": Outcome.WALLED}
    of_letters = [(names[letter], 300 if letter == "a" else None) for letter in outcomes]
    brought = of_letters + [(Outcome.ARCHIVED, number) for number in words]
    return [SiteText(n, hour, outcome, number) for n, (outcome, number) in enumerate(brought)]


def test_a_feed_is_failing_at_its_third_failed_poll_and_after_an_hour():
    found = feed_trouble(judged(), NOW)
    assert (found.kind, found.subject) == ("feed_failing", FEED.url)
    assert found.reason == "3 polls in a row have failed, the first at 2026-03-01 11:00 UTC: HTTP 500"
    assert feed_trouble(judged(failed=2, since=NOW - 9 * HOUR), NOW) is None
    assert feed_trouble(judged(failed=9, since=NOW - HOUR + timedelta(seconds=1)), NOW) is None


def test_a_feed_that_is_gone_or_off_the_list_is_not_failing():
    gone = judged(gone_at=NOW)
    assert feed_trouble(gone, NOW).kind == "feed_gone"
    assert feed_alert_ended(alert("feed_failing"), gone, NOW)
    assert not feed_alert_ended(alert("feed_gone"), gone, NOW)
    assert feed_trouble(judged(listed=False), NOW) is None
    assert feed_trouble(judged(listed=False, gone_at=NOW), NOW) is None


@pytest.mark.parametrize("kind", ["feed_failing", "feed_gone"])
@pytest.mark.parametrize(
    ("outcome", "ended"),
    [("parsed", True), ("not_modified", True), ("same_body", True), ("failed", False), ("gone", False), (None, False)],
)
def test_an_alert_of_a_feed_ends_at_a_good_poll(kind, outcome, ended):
    assert feed_alert_ended(alert(kind), judged(outcome=outcome), NOW) is ended


def test_an_alert_of_a_feed_ends_when_the_feed_leaves_the_list():
    assert feed_alert_ended(alert("feed_failing"), judged(listed=False), NOW)
    assert feed_alert_ended(alert("feed_failing"), None, NOW)


def test_a_feed_that_was_gone_and_fails_when_it_is_asked_again_is_still_gone():
    assert feeds_beginning([judged()], [alert("feed_gone", FEED.url)], ONLINE, "news.db", NOW) == []


def test_if_every_feed_fails_there_is_one_alert_of_all():
    feeds = [judged(), judged(url="https://other.example/feed.xml")]
    offline = Network(NOW - 2 * HOUR, 2)
    (begun,) = feeds_beginning(feeds, [], offline, "news.db", NOW)
    assert (begun.kind, begun.subject) == ("all_feeds_failing", "news.db")
    assert feeds_beginning(feeds, [alert("all_feeds_failing", "news.db")], offline, "news.db", NOW) == []
    # one host that fails, or a feed that failed while others did not, is no machine that is offline
    for network in (Network(NOW - 2 * HOUR, 1), Network(NOW, 2)):
        begun = feeds_beginning(feeds, [], network, "news.db", NOW)
        assert [trouble.kind for trouble in begun] == ["feed_failing"] * 2


def test_a_feed_that_falls_silent_while_it_is_polled_is_in_trouble():
    silent = lacking(silent_at=NOW, silence=SILENCE)
    (found,) = content_troubles(silent, NOW)
    assert (found.kind, found.subject) == ("feed_silent", FEED.url)
    reason = "nothing new since 2026-02-25 12:00 UTC, for more than 3.0 days"
    assert found.reason == f"{reason}; it brought 117 entries in the 30 days before"


@pytest.mark.parametrize(
    "judged",
    [
        lacking(silence=SILENCE),
        lacking(silent_at=NOW, silence=SILENCE, outcome="failed"),
        lacking(silent_at=NOW, silence=SILENCE, gone_at=NOW),
        lacking(silent_at=NOW, silence=SILENCE, listed=False),
        lacking(silent_at=NOW, silence=replace(SILENCE, first_seen_at=NOW - DAY)),  # it was silent when it was new
        lacking(empty_at=NOW - DAY + HOUR, emptiness=Emptiness(9, empty_before=False)),
        lacking(empty_at=NOW - DAY, emptiness=Emptiness(2, empty_before=False)),
        lacking(empty_at=NOW - DAY, emptiness=Emptiness(9, empty_before=True)),
        lacking(empty_at=NOW - DAY, emptiness=Emptiness(9, empty_before=False), outcome="failed"),
        lacking(gap_at=GAP.noticed_at, gap=replace(GAP, noticed_at=NOW - 7 * DAY)),
        lacking(gap_at=GAP.noticed_at, gap=GAP, listed=False),
    ],
)
def test_a_feed_that_lacks_nothing_of_late_is_in_no_trouble(judged):
    assert content_troubles(judged, NOW) == []


def test_a_feed_that_is_empty_for_a_day_is_in_trouble_and_is_not_called_silent_too():
    empty = lacking(empty_at=NOW - DAY, emptiness=Emptiness(3, empty_before=False), silent_at=NOW, silence=SILENCE)
    (begun,) = feeds_beginning([empty], [], ONLINE, "news.db", NOW)
    assert (begun.kind, begun.reason) == (
        "feed_empty",
        "its document, which had entries, has none since 2026-02-28 12:00 UTC (3 polls)",
    )
    lasting = replace(empty, emptiness=None)
    assert feeds_beginning([lasting], [alert("feed_empty", FEED.url)], ONLINE, "news.db", NOW) == []
    assert [trouble.kind for trouble in feeds_beginning([lasting], [], ONLINE, "news.db", NOW)] == ["feed_silent"]


def test_a_gap_says_of_when_and_how_many_entries_may_be_missing():
    (found,) = content_troubles(lacking(gap=GAP), NOW)
    when = "dated 2026-03-01 06:00 to 2026-03-01 10:00 UTC may have been missed"
    assert found.reason == f"about 12 entries {when} between the polls of 2026-03-01 07:00 and 2026-03-01 11:00"
    (found,) = content_troubles(lacking(gap=replace(GAP, missed=1, offline=True)), NOW)
    assert found.reason.startswith(f"about 1 entry {when}")
    assert found.reason.endswith("and 2026-03-01 11:00, while no feed could be polled")
    (found,) = content_troubles(lacking(gap=replace(GAP, polled_at=None), outcome="failed"), NOW)
    assert found.reason == f"about 12 entries {when} before the poll of 2026-03-01 11:00"


def test_alerts_of_what_a_feed_brings_end_when_it_brings_that_again_or_is_gone():
    for kind, since in (("feed_empty", "empty_at"), ("feed_silent", "silent_at")):
        assert feed_alert_ended(alert(kind), lacking(), NOW)
        assert feed_alert_ended(alert(kind), lacking(**{since: NOW}, gone_at=NOW), NOW)
        assert not feed_alert_ended(alert(kind), lacking(**{since: NOW}), NOW)
        assert not feed_alert_ended(alert(kind), lacking(**{since: NOW}, outcome="failed"), NOW)


def test_an_alert_of_a_gap_ends_when_all_are_closed_or_a_week_after_the_last_one():
    assert feed_alert_ended(alert("feed_gap"), lacking(), NOW)
    assert feed_alert_ended(alert("feed_gap"), lacking(gap_at=NOW - 7 * DAY), NOW)
    assert not feed_alert_ended(alert("feed_gap"), lacking(gap_at=NOW - 7 * DAY + HOUR), NOW)
    assert feed_alert_ended(alert("feed_gap"), lacking(gap_at=NOW, listed=False), NOW)


def test_a_site_that_loses_its_texts_is_in_trouble_at_the_sixteenth():
    before = "a" * 70
    assert site_troubles(SITE, texts(before + "n" * 15), NOW) == []
    (found,) = site_troubles(SITE, texts(before + "n" * 8 + "w" * 8), NOW)
    assert (found.kind, found.subject) == ("site_no_text", SITE)
    assert found.reason == "16 of the last 40 entries brought no text: 8 no_text, 8 walled"


@pytest.mark.parametrize(
    "before",
    [
        "a" * 50,  # a site without enough history
        "n" * 100,  # it never had texts
        ("a" * 20 + "n" * 10) * 4,  # nor were so many more in 40 in a row new
    ],
)
def test_a_site_that_was_always_like_this_is_in_no_trouble(before):
    assert site_troubles(SITE, texts(before + "n" * 20), NOW) == []


def test_a_site_of_which_half_the_entries_are_without_text_is_in_trouble_after_more_of_them():
    before = "an" * 80
    assert site_troubles(SITE, texts(before + "n" * 30), NOW) == []
    assert site_troubles(SITE, texts(before + "n" * 31), NOW)[0].reason.startswith("36 of the last 40")


def test_a_trouble_that_is_over_before_it_is_an_alert_is_none():
    assert turned_bad([False] * 80 + [True] * 16 + [False] * 14)
    assert not turned_bad([False] * 80 + [True] * 16 + [False] * 15)


def test_an_alert_of_a_site_ends_when_fifteen_of_its_last_24_entries_bring_a_text():
    open_alert = alert("site_no_text")
    assert not site_alert_ended(open_alert, texts("a" * 50 + "n" * 20 + "a" * 14), NOW)
    assert site_alert_ended(open_alert, texts("a" * 50 + "n" * 20 + "a" * 15), NOW)


def test_a_trouble_that_comes_again_is_not_compared_with_itself():
    hours = ["2026-03-01T11"] * 116 + ["2026-03-01T12"] * 200
    outcomes = "nnaaa" * 20 + "n" * 30 + "a" * 15
    ended = [replace(text, hour=hours[n]) for n, text in enumerate(texts(outcomes))]
    dropped = set(of_trouble(alert("site_no_text"), ended))
    assert set(range(100, 130)) <= dropped <= set(range(76, 130))
    kept = [text for text in ended if text.entry_id not in dropped]
    again = texts("n" * 40)
    assert not any(site_troubles(SITE, ended + again[:n], NOW) for n in range(41))
    assert not site_troubles(SITE, kept, NOW)
    assert site_troubles(SITE, kept + again, NOW)


def test_a_site_that_announces_nothing_for_30_days_is_in_no_trouble():
    lost = texts("a" * 70 + "n" * 16)
    assert site_troubles(SITE, lost, NOW + timedelta(days=29))
    assert site_troubles(SITE, lost, NOW + timedelta(days=31)) == []
    assert not site_alert_ended(alert("site_no_text"), lost, NOW + timedelta(days=29))
    assert site_alert_ended(alert("site_no_text"), lost, NOW + timedelta(days=31))
    assert site_alert_ended(alert("site_no_text"), [], NOW)


def test_a_site_whose_texts_shrink_to_less_than_a_third_is_in_trouble():
    before = [300, 900, 600] * 25
    assert turned_short(before + [200] * 16) == (0, 600)
    assert turned_short(before + [199] * 15) == (0, 600)
    (found,) = site_troubles(SITE, texts(words=before + [199] * 16), NOW)
    assert (found.kind, found.usual_words) == ("site_short_texts", 600)
    assert found.reason == "16 of the last 40 texts have less than a third of the 600 words that are usual"
    # what is usual stays what it was, however long the trouble lasts
    open_alert = alert("site_short_texts", usual_words=600)
    assert not site_alert_ended(open_alert, texts(words=[60] * 200 + [600] * 14), NOW)
    assert site_alert_ended(open_alert, texts(words=[60] * 200 + [600] * 15), NOW)


def test_briefs_among_features_are_usual():
    assert turned_short(([90] * 6 + [1200] * 7) * 8 + [90] * 16) == (0, 1200)


@pytest.mark.parametrize("n", [1, 3, 7])
def test_the_most_in_a_row_slides_over_all_windows(n):
    bad = [letter == "n" for letter in "nnannnannannnnanna"]
    assert most_in_a_row(bad, n) == max(sum(bad[i : i + n]) for i in range(len(bad) - n + 1))


def test_no_history_is_no_trouble():
    assert turned_bad([]) == 0
    assert turned_short([]) == (0, 0)
    assert most_in_a_row([], 12) == 0
