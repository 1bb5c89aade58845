"""How complete the archive is by feed and week, on rows of known numbers: figures, view, commands, pages, report."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.browse.server import browsing
from ingest.cli.output import text as text_output
from ingest.report.coverage import percent, weeks_until
from ingest.report.figures import report_of
from ingest.text.markup import columns_of
from storage.archive import Archive
from storage.feed_records import Gap, Rhythm
from storage.figures import query_of
from storage.reader import Reader
from storage.records import Outcome, to_text
from tests import builders as make
from tests.command_run import Folder

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
MONDAY = NOW.replace(hour=0) - timedelta(days=NOW.weekday())
LAST_WEEK = MONDAY - timedelta(days=3)  # a Friday
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HOSTILE = "Néws \x1b[2J<b>\u202e"
HOLES, GOOD, QUIET = 1, 2, 3
ENDS = (Outcome.KNOWN, Outcome.COPY, Outcome.WALLED, Outcome.NO_TEXT, Outcome.FAILED, Outcome.REFUSED, Outcome.FILTERED)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A feed with every outcome and gaps, a good one, a silent one that repeats it."""
    path = tmp_path_factory.mktemp("coverage") / "news.db"
    with Archive(path, "test") as archive, archive.transaction():
        feeds = [
            make.feed(f"https://f{n}.example/feed", name=name) for n, name in enumerate((HOSTILE, "Good", None), 1)
        ]
        archive.subscribe(feeds, MONDAY - 20 * DAY)
        # Of the last week: articles with delays of 1 … 20 minutes, a date without an hour, one from before the feed.
        delays = [n * MINUTE for n in range(1, 21)]
        dates = [(LAST_WEEK - delay, "minute") for delay in delays]
        dates += [(LAST_WEEK, "day"), (MONDAY - 30 * DAY, "minute"), (LAST_WEEK + DAY, "minute")]
        entries = [
            make.entry(f"g{n}", f"https://f1.example/{n}", published_at=at, published_precision=precision)
            for n, (at, precision) in enumerate(dates)
        ]
        archive.add_entries(HOLES, entries, LAST_WEEK)
        for n in range(len(dates)):
            article = make.article(f"https://f1.example/{n}", f"Text {n}.")
            archive.settle(n + 1, Outcome.ARCHIVED, article_id=archive.add_article(article, (), LAST_WEEK))
        archive.settle(1, Outcome.REVISED, article_id=1)
        # Of this week, from its first second on: one of each other end, and a pending one.
        others = [make.entry(f"o{n}", f"https://f1.example/o{n}") for n in range(len(ENDS) + 1)]
        archive.add_entries(HOLES, others, MONDAY)
        for entry_id, outcome in enumerate(ENDS, start=len(dates) + 1):
            archive.settle(entry_id, outcome, reason="because")
        archive.add_entries(GOOD, [make.entry("a", "https://f2.example/a")], MONDAY - timedelta(seconds=1))
        archive.settle(len(dates) + len(others) + 1, Outcome.KNOWN)
        early, late = LAST_WEEK - DAY, LAST_WEEK
        archive.add_gap(Gap(HOLES, early, late, 7, "nothing_shared", MONDAY))
        archive.note_found(1, 3)
        archive.add_gap(Gap(HOLES, early, late, 2, "newest_missing", LAST_WEEK))
        archive.close_gap(2, MONDAY)
        archive.add_gap(Gap(QUIET, early, late, 4, "newest_missing", MONDAY - 90 * DAY))
        weights = [*([0.0] * 8), *([1.5] * 16)]
        archive.save_rhythm(QUIET, Rhythm(NOW, 100, 4.25, tuple(weights), (1.4,) * 5 + (0.0,) * 2, 9, NOW))
        archive.db.execute(
            """UPDATE feeds SET polled_at = ?1, changed_at = ?1, due_at = ?2,
                 due_reason = 'It brings 4.2 entries a day.',
                 silence_s = 259200 WHERE id > 1""",
            [to_text(MONDAY - 9 * DAY), to_text(NOW + DAY)],
        )
        archive.db.execute("UPDATE feeds SET silent_at = ?, repeats_id = 2 WHERE id = 3", [to_text(MONDAY - 6 * DAY)])
    return path


@pytest.fixture
def folder(path, tmp_path):
    folder = Folder(tmp_path).set_up()
    folder.archive.write_bytes(path.read_bytes())
    return folder


def numbers(row):
    """The numbers of a row from `entries` on."""
    values = list(row.values())
    return tuple(values[list(row).index("entries") :])


#         entries, archived, known, copies, revised, walled, no_text, failed, refused, filtered, pending,
#         gaps, missed, lacking, share, delays
FRIDAYS = (23, 22, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1.0, 10.0, 19.0)
MONDAYS = (8, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 4, 8, 0.2, None, None)
IN_ALL = (31, 22, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 8, 25 / 33, 10.0, 19.0)


def test_a_week_counts_what_was_first_seen_or_noticed_in_it(path):
    period = weeks_until(NOW, 2) | {"feed_id": HOLES}
    with Reader(path) as reader:
        rows = reader.figure("weekly_coverage", period)
        assert {row["week"]: numbers(row) for row in rows} == {
            f"{MONDAY - 7 * DAY:%Y-%m-%d}": FRIDAYS,
            f"{MONDAY:%Y-%m-%d}": MONDAYS,
        }
        everything = reader.figure("weekly_coverage", period | {"feed_id": None})
        assert [row for row in everything if row["feed_id"] == HOLES] == rows
        in_view = list(reader.rows("SELECT * FROM weekly_coverage WHERE week >= ?", [period["since"][:10]]))
        assert sorted(in_view, key=str) == sorted(everything, key=str)
        assert [row["missed"] for row in reader.rows("SELECT * FROM weekly_coverage WHERE feed_id = 3")] == [4]


def test_a_period_has_a_row_for_each_feed_the_most_lacking_first_and_one_for_all(path):
    with Reader(path) as reader:
        holes, good, everything = reader.figure("feed_coverage", weeks_until(NOW, 2))
        assert (holes["feed_id"], numbers(holes)) == (HOLES, IN_ALL)
        assert (good["feed"], good["share"]) == ("Good", 1.0)
        assert (everything["feeds"], everything["entries"], everything["missed"]) == (2, 32, 4)
        assert numbers(everything)[-3:] == (26 / 34, 10.0, 19.0)
        (delay,) = reader.figure("weekly_delay", weeks_until(NOW, 2))
        assert tuple(delay.values()) == (f"{MONDAY - 7 * DAY:%Y-%m-%d}", 20, 10.0, 19.0)
        empty = {"since": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z"}
        assert reader.figure("feed_coverage", empty) == []


def test_the_figures_read_the_entries_of_their_period_and_no_others(path):
    with Reader(path) as reader:
        for name in ("weekly_coverage", "feed_coverage", "weekly_delay"):
            plan = f"EXPLAIN QUERY PLAN {query_of(name)}"
            steps = [row["detail"] for row in reader.rows(plan, weeks_until(NOW, 2) | {"feed_id": None})]
            assert not [step for step in steps if re.match(r"SCAN (entries|e|selectable|s|gaps)\b", step)], steps
            assert any("entries_seen (first_seen_at>? AND first_seen_at<?)" in step for step in steps)


@pytest.mark.parametrize("day", range(7))
def test_a_week_begins_on_monday(day):
    now = datetime(2026, 11, 23, 23, 59, tzinfo=UTC) + day * DAY
    assert weeks_until(now, 2) == {"since": "2026-11-16T00:00:00Z", "until": "2026-11-30T00:00:00Z"}


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_only_a_complete_share_is_100_percent(part, all_of_it):
    share = min(part, all_of_it) / all_of_it
    said = percent(share)
    assert (said == "100 %") == (share == 1)
    assert abs(float(said.removesuffix(" %")) - 100 * share) < 0.1001


# the commands


def test_coverage_is_a_line_for_each_feed_and_one_for_all(folder):
    lines = folder.ingest("status", "--coverage").out.splitlines()
    header = re.split("  +", lines[0])
    assert header[:5] == ["feed", "entries", "archived", "known", "copies"]
    assert re.split("  +", lines[1])[1:] == [*"31 23 1 1 1 1 1 1 1 1 1 4".split(), "75.7 %", "10 min", "19 min"]
    assert re.split("  +", lines[-2]) == [
        *"all 2".split("  "),
        *"32 23 2 1 1 1 1 1 1 1 1 4".split(),
        "76.4 %",
        "10 min",
        "19 min",
    ]
    assert lines[-1] == "nothing new in 4 weeks: https://f3.example/feed"
    assert not re.search("[\x1b\u202e]", "".join(lines))


def test_a_named_feed_is_shown_week_by_week(folder):
    lines = folder.ingest("status", "--coverage", "--feed", "Good", "--weeks", 2).out.splitlines()
    assert [re.split("  +", line)[:2] for line in lines[:3]] == [
        ["Good", "entries"],
        [f"{MONDAY - 7 * DAY:%Y-%m-%d}", "1"],
        ["in all", "1"],
    ]
    said = folder.ingest("status", "--coverage", "--feed", "Good", "--json").json
    assert [row["feed"] for row in said["feeds"] + said["weeks"]] == ["Good", "Good"]
    assert (said["total"], said["quiet"]) == (None, [])
    everything = folder.ingest("status", "--coverage", "--json").json
    assert (everything["total"]["entries"], len(everything["weeks"])) == (32, 3)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--weeks", "3"), "--weeks and --feed are options of --coverage"),
        (("--coverage", "--watch"), "exclude each other"),
        (("--coverage", "--weeks", "0"), "0 is not in the range"),
        (("--coverage", "--feed", "Goood"), "did you mean Good?"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(folder, words, error):
    result = folder.ingest("status", *words)
    assert result.code in (1, 2)
    assert error in result.err


def test_coverage_fits_80_columns(folder, monkeypatch):
    monkeypatch.setattr(text_output, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    lines = folder.ingest("status", "--coverage").out.splitlines()
    assert max(map(columns_of, lines)) <= 80
    assert lines[0].split()[1:] == ["entries", "lacking", "gaps", "missed", "share", "delay", "95", "%"]
    assert lines[-2].split() == ["all", "2", "32", "8", "1", "4", "76.4", "%", "10", "min", "19", "min"]


def test_status_shows_gaps_silences_and_with_v_why_a_feed_is_due(folder):
    out = folder.ingest("status").out
    assert re.search(r"f3\.example/feed +silent .* silent for \d+ days; repeats Good\n", out)
    assert (
        f"from {LAST_WEEK - DAY:%Y-%m-%d %H:%M} to {LAST_WEEK:%Y-%m-%d %H:%M} UTC, perhaps 7 entries, 3 of them found"
        in out
    )
    assert out.count("gap: ") == 2
    assert "It brings" not in out
    said = folder.ingest("status", "-v").out
    assert re.search(
        r"^Good: next poll in \d+ h\. It brings 4\.2 entries a day\. It is silent after 3 days without a new entry\.$",
        said,
        re.MULTILINE,
    )
    state = folder.ingest("status", "--json").json
    assert [(gap["feed_id"], gap["found"]) for gap in state["gaps"]] == [(1, 3), (3, 0)]
    with Archive(folder.archive, "test") as archive, archive.transaction():
        for n in range(9):
            archive.add_gap(Gap(GOOD, NOW, NOW, 1, "nothing_shared", NOW + n * MINUTE))
    out = folder.ingest("status").out
    assert out.count("gap: ") == 5
    assert "and 6 more gaps: `ingest status --coverage`" in out


def test_an_archive_without_polls_says_so_without_empty_lines(tmp_path):
    empty = Folder(tmp_path).set_up()
    with Archive(empty.archive, "test") as archive, archive.transaction():
        archive.subscribe([], NOW)
    assert empty.ingest("status", "--coverage").out == "nothing new in 4 weeks, and no feed is polled\n"
    with Archive(empty.archive, "test") as archive, archive.transaction():
        archive.subscribe([make.feed()], NOW)
    assert "\n\n\n" not in empty.ingest("status", "-v").out


# the pages and the report


@pytest.fixture(scope="module")
def pages(path):
    async def answers(datasette):
        paths = ("/", "/feeds?state=silent", "/feed/1", "/feed/2", "/feed/3", "/archive", "/archive/weekly_coverage")
        return {path: await datasette.client.get(path) for path in paths}

    with browsing(path) as datasette:
        return asyncio.run(answers(datasette))


def words(answer):
    assert answer.status_code == 200
    body = re.sub(r"<svg.*?</svg>|<head>.*?</head>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_first_page_names_silent_feeds_and_open_gaps(pages):
    page = words(pages["/"])
    assert f"https://f3.example/feed silent {MONDAY - 6 * DAY:%Y-%m-%d}" in page
    assert "8 entries of 2 feeds may have been missed." in page
    assert re.findall(r'href="/feed/(\d)"', pages["/feeds?state=silent"].text) == ["3"]


def test_the_page_of_a_feed_shows_its_weeks_its_gaps_and_its_rhythm(pages):
    holes, good, quiet = (words(pages[f"/feed/{number}"]) for number in (1, 2, 3))
    assert f"{MONDAY:%Y-%m-%d} 8 1 1 1 1 1 1 1 1 1 4 20.0 %" in holes
    assert f"{MONDAY - 7 * DAY:%Y-%m-%d} 23 22 1 100 % 10 min 19 min" in holes
    assert "7 3 open" in holes
    assert "2 0 closed" in holes
    assert "the document shared no entry with the one before" in holes
    assert "It brings 4.2 entries a day." in good
    assert "It is silent: nothing new came since" in quiet
    assert "It only repeats the entries of Good ." in quiet
    assert "4.2 entries a day to expect, learned from 100 entries" in quiet
    assert 'href="/feed/2"' in pages["/feed/3"].text
    assert all(f'href="/archive/{name}"' in pages["/archive"].text for name in ("gaps", "rhythms", "weekly_coverage"))


def test_a_rhythm_is_a_week_of_hours_that_sum_up(path):
    with Reader(path) as reader:
        rows = reader.figure("feed_rhythm", {"feed_id": QUIET})
        assert len(rows) == 7 * 24
        assert sum(row["percent"] for row in rows) == pytest.approx(100, abs=1)
        assert next(row["hour"] for row in rows if row["weekday"] == "Mon" and row["percent"]) == "08:00"
        assert not [row for row in rows if row["weekday"] in ("Sat", "Sun") and row["percent"]]


def test_a_report_says_what_may_have_been_missed(path):
    report = report_of(path, MONDAY - 14 * DAY, NOW + DAY)
    assert report["at_a_glance"]["gaps"] == {"period": 1, "before": 0}
    assert report["at_a_glance"]["missed_entries"] == {"period": 4, "before": 0}
    assert [(gap["entries"], gap["found"], gap["closed_at"] is None) for gap in report["gaps"]] == [
        (7, 3, True),
        (2, 0, False),
    ]
    (quiet,) = report["quiet_feeds"]
    assert (quiet["state"], quiet["entries"], quiet["since"]) == ("silent", 0, to_text(MONDAY - 6 * DAY))
    assert [row["feed_id"] for row in report["lacking_feeds"]] == [HOLES]
    assert [row["lacking"] for row in report["weekly_coverage"]] == [0, 8]
    assert json.dumps(report)
