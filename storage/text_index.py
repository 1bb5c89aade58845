"""A search index in memory, for a few texts at a time: it reads queries, ranks, and cuts snippets.

`articles_fts` cannot cut a snippet of a later text: its table `articles` has the first ones. And it ranks one match as
slowly as all: bm25() counts every row of every word.
"""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from functools import lru_cache

_WORD = re.compile(r'"[^"]*"|\S+')
_READABLE = re.compile(r'"[^"]*"|\w+\*?|[()]')
_OPERATES = re.compile(r'["(){}:*^+]|\b(?:AND|OR|NOT|NEAR)\b')
_TYPED = str.maketrans("\0“”„‟«»", ' """"""')
RANK = "bm25({}, 4.0, 1.0)"  # a word of the title counts as four of the body


@lru_cache(maxsize=64)  # a page of a selection asks for the same query up to six times, at .5 ms each
def readable(query: str) -> str | None:
    """Return the query in FTS5's language (https://sqlite.org/fts5.html#full_text_query_syntax), None if it is empty.

    Words that FTS5 cannot read are quoted, and if that is no query either, all words are. Quotation marks as people and
    telephones type them are those of a phrase.
    """
    words = query.translate(_TYPED).split()
    if not words:
        return None
    if not _OPERATES.search(query):  # a cut-out paragraph: the time of a snippet grows with the cube of its repetitions
        words = list({word.lower(): word for word in words}.values())
    text = " ".join(words)
    repaired = " ".join(word if _READABLE.fullmatch(word) else _quoted(word) for word in _WORD.findall(text))
    with closing(TextIndex()) as index:
        for attempt in (text, repaired):
            with suppress(sqlite3.OperationalError):
                index.ranked(attempt)
                return attempt
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    return '"{}"'.format(word.replace('"', '""'))


class TextIndex:
    def __init__(self, texts: Iterable[tuple[int, str | None, str]] = ()) -> None:
        """Index texts: an id, a title and a body each."""
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.execute(
            "CREATE VIRTUAL TABLE texts USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2')"
        )
        self.db.execute("BEGIN")
        self.db.executemany("INSERT INTO texts (rowid, title, body) VALUES (?, ?, ?)", texts)

    def close(self) -> None:
        self.db.close()

    def ranked(self, query: str) -> list[int]:
        """Return the ids of the texts that match, the best first, the newest of equal ones first.

        Raises sqlite3.OperationalError if FTS5 cannot read the query.
        """
        order = RANK.format("texts")
        found = self.db.execute(f"SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY {order}, rowid DESC", [query])  # noqa: S608 (our own formula)
        return [rowid for (rowid,) in found]

    def snippets(self, query: str, marks: tuple[str, str] = ("[", "]")) -> dict[int, str]:
        """Return the place of the match in each body, by the text's id. Each match stands between the marks."""
        return dict(
            self.db.execute(
                "SELECT rowid, snippet(texts, 1, ?, ?, '…', 24) FROM texts WHERE texts MATCH ?", [*marks, query]
            ).fetchall()
        )

    def titles(self, query: str, marks: tuple[str, str]) -> dict[int, str | None]:
        """Return the titles of the texts that match, by the text's id. Each match stands between the marks."""
        return dict(
            self.db.execute(
                "SELECT rowid, highlight(texts, 0, ?, ?) FROM texts WHERE texts MATCH ?", [*marks, query]
            ).fetchall()
        )
