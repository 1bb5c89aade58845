"""Files that commands write: complete or not at all, and never onto the archive or the configuration."""

import csv
import io
import os
import stat
import threading

import pytest

import storage.exports.jsonl
from storage.archive import Archive
from tests import builders as make
from tests.command_run import sentence


@pytest.fixture
def filled(folder):
    """An archive of two articles, a configuration, and a folder `out`."""
    folder.set_up("http://a.example/f")
    with Archive(folder.archive, "now") as archive, archive.transaction():
        archive.add_article(
            make.article("https://one.example/a", title="=cmd|' /C calc'!A0", body="-1\n+2"), (), make.NOW
        )
        archive.add_article(make.article("https://two.example/b", title="Simple", site="two.example"), (), make.NOW)
    (folder.path / "out").mkdir()
    return folder


@pytest.fixture
def out(filled):
    return filled.path / "out"


def names(folder):
    return {file.name for file in folder.iterdir()}


def names_of(file, out):
    """Other names of the file, as a user may come by them."""
    (out / "link").symlink_to(file)
    os.link(file, out / "second")
    fd = os.open(file, os.O_RDWR)
    yield from (file, out / "link", out / "second", out / ".." / "out" / "link", f"/dev/fd/{fd}", f"/proc/self/fd/{fd}")
    os.close(fd)


@pytest.mark.parametrize(
    "name",
    ["news.db", "news.db-lock", "news.db-hook-index", "config/feeds.toml", "config/settings.toml", "config/rules.toml"],
)
def test_no_command_writes_onto_the_archive_or_the_configuration_by_any_name(filled, out, name):
    file = filled.path / name
    (filled.config / "rules.toml").touch()
    (filled.path / "news.db-hook-index").touch()
    before = file.read_bytes()
    for path in names_of(file, out):
        for words in (["export"], ["export", "--format", "csv"], ["feeds", "export"]):
            assert f"{path}: is a" in sentence(filled.ingest(*words, "--output", path), code=2).replace(
                "is the a", "is a"
            )
        assert "name another" in sentence(filled.ingest("backup", path), code=2)
        assert sentence(filled.ingest("export", "--format", "txt", "--output", path), code=2)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["news.db-wal", "NEWS.DB-WAL", "news.db-journal", "news.db-control", "news.db-hook-x.y", "link"]
)
def test_what_would_become_a_file_of_the_archive_is_refused_too(filled, name):
    (filled.path / "link").symlink_to("news.db-shm")
    for words in (["export", "--output"], ["backup"], ["feeds", "export", "--output"]):
        result = sentence(filled.ingest(*words, filled.path / name), code=2)
        assert "is a file of the archive's and is not written onto" in result
    assert names(filled.path) == {"config", "news.db", "news.db-lock", "out", "link"}


def test_another_archive_than_the_one_named_is_not_written_onto_either(filled, out):
    other = out / "copy.db"
    filled.ingest("backup", other)
    before = filled.archive.read_bytes()
    (out / "copy.db-lock").touch()
    for words in (["export"], ["feeds", "export"]):
        result = filled.ingest("--archive", other, *words, "--output", filled.archive)
        assert "is an archive and is not written onto" in sentence(result, code=2)
        result = filled.ingest(*words, "--output", out / "copy.db-lock")
        assert "is a file of an archive's and is not written onto" in sentence(result, code=2)
    assert filled.archive.read_bytes() == before


def test_a_backup_does_not_grow_in_the_archive(filled):
    archive = filled.archive.rename(filled.path / "copy.db.part")
    before = archive.read_bytes()
    result = filled.ingest("backup", filled.path / "copy.db", "--archive", archive)
    assert "copy.db.part: is the archive" in sentence(result, code=2)
    archive.rename(filled.archive)
    archive.symlink_to(filled.config / "feeds.toml")
    assert filled.ingest("backup", filled.path / "copy.db").code != 0
    assert filled.archive.read_bytes() == before
    assert b"a.example" in archive.read_bytes()


def test_an_export_that_fails_leaves_the_old_file_and_no_other(filled, out, monkeypatch):
    path = out / "articles.jsonl"
    path.write_text("earlier")

    def fail(_, file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.exports.jsonl, "write", fail)
    assert "No space left on device; name another" in sentence(filled.ingest("export", "--output", path), code=1)
    assert path.read_text() == "earlier"
    assert names(out) == {"articles.jsonl"}


def test_a_file_that_is_there_keeps_its_rights_and_a_link_to_it_leads_on(filled, out):
    path, link = out / "articles.jsonl", out / "link"
    path.touch(0o640)
    path.chmod(0o640)
    link.symlink_to(path)
    assert filled.ingest("export", "--output", link).code == 0
    assert link.is_symlink()
    assert path.read_text() == filled.ingest("export").out == filled.ingest("export", "--output", "-").out
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert filled.ingest("feeds", "export", "--output", "-").out == filled.ingest("feeds", "export").out
    assert names(out) == {"articles.jsonl", "link"}


def test_a_pipe_is_written_through_and_stays(filled, out):
    pipe = out / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    assert filled.ingest("export", "--output", pipe).code == 0
    reader.join()
    assert read == [filled.ingest("export").out]
    assert pipe.is_fifo()
    assert filled.run("export", "--output", "/dev/stdout").out == read[0]


def test_a_file_that_may_not_be_written_is_not_replaced(powerless):
    folder, options = powerless
    Archive(folder.archive, "now").close()
    path = folder.path / "out.jsonl"
    path.touch(0o444)
    assert "Permission denied" in sentence(folder.run("export", "--output", path, **options), code=1)


def test_a_changed_headline_leaves_one_file_of_the_article_and_strangers_alone(filled, out):
    strangers = {"00000001.txt", "00000001-a.txt.bak", "000000001-a.txt", "00000001-A.txt", "00000003-other.txt"}
    for name in strangers:
        (out / name).touch()
    (out / "00000001-folder.txt").mkdir()
    assert filled.ingest("export", "--format", "txt", "--output", out).code == 0
    assert "00000001-cmd-c-calc-a0.txt" in names(out)
    with Archive(filled.archive, "now") as archive, archive.transaction():
        archive.revise(1, make.content("New.", title="New headline", content_hash="1:new"), make.NOW)
    assert filled.ingest("export", "--format", "txt", "--output", out).code == 0
    written = {"00000001-new-headline.txt", "00000002-simple.txt"}
    assert names(out) == written | strangers | {"00000001-folder.txt"}
    assert (out / "00000001-new-headline.txt").read_text() == "New headline\nNew."
    filled.ingest("merge", "1", "2")
    assert filled.ingest("export", "--format", "txt", "--output", out).code == 0
    assert names(out) == {"00000001-new-headline.txt", "00000001-folder.txt"} | strangers


def test_an_archive_that_is_named_like_an_articles_file_stays(filled, out):
    archive = filled.archive.rename(out / "00000002-old.txt")
    before = archive.read_bytes()
    result = filled.ingest("export", "--format", "txt", "--output", out, "--archive", archive)
    assert "is the archive" in sentence(result, code=2)
    assert archive.read_bytes() == before


def test_cells_that_a_spreadsheet_would_run_are_defused_unless_they_are_asked_for(filled):
    def cells(*words):
        rows = csv.DictReader(io.StringIO(filled.ingest("export", "--format", "csv", *words).out, newline=""))
        return [(row["title"], row["body"], row["words"]) for row in rows]

    assert cells()[0] == ("'=cmd|' /C calc'!A0", "'-1\n+2", "4")
    assert cells("--raw")[0] == ("=cmd|' /C calc'!A0", "-1\n+2", "4")
    assert cells()[1] == cells("--raw")[1]


def test_a_site_is_named_as_its_user_knows_it_and_one_that_is_not_there_is_named(filled, out):
    for site in ("WWW.two.example", "https://two.example/feed"):
        assert [row["id"] for row in filled.ingest("export", "--site", site).rows] == [2]
    for words in (["export"], ["reclean"]):
        assert "has no article of this site" in sentence(filled.ingest(*words, "--site", "no-such.example"), code=1)
    result = filled.ingest("export", "--site", "too.example", "--output", out / "x")
    said = "too.example: the archive has no article of this site; did you mean two.example"
    assert sentence(result, code=1).startswith(said)
    assert names(out) == set()
