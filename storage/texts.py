"""The archive's texts, read for cleaning them again: a few at a time, ids ascending, however many there are."""

from collections.abc import Iterator

from storage.reader import Reader
from storage.records import CurrentText, NewEntry, Outcome
from storage.rows import CURRENT_TEXT, announced, current_text_of

AT_ONCE = 100  # rows of a query: no long read keeps SQLite's log from being emptied
"""Also how many texts of a site are compared when its boilerplate is learned: each with its neighbours in time."""


def sites(archive: Reader, *, since: str | None, site: str | None) -> list[str]:
    """The sites of the articles archived at or after `since`, or that one if it has any."""
    rows = archive.rows(
        """SELECT DISTINCT site FROM articles
           WHERE (:since IS NULL OR archived_at >= :since) AND (:site IS NULL OR site = :site) ORDER BY site""",
        {"since": since, "site": site},
    )
    return [row["site"] for row in rows]


def first_bodies(archive: Reader, site: str) -> Iterator[list[str]]:
    """All texts of the site, as they were when they were archived, some at a time."""
    after = 0
    while rows := list(
        archive.rows(
            "SELECT id, body FROM articles WHERE site = ? AND id > ? ORDER BY id LIMIT ?", [site, after, AT_ONCE]
        )
    ):
        yield [row["body"] for row in rows]
        after = rows[-1]["id"]


def texts(archive: Reader, site: str, *, since: str | None) -> Iterator[CurrentText]:
    """The site's articles as they stand, of those archived at or after `since`."""
    after = 0
    while rows := list(
        archive.rows(
            f"""{CURRENT_TEXT} WHERE site = :site AND id > :after
                AND (:since IS NULL OR archived_at >= :since) ORDER BY id LIMIT :limit""",
            {"site": site, "after": after, "since": since, "limit": AT_ONCE},
        )
    ):
        yield from map(current_text_of, rows)
        after = rows[-1]["id"]


def boilerplate(archive: Reader, site: str) -> frozenset[str]:
    return frozenset(row["line"] for row in archive.rows("SELECT line FROM boilerplate WHERE site = ?", [site]))


def evidence(archive: Reader, article_id: int) -> NewEntry | None:
    """The entry that brought the article."""
    row = archive.row(
        "SELECT * FROM entries WHERE article_id = ? AND outcome = ? ORDER BY id LIMIT 1",
        [article_id, Outcome.ARCHIVED],
    )
    return announced(row) if row else None
