"""What goes with a forgotten article, and what is said of it."""

import pytest

from storage.archive import Archive
from storage.content import Copy
from storage.records import Outcome
from tests import builders as make
from tests.command_run import sentence
from tests.forgetting import WORD, add, counts, ingest, is_sound


def test_the_article_its_page_and_its_entrys_text_are_gone_and_the_rest_stays(forgotten, gazette, run):
    assert is_sound(run)
    assert [row["id"] for row in run.rows("SELECT id FROM articles")] == [2]
    assert counts(run, "pages", "fingerprints", "aliases WHERE article_id = 1", "shingles WHERE article_id = 1") == [
        1, 1, 0, 0
    ]  # fmt: skip
    gone = run.row("SELECT * FROM entries WHERE id = 1")
    assert (gone["outcome"], gone["article_id"], gone["guid"], gone["url"]) == (
        "refused",
        None,
        "g1",
        gazette.url("/1"),
    )
    assert [gone[name] for name in ("title", "authors", "summary")] == [None, [], None]
    assert ingest(run, "search", WORD).out == ""
    assert "Two" in ingest(run, "search", "orchard").out


def test_the_change_log_says_that_it_went(forgotten, run):
    changes = ingest(run, "changes").rows
    assert [(c["kind"], c["id"], c["article_id"], c["record"] is None) for c in changes] == [
        ("article", 1, 1, True), ("article", 2, 2, False), ("forgotten", 1, 1, True)
    ]  # fmt: skip


def test_explain_says_when_and_other_commands_say_that(forgotten, gazette, run):
    explained = ingest(run, "explain", gazette.url("/1"))
    day = run.column("SELECT substr(forgotten_at, 1, 10) FROM tombstones")[0]
    assert f"outcome     refused: forgotten {day} by `ingest forget`\n" in explained.out
    assert f"forgotten   {day}T" in explained.out
    assert "with article 1\n" in explained.out
    assert ingest(run, "explain", gazette.url("/1"), "--json").json["tombstone"]["article_id"] == 1
    for words in (("show", 1), ("show", gazette.url("/1")), ("merge", 2, 1), ("merge", 1, 2)):
        assert f"forgotten {day} by `ingest forget`" in sentence(ingest(run, *words), code=1)
    assert "forgotten: 1\n" in ingest(run, "status").out
    assert (
        ingest(run, "forget", gazette.url("/1")).out
        == f"{gazette.url('/1')}: forgotten {day} by `ingest forget` before\n"
    )


def test_a_dry_run_shows_what_would_go_and_writes_nothing(to_forget, gazette, run):
    before = run.path.read_bytes()
    result = ingest(run, "forget", "--dry-run", gazette.url("/1"))
    assert result.out == f"would forget {gazette.url('/1')} ({WORD} in the title): 1 article, 1 page, 1 entry\n"
    row = ingest(run, "forget", "--dry-run", "--json", gazette.url("/1")).json
    assert (row["article_ids"], row["pages"], row["dry_run"]) == ([1], 1, True)
    assert run.path.read_bytes() == before


def test_nothing_goes_if_one_of_the_addresses_is_not_known(to_forget, gazette, run):
    said = sentence(ingest(run, "forget", gazette.url("/1"), gazette.url("/nowhere")), code=1)
    assert "/nowhere: no article has this address" in said
    assert counts(run, "articles", "tombstones") == [2, 0]


def test_a_page_that_several_articles_share_is_said_with_their_addresses(to_forget, gazette, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.add_entries(1, [make.entry(n, gazette.url(f"/live#{n}")) for n in ("a", "b")], run.now_at)
    said = sentence(ingest(run, "forget", gazette.url("/live")), code=1)
    assert said.endswith(f"name one of them: {gazette.url('/live#a')}, {gazette.url('/live#b')}")
    assert ingest(run, "forget", gazette.url("/live#a")).out.endswith(": 1 entry\n")
    explained = ingest(run, "explain", gazette.url("/live#a")).out
    assert (explained.count("\nentry "), explained.count("\nforgotten ")) == (1, 1)
    assert "forgotten" not in ingest(run, "explain", gazette.url("/live#b")).out


def test_a_page_that_several_articles_share_is_none_of_them_though_it_is_an_alias_of_one(to_forget, gazette, run):
    """Once it stood alone in its document, an entry led there."""
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.add_entries(1, [make.entry(n, gazette.url(f"/live#{n}")) for n in ("a", "b")], run.now_at)
        first = archive.add_article(make.article(gazette.url("/live#a"), "A text."), [], run.now_at)
        archive.settle(3, Outcome.ARCHIVED, article_id=first)
        archive.add_aliases(first, [f"{gazette.host}/live#a", f"{gazette.host}/live"])
    said = sentence(ingest(run, "forget", gazette.url("/live")), code=1)
    assert said.endswith(f"name one of them: {gazette.url('/live#a')}, {gazette.url('/live#b')}")
    assert ingest(run, "forget", gazette.url("/live#b")).code == 0
    assert ingest(run, "forget", gazette.url("/live")).out.endswith(": 1 article, 1 entry\n")


def test_exported_files_of_it_are_removed(to_forget, gazette, run, tmp_path):
    ingest(run, "export", "--format", "txt", "--output", tmp_path / "txt")
    ingest(run, "forget", gazette.url("/1"))
    ingest(run, "export", "--format", "txt", "--output", tmp_path / "txt")
    assert [file.name for file in (tmp_path / "txt").iterdir()] == ["00000002-two.txt"]


def test_who_follows_by_its_author_learns_that_it_went_though_no_article_has_the_author_now(
    to_forget, gazette, run, tmp_path
):
    by_author = ("--author", f"{WORD} Smith")
    export = ("export", "--format", "txt", "--output", tmp_path / "txt", *by_author)
    assert (ingest(run, *export).code, len(list((tmp_path / "txt").iterdir()))) == (0, 1)
    assert [c["seq"] for c in ingest(run, "changes", *by_author).rows] == [1]
    ingest(run, "forget", gazette.url("/1"))
    result = ingest(run, "changes", "--after", 1, *by_author)
    assert (result.code, [(c["kind"], c["article_id"]) for c in result.rows]) == (0, [("forgotten", 1)])
    assert "no article by this author" in result.err
    assert (ingest(run, *export).code, list((tmp_path / "txt").iterdir())) == (0, [])
    assert "no article by this author" in sentence(ingest(run, "search", *by_author), code=1)


# copies


@pytest.fixture
def tied(run):
    """Article 1 has a revision, a copy, and article 2 merged into it; article 3 was merged and split off again."""
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.subscribe([make.feed()], make.NOW)
        for n in (1, 2, 3):
            add(archive, n)
        archive.revise(1, make.article("", f"{WORD}, later.", title=WORD), make.NOW, pages=[make.page(b"later")])
        archive.merge(2, Copy(1, "by hand", 1, adds=True), make.NOW)
        archive.merge(3, Copy(1, "by hand", 1, adds=True), make.NOW)
        archive.split(archive.copy(2), 3, [], make.NOW, reason="split off by hand")
        copy = make.article("https://other.example/1", f"{WORD}, copied.", title=WORD)
        copy_id = archive.add_copy(copy, Copy(1, "near 1", 1, adds=True), [make.page(b"copied")], make.NOW)
        archive.add_aliases(1, ["other.example/1"], copy_id)
    return run


@pytest.mark.parametrize("url", ["news.example/1", "news.example/2", "other.example/1"])
def test_its_copies_and_what_was_merged_into_it_go_with_it(tied, url):
    result = ingest(tied, "forget", f"https://{url}", "--json")
    assert result.json == {
        "url": f"https://{url}", "article_ids": [1, 2], "articles": 2, "revisions": 1, "copies": 3, "pages": 4,
        "entries": 2, "stays": [{"id": 3, "url": "https://news.example/3"}], "already": False, "dry_run": False,
    }  # fmt: skip
    assert counts(tied, "articles", "copies", "revisions", "pages", "revision_pages", "copy_pages") == [
        1,
        0,
        0,
        1,
        0,
        0,
    ]
    assert tied.column("SELECT key FROM tombstone_keys WHERE key LIKE '%/%' ORDER BY key") == [
        "news.example/1", "news.example/2", "other.example/1"
    ]  # fmt: skip
    assert [(c["kind"], c["id"]) for c in ingest(tied, "changes").rows][-2:] == [("forgotten", 1), ("forgotten", 2)]
    assert "its article was forgotten" in sentence(ingest(tied, "split", 3), code=1)
    assert is_sound(tied)


def test_an_article_that_was_split_off_goes_by_itself(tied):
    result = ingest(tied, "forget", "https://news.example/3")
    assert "  article 1 stays, which was split off: https://news.example/1\n" in result.out
    assert counts(tied, "current_articles", "copies", "articles") == [1, 2, 2]
    assert is_sound(tied)
