"""The sample newsroom, archived by the real command."""

import json

import duckdb
import feedparser
import newsroom
import pandas as pd
import pyarrow.parquet
import pytest
import yaml
from lxml import html

from ingest import extract_page
from ingest.cli import run
from storage.reader import Reader
from storage.records import to_text
from tests.rendered import MARKDOWN


@pytest.fixture(scope="module")
def room():
    with newsroom.serve() as room:
        yield room


@pytest.fixture(scope="module")
def archive(room, tmp_path_factory):
    """The archive after a first run."""
    folder = tmp_path_factory.mktemp("newsroom")
    feeds = "".join(f"[[feeds]]\nurl = {json.dumps(url)}\nname = {json.dumps(name)}\n" for name, url in room.feeds)
    (folder / "feeds.toml").write_text(feeds, encoding="utf-8")
    settings = '[web]\nallow_addresses = ["127.0.0.0/8"]\nper_host_interval_s = 0\n[articles]\nworkers = 2\n'
    (folder / "settings.toml").write_text(settings)
    path = folder / "news.db"
    assert run(["--config", str(folder), "--archive", str(path), "-q", "now"]) == 0
    return path


def test_every_article_is_archived_as_it_was_written(room, archive):
    with Reader(archive) as reader:
        found = {row["body"]: row for row in reader.article_rows()}  # one text has two addresses: the first wins
    expected = {article.body: article for article in newsroom.expected_articles()}
    assert found.keys() == expected.keys()
    for body, article in expected.items():
        row = found[body]
        assert (row["title"], row["authors"]) == (article.title, list(article.authors))
        assert row["published_at"] == to_text(article.published_at)
        assert row["language"].startswith(article.language)


def test_the_article_that_three_feeds_announce_is_one_and_each_entry_says_so(archive):
    with Reader(archive) as reader:
        shared = reader.row("SELECT article_id AS id, count(*) AS n FROM entries GROUP BY article_id ORDER BY n DESC")
        assert shared is not None
        entries = reader.article_row(shared["id"])["entries"]
    assert sorted(entry["outcome"] for entry in entries) == ["archived", "known", "known"]


def test_what_did_not_become_an_article_says_why(archive):
    with Reader(archive) as reader:
        rows = reader.rows("SELECT outcome, reason FROM entries WHERE outcome IN ('walled', 'refused') ORDER BY 1")
        (refused, walled) = list(rows)
    assert "robots.txt" in refused["reason"]
    assert "consent wall" in walled["reason"]


def exported(archive, format_):
    path = archive.parent / f"out.{format_}"
    assert run(["--archive", str(archive), "-q", "export", "--format", format_, "--output", str(path)]) == 0
    return path


def test_pyarrow_pandas_and_duckdb_read_the_parquet(archive):
    path = exported(archive, "parquet")
    with Reader(archive) as reader:
        articles = list(reader.article_rows())
    assert [row["tags"] for row in pyarrow.parquet.read_table(path).to_pylist()] == [row["tags"] for row in articles]
    frame = pd.read_parquet(path)
    assert [to_text(at) for at in frame["published_at"]] == [row["published_at"] for row in articles]
    assert frame["title"].tolist() == [row["title"] for row in articles]
    query = f"""SELECT count(*), sum(words), any_value(typeof(archived_at)), list(author ORDER BY author)
      FROM (SELECT *, unnest(authors) AS author FROM '{path}')"""
    authors = sorted(name for row in articles for name in row["authors"])
    words = sum(row["words"] * len(row["authors"]) for row in articles)
    assert duckdb.sql(query).fetchall() == [(len(authors), words, "TIMESTAMP WITH TIME ZONE", authors)]


def test_feed_readers_and_parsers_of_yaml_markdown_and_html_read_the_others(archive):
    with Reader(archive) as reader:
        articles = {row["id"]: row for row in reader.article_rows()}
    feed = feedparser.parse(exported(archive, "atom").read_bytes())
    assert not feed.bozo
    assert [(entry.link, entry.title) for entry in feed.entries] == [
        (row["url"], row["title"]) for row in reversed(articles.values())
    ]
    markdown, pages = exported(archive, "markdown"), exported(archive, "html")
    for id_, row in articles.items():
        (file,) = markdown.glob(f"*/{id_:08d}-*.md")
        _, head, text = file.read_text(encoding="utf-8").split("---\n", 2)
        assert yaml.safe_load(head)["authors"] == row["authors"]
        (page,) = pages.glob(f"*/{id_:08d}-*.html")
        (article,) = html.fromstring(page.read_bytes()).xpath("//article")
        (entry,) = (entry for entry in feed.entries if entry.link == row["url"])
        shown = [MARKDOWN.render(text), html.tostring(article, encoding="unicode"), entry.content[0].value]
        words = [set(html.fromstring(one).text_content().split()) for one in shown]
        assert all(set(row["body"].split()) <= found for found in words)


def test_a_second_run_asks_only_the_feeds_and_adds_nothing(room, archive):
    room.answers.clear()
    assert run(["--config", str(archive.parent), "--archive", str(archive), "-q", "now"]) == 0
    assert sorted(int(status) for _, status in room.answers if int(status) != 301) == [304, 304, 304, 304, 404]
    with Reader(archive) as reader:
        assert reader.totals()["articles"] == len(newsroom.expected_articles())


def test_a_page_that_is_extracted_from_python_gives_what_the_pipeline_archived(archive):
    with Reader(archive) as reader:
        articles = list(reader.articles())
        pages = {article.id: reader.pages(article.id)[0] for article in articles}
    for article in articles:
        page = pages[article.id]
        known = {"title": article.title, "authors": article.authors, "published_at": article.published_at}
        content = extract_page(page.html, page.final_url, content_type=page.content_type, now=page.fetched_at, **known)
        names = ("title", "body", "markdown", "content_hash", "site", "language", "access", "words", "extractor")
        assert {name: getattr(content, name) for name in names} == {name: getattr(article, name) for name in names}
