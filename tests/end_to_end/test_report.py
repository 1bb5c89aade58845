"""`ingest report`: one file of a period, as HTML or JSON."""

import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from ingest.report import page
from storage.archive import Archive
from storage.records import Outcome
from tests import builders as make
from tests.builders import NOW
from tests.command_run import Folder

HOSTILE = "<script>alert(1)</script>\"' onload=x {{ 1 }} \u202e"
PERIOD = ("--since", "2026-03-01", "--until", "2026-03-02")
KEYS = (
    "archive since until before_since at_a_glance articles_by_site arrivals_by_language coverage delay freshness"
    " weekly_delay outcomes reasons copies copied growth requests disk gaps quiet_feeds lacking_feeds weekly_coverage"
    " feed_states feeds_in_trouble"
).split()


class Tags(HTMLParser):
    """The names of a page's elements, and their attributes' names."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.addresses = set(), set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value for name, value in attrs if name in ("src", "href", "xlink:href")]


@pytest.fixture
def reporting(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Folder(tmp_path).set_up()
    with Archive(folder.archive, "test") as archive, archive.transaction():
        archive.subscribe([make.feed(name=HOSTILE)], NOW - timedelta(days=1))
        archive.add_entries(1, [make.entry(), make.entry("g2", "https://news.example/b")], NOW)
        article = make.article(site=f"{HOSTILE}.example", published_at=NOW - timedelta(minutes=5))
        archive.settle(1, Outcome.ARCHIVED, article_id=archive.add_article(article, [make.page()], NOW))
        archive.settle(2, Outcome.FAILED, reason=HOSTILE)
        failing = make.poll(outcome="failed", error=HOSTILE)
        archive.record_poll(failing, make.state(failures=2))
    return folder


def test_its_page_has_no_script_loads_nothing_and_escapes_what_strangers_wrote(reporting):
    pytest.importorskip("vl_convert")
    first, again = (reporting.ingest("report", name, *PERIOD) for name in ("a.html", "b.html"))
    assert (first.code, first.out) == (0, ""), first.err
    assert again.err.startswith("report written to b.html, ")
    data = (reporting.path / "a.html").read_bytes()
    assert data == (reporting.path / "b.html").read_bytes()
    assert len(data) < 60_000
    text = data.decode()
    tags = Tags(text)
    assert "svg" in tags.tags
    assert not tags.tags & {"script", "iframe", "img", "link", "object", "image", "a"}
    assert not [name for name in tags.attributes if name.startswith("on") or name == "style"]
    assert tags.addresses == []
    assert "default-src &#39;none&#39;" in text
    assert text.count("&lt;script&gt;alert(1)") >= 4
    assert text.count("<figure") == text.count("<svg") == 7  # there are no copies
    bare = " ".join(re.sub(r"<(svg|style).*?</\1>", "", text, flags=re.DOTALL).split())
    assert "1 in all. By delay: < 10 min (1)." in bare.replace("&lt;", "<")
    assert '<th scope="row" align="left">articles</th><td class="number" align="right">1</td>' in bare


@pytest.mark.parametrize("arguments", [("r.json",), ("--json", "r.data"), ("--json", "-")])
def test_its_json_has_the_same_figures_and_needs_no_library(reporting, monkeypatch, arguments):
    monkeypatch.setattr(page, "_check_libraries", pytest.fail)
    result = reporting.ingest("report", *PERIOD, *arguments)
    assert result.code == 0, result.err
    target = reporting.path / arguments[-1]
    said = json.loads(result.out if arguments[-1] == "-" else target.read_text())
    assert list(said) == KEYS
    assert said["at_a_glance"]["articles"] == {"period": 1, "before": 0}
    assert said["at_a_glance"]["failed_polls"] == {"period": 1, "before": 0}
    assert [row["median_minutes"] for row in said["freshness"]] == [5.0]
    assert {row["outcome"]: row["entries"] for row in said["outcomes"]} == {"archived": 1, "failed": 1}
    assert [(row["outcome"], row["entries"]) for row in said["reasons"]] == [("failed", 1)]
    assert [feed["failures"] for feed in said["feeds_in_trouble"]] == [2]


def test_a_period_without_anything_is_a_page_that_says_so(reporting):
    pytest.importorskip("vl_convert")
    result = reporting.ingest("report", "-", "--since", "2001-01-01", "--until", "2001-01-08")
    assert result.code == 0, result.err
    assert "nothing in this period" in result.out
    assert "<svg" not in result.out


def test_an_archive_without_a_row_has_a_report(reporting):
    pytest.importorskip("vl_convert")
    with Archive(reporting.path / "empty.db", "test"):
        pass
    result = reporting.ingest("report", "-", "--archive", reporting.path / "empty.db")
    assert result.code == 0, result.err
    assert "No feed is in trouble." in result.out


def test_what_it_cannot_write_or_draw_is_one_sentence(reporting, monkeypatch):
    for arguments, code, error in (
        (("report.pdf",), 2, "report.pdf: a report is HTML or JSON"),
        (("news.db", "--json"), 2, "news.db: is the archive and is not written onto"),
        (("config/settings.toml", "--json"), 2, "is a file of the configuration"),
        (("no/such/folder.json",), 1, "no/such/folder.json: cannot be written: No such file"),
        (("a.json", "--since", "2026-03-02", "--until", "2026-03-01"), 2, "is not before --until"),
        (("a.json", "--since", "1000-01-01"), 2, "the period is too long"),
        (("a.json", "--archive", "none.db"), 3, "none.db"),
    ):
        result = reporting.ingest("report", *arguments)
        assert result.code == code, result.err
        assert error in result.err
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = reporting.ingest("report", "a.html")
    assert (result.code, "pip install 'ingest[browse]'" in result.err) == (1, True)
