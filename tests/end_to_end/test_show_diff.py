"""`ingest show --diff`: what changed between two texts of an article."""

import os
import pty

import pytest

from storage.archive import Archive
from tests import builders as make
from tests.command_run import sentence

TEXTS = ("First.\nSecond.\nThird.", "First.\nSecond, mended.\nThird.", "First.\nSecond, mended.\nThird.\nFourth.")


@pytest.fixture
def revised(folder):
    """An archive: article 1 has three texts, article 2 one."""
    folder.set_up()
    with Archive(folder.archive, "now") as archive, archive.transaction():
        for n in (1, 2):
            archive.add_article(make.article(f"https://news.example/{n}", TEXTS[0]), (), make.NOW)
        for n, text in enumerate(TEXTS[1:]):
            archive.revise(1, make.content(text, title="A title" if n else None, content_hash=f"1:{n}"), make.NOW)
    return folder


def test_the_last_two_texts_are_compared(revised):
    result = revised.ingest("show", "1", "--diff")
    assert result.out.splitlines() == [
        "--- text 2 of 3, 2026-03-01T12:00:00Z",
        "+++ text 3 of 3, 2026-03-01T12:00:00Z",
        "  Third.",
        "+ Fourth.",
    ]


@pytest.mark.parametrize("between", ["1", "1:3"])
def test_a_text_is_compared_with_the_last_or_with_the_one_named(revised, between):
    result = revised.ingest("show", "1", "--diff", between)
    assert result.out.splitlines()[2:] == ["  First.", "- Second.", "+ Second, mended.", "  Third.", "+ Fourth."]


def test_as_json_it_names_both_texts(revised):
    result = revised.ingest("show", "1", "--diff", "1:2", "--json").json
    assert result["from"] == {"text": 1, "revision_id": None, "archived_at": "2026-03-01T12:00:00Z", "title": "A title"}
    assert (result["to"]["text"], result["to"]["revision_id"]) == (2, 1)
    assert result["diff"] == [" First.", "-Second.", "+Second, mended.", " Third."]


def test_an_article_without_revisions_gets_one_sentence(revised):
    assert sentence(revised.ingest("show", "2", "--diff"), code=1) == (
        "article 2 has had one text only: there is nothing to compare"
    )


@pytest.mark.parametrize("between", ["0", "4", "1:4", "x", ":", "1:x"])
def test_a_missing_text_is_a_usage_error(revised, between):
    result = revised.ingest("show", "1", "--diff", between)
    assert result.code == 2
    assert "the article's texts are 1 to 3" in result.err


def test_a_text_does_not_differ_from_itself(revised):
    assert len(revised.ingest("show", "1", "--diff", "2:2").out.splitlines()) == 2


def test_on_a_terminal_it_is_coloured(revised):
    main, terminal = pty.openpty()
    with revised.start("show", "1", "--diff", stdout=terminal) as process:
        process.wait(timeout=20)
        os.close(terminal)
        said = os.read(main, 65536).decode()
        os.close(main)
    assert "\x1b[32m+ Fourth." in said
