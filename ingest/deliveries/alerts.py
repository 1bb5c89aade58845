"""What is an alert, when it begins and when it ends (pure).

feed_failing        three polls in a row have failed, the first at least an hour ago; ends at the next good poll
feed_gone           the feed has answered 410; ends at the next good poll
feed_empty          the feed's document has no entries for a day and three good polls, and was never empty before; ends
                    when it has entries, or the feed is gone
feed_silent         the feed has fallen silent since it was polled first; ends when it brings something new, or is gone.
                    A feed with an alert of emptiness gets none
feed_gap            entries of the feed may have been missed; ends when the gap is closed, or a week after the last one
all_feeds_failing   no feed was polled well since a feed began to fail, and those of two hosts have failed: the machine
                    is offline. It stands for all feeds that begin to fail meanwhile; ends at the next good poll
site_no_text        of the site's last 40 entries at least 16 more brought no text than of any 40 in a row before; ends
                    when 15 of the last 24 bring one
site_short_texts    likewise, of articles with less than a third of the words that were usual before

An alert of a feed ends when the feed leaves the list, an alert of a site when it has brought nothing for 30 days.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from ingest.text.markup import count
from storage.alerts import Alert, AlertKind, PolledFeed, SiteText
from storage.gaps import NoticedGap
from storage.records import GOOD_POLLS, Outcome
from storage.silences import Emptiness, Silence

MIN_FAILED_POLLS, MIN_FAILING = 3, timedelta(hours=1)  # one outage of minutes, or one bad answer, is no alert
MIN_HOSTS_FAILING = 2
MIN_EMPTY_POLLS, MIN_EMPTY = 3, timedelta(days=1)
MAX_GAP_AGE = timedelta(days=7)  # since it was noticed: an older one stays open, but is news no more

# Chosen by `scripts/quality/alert_thresholds.py`: run it before you change them.
WINDOW, MIN_MORE_BAD = 40, 16
RECOVERY_WINDOW, MAX_BAD_RECOVERED = 24, 9
SHORT = 1 / 3  # of the usual length
MAX_SILENCE = timedelta(days=30)

POLL_KINDS: frozenset[AlertKind] = frozenset({"feed_failing", "feed_gone"})
FEED_KINDS: frozenset[AlertKind] = POLL_KINDS | {"feed_empty", "feed_silent", "feed_gap"}
SITE_KINDS: frozenset[AlertKind] = frozenset({"site_no_text", "site_short_texts"})
WITH_TEXT = (Outcome.ARCHIVED, Outcome.COPY)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an alert is made of when it begins."""

    kind: AlertKind
    subject: str
    reason: str
    usual_words: int | None = None


@dataclass(frozen=True, slots=True)
class JudgedFeed:
    """A feed after its last poll. `failed` polls in a row, the first at `failing_since`; both count since the machine
    was offline last. `listed`: the feed list has it. The last three are known if they may begin an alert.
    """

    feed: PolledFeed
    listed: bool
    failed: int = 0
    failing_since: datetime | None = None
    emptiness: Emptiness | None = None
    silence: Silence | None = None
    gap: NoticedGap | None = None

    @property
    def is_well(self) -> bool:
        return self.feed.gone_at is None and self.feed.outcome in GOOD_POLLS


@dataclass(frozen=True, slots=True)
class Network:
    """`well_at` is the last good poll of any feed, `hosts_failing` how many hosts have failed since."""

    well_at: datetime | None
    hosts_failing: int


# feeds


def feed_trouble(judged: JudgedFeed, now: datetime) -> Trouble | None:
    """Return what is wrong with a feed, None if nothing is, or not for long enough."""
    feed = judged.feed
    if not judged.listed:
        return None
    if feed.gone_at:
        return Trouble("feed_gone", feed.url, "it has answered 410 Gone and is not polled any more")
    since = judged.failing_since
    if since is None or judged.failed < MIN_FAILED_POLLS or now - since < MIN_FAILING:
        return None
    reason = f"{judged.failed} polls in a row have failed, the first at {since:%Y-%m-%d %H:%M} UTC"
    return Trouble("feed_failing", feed.url, f"{reason}: {feed.error}" if feed.error else reason)


def content_troubles(judged: JudgedFeed, now: datetime) -> list[Trouble]:
    """Return what is wrong with what a feed brings, not with its polls. A feed that cannot be polled is not silent."""
    if not judged.listed:
        return []
    feed, found = judged.feed, list[Trouble]()
    if judged.is_well and feed.empty_at and judged.emptiness and is_empty_long(feed, now):
        polls = judged.emptiness.good_polls
        if polls >= MIN_EMPTY_POLLS and not judged.emptiness.empty_before:
            reason = f"its document, which had entries, has none since {_minute(feed.empty_at)} UTC ({polls} polls)"
            found.append(Trouble("feed_empty", feed.url, reason))
    if judged.is_well and feed.silent_at and judged.silence and fell_silent(judged.silence):
        found.append(Trouble("feed_silent", feed.url, _of_silence(judged.silence)))
    if judged.gap and now - judged.gap.noticed_at < MAX_GAP_AGE:
        found.append(Trouble("feed_gap", feed.url, _of_gap(judged.gap)))
    return found


def is_empty_long(feed: PolledFeed, now: datetime) -> bool:
    return feed.empty_at is not None and now - feed.empty_at >= MIN_EMPTY


def fell_silent(silence: Silence) -> bool:
    """Return whether the feed was not silent yet when its first document was read."""
    return silence.new_at + timedelta(seconds=silence.silence_s) > silence.first_seen_at


def _of_silence(silence: Silence) -> str:
    reason = f"nothing new since {_minute(silence.new_at)} UTC, for more than {silence.silence_s / 86400:.1f} days"
    return f"{reason}; it brought {count(silence.entries, 'entry', 'entries')} in the 30 days before"


def _of_gap(gap: NoticedGap) -> str:
    missed = count(gap.missed, "entry", "entries")
    polls = f"between the polls of {_minute(gap.polled_at)} and" if gap.polled_at else "before the poll of"
    offline = ", while no feed could be polled" if gap.offline else ""
    reason = f"about {missed} dated {_minute(gap.from_at)} to {_minute(gap.to_at)} UTC may have been missed"
    return f"{reason} {polls} {_minute(gap.noticed_at)}{offline}"


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


def feeds_beginning(
    feeds: Sequence[JudgedFeed], open_alerts: Iterable[Alert], network: Network, archive: str, now: datetime
) -> list[Trouble]:
    """Return the alerts that begin. `archive` is the subject of an alert of all feeds."""
    is_open = {(alert.kind, alert.subject) for alert in open_alerts}
    begins: dict[tuple[AlertKind, str], Trouble] = {}
    for judged in feeds:
        for lack in content_troubles(judged, now):
            is_empty = {("feed_empty", lack.subject)} & {*is_open, *begins}
            if not (lack.kind == "feed_silent" and is_empty):
                begins[lack.kind, lack.subject] = lack
        trouble = feed_trouble(judged, now)
        if trouble is None or (trouble.kind == "feed_failing" and ("feed_gone", trouble.subject) in is_open):
            continue
        if trouble.kind == "feed_failing" and is_offline(judged, network):
            since = f"{judged.failing_since:%Y-%m-%d %H:%M} UTC"
            reason = f"every poll of every feed has failed since {since}; is this machine online?"
            trouble = Trouble("all_feeds_failing", archive, reason)
        begins.setdefault((trouble.kind, trouble.subject), trouble)
    return [trouble for key, trouble in begins.items() if key not in is_open]


def is_offline(judged: JudgedFeed, network: Network) -> bool:
    """Return whether a failing feed fails as all others do."""
    since = judged.failing_since
    is_alone = network.hosts_failing < MIN_HOSTS_FAILING
    return since is not None and not is_alone and (network.well_at is None or network.well_at < since)


def feed_alert_ended(alert: Alert, judged: JudgedFeed | None, now: datetime) -> bool:
    """Return whether an alert of a feed has ended. A feed that has become gone is no longer failing."""
    if judged is None or not judged.listed:
        return True
    if alert.kind == "feed_gap":
        return judged.feed.gap_at is None or now - judged.feed.gap_at >= MAX_GAP_AGE
    if alert.kind in ("feed_empty", "feed_silent"):
        since = judged.feed.empty_at if alert.kind == "feed_empty" else judged.feed.silent_at
        return since is None or judged.feed.gone_at is not None
    return judged.is_well or (alert.kind == "feed_failing" and judged.feed.gone_at is not None)


# sites


def site_troubles(site: str, texts: Sequence[SiteText], now: datetime) -> list[Trouble]:
    """Return what is wrong with the last texts of a site, `texts` in the order in which they were announced."""
    troubles: list[Trouble] = []
    if is_silent(texts, now):
        return troubles
    bad = turned_bad([text.outcome not in WITH_TEXT for text in texts])
    if bad:
        outcomes = Counter(text.outcome for text in texts[-WINDOW:] if text.outcome not in WITH_TEXT)
        kinds = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
        troubles.append(Trouble("site_no_text", site, f"{bad} of the last {WINDOW} entries brought no text: {kinds}"))
    short, usual = turned_short([text.words for text in texts if text.words is not None])
    if short:
        reason = f"{short} of the last {WINDOW} texts have less than a third of the {usual} words that are usual"
        troubles.append(Trouble("site_short_texts", site, reason, usual))
    return troubles


def turned_bad(bad: Sequence[bool]) -> int:
    """Return how many of the last WINDOW are bad if there were never nearly so many before, 0 otherwise."""
    found, before = sum(bad[-WINDOW:]), bad[:-WINDOW]
    if found < MIN_MORE_BAD or len(before) < WINDOW or is_recovered(bad):
        return 0
    return found if found >= most_in_a_row(before, WINDOW) + MIN_MORE_BAD else 0


def most_in_a_row(bad: Sequence[bool], n: int) -> int:
    """Return the greatest number of bad ones among any `n` in a row."""
    most = now = sum(bad[:n])
    for entering, leaving in zip(bad[n:], bad, strict=False):
        now += entering - leaving
        most = max(most, now)
    return most


def turned_short(words: Sequence[int]) -> tuple[int, int]:
    """Return what `turned_bad` does for texts that are short, and the median length before."""
    before = words[:-WINDOW]
    usual = round(median(before)) if before else 0
    return turned_bad([is_short(number, usual) for number in words]), usual


def is_recovered(bad: Sequence[bool]) -> bool:
    return sum(bad[-RECOVERY_WINDOW:]) <= MAX_BAD_RECOVERED


def is_short(words: int, usual: int) -> bool:
    return words < usual * SHORT


def site_alert_ended(alert: Alert, texts: Sequence[SiteText], now: datetime) -> bool:
    """Return whether most of the site's last entries are as they were before, or the site is silent."""
    if is_silent(texts, now):
        return True
    return is_recovered([is_bad for _, is_bad in _judged(alert, texts)])


def of_trouble(alert: Alert, texts: Sequence[SiteText]) -> list[int]:
    """Return the entries that the trouble of an alert consists of: the next trouble is not compared with them."""
    begin = next((n for n, text in enumerate(texts) if text.hour >= f"{alert.began_at:%Y-%m-%dT%H}"), len(texts))
    return [text.entry_id for text, is_bad in _judged(alert, texts[max(begin - WINDOW, 0) :]) if is_bad]


def _judged(alert: Alert, texts: Sequence[SiteText]) -> list[tuple[SiteText, bool]]:
    """Return the texts that an alert is about, and whether each is bad."""
    if alert.kind == "site_no_text":
        return [(text, text.outcome not in WITH_TEXT) for text in texts]
    return [(text, is_short(text.words, alert.usual_words or 0)) for text in texts if text.words is not None]


def is_silent(texts: Sequence[SiteText], now: datetime) -> bool:
    """Return whether the site has announced nothing for MAX_SILENCE."""
    newest = max((text.hour for text in texts), default="")
    return newest < f"{now - MAX_SILENCE:%Y-%m-%dT%H}"
