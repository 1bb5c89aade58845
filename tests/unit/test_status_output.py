"""What `ingest status` draws: sparklines, and the screen of `--watch`."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cli.output import feeds as feeds_output
from ingest.cli.output import text as text_output
from ingest.cli.output.feeds import ASCII, BLOCKS, feeds_table, sparkline, trouble
from ingest.cli.output.watch import line_of, screen
from ingest.text.markup import columns_of
from storage.archive import Archive
from storage.records import to_text
from tests import builders as make

HOSTILE = "\x1b[2J\u202e名前\n" * 40


@pytest.mark.parametrize(
    ("counts", "marks", "line"),
    [
        ([None, 0, 1, 2, 4, 8], BLOCKS, " ·▁▂▄█"),
        ([None, 0, 1, 2, 4, 8], ASCII, " ._-=#"),
        ([0, 0, 0], BLOCKS, "···"),
        ([1, 1000], BLOCKS, "▁█"),
        ([], BLOCKS, ""),
    ],
)
def test_a_sparkline_has_a_mark_for_each_day(counts, marks, line):
    assert sparkline(counts, marks) == line


@given(st.lists(st.none() | st.integers(0, 10**9), max_size=40), st.sampled_from([BLOCKS, ASCII]))
def test_the_best_day_has_the_last_mark_and_no_greater_day_a_lower_one(counts, marks):
    line = sparkline(counts, marks)
    assert len(line) == len(counts)
    shown = [(count, marks.index(mark)) for count, mark in zip(counts, line, strict=True) if count is not None]
    assert all((level == 0) == (count == 0) for count, level in shown)
    assert [level for _, level in sorted(shown)] == sorted(level for _, level in shown)
    assert not any(counts) or max(shown)[1] == 8


def feed(name):
    return {
        "name": name,
        "state": "failing",
        "new_by_day": [None, *range(27)],
        "articles": 1_234_567,
        "pending": 3,
        "changed_at": to_text(datetime.now(UTC) - timedelta(minutes=119)),
        "due_at": to_text(datetime.now(UTC) + timedelta(minutes=59)),
        "failures": 3,
        "last_error": "HTTP 404 " * 9,
        "repeats": None,
    }


@pytest.mark.parametrize(("columns", "days"), [(80, 14), (200, 28)])
def test_the_table_of_feeds_fits_with_all_of_its_sparklines(capsys, monkeypatch, columns, days):
    monkeypatch.setattr(text_output, "is_terminal", lambda: True)
    monkeypatch.setattr(feeds_output, "marks", lambda: BLOCKS)
    monkeypatch.setenv("COLUMNS", str(columns))
    feeds_table([feed("名前の長い日本語の新聞社の配信"), feed("A"), feed(HOSTILE)])
    header, *lines = capsys.readouterr().out.splitlines()
    assert max(map(columns_of, lines)) <= columns
    assert f"new, {days} days" in header
    line = sparkline([None, *range(27)][-days:])
    assert len({columns_of(shown.partition(line.strip())[0]) for shown in lines}) == 1
    assert all(line in shown for shown in lines)


def test_the_trouble_of_a_feed_is_its_state_its_error_and_whom_it_repeats():
    ago = to_text(datetime.now(UTC) - timedelta(days=3, minutes=1))
    states = {"silent_at": ago, "empty_at": ago, "failures": 0, "last_error": None, "repeats": None}
    for fields, said in (
        ({"state": "ok"}, ""),
        ({"state": "ok", "last_error": "a warning", "repeats": "A"}, "a warning; repeats A"),
        ({"state": "failing", "last_error": "HTTP 404", "failures": 3}, "3 × HTTP 404"),
        ({"state": "silent"}, "silent for 3 days"),
        ({"state": "empty", "last_error": "its document has no entries"}, "empty for 3 days"),
    ):
        assert trouble(states | fields) == said


@pytest.mark.parametrize(
    ("environment", "encoding", "marks"),
    [
        ({}, "utf-8", BLOCKS),
        ({"LANG": "de_DE.UTF-8"}, "utf-8", BLOCKS),
        ({"LANG": "C"}, "utf-8", ASCII),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "POSIX"}, "utf-8", ASCII),
        ({"TERM": "dumb"}, "utf-8", ASCII),
        ({}, "iso-8859-1", ASCII),
    ],
)
def test_a_terminal_that_has_no_blocks_gets_ascii(monkeypatch, environment, encoding, marks):
    for name in ("LC_ALL", "LANG", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(feeds_output.sys, "stdout", type("Out", (), {"encoding": encoding}))
    assert feeds_output.marks() == marks


def test_new_entries_are_counted_by_day_from_the_day_a_feed_was_added(tmp_path):
    with Archive(tmp_path / "news.db", "now") as archive, archive.transaction():
        archive.subscribe([make.feed("https://a.example/")], make.NOW - timedelta(days=40))
        archive.subscribe([make.feed("https://a.example/"), make.feed("https://b.example/")], make.NOW)
        for days in (40, 3, 3, 0):
            archive.add_entries(1, [make.entry(f"{days}")], make.NOW - timedelta(days=days))
        archive.add_entries(2, [make.entry("b")], make.NOW)
        assert archive.new_by_day(make.NOW.date(), 5) == {1: [0, 2, 0, 0, 1], 2: [None, None, None, None, 1]}
        assert archive.new_by_day(date(2020, 1, 1), 2) == {1: [None, 0], 2: [None, 0]}


# the screen of --watch


def shown(rows=60, text="news.example"):
    now = to_text(datetime.now(UTC))
    host = {"host": text, "until": now, "why": "pace", "requests": 2}
    return {
        "archive": text,
        "writer": {"command": "daemon", "pid": "7", "since": now},
        "in_flight": {
            "polls": rows,
            "feeds": [text] * rows,
            "pages": rows,
            "addresses": [f"http://{text}/{n}" for n in range(rows)],
            "waits": rows,
            "hosts": [host | {"host": f"{n} {text}"} for n in range(rows)],
        },
        "pending": rows,
        "queue": [{"host": text, "entries": 3, "due_at": now}] * rows,
        "blocked": [{"host": f"blocked {text}", "blocked_until": now}] * min(rows, 1),
        "polls": [{"feed": text, "outcome": "failed", "error": text, "entries_new": 0, "at": now}] * rows,
        "next_feeds": [{"feed": text, "due_at": now}] * rows,
        "articles": [{"id": 1, "title": text, "url": text, "site": text, "archived_at": now}] * rows,
        "hooks": [],
        "alerts": [{"subject": text, "reason": text}] * rows,
    }


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (40, 10), (20, 3), (1, 1), (200, 60)])
@pytest.mark.parametrize("text", ["news.example", HOSTILE])
def test_the_screen_fits_any_terminal(columns, lines, text):
    drawn = [line for line, _ in screen(shown(60, text), columns, lines)]
    assert len(drawn) == lines
    assert max(map(columns_of, drawn)) <= max(columns, 40)
    assert not any(character in line for line in drawn for character in "\x1b\u202e\n")


def test_80_by_24_has_a_heading_and_a_row_of_everything_there_is():
    headings = [line.partition("  ")[0] for line, heading in screen(shown(), 80, 40) if heading]
    assert headings == ["page being fetched", "host that waits", "pending at", "last poll", "next feed", "last article"]
    assert [line for line, heading in screen(shown(0), 80, 24) if heading] == []


def test_a_pipe_gets_one_line():
    assert line_of(shown(2)) == (
        "`ingest daemon` (process 7) is writing; 2 polls and 2 pages in flight, 2 hosts wait, 2 entries pending;"
        " last article 1: news.example"
    )
