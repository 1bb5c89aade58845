"""`ingest backfill`: crawls become entries and articles, once, beside a daemon or alone, killed or not."""

import json
import re
import shutil
import signal
import threading
from contextlib import suppress

import pytest

from ingest.backfill.record import ArchiveRecorder
from storage.errors import ArchiveMissing
from tests.command_run import Folder, sentence, until
from tests.crawled_news import PAPER, Crawled, article, articles, text, warc


@pytest.fixture
def archive(folder) -> Folder:
    """A folder with a configuration without feeds."""
    return folder.set_up()


def texts(folder: Folder) -> list[tuple[str, str, str]]:
    return [tuple(row.values()) for row in folder.rows("SELECT url, title, body FROM articles ORDER BY url")]


def outcomes(folder: Folder) -> dict[str, int]:
    return {row["outcome"]: row["n"] for row in folder.rows("SELECT outcome, count(*) AS n FROM entries GROUP BY 1")}


def test_each_page_of_a_crawl_becomes_an_entry_and_articles_are_archived(archive, tmp_path):
    crawl = warc(
        tmp_path / "news.warc.gz",
        *articles(3),
        Crawled(f"{PAPER}/missing", "<html><title>Not found</title><p>No such page.", status=404),
        Crawled(f"{PAPER}/logo.png", b"\x89PNG", content_type="image/png"),
        Crawled(f"{PAPER}/old", "", status=301, headers={"Location": f"{PAPER}/2019/05/report-0"}),
    )
    done = archive.ingest("backfill", crawl)
    assert done.code == 0
    assert done.out.splitlines()[0] == f"{crawl}: 4 pages: 3 archived, 1 failed; 2 other answers"
    first = archive.rows("SELECT * FROM articles ORDER BY url")[0]
    assert (first["url"], first["site"]) == (f"{PAPER}/2019/05/report-0", "paper.example")
    assert text(0)[:100] in first["body"]
    assert archive.column("SELECT fetched_at FROM pages ORDER BY fetched_at")[0] == "2019-05-17T08:30:00Z"
    failed = archive.rows("SELECT reason, url FROM entries WHERE outcome = 'failed'")
    assert failed == [{"reason": "the page answered HTTP 404", "url": f"{PAPER}/missing"}]
    assert archive.ingest("search", text(0).split()[1], "--feed", "backfill").code == 0


def test_a_crawl_that_was_read_is_not_read_again_under_another_name_either(archive, tmp_path):
    crawl = warc(tmp_path / "a.warc.gz", *articles(2))
    archive.ingest("backfill", crawl)
    copied = shutil.copy(crawl, tmp_path / "b.warc.gz")
    again = archive.ingest("backfill", crawl, copied)
    assert again.code == 0
    assert "was read before, 2 pages" in again.out
    assert outcomes(archive) == {"archived": 2}


def test_the_same_records_in_another_file_add_nothing(archive, tmp_path):
    """As in a WACZ of WARCs that were read before."""
    crawled = articles(3)
    archive.ingest("backfill", warc(tmp_path / "a.warc.gz", *crawled))
    again = archive.ingest("backfill", warc(tmp_path / "b.warc", *crawled))
    assert "3 recorded before" in again.out
    assert outcomes(archive) == {"archived": 3}


def test_a_cut_crawl_is_read_up_to_the_damage_and_on_when_it_is_all_there(archive, tmp_path):
    crawl = warc(tmp_path / "a.warc.gz", *articles(4))
    complete = crawl.read_bytes()
    crawl.write_bytes(complete[:-400])
    cut = archive.ingest("backfill", crawl)
    assert cut.code == 0
    assert "3 pages: 3 archived" in cut.out
    assert "cut" in cut.out
    crawl.write_bytes(complete)
    assert "1 archived" in archive.ingest("backfill", crawl).out
    assert outcomes(archive) == {"archived": 4}


def test_what_is_no_crawl_is_said_in_a_sentence(archive, tmp_path):
    (tmp_path / "notes.txt").write_text("not a crawl")
    assert "notes.txt" in sentence(archive.ingest("backfill", tmp_path / "notes.txt"), code=1)


def test_an_article_of_several_pages_is_one_article_and_redirects_lead_to_its_pages(archive, tmp_path):
    link = f'<link rel="next" href="{PAPER}/long/2">'
    crawl = warc(
        tmp_path / "a.warc.gz",
        article(1, "/long", title="A long report", head=link),
        Crawled(f"{PAPER}/long/2", "", status=302, headers={"Location": "/long?page=2"}),
        article(2, "/long?page=2", title="A long report"),
    )
    archive.ingest("backfill", crawl)
    (long,) = archive.rows("SELECT url, body FROM articles")
    assert long["url"] == f"{PAPER}/long"
    assert text(1)[:100] in long["body"]
    assert text(2)[:100] in long["body"]
    assert outcomes(archive) == {"archived": 1, "known": 1}


@pytest.mark.parametrize("order", [(3, 2, 1), (2, 1, 3), (3, 1, 2)])
def test_an_article_whose_later_pages_come_first_is_one_article(archive, tmp_path, order):
    def numbered(number: int) -> Crawled:
        link = f'<link rel="next" href="?page={number + 1}">' if number < 3 else ""
        return article(number, f"/long?page={number}" if number > 1 else "/long", title="A long report", head=link)

    archive.ingest("backfill", warc(tmp_path / "a.warc.gz", *map(numbered, order)))
    (long,) = archive.rows("SELECT url, body FROM articles")
    assert long["url"] == f"{PAPER}/long"
    places = [long["body"].index(text(number)[:100]) for number in (1, 2, 3)]
    assert places == sorted(places)
    assert outcomes(archive) == {"archived": 1, "known": 2}


def test_a_later_page_of_an_article_that_was_archived_without_it_is_an_article_of_its_own(archive, tmp_path):
    first = article(1, "/long", title="A long report")
    archive.ingest("backfill", warc(tmp_path / "a.warc", first))
    link = '<link rel="next" href="?page=2">'
    later = article(2, "/long?page=2", title="A long report")
    archive.ingest("backfill", warc(tmp_path / "b.warc", later, article(1, "/long", title="A long report", head=link)))
    assert len(archive.rows("SELECT id FROM articles")) == 2
    assert archive.column("SELECT count(*) FROM articles WHERE instr(body, ?)", text(2)[:100]) == [1]


def test_numbered_pages_that_the_first_one_does_not_lead_to_are_articles_of_their_own(archive, tmp_path):
    crawl = warc(tmp_path / "a.warc.gz", article(2, "/report?page=2"), article(1, "/report"))
    archive.ingest("backfill", crawl)
    assert outcomes(archive) == {"archived": 2}


def test_a_run_that_is_killed_goes_on_and_records_each_page_once(archive, tmp_path):
    crawl = warc(tmp_path / "a.warc.gz", *articles(80))
    with archive.start("backfill", crawl) as process:
        until(lambda: recorded(archive) > 0)
        process.kill()
    assert recorded(archive) < 80
    assert archive.ingest("backfill", crawl).code == 0
    assert outcomes(archive) == {"archived": 80}
    assert len({url for url, _, _ in texts(archive)}) == 80
    assert archive.column("SELECT pages FROM crawls") == [80]


def recorded(folder: Folder) -> int:
    with suppress(ArchiveMissing):
        return folder.column("SELECT count(*) FROM entries")[0]
    return 0


def test_a_daemon_records_what_is_read_beside_it(archive, tmp_path):
    crawl = warc(tmp_path / "a.warc.gz", *articles(40))
    with archive.daemon():
        done = archive.ingest("backfill", crawl)
        assert "the daemon (process" in done.err
        assert "40 pages: 40 archived" in done.out
    assert len(texts(archive)) == 40
    alone = Folder(tmp_path / "alone")
    alone.path.mkdir()
    alone.set_up().ingest("backfill", crawl)
    assert texts(alone) == texts(archive)


def test_if_the_daemon_ends_the_command_goes_on_alone(archive, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.daemon.backfill.RESTART_TIMEOUT_S", 0)
    crawl = warc(tmp_path / "a.warc.gz", *articles(70))
    with archive.daemon() as daemon:
        killing = threading.Thread(target=lambda: (until(lambda: recorded(archive) > 0), daemon.end(signal.SIGKILL)))
        killing.start()
        done = archive.ingest("backfill", crawl)
        killing.join()
    assert "70 pages: " in done.out, done.err
    assert outcomes(archive) == {"archived": 70}


def test_a_daemon_that_is_started_again_goes_on_recording(archive, tmp_path):
    crawl = warc(tmp_path / "a.warc.gz", *articles(70))
    with archive.daemon() as daemon, archive.start("backfill", crawl) as process:
        until(lambda: recorded(archive) > 0)
        daemon.end(signal.SIGKILL)
        with archive.daemon():
            out, err = process.communicate(timeout=60)
            assert recorded(archive) == 70  # while the second daemon has the archive
    assert b"70 pages: " in out, err
    assert outcomes(archive) == {"archived": 70}


def test_a_file_that_disappears_ends_its_crawl_and_loses_no_page(archive, tmp_path, monkeypatch):
    crawl = warc(tmp_path / "a.warc.gz", *articles(70))
    kept = shutil.copy(crawl, tmp_path / "kept")
    vanish = threading.Thread(target=lambda: (until(lambda: recorded(archive) > 0), crawl.unlink()))
    vanish.start()
    gone = archive.ingest("backfill", crawl)
    vanish.join()
    assert "cannot be read here" in gone.out
    assert outcomes(archive) == {"archived": recorded(archive)}
    shutil.move(kept, crawl)
    assert archive.ingest("backfill", crawl).code == 0
    assert outcomes(archive) == {"archived": 70}


def test_a_step_of_large_pages_goes_to_the_daemon_in_several_requests(archive, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.backfill.run.MAX_STEP_BYTES", 1000)
    monkeypatch.setattr("ingest.backfill.record.ArchiveRecorder.record", counting := Counting(ArchiveRecorder.record))
    archive.ingest("backfill", warc(tmp_path / "a.warc.gz", *articles(6)))
    assert counting.sizes == [1] * 6
    assert outcomes(archive) == {"archived": 6}


class Counting:
    """Notes how many pages the steps have that a recorder records."""

    def __init__(self, record):
        self.record = record
        self.sizes: list[int] = []

    def __get__(self, recorder, _):
        async def record(step):
            self.sizes.append(len(step.pages))
            return await self.record(recorder, step)

        return record


def test_pages_with_the_same_record_id_are_different_pages(archive, tmp_path):
    first, second = articles(2)
    crawl = warc(tmp_path / "a.warc", first, second)
    ids = re.findall(rb"urn:uuid:[0-9a-f-]+", crawl.read_bytes())
    crawl.write_bytes(crawl.read_bytes().replace(ids[1], ids[0]) * 2)
    assert "2 archived, 2 recorded before" in archive.ingest("backfill", crawl).out


def test_of_a_page_that_the_crawler_has_cut_the_text_is_said_to_be_partial(archive, tmp_path):
    crawl = warc(tmp_path / "a.warc", *articles(1))
    crawl.write_bytes(crawl.read_bytes().replace(b"WARC-Type", b"WARC-Truncated: length\r\nWARC-Type"))
    archive.ingest("backfill", crawl)
    (article,) = archive.rows("SELECT access, access_reason FROM articles")
    assert article["access"] == "partial"
    assert "only the beginning" in article["access_reason"]


def test_what_cannot_be_read_is_counted_by_its_reason(archive, tmp_path):
    saved = tmp_path / "saved"
    saved.mkdir()
    html = str(articles(1)[0].body)
    (saved / "a.html").write_text(f"<!-- saved from url=(0030)https://paper.example/a -->{html}")
    (saved / "b.html.gz").write_bytes(b"\x1f\x8b damaged")
    done = archive.ingest("backfill", saved, "--json").json["crawls"][0]
    assert done["outcomes"] == {"archived": 1}
    assert sum(done["skipped"].values()) == 1


def test_rules_hold_for_crawled_pages(archive, tmp_path):
    (archive.config / "rules.toml").write_text(
        '[[rules]]\nname = "no reports"\naction = "drop"\nurl = ["re:report-1$"]\n'
    )
    done = archive.ingest("backfill", warc(tmp_path / "a.warc.gz", *articles(3)), "--json")
    assert json.loads(done.out)["crawls"][0]["outcomes"] == {"archived": 2, "filtered": 1}


def test_what_rules_have_dropped_is_taken_up_when_the_crawl_is_read_again(archive, tmp_path):
    rules = archive.config / "rules.toml"
    rules.write_text('[[rules]]\nname = "no reports"\naction = "drop"\nurl = ["re:report-[12]$"]\n')
    crawl = warc(tmp_path / "a.warc.gz", *articles(3))
    archive.ingest("backfill", crawl)
    rules.write_text('[[rules]]\nname = "no reports"\naction = "drop"\nurl = ["re:report-1$"]\n')
    assert archive.ingest("rules", "apply", "--json").json["taken_up"] == 0
    again = archive.ingest("backfill", crawl, "--again")
    assert "3 pages: 1 archived, 1 filtered, 1 recorded before" in again.out
    assert outcomes(archive) == {"archived": 2, "filtered": 1}
    assert archive.column("SELECT pages FROM crawls") == [3]
