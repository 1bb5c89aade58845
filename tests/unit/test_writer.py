import asyncio
import gc
import sqlite3
import threading
from contextlib import suppress
from functools import partial

import pytest

from ingest.workers.writer import Writer
from storage.archive import Archive
from storage.errors import ArchiveError, ArchiveGone, ArchiveLocked, ArchiveOverwritten, ArchiveUnwritable
from storage.reader import Reader
from tests import builders as make


@pytest.fixture
async def writer(path):
    writer = Writer(partial(Archive, path, "now"))
    await writer.open()
    yield writer
    with suppress(RuntimeError):  # the test has closed it
        await writer.close()


async def test_a_write_is_on_the_disk_when_it_is_answered(writer, path):
    article_id = await writer(lambda archive: archive.add_article(make.article(), (), make.NOW))
    with Reader(path) as reader:
        assert reader.article(article_id).title == "A title"


async def test_all_writes_come_from_one_thread_that_is_not_the_loops(writer):
    threads = await asyncio.gather(*(writer(lambda _: threading.get_ident()) for _ in range(20)))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


async def test_a_write_that_fails_takes_no_other_with_it(writer, path):
    def fail(archive):
        archive.add_article(make.article("https://news.example/bad"), (), make.NOW)
        raise ValueError("no")

    good = [
        writer(lambda archive, n=n: archive.add_article(make.article(f"https://news.example/{n}"), (), make.NOW))
        for n in range(3)
    ]
    results = await asyncio.gather(good[0], writer(fail), *good[1:], return_exceptions=True)
    assert isinstance(results[1], ValueError)
    with Reader(path) as reader:
        assert sorted(row["url"] for row in reader.article_rows()) == [f"https://news.example/{n}" for n in range(3)]


async def test_a_write_is_done_even_if_nobody_waits_for_it(writer, path):
    task = asyncio.create_task(writer(lambda archive: archive.add_article(make.article(), (), make.NOW)))
    await asyncio.sleep(0)
    task.cancel()
    await writer.close()
    with Reader(path) as reader:
        assert reader.totals()["articles"] == 1


async def test_asyncio_does_not_report_a_failed_write_that_nobody_waits_for(writer):
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    task = asyncio.create_task(writer(lambda _: 1 // 0))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    del task
    await writer.close()
    await asyncio.sleep(0)
    gc.collect()
    assert reported == []


async def test_a_closed_writer_has_done_its_work_and_refuses_more(writer, path):
    waiting = [
        asyncio.ensure_future(writer(lambda archive, n=n: archive.add_article(make.article(str(n)), (), make.NOW)))
        for n in range(50)
    ]
    await asyncio.sleep(0)
    await writer.close()
    assert await asyncio.gather(*waiting) == list(range(1, 51))
    with pytest.raises(RuntimeError, match="closed"):
        await writer(lambda _: None)


def test_a_writer_whose_loop_has_ended_ends_silently(path, monkeypatch):
    faults = []
    monkeypatch.setattr(threading, "excepthook", faults.append)
    may_open = threading.Event()
    writer = Writer(lambda: may_open.wait() and Archive(path, "now"))

    async def interrupt():
        opening = asyncio.create_task(writer.open())
        await asyncio.sleep(0)
        opening.cancel()

    asyncio.run(interrupt())
    may_open.set()
    asyncio.run(writer.close())
    assert faults == []
    assert path.exists()


async def test_an_archive_that_cannot_be_opened_says_so_at_opening(path, writer):
    second = Writer(partial(Archive, path, "now"))
    with pytest.raises(ArchiveLocked):
        await second.open()


async def test_an_error_of_the_archive_reaches_everyone_who_waits_for_failure(writer):
    waiting = asyncio.create_task(writer.failure())
    with pytest.raises(ZeroDivisionError):
        await writer(lambda _: 1 // 0)
    assert not waiting.done()
    await asyncio.gather(writer(lambda archive: archive.db.execute("SELECT x")), return_exceptions=True)
    with pytest.raises(ArchiveError, match="no such column"):
        await waiting


async def test_a_full_disk_fails_every_write_that_waited_and_loses_none_before(writer, path):
    await writer(lambda archive: archive.add_article(make.article("before"), (), make.NOW))
    await writer(
        lambda archive: archive.db.execute("PRAGMA max_page_count = 1")
    )  # SQLite's own stand-in for a full disk
    big = [
        writer(lambda archive, n=n: archive.add_article(make.article(str(n), "text " * 20_000), (), make.NOW))
        for n in range(3)
    ]
    results = await asyncio.gather(*big, return_exceptions=True)
    assert all(isinstance(result, ArchiveUnwritable) and "disk is full; make room" in str(result) for result in results)
    with pytest.raises(ArchiveUnwritable, match="disk is full"):
        await writer.failure()
    with Reader(path) as reader:
        assert [row["url"] for row in reader.article_rows()] == ["before"]


async def test_an_archive_that_is_removed_while_nothing_is_written_ends_the_work(writer, path, monkeypatch):
    monkeypatch.setattr("ingest.workers.writer.CHECK_INTERVAL_S", 0.01)
    await writer(lambda archive: archive.add_article(make.article(), (), make.NOW))
    path.unlink()
    with pytest.raises(ArchiveGone, match="removed or renamed"):
        await writer.unless_failed(asyncio.sleep(3600))
    with pytest.raises(ArchiveGone):
        await writer.close()


async def test_an_archive_that_was_removed_after_the_last_write_is_noticed_at_the_close(writer, path):
    await writer(lambda archive: archive.add_article(make.article(), (), make.NOW))
    path.unlink()
    with pytest.raises(ArchiveGone):
        await writer.close()


async def test_work_beside_a_sound_archive_returns_or_raises_its_own(writer):
    async def fail():
        raise ValueError("no")

    assert await writer.unless_failed(asyncio.sleep(0, "done")) == "done"
    with pytest.raises(ValueError, match="no"):
        await writer.unless_failed(fail())


async def test_a_read_sees_what_has_been_answered_and_waits_for_no_write(writer):
    article_id = await writer(lambda archive: archive.add_article(make.article(), (), make.NOW))
    assert await writer.read(lambda archive: archive.article_url(article_id)) == "https://news.example/a"
    may_end = threading.Event()

    def write_slowly(archive):
        archive.add_article(make.article("https://news.example/b"), (), make.NOW)
        may_end.wait()

    writing = asyncio.create_task(writer(write_slowly))
    assert await writer.read(lambda archive: len(list(archive.article_rows()))) == 1
    may_end.set()
    await writing
    assert await writer.read(lambda archive: len(list(archive.article_rows()))) == 2


async def test_a_read_waits_for_no_search(writer):
    may_end = threading.Event()
    searching = asyncio.create_task(writer.search(lambda archive: may_end.wait(10) and archive.last_seq()))
    assert await writer.read(lambda archive: archive.last_seq()) == 0
    assert not searching.done()
    may_end.set()
    assert await searching == 0


async def test_a_read_sees_the_archive_of_one_instant_and_changes_nothing(writer, path):
    def count_twice(archive):
        before = archive.totals()["articles"]
        with sqlite3.connect(path) as db:
            db.execute("DELETE FROM articles")
        db.close()
        return before, archive.totals()["articles"]

    await writer(lambda archive: archive.add_article(make.article(), (), make.NOW))
    assert await writer.read(count_twice) == (1, 1)
    assert await writer.read(lambda archive: archive.totals()["articles"]) == 0
    with pytest.raises(ArchiveError, match="read-only"):
        await writer.read(lambda archive: list(archive.rows("DELETE FROM articles")))


async def test_a_read_of_a_file_that_was_written_over_says_so(writer, path):
    for n in range(30):
        await writer(lambda archive, n=n: archive.add_article(make.article(str(n), "text " * 200), (), make.NOW))
    await writer(lambda archive: archive.db.execute("SELECT 1"))
    path.write_bytes(b"\xa5" * path.stat().st_size)
    with pytest.raises(ArchiveOverwritten):
        await writer.read(lambda archive: archive.db.execute("SELECT x"))
    with pytest.raises(ArchiveOverwritten):
        await writer.failure()
    with pytest.raises(ArchiveOverwritten):
        await writer.close()


async def test_a_closed_writer_reads_no_more(writer):
    await writer.close()
    with pytest.raises(RuntimeError, match="closed"):
        await writer.read(lambda _: None)


async def test_arguments_that_wait_in_a_row_are_written_at_once(writer):
    runs = []

    def double(_, numbers):
        runs.append(list(numbers))
        return [2 * number for number in numbers]

    begun, go = threading.Event(), threading.Event()
    holding = asyncio.ensure_future(writer(lambda _: begun.set() or go.wait()))
    await asyncio.to_thread(begun.wait)
    waiting = [writer.grouped(double, number) for number in range(3)]
    other = asyncio.ensure_future(writer(lambda _: runs.append("other")))
    await asyncio.sleep(0)
    waiting += [writer.grouped(double, number) for number in range(3, 5)]
    go.set()
    assert await asyncio.gather(*waiting) == [0, 2, 4, 6, 8]
    await asyncio.gather(holding, other)
    assert runs == [[0, 1, 2], "other", [3, 4]]


async def test_an_argument_that_fails_takes_no_other_of_its_group_with_it(writer, path):
    def add(archive, names):
        for name in names:
            archive.add_article(make.article(f"https://news.example/{name}"), (), make.NOW)
            if name == "bad":
                raise ValueError(name)
        return names

    results = await asyncio.gather(*(writer.grouped(add, name) for name in ("a", "bad", "b")), return_exceptions=True)
    assert isinstance(results[1], ValueError)
    with Reader(path) as reader:
        assert sorted(row["url"] for row in reader.article_rows()) == [f"https://news.example/{n}" for n in "ab"]
