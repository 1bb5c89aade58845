"""Each command that reads the archive or polls, in text and in JSON, on an archive that a real run has made."""

import csv
import json
import os
import re
import signal
import sys

import pytest

import storage.archive
from storage.reader import Reader
from tests.builders import NOW, article
from tests.builders_feeds import item, rss
from tests.command_run import ENGLISH, FRENCH, ingest_here, read_lines

# now


def test_now_says_what_it_did_and_that_single_feeds_may_fail(archived, paper):
    result = archived.first_run
    polled, entries, failed, archive = result.out.splitlines()
    assert polled == "3 feeds polled: 2 parsed, 1 failed; 8 new entries"
    assert sorted(entries.removeprefix("entries: ").split(", ")) == (
        "1 failed,1 known,1 no text,1 pending,1 refused,3 archived".split(",")
    )
    assert failed == f"failed: {paper.url('/dead.xml')}: HTTP 404"
    assert archive == f"archive: {archived.archive}"
    assert result.code == 0


def test_without_a_terminal_now_prints_a_line_for_each_feed_on_stderr(archived, paper):
    lines = archived.first_run.err.splitlines()
    assert sorted(lines) == sorted(
        [
            f"{paper.url('/feed.xml')}: 6 new",
            f"{paper.url('/feed.json')}: 2 new",
            f"{paper.url('/dead.xml')}: failed (HTTP 404)",
        ]
    )


def test_a_second_run_finds_nothing_new(site, folder):
    site.page("/one.xml", rss(item(1)), etag='"1"')
    folder.set_up(site.url("/one.xml"))
    assert folder.ingest("now", "-q").out.startswith("1 feed polled: 1 parsed; 1 new entry\n")
    result = folder.ingest("now", "--json", "-q")
    assert result.json == {
        "polls": {"not_modified": 1},
        "entries_new": 0,
        "entries": {},
        "failures": {},
        "archive": str(folder.archive),
    }
    assert (result.code, result.err) == (0, "")


def test_without_a_terminal_a_feed_without_news_has_a_line_for_verbose_only(site, folder):
    site.page("/one.xml", rss(item(1)))
    folder.set_up(site.url("/one.xml"))
    folder.ingest("now", "-q")
    assert folder.ingest("now").err == ""
    assert folder.ingest("now", "-v").err == f"{site.url('/one.xml')}: same body\n"


def test_when_every_feed_fails_nothing_could_be_done_and_one_cause_is_said_once(site, folder):
    dead = [site.url(f"/dead{number}.xml") for number in range(5)]
    folder.set_up(*dead)
    result = folder.ingest("now")
    assert (result.code, result.err) == (1, "5 feeds: failed (HTTP 404)\n")
    assert result.out.splitlines()[1:-1] == ["failed: 5 feeds: HTTP 404"]
    assert all(folder.ingest("now", "-v").out.count(f"failed: {url}: HTTP 404\n") == 1 for url in dead)
    assert set(folder.ingest("now", "-q", "--json").json["failures"]) == set(dead)


def test_a_machine_without_a_network_is_asked_whether_it_is_online(folder):
    folder.set_up(*(f"http://feeds{number}.nowhere.invalid/" for number in range(4)))
    lines = folder.ingest("now").out.splitlines()
    assert lines[1:-1] == [
        "failed: 4 feeds: the name … cannot be resolved",
        "no feed could be reached: is this machine online?",
    ]


def test_a_chosen_feed_alone_is_polled(site, folder):
    site.page("/one.xml", rss(item(1)))
    folder.set_up(site.url("/one.xml"), site.url("/dead.xml"))
    before = len(site.requests)
    result = folder.ingest("now", "--feed", site.url("/one.xml"), "-q")
    assert result.out.startswith("1 feed polled: 1 parsed")
    assert {request.path for request in site.requests[before:]} == {"/one.xml"}


def test_options_stand_before_or_after_the_command(archived):
    words = ("--config", archived.config, "--archive", archived.archive, "--json")
    before = ingest_here(*map(str, words), "status")
    after = ingest_here("status", *map(str, words))
    assert before.json["totals"]["articles"] == after.json["totals"]["articles"] == 3
    listed = [archived.ingest(*order).json for order in (("--json", "feeds", "list"), ("feeds", "--json", "list"))]
    assert listed[0] == listed[1] == archived.ingest("feeds", "list", "--json").json


# status, search, show


def test_status_shows_feeds_waits_and_totals(just_archived, paper):
    out = just_archived.ingest("status").out
    lines = {line.partition("  ")[0]: line for line in out.splitlines()}
    assert re.search(r"ok +█ +\d +1 +\d+ (s|min) ago +in \d+ (h|min)$", lines["News"])
    assert re.search(r"failing +· +0 +0 +in \d+ (h|min) +HTTP 404$", lines[paper.url("/dead.xml")])
    assert re.search(r"waiting: 1 entry, next in \d min: the page answered HTTP 503", out)
    assert "entries: 8 (3 archived, " in out
    assert "articles: 3, copies: 0, revisions: 0" in out
    assert out.endswith("MB; no writer\n")


def test_status_in_json_has_the_archives_own_words(archived, paper):
    status = archived.ingest("status", "--json").json
    keys = {
        "archive",
        "writer",
        "totals",
        "rechecks_due",
        "feeds",
        "waiting",
        "alerts",
        "crawls",
        "gaps",
        "hooks",
        "jobs",
    }
    assert set(status) == keys
    assert status["totals"]["outcomes"]["archived"] == 3
    feed = next(feed for feed in status["feeds"] if feed["url"] == paper.url("/dead.xml"))
    assert (feed["state"], feed["last_error"]) == ("failing", "HTTP 404")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", feed["due_at"])


@pytest.mark.parametrize(
    "query", ["ete forets", "ÉTÉ", '"été des forêts"', "foret*", "title:forêts", "été NOT orchard"]
)
def test_search_folds_accents_and_case(archived, query):
    assert [row["title"] for row in archived.ingest("search", "--json", query).rows] == [FRENCH]


@pytest.mark.parametrize(
    "query",
    ["", " ", '"', "*", "AND", "NEAR(", "title:", "no:such", "-", "l'été d", "c++", "(", "a\tb", "^", "{x}:y", "🙂"],
)
def test_no_query_is_too_odd(archived, query):
    assert archived.ingest("search", "--", query).code == 0


def test_search_shows_where_the_words_stand(archived):
    result = archived.ingest("search", "orchard", "gate")
    first, second = result.out.splitlines()
    assert re.fullmatch(rf" +\d  \d{{4}}-\d\d-\d\d  {ENGLISH}  \[127\.0\.0\.1\]", first)
    assert "[orchard]" in second


def test_search_that_finds_nothing_says_so_unless_quiet(archived):
    assert archived.ingest("search", "zyzzyva").err == "nothing found\n"
    assert archived.ingest("search", "zyzzyva", "-q").err == ""


def test_show_takes_an_id_or_any_address_of_the_article(archived, paper):
    by_url = archived.ingest("show", "--json", paper.url("/a?utm_medium=mail#top")).json
    assert by_url == archived.ingest("show", "--json", by_url["id"]).json
    assert (by_url["title"], by_url["url"]) == (ENGLISH, paper.url("/a"))
    text = archived.ingest("show", by_url["id"], "--plain").out
    assert text.startswith(f"{ENGLISH}\n\n")
    assert text.endswith(f"\n\n{by_url['body']}\n")


@pytest.mark.parametrize("which", ["0", "999", "9" * 30, "-1", "nonsense", "http://nowhere.example/a", "٣"])
def test_show_says_when_there_is_no_such_article(archived, which):
    result = archived.ingest("show", "--", which)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"ingest: {which}: no such article")


# explain


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/a", "archived"),
        ("/broken", "pending: the page answered HTTP 503, tried 1 time, next in "),
        ("/gone", "failed: the page answered HTTP 410"),
        ("/empty", "no_text"),
        ("/private", "refused"),
    ],
)
def test_explain_shows_the_outcome_of_an_entry(archived, paper, path, outcome):
    result = archived.ingest("explain", paper.url(path))
    assert re.search(rf"^outcome +{re.escape(outcome)}", result.out, re.MULTILINE)
    assert result.code == 0
    entry = archived.ingest("explain", paper.url(path), "--json").json["entries"][0]
    assert entry["outcome"] == outcome.partition(":")[0]


def test_explain_finds_an_entry_under_the_other_scheme_and_with_a_slash(archived, paper):
    failed = archived.rows("SELECT url FROM entries WHERE article_id IS NULL")[0]["url"]
    result = archived.ingest("explain", failed.replace("http://", "https://") + "/")
    assert "outcome" in result.out


def test_explain_shows_every_entry_of_an_article_and_how_it_was_known(archived, paper):
    result = archived.ingest("explain", paper.url("/a?utm_campaign=x"))
    assert "known: this address is archived" in result.out
    assert "archived" in result.out
    assert f"identity    {paper.url('/a')}" in result.out
    assert len(archived.ingest("explain", paper.url("/a"), "--json").json["entries"]) == 2


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_explain_of_an_address_nobody_announced_is_nothing_done(archived, options):
    result = archived.ingest("explain", "http://nowhere.example/a", *options)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("ingest: http://nowhere.example/a: no feed has announced it")


# changes, export


def test_changes_go_on_from_a_cursor(archived):
    rows = archived.ingest("changes").rows
    assert [row["seq"] for row in rows] == [1, 2, 3]
    assert [row["record"]["id"] for row in rows] == [row["article_id"] for row in rows]
    assert {row["kind"] for row in rows} == {"article"}
    assert archived.ingest("changes", "--after", 2).rows == rows[2:]
    assert archived.ingest("changes", "--after", 3).out == ""


def test_a_follower_that_is_killed_and_resumed_sees_each_change_once(folder):
    seen: list[int] = []
    with storage.archive.Archive(folder.archive, "test") as archive:
        number = 0
        for count in (3, 40, 7):
            with folder.start("changes", "--follow", "--after", seen[-1] if seen else 0) as follower:
                for _ in range(count):
                    number += 1
                    with archive.transaction():
                        archive.add_article(article(f"https://news.example/{number}", f"Text {number}"), (), NOW)
                while len(seen) < number:
                    seen += [json.loads(line)["seq"] for line in read_lines(follower, 1)]
                follower.send_signal(signal.SIGKILL)
    assert seen == list(range(1, 51))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_follower_that_is_ended_says_where_to_go_on(archived, number, code):
    with archived.start("changes", "--follow") as follower:
        read_lines(follower, 3)
        follower.send_signal(number)
        assert follower.wait(timeout=10) == code
        assert follower.stderr.read() == b"ended: go on with --after 3\n"


def articles(archived):
    with Reader(archived.archive) as reader:
        return list(reader.article_rows())


def test_exported_json_lines_are_the_articles(archived):
    assert archived.ingest("export").rows == articles(archived)
    last = articles(archived)[-1]
    assert archived.ingest("export", "--after", last["id"] - 1).rows == [last]
    for since in ("2001-01-01", "7d", "yesterday", "2001-01-01T12:00+02:00"):
        assert archived.ingest("export", "--archived-since", since).rows == articles(archived)
    assert archived.ingest("export", "--archived-since", "2999-01-01").out == ""


def test_exported_csv_reads_back_with_its_paragraphs(archived, tmp_path):
    path = tmp_path / "out.csv"
    result = archived.ingest("export", "--format", "csv", "--output", path)
    assert (result.code, result.out, result.err) == (0, "", "")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["title"], row["body"]) for row in rows] == [(a["title"], a["body"]) for a in articles(archived)]
    assert archived.ingest("export", "--format", "csv").out == path.read_bytes().decode()


def test_exported_text_is_the_title_and_then_a_paragraph_a_line(archived, tmp_path):
    for _ in range(2):  # the second replaces the first
        result = archived.ingest("export", "--format", "txt", "--output", tmp_path / "deep" / "out")
        assert (result.code, result.out) == (0, "")
    assert result.err == f"3 articles written to {tmp_path / 'deep' / 'out'}\n"
    files = sorted((tmp_path / "deep" / "out").iterdir())
    assert [file.read_bytes().decode() for file in files] == [f"{a['title']}\n{a['body']}" for a in articles(archived)]
    assert "l-ete-des-forets.txt" in {file.name.partition("-")[2] for file in files}


def test_a_reader_that_goes_away_is_no_error(archived):
    with archived.start("export") as export:
        export.stdout.close()
        assert export.wait(timeout=20) == 0
        assert export.stderr.read() == b""


def test_output_is_utf_8_in_every_locale(archived):
    environment = os.environ | {
        "LC_ALL": "C",
        "PYTHONIOENCODING": "ascii",
        "PYTHONPATH": str(archived.config.parents[0]),
    }
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    assert FRENCH in archived.run("search", "forets", env=environment).out
