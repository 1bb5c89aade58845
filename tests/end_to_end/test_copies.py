"""Copies: recognised as they arrive, put right by hand, and decided again by another method."""

import pytest

from ingest.dedupe.near import METHOD
from storage.archive import Archive
from storage.reader import Reader
from tests import builders as make
from tests.builders_copies import copied, original, report, texts
from tests.builders_feeds import item, rss
from tests.builders_pages import article_page
from tests.command_run import sentence


def show(site, path, article):
    """The site publishes it as a page."""
    site.page(path, article_page(article.title or "A headline", tuple(article.body.split("\n")), language="en"))


@pytest.fixture
def folder(site, sites, folder):
    """An agency's text on one site, and a shortened one under another headline on a second."""
    wire = original("en")
    half = "\n".join(wire.body.split("\n")[: wire.body.count("\n") // 2 + 1])
    other = sites("127.0.0.2")
    show(site, "/wire", wire)
    show(other, "/ours", copied(wire, half, title="What we make of it, in short"))
    site.page("/feed.xml", rss(item(0, link="/wire", text="A teaser.")))
    other.page("/feed.xml", rss(item(1, link="/ours", text="A teaser.")))
    folder.set_up(site.url("/feed.xml"), article="page")
    folder.ingest("now", "-q")
    folder.set_up(site.url("/feed.xml"), other.url("/feed.xml"), article="page")
    folder.ingest("now", "-q")
    return folder


def changes(folder):
    with Reader(folder.archive) as reader:
        return [(change["kind"], change["id"], change["article_id"]) for change in reader.change_rows(after=0)]


def current(folder):
    return folder.column("SELECT id FROM current_articles ORDER BY id")


def test_a_copy_is_linked_to_the_first_with_the_evidence(folder):
    (copy,) = folder.rows("SELECT * FROM copies")
    assert (copy["article_id"], copy["url"][-5:], copy["title"]) == (1, "/ours", "Title 1")
    assert (copy["method"], copy["score"]) == (METHOD, pytest.approx(1, abs=0.1))
    entry = folder.rows("SELECT * FROM entries WHERE id = 2")[0]
    assert (entry["outcome"], entry["article_id"]) == ("copy", 1)
    assert "the same as http://" in entry["reason"]
    assert changes(folder) == [("article", 1, 1), ("copy", 1, 1)]
    assert f"1: {copy['url']} ({METHOD}, " in folder.ingest("show", copy["url"]).out
    assert "copies: 1" in folder.ingest("status").out


def test_the_next_run_knows_the_copy_by_its_address(folder, site, sites):
    folder.ingest("now", "-q")
    assert folder.column("SELECT count(*) FROM copies") == [1]
    site.page("/feed.xml", rss(item(5, link=folder.column("SELECT url FROM copies")[0], text="A teaser.")))
    folder.ingest("now", "-q")
    assert folder.column("SELECT outcome FROM entries ORDER BY id") == ["archived", "copy", "known"]


def test_a_copy_that_was_found_by_mistake_becomes_an_article_and_stays_one(folder):
    assert folder.ingest("split", 1).out == "copy 1 is article 2 now\n"
    url = folder.column("SELECT url FROM copies")[0]
    article = folder.ingest("show", url, "--json").json
    assert (article["id"], article["title"], article["words"] > 20) == (2, "Title 1", True)
    assert folder.ingest("show", 1, "--json").json["copies"] == []
    assert changes(folder)[2:] == [("article", 2, 2)]
    folder.ingest("now", "-q")
    folder.ingest("fingerprint", "--again", "-q")
    assert current(folder) == [1, 2]
    assert folder.rows("SELECT outcome, article_id FROM entries WHERE id = 2") == [
        {"outcome": "archived", "article_id": 2}
    ]
    assert "was split off before" in sentence(folder.ingest("split", 1), code=1)


def test_two_articles_that_are_one_are_merged_and_that_is_undone(folder):
    folder.ingest("split", 1)
    assert folder.ingest("merge", 1, 2).out == "article 2 is copy 2 of article 1 now\n"
    assert current(folder) == [1]
    url = folder.column("SELECT url FROM articles WHERE id = 2")[0]
    assert folder.ingest("show", url, "--json").json["id"] == 1
    assert [copy["id"] for copy in folder.ingest("show", 2, "--json").json["copies"]] == [2]
    word = texts("en")[0].split()[-1].strip(".")
    assert [row["id"] for row in folder.ingest("search", word, "--json").rows] == [1]
    assert changes(folder)[3:] == [("copy", 2, 1)]
    assert "not both are articles" in sentence(folder.ingest("merge", 1, 2), code=1)
    assert folder.ingest("split", 2).code == 0
    assert current(folder) == [1, 2]
    assert changes(folder)[4:] == [("article", 2, 2)]
    assert folder.column("PRAGMA integrity_check") == ["ok"]


def test_a_copy_of_a_merged_article_belongs_to_the_article_it_was_merged_into(folder, site, sites):
    folder.ingest("split", 1)
    folder.ingest("merge", 2, 1)
    third = sites("127.0.0.3")
    show(third, "/again", copied(original("en"), original("en").body, title="In full, once more"))
    third.page("/feed.xml", rss(item(2, link="/again", text="A teaser.")))
    folder.set_up(third.url("/feed.xml"), article="page")
    folder.ingest("now", "-q")
    assert folder.column("SELECT article_id FROM entries WHERE id = 3") == [2]


@pytest.mark.parametrize(("words", "said"), [(("split", 9), "no such copy"), (("merge", 1, 1), "no copy of itself")])
def test_what_is_not_there_is_one_sentence(folder, words, said):
    assert said in sentence(folder.ingest(*words), code=1)


def test_fingerprints_made_again_find_the_same(folder):
    before = folder.rows("SELECT * FROM shingles"), folder.rows("SELECT * FROM fingerprints")
    assert folder.ingest("fingerprint", "--again").out == "1 article fingerprinted\n"
    assert (folder.rows("SELECT * FROM shingles"), folder.rows("SELECT * FROM fingerprints")) == before
    assert folder.ingest("fingerprint").out == "0 articles fingerprinted\n"
    assert changes(folder) == [("article", 1, 1), ("copy", 1, 1)]


def test_articles_from_before_there_were_fingerprints_get_them_at_upkeep(folder):
    with Archive(folder.archive, "now") as archive, archive.transaction():
        archive.forget_fingerprints()
    folder.ingest("now", "-q")
    assert folder.column("SELECT min(version) FROM fingerprints") == [1]
    assert folder.column("SELECT count(*) > 5 FROM shingles") == [1]


def test_reports_of_one_template_and_other_articles_stay_articles(site, sites, folder):
    folder.path = folder.path / "more"
    folder.path.mkdir()
    other = sites("127.0.0.2")
    for day in (1, 2):
        show(other, f"/{day}", report("en", day))
    show(site, "/3", copied(original("en"), texts("en")[1], title="Another"))
    other.page("/feed.xml", rss(*(item(n, link=f"/{n}", text="A teaser.") for n in (1, 2))))
    site.page("/feed.xml", rss(item(3, link="/3", text="A teaser.")))
    folder.set_up(site.url("/feed.xml"), other.url("/feed.xml"), article="page")
    folder.ingest("now", "-q")
    assert folder.column("SELECT count(*) FROM articles") == [3]


def test_a_merged_article_that_is_revised_is_found_again_once_it_is_split_off(folder):
    folder.ingest("split", 1)
    folder.ingest("merge", 1, 2)
    with Archive(folder.archive, "now") as archive, archive.transaction():
        for word in ("aardvark", "zebra"):
            archive.revise(2, make.content(f"The {word}.", content_hash=word), make.NOW)
    folder.ingest("split", 2)
    assert [row["id"] for row in folder.ingest("search", "zebra", "--json").rows] == [2]
    assert folder.ingest("search", "aardvark", "--json").rows == []
