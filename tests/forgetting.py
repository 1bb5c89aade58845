"""An archive to forget articles in, and what is looked at afterwards."""

from pathlib import Path

from ingest.pipeline.announced import record_entries
from ingest.workers.tasks import parse_feed
from storage.archive import Archive
from storage.records import Outcome
from tests import builders as make
from tests.builders_feeds import item, rss
from tests.command_run import CommandResult, ingest_here
from tests.search_index import check_selections

WORD = "Quibblefrost"  # of every text that is forgotten, and of no other


def entry(n, *, link, guid=None, title=f"{WORD} in the title", text=f"A teaser of {WORD}."):
    guid = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    author = f"<dc:creator>{WORD} Smith</dc:creator>" if WORD in title else ""
    made = item(n, link=link, guid=guid, text=text, more=author).replace(f"<title>Title {n}<", f"<title>{title}<")
    return made.replace("dc:creator>", 'dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">', 1)


OTHER = entry(2, link="/2", guid="g2", title="Two", text="Two.")


def poll(run, *entries, feed_id=1):
    """Record a feed's document a day later, as a poll does, without a request. Return the outcomes of all entries."""
    run.later(days=1)
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.make_due(run.now_at)
        (due,) = archive.due_feeds(run.now_at, limit=1, only=[feed_id])
        record_entries(archive, due, parse_feed(rss(*entries).encode(), due.url, None, run.now_at), run.now_at)
    return run.outcomes()


def ingest(run, *words) -> CommandResult:
    return ingest_here("--archive", str(run.path), *map(str, words))


def bytes_of(run) -> int:
    """How often the word is in the file and its log, in any case."""
    files = (Path(f"{run.path}{end}") for end in ("", "-wal", "-shm"))
    return sum(file.read_bytes().lower().count(WORD.lower().encode()) for file in files if file.exists())


def counts(run, *tables):
    return [run.column(f"SELECT count(*) FROM {table}")[0] for table in tables]


def is_sound(run) -> bool:
    """Whether nothing leads nowhere, and search index and labels are those of the articles that are left."""
    check_selections(run.path)
    with run.writing() as db:
        unused = "SELECT label FROM labels WHERE id NOT IN (SELECT label_id FROM postings WHERE mask <> 0)"
        found = [db.execute(sql).fetchall() for sql in ("PRAGMA integrity_check", "PRAGMA foreign_key_check", unused)]
        return found == [[("ok",)], [], []]


def add(archive, n, body=None, *, at=make.NOW):
    """Add an article with an entry and its alias."""
    url = f"https://news.example/{n}"
    made = make.article(url, body or f"{WORD} text {n}.", title=f"{WORD} {n}")
    article_id = archive.add_article(made, [make.page(f"page {n}".encode())], at)
    archive.add_entries(1, [make.entry(f"g{n}", url, title=f"{WORD} {n}", content=f"{WORD} " * 40)], at)
    archive.settle(n, Outcome.ARCHIVED, article_id=article_id)
    archive.add_aliases(article_id, [f"news.example/{n}"])
    return article_id
