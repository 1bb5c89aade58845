"""Real pages, and others made of them: the same markup with other words, so that no page is a copy of another.

`read` takes HTML files in UTF-8. `Words` has the words of their texts, language by language (`<html lang>`). A word is
a run of four letters or more, or a Han character.

- Exchanged are words in texts of 30 characters and more, in the title, in titles and descriptions of `<meta>`, in the
  strings of JSON-LD, and in markup that scripts hold. Menus, buttons, bylines and dates stay, and so do all figures.
- The 200 commonest words of a language stay (a fiftieth of its words at most): prepositions, auxiliary verbs. A text
  remains prose to a language model, and to a method that counts such words.
- Any other word becomes a word of the same language and length, with the same capitals. The page keeps its size.
- The page's own address (canonical, og:url) becomes another one.
- Within a page a word always becomes the same word: headline, title and text still agree. In another page it becomes
  another one: all words of a length move on by a number that follows from the seed.
"""

import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from sys import intern

COMMON, COMMON_SHARE = 200, 0.02
LANGUAGE = re.compile(r"<html[^>]*\slang\s*=\s*[\"']?([a-z]{2})", re.IGNORECASE)
WORD = re.compile(r"(?<![&\w\\])[^\W\d_\u3040-\u30ff\u4e00-\u9fff]{4,}|[\u4e00-\u9fff]")
SCRIPT = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
TEXT = re.compile(r">([^<>]{30,})(?=<)")
TITLE = re.compile(r"<title[^>]*>([^<]{8,30})(?=<)", re.IGNORECASE)  # a longer one is a text
META = re.compile(r"<meta[^>]+?(?:title|description)[\"'][^>]+?content=(?:\"([^\"]{8,})\"|'([^']{8,})')", re.IGNORECASE)
STRING = re.compile(r'"((?:[^"\\]|\\.){30,})"')
MARKUP_IN_SCRIPT = re.compile(r"(?:>|\\u003[eE])([^<>\\]{30,})(?=<|\\u003[cC])")
OWN = re.compile(
    r"<(?:link[^>]+rel=[\"']?canonical|meta[^>]+og:url)[^>]+(?:href|content)=[\"']?([^\"'> ]+)", re.IGNORECASE
)
HEAD_CHARS = 200_000
CUT, ADDRESS = "\1", "\0"


def read(folders: Iterable[Path]) -> Iterator[str]:
    """Yield the pages of folders, files *.html and *.html.gz at any depth. Those in another charset are left out."""
    for folder in folders:
        for path in sorted(folder.rglob("*.html*")):
            raw = path.read_bytes()
            try:
                yield (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
            except UnicodeDecodeError:
                continue


class Template:
    """A page in pieces: what stays, then a word or the page's address, and so on in turn."""

    def __init__(self, page: str) -> None:
        self.language = found[1].lower() if (found := LANGUAGE.search(page[:5000])) else ""
        page = page.replace(CUT, "").replace(ADDRESS, "")
        for own in {found[1] for found in OWN.finditer(page[:HEAD_CHARS])}:
            for written in {own, own.replace("/", r"\/")}:
                page = re.sub(rf"(?<=[\"'=>]){re.escape(written)}(?=[\"'<>\s])", f"{CUT}{ADDRESS}{CUT}", page)
        made, last = [], 0
        for script in SCRIPT.finditer(page):
            made.append(_cut_markup(page[last : script.start(3)]))
            if script[1].lower() == "script":
                made.append(_cut(STRING if "ld+json" in script[2] else MARKUP_IN_SCRIPT, script[3]))
            else:
                made.append(script[3])
            last = script.end(3)
        made.append(_cut_markup(page[last:]))
        self.pieces = [intern(piece) for piece in "".join(made).split(CUT)]


class Words:
    """The words of pages, by language. `seed` decides their order, and so what a word becomes."""

    def __init__(self, templates: Iterable[Template], seed: int) -> None:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for template in templates:
            counts[template.language].update(word.lower() for word in template.pieces[1::2] if word != ADDRESS)
        self._seed = seed
        self._lists = {name: _lists(counted, Random(f"{seed} {name}")) for name, counted in sorted(counts.items())}
        self._places = {
            name: {word: (kind, n) for kind, words in lists.items() for n, word in enumerate(words)}
            for name, lists in self._lists.items()
        }

    def exchanged(self, template: Template, address: str, number: int) -> str:
        """Return the page at another address, with its words exchanged. Another number gives other words."""
        lists, places = self._lists[template.language], self._places[template.language]
        rng = Random(f"{self._seed} {number}")
        steps = {kind: rng.randrange(len(words)) for kind, words in lists.items()}
        pieces = list(template.pieces)
        for at in range(1, len(pieces), 2):
            old = pieces[at]
            if place := places.get(old.lower()):
                kind, n = place
                new = lists[kind][(n + steps[kind]) % len(lists[kind])]
                pieces[at] = new if old.islower() else new.upper() if old.isupper() else new.capitalize()
            elif old == ADDRESS:
                pieces[at] = address
        return "".join(pieces)


def _cut_markup(markup: str) -> str:
    for pattern in (TEXT, TITLE, META):
        markup = _cut(pattern, markup)
    return markup


def _cut(pattern: re.Pattern[str], text: str) -> str:
    """Cut the words out of what the pattern's groups match, unless an address is in it."""

    def cut(found: re.Match[str]) -> str:
        value = found[found.lastindex or 0]
        if "://" in value or CUT in value:
            return found[0]
        return found[0].replace(value, WORD.sub(rf"{CUT}\g<0>{CUT}", value))

    return pattern.sub(cut, text)


def _lists(counts: Counter[str], rng: Random) -> dict[tuple[int, bool], list[str]]:
    """Return the words that are exchanged for each other: those of a length, ASCII or not."""
    lists: dict[tuple[int, bool], list[str]] = defaultdict(list)
    common = min(COMMON, int(COMMON_SHARE * len(counts)))
    for word in sorted(counts, key=lambda word: (-counts[word], word))[common:]:
        lists[len(word), word.isascii()].append(word)
    for words in lists.values():
        rng.shuffle(words)
    return dict(lists)
