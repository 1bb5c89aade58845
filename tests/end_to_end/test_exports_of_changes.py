"""Exports with --changes-after: what has come, changed or gone since."""

import json

from ingest.maintenance.copies import merge, split
from storage.archive import Archive
from storage.content import Copy
from tests import builders as make
from tests.command_run import sentence


def test_an_export_goes_on_where_the_last_one_ended(folder):
    def changed(seq, *words):
        result = folder.ingest("export", "--changes-after", seq, *words)
        assert result.code == 0
        *said, next_ = result.err.splitlines()
        return (
            [(row["id"], row["body"]) for row in result.rows],
            said,
            int(next_.removeprefix("next: --changes-after ")),
        )

    folder.set_up()
    with Archive(folder.archive, "now") as archive, archive.transaction():
        for n in range(1, 5):
            archive.add_article(make.article(f"https://{n}.example/", str(n), site=f"{n}.example"), (), make.NOW)
    assert changed(0) == ([(1, "1"), (2, "2"), (3, "3"), (4, "4")], [], 4)
    assert changed(4, "-q") == ([], [], 4)
    with Archive(folder.archive, "now") as archive, archive.transaction():
        archive.revise(1, make.content("1b"), make.NOW)
        archive.revise(1, make.content("1c"), make.NOW)
        copy_id = merge(2, 3, archive, make.NOW)
        archive.add_copy(make.article("https://5.example/"), Copy(4, "m", 1, adds=False), (), make.NOW)
    gone = ["1 article gone from the selection: 2; --json names all"]
    assert changed(4, "-q") == ([(1, "1c")], gone, 8)
    assert changed(4, "--site", "4.example") == ([], gone, 8)
    assert changed(4, "--tag", "tech") == ([(1, "1c"), (3, "3"), (4, "4")], gone, 8)  # a copy may bring a feed's tag
    with Archive(folder.archive, "now") as archive, archive.transaction():
        split(copy_id, archive, make.NOW)
        archive.forget_articles([4], make.NOW)
    assert changed(8) == ([(2, "2")], [gone[0].replace("2;", "4;")], 10)
    assert changed(0) == ([(1, "1c"), (2, "2"), (3, "3")], [], 10)
    result = folder.ingest("export", "--changes-after", 4, "--json")
    assert json.loads(result.err) == {"articles": 2, "gone": [4], "next": 10}
    words = ("--format", "markdown", "--output", folder.path / "notes", "--json")
    result = folder.ingest("export", "--changes-after", 4, *words)
    assert json.loads(result.err) == {"articles": 2, "gone": [4], "next": 10}
    assert "the archive's last change is 10, and not 11" in sentence(
        folder.ingest("export", "--changes-after", 11), code=2
    )
    words = ("export", "--changes-after", "1", "--newest", "1")
    assert "--newest would leave out articles" in sentence(folder.ingest(*words), code=2)
    assert [row["id"] for row in folder.ingest("export", "--newest", "2").rows] == [2, 3]


def test_an_article_whose_new_text_a_filter_leaves_out_is_gone_if_it_may_have_been_exported(folder):
    folder.set_up()
    with Archive(folder.archive, "now") as archive, archive.transaction():
        for n in range(1, 4):
            site = f"{n}.example"
            archive.add_article(make.article(f"https://{site}/", "Five words are in it.", site=site), (), make.NOW)
    filters = ("--min-words", 3, "--site", "1.example", "--site", "2.example")
    path = folder.path / "out"
    to_path = ("--format", "markdown", "--output", path)
    assert folder.ingest("export", *filters, *to_path).code == 0
    assert len(list(path.rglob("*.md"))) == 2
    with Archive(folder.archive, "now") as archive, archive.transaction():
        for n in (1, 3):
            archive.revise(n, make.content("Short now.", words=2), make.NOW)
        archive.add_article(make.article("https://1.example/b", "New.", words=1, site="1.example"), (), make.NOW)
    result = folder.ingest("export", *filters, "--changes-after", 3)
    assert (result.rows, result.err.splitlines()[0]) == ([], "1 article gone from the selection: 1; --json names all")
    assert folder.ingest("export", *filters, *to_path, "--changes-after", 3).code == 0
    assert [file.name[:8] for file in path.rglob("*.md")] == ["00000002"]
