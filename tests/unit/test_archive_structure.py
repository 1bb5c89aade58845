"""The archive keeps Markdown, access, media and raw pages of every text, and gives them on."""

from dataclasses import replace
from datetime import timedelta

import pytest
import zstandard

from ingest.pipeline.fetched import Fetched
from ingest.pipeline.record import decide_and_write, split_off
from ingest.workers.tasks import ExtractedPage
from storage.content import Copy
from storage.reader import Reader
from storage.records import Media, Outcome
from tests import builders as make

LATER = make.NOW + timedelta(hours=1)
PICTURE = Media("picture", "https://news.example/a.jpg", "page", alt="A bridge", caption="The bridge.", position=1)
SOUND = Media("audio", "https://news.example/a.mp3", "feed", type="audio/mpeg", length_bytes=9)
MARKED = {"markdown": "*First* paragraph.\n", "access": "metered", "access_reason": "content_tier: metered"}
COLUMNS = ", ".join(MARKED)


@pytest.fixture
def reader(archive, path):
    with Reader(path) as reader:
        yield reader


def page(text, **fields):
    return make.page(zstandard.compress(text.encode()), **fields)


def texts(pages):
    return [each.html.decode() for each in pages]


def add_copy(archive, article_id, url="https://other.example/a", *, body="Copied."):
    content = make.article(url, body, site="other.example", media=(PICTURE, SOUND), **MARKED)
    pages = [page("one", headers={"etag": '"c"'}), page("two")]
    return archive.add_copy(content, Copy(article_id, "test 1", 1, adds=False), pages, make.NOW)


def test_an_article_is_stored_with_markdown_access_and_media(archive, reader):
    article_id = archive.add_article(make.article(media=(PICTURE, SOUND), **MARKED), (), make.NOW)
    assert reader.row(f"SELECT {COLUMNS} FROM articles") == MARKED
    article = reader.article_row(article_id)
    assert {name: article[name] for name in MARKED} == MARKED
    assert article["media"] == [
        {
            "kind": "picture", "url": "https://news.example/a.jpg", "source": "page", "type": None,
            "length_bytes": None, "alt": "A bridge", "caption": "The bridge.", "credit": None, "position": 1,
        },
        {
            "kind": "audio", "url": "https://news.example/a.mp3", "source": "feed", "type": "audio/mpeg",
            "length_bytes": 9, "alt": None, "caption": None, "credit": None, "position": None,
        },
    ]  # fmt: skip
    assert archive.media(article_id) == [PICTURE, SOUND]


def test_a_revision_has_its_own_markdown_access_media_and_cause(archive, reader):
    article_id = archive.add_article(make.article(media=(PICTURE,), **MARKED), (), make.NOW)
    free = {"markdown": "Second.\n", "access": "free", "access_reason": None}
    archive.revise(article_id, make.content("Second.", media=(SOUND,), content_hash="1:2", **free), LATER)
    archive.revise(article_id, make.content("Third.", content_hash="1:3"), LATER, cause="reclean")
    rows = list(reader.rows(f"SELECT {COLUMNS}, cause FROM revisions ORDER BY id"))
    assert rows == [free | {"cause": "edit"}, dict.fromkeys(MARKED) | {"cause": "reclean"}]
    article = reader.article_row(article_id)
    assert {name: article[name] for name in MARKED} == dict.fromkeys(MARKED)
    assert article["media"] == []
    assert [revision["cause"] for revision in article["revisions"]] == ["edit", "reclean"]
    assert [change["cause"] for change in reader.change_rows(after=0)] == [None, "edit", "reclean"]


def test_the_latest_texts_pages_are_those_of_the_last_edit(archive):
    article_id = archive.add_article(make.article(), [page("first")], make.NOW)
    archive.revise(article_id, make.content("A.", content_hash="1:2"), LATER, cause="reclean")
    assert texts(archive.current_pages(article_id)) == ["first"]
    archive.revise(article_id, make.content("B.", content_hash="1:3"), LATER, pages=[page("edited"), page("more")])
    archive.revise(article_id, make.content("C.", content_hash="1:4"), LATER, cause="reclean")
    assert texts(archive.current_pages(article_id)) == ["edited", "more"]
    assert texts(archive.pages_of_revision(2)) == ["edited", "more"]
    assert texts(archive.pages(article_id)) == ["first"]
    archive.revise(article_id, make.content("D.", content_hash="1:5"), LATER)
    assert archive.current_pages(article_id) == []


def test_an_edit_of_before_has_no_kept_pages(archive):
    article_id = archive.add_article(make.article(), [page("first")], make.NOW)
    archive.revise(article_id, make.content("A.", content_hash="1:2"), LATER)
    archive.db.execute("UPDATE revisions SET cause = NULL")
    assert texts(archive.current_pages(article_id)) == ["first"]
    archive.subscribe([make.feed()], make.NOW)
    archive.add_entries(1, [make.entry()], make.NOW)
    archive.settle(1, Outcome.REVISED, article_id=article_id)
    assert archive.current_pages(article_id) == []


def test_a_copy_that_is_split_off_becomes_an_article_with_all_that_it_had(archive, reader):
    article_id = archive.add_article(make.article(media=(SOUND,)), [page("first")], make.NOW)
    copy_id = add_copy(archive, article_id)
    assert reader.row(f"SELECT {COLUMNS} FROM copies") == MARKED
    assert texts(archive.pages_of_copy(copy_id)) == ["one", "two"]
    assert archive.media(article_id) == [SOUND]
    assert "markdown" not in reader.article_row(article_id)["copies"][0]
    own_id = split_off(archive.copy(copy_id), archive, LATER, reason="split off")
    article = reader.article_row(own_id)
    assert {name: article[name] for name in MARKED} == MARKED
    assert archive.media(own_id) == [PICTURE, SOUND]
    assert archive.media(article_id) == [SOUND]
    assert texts(archive.current_pages(own_id)) == ["one", "two"]
    assert archive.pages(own_id)[0].headers == {"etag": '"c"'}
    assert archive.pages_of_copy(copy_id) == []


def test_a_merged_article_keeps_its_pages_and_media_and_gets_them_back(archive, reader):
    first = archive.add_article(make.article(), (), make.NOW)
    second = archive.add_article(
        make.article("https://b.example/b", "Other.", media=(PICTURE,), **MARKED), [page("b")], make.NOW
    )
    archive.revise(second, make.content("Later.", markdown="Later.\n", media=(SOUND,), content_hash="1:2"), LATER)
    copy_id = archive.merge(second, Copy(first, "by hand", 1, adds=True), LATER)
    assert archive.copy(copy_id).markdown == "Later.\n"
    assert archive.media(second) == [SOUND]
    assert split_off(archive.copy(copy_id), archive, LATER, reason="split off") == second
    assert reader.article_row(second)["markdown"] == "Later.\n"
    assert archive.media(second) == [SOUND]
    assert texts(archive.pages(second)) == ["b"]


def test_markdown_fills_only_what_is_empty_and_is_no_change(archive, reader):
    article_id = archive.add_article(make.article(), (), make.NOW)
    text = archive.current_text(article_id)
    archive.add_markdown(text, make.content(text.body, media=(PICTURE,), **MARKED))
    archive.add_markdown(text, make.content(text.body, markdown="Else.\n", access="free", media=(SOUND,)))
    assert reader.row(f"SELECT {COLUMNS} FROM articles") == MARKED
    assert archive.media(article_id) == [PICTURE]
    assert len(reader.change_rows(after=0)) == 1


def test_markdown_of_a_revision_goes_to_the_newest_one(archive, reader):
    article_id = archive.add_article(make.article(media=(SOUND,)), (), make.NOW)
    for number, access in ((2, None), (3, "partial")):
        body = f"Text {number}."
        archive.revise(article_id, make.content(body, content_hash=f"1:{number}", access=access), LATER)
    text = archive.current_text(article_id)
    archive.add_markdown(text, make.content(text.body, media=(PICTURE,), **MARKED))
    assert reader.row("SELECT markdown FROM articles") == {"markdown": None}
    rows = list(reader.rows(f"SELECT {COLUMNS} FROM revisions ORDER BY id"))
    kept = {"markdown": MARKED["markdown"], "access": "partial", "access_reason": None}
    assert rows == [dict.fromkeys(MARKED), kept]
    assert archive.media(article_id) == [PICTURE]


# what feeds announce


@pytest.fixture
def announced(archive):
    entry = make.entry(content="C", summary="S", markup="<p>C</p>", media=(SOUND,))
    archive.subscribe([make.feed()], make.NOW)
    archive.add_entries(1, [entry], make.NOW)
    return entry


def test_an_entry_is_worked_on_with_its_markup_and_media(archive, announced):
    (pending,) = archive.pending_entries("news.example", make.NOW, limit=1)
    assert (pending.markup, pending.media) == ("<p>C</p>", (SOUND,))


@pytest.mark.parametrize("kept", [True, False])
def test_the_markup_of_an_entry_is_kept_only_as_long_as_it_is_needed(archive, reader, announced, kept):
    archive.settle(1, Outcome.ARCHIVED, article_id=archive.add_article(make.article(), (), make.NOW), keep_markup=kept)
    assert reader.row("SELECT markup FROM entries") == {"markup": "<p>C</p>" if kept else None}
    assert archive.archived_entry(1).media == (SOUND,)


@pytest.mark.parametrize("body_from", ["page", "feed"])
def test_the_markup_stays_with_an_article_of_the_feeds_text_through_its_edits(archive, reader, announced, body_from):
    def record(body, entry):
        content = make.content(body, body_from=body_from, content_hash=f"1:{body}")
        pages = (page("P"),) if body_from == "page" else ()
        return decide_and_write(archive, entry, Fetched(ExtractedPage(content, f"1:{body}"), pages), make.NOW)

    assert record("One two three.", archive.pending_entries("news.example", make.NOW, limit=1)[0]).article
    assert reader.row("SELECT markup FROM entries") == {"markup": "<p>C</p>" if body_from == "feed" else None}
    archive.schedule_recheck(1, replace(announced, markup="<p>D</p>"), make.NOW)
    assert record("Four five six.", archive.due_rechecks("news.example", make.NOW, limit=1)[0]).revision
    assert reader.row("SELECT markup FROM entries") == {"markup": "<p>D</p>" if body_from == "feed" else None}
    assert texts(archive.current_pages(1)) == (["P"] if body_from == "page" else [])


def test_a_recheck_brings_the_newer_markup_and_media(archive, reader, announced):
    archive.settle(1, Outcome.ARCHIVED, article_id=archive.add_article(make.article(), (), make.NOW))
    archive.schedule_recheck(1, replace(announced, content="D", markup="<p>no</p>"), make.NOW)
    newer = replace(announced, content="D", markup="<p>D</p>", media=(PICTURE,))
    archive.schedule_recheck(1, newer, LATER)
    (recheck,) = archive.due_rechecks("news.example", make.NOW, limit=1)
    assert (recheck.content, recheck.markup, recheck.media) == ("D", "<p>D</p>", (PICTURE,))
    archive.revised(1, recheck, LATER, keep_markup=True)
    entry = archive.archived_entry(1)
    assert (entry.content, entry.markup, entry.media) == ("D", "<p>D</p>", (PICTURE,))
    archive.revised(1, recheck, LATER, keep_markup=False)
    assert archive.archived_entry(1).markup is None


def test_an_entry_that_is_tried_again_has_markup_again(archive, announced):
    archive.settle(1, Outcome.NO_TEXT)
    archive.reopen(1, replace(announced, markup="<p>new</p>"), make.NOW)
    (pending,) = archive.pending_entries("news.example", make.NOW, limit=1)
    assert pending.markup == "<p>new</p>"


@pytest.mark.parametrize(("content", "markup"), [("C", "<p>C</p>"), ("another", None)])
def test_an_entry_with_a_corrected_link_gets_back_the_markup_of_its_own_text(archive, announced, content, markup):
    archive.settle(1, Outcome.FAILED)
    archive.readdress(1, replace(announced, content=content), make.NOW)
    (pending,) = archive.pending_entries("news.example", make.NOW, limit=1)
    assert (pending.content, pending.markup) == ("C", markup)


# upkeep


def test_pages_of_articles_revisions_and_copies_are_compressed_as_those_of_one_site(archive):
    at = [make.NOW + timedelta(minutes=n) for n in range(4)]
    first = archive.add_article(make.article(), [page("a", fetched_at=at[0])], make.NOW)
    archive.revise(first, make.content("B.", content_hash="1:2"), LATER, pages=[page("b", fetched_at=at[3])])
    other = archive.add_article(make.article("https://x.example/1", "X.", site="x.example"), [page("x")], make.NOW)
    copied = make.article("https://news.example/c", "C.")
    archive.add_copy(copied, Copy(other, "test 1", 1, adds=False), [page("c", fetched_at=at[2])], make.NOW)
    add_copy(archive, other)
    sites = {"news.example": 3, "other.example": 2, "x.example": 1}
    assert archive.sites_to_compress(make.NOW, least=1, limit=9) == sites
    assert archive.sites_to_compress(make.NOW, least=2, limit=1) == {"news.example": 3}
    alone = archive.pages_without_dictionary("news.example", 2)
    assert [(each.table, each.owner_id) for each in alone] == [("revision_pages", 1), ("copy_pages", 1)]
    dictionary_id = archive.add_dictionary("news.example", zstandard.compress(b"d"), make.NOW)
    archive.replace_pages(alone, dictionary_id)
    assert [each.table for each in archive.pages_without_dictionary("news.example", 9)] == ["pages"]
    assert archive.sites_to_compress(make.NOW, least=1, limit=9) == sites | {"news.example": 1}
