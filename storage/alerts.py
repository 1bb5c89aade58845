"""The tables `alerts`, `alert_events` and `site_texts`, and what alerts are judged by."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from storage.records import GOOD_POLLS, Outcome, PollOutcome, to_instant, to_text
from storage.rows import Row, Rows, as_json, from_row

AlertKind = Literal[
    "feed_failing",
    "feed_gone",
    "feed_empty",
    "feed_silent",
    "feed_gap",
    "all_feeds_failing",
    "site_no_text",
    "site_short_texts",
    "archive_unwritable",
]
ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
SITE_TEXTS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Alert:
    """A trouble that lasts. `usual_words` is the median of the site's texts before, of `site_short_texts` only."""

    id: int
    kind: AlertKind
    subject: str
    reason: str
    began_at: datetime
    usual_words: int | None


@dataclass(frozen=True, slots=True)
class PolledFeed:
    """A feed and how its last poll ended; None if it was not polled yet. A poll that the host put off is none.

    It is silent since `silent_at`, empty since `empty_at`. `gap_at` is when the last of its open gaps was noticed.
    """

    id: int
    url: str
    failures: int
    gone_at: datetime | None
    outcome: PollOutcome | None
    error: str | None
    silent_at: datetime | None = None
    empty_at: datetime | None = None
    gap_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SiteText:
    """What an entry of a site brought: `words` are those of the article, None if it brought no article."""

    entry_id: int
    hour: str
    outcome: Outcome
    words: int | None


class AlertQueries(Rows):
    def alert_events(self, after: int, limit: int) -> list[Row]:
        """Return the events from `seq > after`: `seq`, `at`, `kind` (began, ended), and the alert's row as `alert`.

        An event stays what it was: the alert that began has no `ended_at` there.
        """
        rows = self._rows(
            """SELECT e.seq, e.at, e.kind AS event, a.id, a.kind, a.subject, a.reason, a.began_at,
                 iif(e.kind = 'ended', a.ended_at, NULL) AS ended_at
               FROM alert_events e JOIN alerts a ON a.id = e.alert_id WHERE e.seq > ? ORDER BY e.seq LIMIT ?""",
            [after, limit],
        )
        names = ("id", "kind", "subject", "reason", "began_at", "ended_at")
        return [
            {"seq": row["seq"], "at": row["at"], "kind": row["event"], "alert": {name: row[name] for name in names}}
            for row in rows
        ]

    def last_alert_seq(self) -> int:
        """Return the number of the last event of an alert, 0 without one."""
        return int(self._value("SELECT coalesce(max(seq), 0) FROM alert_events"))

    def open_alerts(self, subjects: Iterable[str] | None = None) -> list[Alert]:
        """Return the alerts that last, the oldest first: of these subjects, or all."""
        of_subjects = f"AND kind IN {ALERT_KINDS} AND subject IN (SELECT value FROM json_each(?))"  # noqa: S608 (our own)
        chosen = "" if subjects is None else of_subjects
        return self._records(
            Alert,
            f"""SELECT id, kind, subject, reason, began_at, usual_words FROM alerts INDEXED BY alerts_open
                WHERE ended_at IS NULL {chosen} ORDER BY began_at, id""",  # noqa: S608 (our own names)
            [] if subjects is None else [as_json(subjects)],
        )

    def is_open(self, kind: AlertKind) -> bool:
        """Return whether an alert of the kind lasts."""
        return bool(self._rows("SELECT 1 FROM alerts WHERE kind = ? AND ended_at IS NULL LIMIT 1", [kind]))

    def alert_rows(self) -> list[Row]:
        """Return the rows of the alerts that last, the oldest first."""
        return self._dicts(
            "SELECT kind, subject, reason, began_at FROM alerts WHERE ended_at IS NULL ORDER BY began_at, id"
        )

    def alert_counts(self) -> dict[str, int]:
        """Count the alerts that last, by every kind."""
        found = self._counts("SELECT kind, count(*) FROM alerts WHERE ended_at IS NULL GROUP BY kind")
        return {kind: found.get(kind, 0) for kind in ALERT_KINDS}

    def last_end(self, kind: AlertKind) -> datetime | None:
        """Return when the last alert of the kind ended."""
        return to_instant(self._value("SELECT max(ended_at) FROM alerts WHERE kind = ?", [kind]))

    def has_alert(self, kind: AlertKind, began_at: datetime) -> bool:
        """Return whether an alert of the kind began then."""
        return bool(self._rows("SELECT 1 FROM alerts WHERE kind = ? AND began_at = ?", [kind, to_text(began_at)]))

    def written_at(self) -> datetime | None:
        """Return the instant of the last poll, change or event of an alert."""
        return to_instant(
            self._value(
                """SELECT max(at) FROM (
                     SELECT at FROM (SELECT at FROM polls ORDER BY id DESC LIMIT 1)
                     UNION ALL SELECT at FROM (SELECT at FROM changes ORDER BY seq DESC LIMIT 1)
                     UNION ALL SELECT at FROM (SELECT at FROM alert_events ORDER BY seq DESC LIMIT 1))"""
            )
        )

    # feeds

    def feeds_in_trouble(self, failures: int) -> list[int]:
        """Return the feeds that are gone, silent or empty, have had so many failed polls in a row, or an open gap."""
        return self._column(
            """SELECT id FROM feeds WHERE gone_at IS NOT NULL OR (active AND (
                 failures >= ? OR silent_at IS NOT NULL OR empty_at IS NOT NULL
                 OR EXISTS (SELECT 1 FROM gaps WHERE feed_id = feeds.id AND closed_at IS NULL)))""",
            [failures],
        )

    def polled_feeds(self, ids: Iterable[int], urls: Iterable[str] = ()) -> list[PolledFeed]:
        """Return the feeds with these ids or addresses."""
        return self._records(
            PolledFeed,
            """SELECT id, url, failures, gone_at, last_error AS error, silent_at, empty_at,
                 (SELECT max(noticed_at) FROM gaps WHERE feed_id = feeds.id AND closed_at IS NULL) AS gap_at,
                 (SELECT outcome FROM polls WHERE feed_id = feeds.id AND outcome <> 'deferred'
                  ORDER BY id DESC LIMIT 1) AS outcome
               FROM feeds
               WHERE id IN (SELECT value FROM json_each(?1)) OR url IN (SELECT value FROM json_each(?2)) ORDER BY id""",
            [as_json(ids), as_json(urls)],
        )

    def failed_polls(self, feed_id: int, since: datetime | None) -> tuple[int, datetime | None]:
        """Count the failed polls since the last good one and since an instant. Return the first one's instant too."""
        count, first = 0, None
        polls = self._tuples("SELECT outcome, at FROM polls WHERE feed_id = ? ORDER BY id DESC", [feed_id])
        for outcome, at in polls:
            if outcome in GOOD_POLLS or (since and at <= (to_text(since) or "")):
                break
            if outcome == "failed":
                count, first = count + 1, at
        return count, to_instant(first)

    def last_good_poll(self) -> tuple[int, datetime | None]:
        """Return number and instant of the last good poll of any feed, (0, None) without one."""
        row = self._row(
            f"SELECT id, at FROM polls WHERE outcome IN {GOOD_POLLS} ORDER BY id DESC LIMIT 1"  # noqa: S608 (our own)
        )
        return (row["id"], to_instant(row["at"])) if row else (0, None)

    def addresses_failing(self, after: int) -> Iterator[str]:
        """Yield the addresses of the feeds whose polls failed since the poll of this number."""
        rows: Iterator[tuple[Any, ...]] = self._tuples(
            """SELECT f.address FROM polls p CROSS JOIN feeds f ON f.id = p.feed_id
               WHERE p.id > ? AND p.outcome = 'failed' ORDER BY p.id""",
            [after],
        )
        return (address for (address,) in rows)

    # sites

    def sites_to_judge(self, limit: int) -> list[str]:
        """Return sites of which entries have ended since the site was judged last."""
        return self._column("SELECT DISTINCT site FROM site_texts WHERE judged = 0 LIMIT ?", [limit])

    def sites_with_alerts(self) -> list[str]:
        """Return the sites whose alerts last."""
        return self._column(
            """SELECT DISTINCT subject FROM alerts
               WHERE ended_at IS NULL AND kind IN ('site_no_text', 'site_short_texts')"""
        )

    def site_texts(self, site: str) -> list[SiteText]:
        """Return what the last entries of the site brought, in the order in which they were announced."""
        return [
            from_row(SiteText, row)
            for row in self._rows(
                """SELECT entry_id, hour, outcome, words FROM site_texts
                   WHERE site = ? ORDER BY entry_id DESC LIMIT ?""",
                [site, SITE_TEXTS_KEPT],
            )
        ][::-1]


class AlertUpdates(AlertQueries):
    def begin_alert(
        self, kind: AlertKind, subject: str, reason: str, at: datetime, *, usual_words: int | None = None
    ) -> bool:
        """Begin an alert. Return False if it lasts already: an alert begins once."""
        cursor = self.db.execute(
            """INSERT INTO alerts (kind, subject, reason, began_at, usual_words) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO NOTHING""",
            [kind, subject, reason, to_text(at), usual_words],
        )
        return cursor.rowcount == 1

    def end_alert(self, kind: AlertKind, subject: str, at: datetime) -> bool:
        """End an alert. Return False if there is none: an alert ends once."""
        cursor = self.db.execute(
            "UPDATE alerts SET ended_at = max(?, began_at) WHERE kind = ? AND subject = ? AND ended_at IS NULL",
            [to_text(at), kind, subject],
        )
        return cursor.rowcount == 1

    def drop_site_texts(self, site: str, entry_ids: Iterable[int]) -> None:
        self.db.execute(
            "DELETE FROM site_texts WHERE site = ? AND entry_id IN (SELECT value FROM json_each(?))",
            [site, as_json(entry_ids)],
        )

    def mark_judged(self, site: str) -> None:
        """Note that the site was judged, and drop what no judgement needs any more."""
        self.db.execute(
            """DELETE FROM site_texts WHERE site = ?1 AND entry_id <= (
                 SELECT entry_id FROM site_texts WHERE site = ?1 ORDER BY entry_id DESC LIMIT 1 OFFSET ?2)""",
            [site, SITE_TEXTS_KEPT],
        )
        self.db.execute("UPDATE site_texts SET judged = 1 WHERE site = ? AND judged = 0", [site])
