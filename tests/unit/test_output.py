"""Tables, lines, grouped failures and instants as people see them."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.cli.arguments import instant
from ingest.cli.output import text as text_output
from ingest.cli.output.progress import group_failures, is_offline
from ingest.cli.output.text import MAX_COLUMNS, table, wrapped
from ingest.text.markup import columns_of, cut

NOW = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
LONG = "n" * 20_000


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("name", [LONG, "名" * 20_000, "e\u0301" * 20_000])
def test_a_table_fits_the_terminal_and_cuts_no_number(capsys, monkeypatch, columns, name):
    monkeypatch.setattr(text_output, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    table([[name, 1234567, "https://a.example/feed"], ["B", 2, LONG]], ["name", "articles", "url"])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(columns_of, lines)) <= columns
    assert "1234567" in lines[1]


def test_a_table_outside_a_terminal_has_addresses_in_full_and_no_endless_line(capsys):
    url = f"https://a.example/{'p' * 150}"
    table([[LONG, url]], ["name", "url"])
    (_, line) = capsys.readouterr().out.splitlines()
    assert line == f"{LONG[: MAX_COLUMNS - 1]}…  {url}"


@pytest.mark.parametrize(
    ("text", "columns", "short"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("名前名前", 5, "名前…"),
        ("名前", 3, "名…"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
    ],
)
def test_a_text_is_cut_by_the_columns_it_takes(text, columns, short):
    assert cut(text, columns) == short


def test_a_value_is_wrapped_on_a_terminal_and_an_address_left_in_one_piece(monkeypatch):
    monkeypatch.setattr(text_output, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    assert wrapped("word " * 100, 10, lines=2) == "word word word word\n          word word word word…"
    assert wrapped(f"https://a.example/{'p' * 60}", 10, lines=2) == f"https://a.example/{'p' * 60}"
    assert max(map(len, wrapped(LONG, 10, lines=3).splitlines())) <= 30


# causes


def test_feeds_that_fail_for_one_cause_are_one_line():
    failures = {f"Feed {n}": f"the name www{n}.example.org cannot be resolved" for n in range(68)}
    assert group_failures(failures) == [("68 feeds", "the name … cannot be resolved")]
    assert len(group_failures(failures, name_all=True)) == 68
    assert is_offline(failures)


def test_other_causes_keep_their_names():
    failures = {"A": "HTTP 404", "B": "HTTP 503", "C": "no connection to c.example: connection refused"}
    assert group_failures(failures) == list(failures.items())
    assert not is_offline(failures)
    late = dict.fromkeys("ABCD", "not all there within 30 s (web.timeout_s)")
    assert group_failures(failures | late) == [("4 feeds", late["A"])]
    assert not is_offline({})


# instants


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-02-20", datetime(2026, 2, 20, tzinfo=UTC)),
        ("2026-02-20T14:30", datetime(2026, 2, 20, 14, 30, tzinfo=UTC)),
        ("2026-02-20T14:30:05Z", datetime(2026, 2, 20, 14, 30, 5, tzinfo=UTC)),
        ("2026-02-20 14:30+02:00", datetime(2026, 2, 20, 12, 30, tzinfo=UTC)),
        ("7d", NOW - timedelta(days=7)),
        ("12h", NOW - timedelta(hours=12)),
        ("2w", NOW - timedelta(weeks=2)),
        ("90min", NOW - timedelta(minutes=90)),
        ("3 days ago", NOW - timedelta(days=3)),
        ("today", datetime(2026, 3, 1, tzinfo=UTC)),
        (" Yesterday ", datetime(2026, 2, 28, tzinfo=UTC)),
        ("0001-01-01", datetime(1000, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_is_a_date_a_distance_or_a_word(text, meant):
    assert instant(text, NOW) == meant


@pytest.mark.parametrize(
    "text", ["", "7", "7x", "d", "-7d", "2026-02-30", "tomorrow", "9" * 30 + "d", "9" * 5000 + "d"]
)
def test_a_bad_instant_is_refused(text):
    with pytest.raises((ValueError, OverflowError)):
        instant(text, NOW)
