"""One article that has every kind of structure once, from its pages to the archive, its readers and back again."""

import re
import sqlite3
from contextlib import closing

import pytest
from rendered_words import WORD, words_of

from storage.reader import Reader
from tests.builders_feeds import item, page, prose, rss
from tests.builders_structure import CALL, FIRST, HEAD, SECOND, TITLE, clock_page, expected
from tests.command_run import LOOPBACK, Folder
from tests.rendered import blocks_of
from tests.site import Site

ARTICLE = 4  # after three that teach what the site repeats
STYLE = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b]*\x1b\\")
MEDIA = (
    "SELECT kind, url, type, alt, caption, credit, position FROM media"
    " WHERE article_id = ? AND coalesce(revision_id, copy_id) IS NULL ORDER BY id"
)


def archive(site, folder, *, settings=LOOPBACK):
    """Archive three articles with a line that the site repeats, and then the article with every kind."""
    folder.set_up(site.url("/feed"), article="page", settings=settings)
    for n in range(1, 4):
        site.page(f"/{n}", page(n, text=f"{prose(n, 10)} {CALL.rstrip('.')}"))
    site.page("/feed", rss(*(item(n, link=site.url(f"/{n}"), text="") for n in range(1, 4))))
    folder.ingest("now", "-q")
    site.page("/clocks", clock_page(FIRST, head=f'{HEAD}<link rel="next" href="/clocks?page=2">'))
    site.page("/clocks?page=2", clock_page(SECOND))
    site.page("/feed", rss(item(9, link=site.url("/clocks"), text="A teaser.").replace("Title 9", TITLE)))
    assert "1 archived" in folder.ingest("now").out
    return folder


@pytest.fixture(scope="module")
def site():
    with Site() as site:
        yield site


@pytest.fixture(scope="module")
def archived(site, tmp_path_factory):
    """An archive that the tests only read."""
    return archive(site, Folder(tmp_path_factory.mktemp("structure")))


@pytest.fixture
def own(archived, folder):
    """A copy of the archive that a test may write to."""
    folder.set_up(*archived.column("SELECT url FROM feeds"), article="page")
    with closing(sqlite3.connect(archived.archive)) as source, closing(sqlite3.connect(folder.archive)) as target:
        source.backup(target)
    return folder


@pytest.fixture
def markdown(site):
    return expected(site)


def article_of(folder):
    (article,) = folder.rows("SELECT * FROM current_articles WHERE id = ?", ARTICLE)
    return article


def write(folder, sql, *parameters):
    with closing(sqlite3.connect(folder.archive)) as db, db:
        db.execute(sql, parameters)


def test_every_kind_has_its_markdown(archived, markdown):
    assert article_of(archived)["markdown"] == markdown


def test_the_words_of_the_rendered_markdown_are_those_of_the_body(archived):
    article = article_of(archived)
    assert words_of(article["markdown"]) == WORD.findall(article["body"])


def test_a_renderer_finds_every_kind_once_at_least(archived):
    blocks = blocks_of(article_of(archived)["markdown"])
    assert {block.kind for block in blocks} == {"p", "h2", "h3", "h4", "pre", "row", "picture"}
    paths = {tuple(tag for tag, _ in block.within) for block in blocks}
    assert {("ul", "li", "ul", "li", "ol 3", "li"), ("ol 7", "li"), ("blockquote", "blockquote"), ("table",)} <= paths
    lines = [line for block in blocks for line in block.content]
    marks = {mark for line in lines for mark, _ in line.emphasis}
    assert marks == {"strong", "emphasis"}
    assert {address.partition(":")[0] for line in lines for address, _ in line.links} == {"http", "https", "mailto"}
    (listing,) = (block for block in blocks if block.kind == "pre")
    assert (listing.detail, listing.text.split("\n")[2:5]) == ("python", ["", "    if n > 1:", "\treturn `n`"])


def test_the_body_has_its_paragraphs_and_no_caption_no_markup_and_no_boilerplate(archived):
    article = article_of(archived)
    lines = article["body"].split("\n")
    assert [line for line in lines if "front door" in line or "bench at" in line or "bench, moving" in line] == []
    assert CALL not in lines
    assert CALL not in article["markdown"]
    for line in ("The first room #", "Use wind --spring=`full` and Ctrl.", "if n > 1:", "# no heading", "1. no list"):
        assert line in lines
    assert "A long case clock that is late 12 to 15 400 pounds" in lines
    assert (article["access"], article["access_reason"]) == ("free", None)


def test_its_media_are_rows_in_the_order_of_the_text(archived, site):
    media = archived.rows(MEDIA, ARTICLE)
    assert [(row["kind"], row["url"].replace(site.url(""), "")) for row in media] == [
        ("picture", "/p/front-1600.jpg"),
        ("picture", "/p/wall.png"),
        ("picture", "/p/one.jpg"),
        ("picture", "/p/two.jpg"),
        ("video", "/v/bench.mp4"),
        ("video", "https://www.youtube.com/embed/abc123"),
        ("audio", "/s/ticking.mp3"),
    ]
    assert (media[0]["alt"], media[0]["credit"]) == ("The [front] *door*", "Photo: Ada Lund")
    assert [row["caption"] for row in media[2:5]] == ["The bench at nine.", "The bench at noon.", "The bench, moving."]
    assert media[4]["type"] == "video/mp4"
    body = article_of(archived)["body"].split("\n")
    assert body[media[2]["position"] - 1].startswith("Emoji")
    positions = [row["position"] for row in media]
    assert positions == sorted(positions)
    assert not any(request.path.startswith(("/p/", "/v/", "/s/")) for request in site.requests)


def test_show_prints_markdown_in_a_pipe_the_body_if_asked_and_renders_on_a_terminal(archived, markdown):
    assert archived.ingest("show", ARTICLE).out.endswith(f"\n\n{markdown}\n".replace("\t", "    "))
    body = article_of(archived)["body"]
    assert archived.ingest("show", ARTICLE, "--plain").out.endswith(f"\n\n{body}\n")
    shown = STYLE.sub("", archived.on_terminal("show", ARTICLE, columns=100))
    for piece in (
        "The first room #\n",
        " • a lamp",
        "3 number three",
        "▌ ▌ A clock is never",
        " def tick(n):",
        "carriage",
    ):
        assert piece in shown
    assert "\\*stars" not in shown


def test_exports_have_the_body_as_text_and_the_markdown_as_json(archived, markdown, tmp_path):
    article = article_of(archived)
    rows = archived.ingest("export", "--format", "jsonl").rows
    assert [row["markdown"] for row in rows if row["id"] == ARTICLE] == [markdown]
    archived.ingest("export", "--format", "txt", "--output", tmp_path / "texts")
    (file,) = (tmp_path / "texts").glob(f"{ARTICLE:08d}-*")
    assert file.read_text(encoding="utf-8").rstrip("\n") == f"{TITLE}\n{article['body']}"


def test_cleaning_again_gives_a_text_of_before_the_same_markdown_in_place(own):
    first, media = article_of(own), own.rows(MEDIA, ARTICLE)
    write(own, "UPDATE articles SET markdown = NULL, access = NULL")
    write(own, "DELETE FROM media")
    changes = own.column("SELECT count(*) FROM changes")
    assert own.ingest("reclean", "-q").out.endswith(": 3 revised, 1 got markdown\n")  # three lose the repeated line
    assert article_of(own) == first
    assert own.rows(MEDIA, ARTICLE) == media
    assert own.column("SELECT count(*) FROM changes") == [changes[0] + 3]


def test_cleaning_again_revises_a_text_that_is_another(own, markdown):
    before = own.column("SELECT max(seq) FROM changes")[0]
    own.ingest("reclean", "-q")
    cleaned = own.column("SELECT max(seq) FROM changes")[0]
    write(
        own,
        "UPDATE articles SET body = 'It was otherwise.', markdown = NULL, content_hash = '1:0' WHERE id = ?",
        ARTICLE,
    )
    assert own.ingest("reclean", "-q").out == "4 articles cleaned again: 3 unchanged, 1 revised\n"
    (revision,) = own.rows("SELECT * FROM revisions WHERE article_id = ?", ARTICLE)
    assert (revision["cause"], revision["markdown"]) == ("reclean", markdown)
    with Reader(own.archive) as reader:
        assert len(reader.article_row(ARTICLE)["media"]) == 7
    assert [row["cause"] for row in own.ingest("changes", "--after", cleaned).rows] == ["reclean"]
    assert own.ingest("changes", "--after", before, "--without-reclean").out == ""


@pytest.mark.parametrize("method", ["trafilatura", "blocks"])
def test_every_method_gives_structure(site, folder, method):
    archive(site, folder, settings=LOOPBACK.replace("[articles]", f'[articles]\nmethod = "{method}"'))
    article = article_of(folder)
    assert article["extractor"].startswith(method)
    assert words_of(article["markdown"]) == WORD.findall(article["body"])
    blocks = blocks_of(article["markdown"])
    assert {"p", "h2", "h3", "pre", "row", "picture"} <= {block.kind for block in blocks}
    paths = {tuple(tag for tag, _ in block.within) for block in blocks}
    assert {("ul", "li", "ul", "li", "ol 3", "li"), ("blockquote", "blockquote")} <= paths
    (listing,) = (block for block in blocks if block.kind == "pre")
    assert "    if n > 1:" in listing.text.split("\n")
