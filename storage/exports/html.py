"""A folder to read offline: a page an article, a list for each thousand, and one that leads to them.

No page has a script, and none loads anything: the policy of each page forbids it, whatever a text holds.
"""

import base64
import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from storage.exports.folder import PER_FOLDER
from storage.exports.rendering import is_link, rendered
from storage.exports.text import in_markup
from storage.files import OutputRefused
from storage.rows import Row

if TYPE_CHECKING:
    from pathlib import Path

    from storage.exports.folder import ArticleFolder, Shard
    from storage.reader import Reader

NEWEST = 200  # articles that the first page lists
INDEX = "index.html"
MARK = '<meta name="generator" content="ingest export">'

STYLE = (
    ":root{color-scheme:light dark}"
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.06rem/1.6 Georgia,serif;overflow-wrap:break-word}"
    "h1{line-height:1.2;font-size:1.7rem}"
    "nav,header p,footer,ol.list time,.site{font:.85rem/1.5 system-ui,sans-serif;opacity:.8}"
    "pre{direction:ltr;text-align:left}pre,table{display:block;overflow-x:auto;font-size:.85rem}"
    "td,th{padding:.2rem .6rem;border:1px solid #8888}"
    "table{border-collapse:collapse}"
    "blockquote{margin-inline:0;padding-inline-start:1rem;border-inline-start:3px solid #8888}"
    "ol.list{list-style:none;padding:0}ol.list li{margin:.7rem 0}ol.list time,ol.list .site{margin-inline-end:.6rem}"
)
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
    f"{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
HEAD = (
    f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    f'<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
    f"{MARK}<style>{STYLE}</style>"
)

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


def page(article: Row) -> bytes:
    """Return an article's page."""
    title = article["title"] or article["url"]
    about = [
        _link(article["url"], article["site_name"] or article["site"]),
        _text(", ".join(article["authors"])),
        _time(article["published_at"], article["published_precision"]),
        _text(", ".join(article["tags"])),
    ]
    about = [f"<bdi>{piece}</bdi>" for piece in about if piece]
    revised = f", revised {_time(article['revised_at'])}" if article["revised_at"] else ""
    origin = f"Archived {_time(article['archived_at'])}{revised}, from {_link(article['url'])}"
    return _page(
        title,
        f"""{_nav(f'<a href="{INDEX}#a{article["id"]}">All articles</a>')}
<article dir="auto"><header><h1>{_text(title)}</h1><p>{" · ".join(about)}</p></header>
{rendered(article, pictures=False)}</article>
<footer lang="en" dir="ltr"><p>{origin}</p></footer>
""",
        _lang(article["language"]),
    )


class Index:
    """The lists of the articles in a folder. Raises OutputRefused if there is a first page of another program's."""

    def __init__(self, folder: "ArticleFolder") -> None:
        self._folder = folder
        _check_ours(folder.path / INDEX)

    def write(self, archive: "Reader") -> None:
        """Write the lists of the folders that have changed, or have other neighbours, and the first page."""
        numbers = self._numbers()
        newer_of, older_of = dict(pairwise(numbers)), {newer: older for older, newer in pairwise(numbers)}
        for number in sorted(self._folder.touched.intersection(numbers).union(self._beside_others(numbers))):
            shard = self._folder.shard(number)
            _check_ours(shard.path / INDEX)
            ways = [(newer_of.get(number), "Newer"), (older_of.get(number), "Older")]
            links = [f'<a href="../{other:05d}/{INDEX}">{word}</a>' for other, word in ways if other is not None]
            nav = _nav(f'<a href="../{INDEX}">Newest</a>', *links)
            title = f"Articles {number * PER_FOLDER} to {(number + 1) * PER_FOLDER - 1}"
            listed = _list(archive.heads_of(shard.ids), shard, "")
            body = f"{nav}<h1>{title}</h1>{listed}{nav}"
            self._folder.write(shard.path / INDEX, _page(title, body, ' lang="en"'))
        self._folder.write(self._folder.path / INDEX, self._first_page(archive, numbers))

    def _numbers(self) -> list[int]:
        """Return the numbers of the folders with articles, ascending. Remove the list of one that was emptied."""
        for number in self._folder.touched:
            shard = self._folder.shard(number)
            if not shard.files and INDEX in shard.others:
                _check_ours(shard.path / INDEX)
                self._folder.take(INDEX, shard)
        there = self._folder.shards()
        return [n for n in there if (self._folder.shard(n).files if n in self._folder.touched else self._has_list(n))]

    def _beside_others(self, numbers: list[int]) -> Iterator[int]:
        """Yield the folders whose neighbours are others than before: a folder has come, or is gone."""
        for number in self._folder.touched:
            place = bisect_left(numbers, number)
            if numbers[place : place + 1] != [number]:
                yield from numbers[max(place - 1, 0) : place + 1]
            elif not self._has_list(number):
                yield from numbers[max(place - 1, 0) : place + 2]

    def _has_list(self, number: int) -> bool:
        return (self._folder.path / f"{number:05d}" / INDEX).exists()

    def _first_page(self, archive: "Reader", numbers: list[int]) -> bytes:
        """List the newest articles, and lead to all others."""
        newest, count = [], 0
        for number in reversed(numbers):
            shard = self._folder.shard(number)
            ids = shard.ids[-(NEWEST - count) :]
            newest.append(_list(archive.heads_of(ids), shard, f"{number:05d}/"))
            count += len(ids)
            if count >= NEWEST:
                break
        others = [
            f'<li><a href="{number:05d}/{INDEX}">{_text(first[:10])} – {_text(last[:10])}</a></li>'
            for number, first, last in archive.archived_between(reversed(numbers), PER_FOLDER)
        ]
        name = archive.path.stem
        lists = f"{''.join(newest)}<h2>All articles, by when they were archived</h2><ul>{''.join(others)}</ul>"
        return _page(name, f"<h1>{_text(name)}</h1>{lists}", ' lang="en"')


def _list(heads: "Iterable[Row]", shard: "Shard", folder: str) -> str:
    items = []
    for head in heads:
        name = shard.files_of(head["id"])[0]
        title = f"<bdi{_lang(head['language'])}>{_text(head['title'] or head['url'])}</bdi>"
        when = _time(head["published_at"] or head["archived_at"], "day")
        items.append(
            f'<li id="a{head["id"]}">{when} <span class="site">{_text(head["site"])}</span>'
            f' <a href="{folder}{name}">{title}</a></li>\n'
        )
    return f'<ol class="list">{"".join(items)}</ol>'


def _page(title: str, body: str, lang: str) -> bytes:
    text = f"<!doctype html><html{lang}><head>{HEAD}<title>{_text(title)}</title></head>\n<body>{body}</body></html>\n"
    return text.encode(errors="replace")


def _nav(*links: str) -> str:
    return f'<nav lang="en" dir="ltr">{" · ".join(links)}</nav>'


def _text(text: str) -> str:
    return escape(in_markup(text))


def _link(url: str, text: str | None = None) -> str:
    shown = _text(text or url)
    return f'<a href="{_text(url)}">{shown}</a>' if is_link(url) else shown


def _time(instant: str | None, precision: str | None = None) -> str:
    if instant is None:
        return ""
    shown = instant[:10] if precision == "day" else f"{instant[:10]} {instant[11:16]} UTC"
    return f'<time datetime="{_text(instant)}">{_text(shown)}</time>'


def _lang(code: str | None) -> str:
    return f' lang="{code}"' if code and _LANGUAGE.fullmatch(code) else ""


def _check_ours(path: "Path") -> None:
    """Raise OutputRefused if the file is there and is not of an export."""
    try:
        with path.open("rb") as file:
            beginning = file.read(4096)
    except FileNotFoundError:
        return
    if MARK.encode() not in beginning:
        raise OutputRefused(f"{path}: is not of an earlier export and is not written onto; name another folder")
