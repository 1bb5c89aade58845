"""Page → article. The only importer of trafilatura.

    decode · parse once · read what the page says of itself · cut into blocks · keep the article's · judge

What the feed already told is taken from it: its title, authors and instant were given by hand, the page's are found.
"""

import logging
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import trafilatura
from numpy.typing import NDArray
from trafilatura.core import bare_extraction
from trafilatura.settings import Document
from trafilatura.utils import load_html

from ingest.articles import language, metadata
from ingest.articles.blocks import Blocks, blocks, is_prose
from ingest.articles.body import without_headline
from ingest.articles.decode import decode
from ingest.articles.extraction import Extraction, Verdict
from ingest.articles.features import TITLE_SLACK_CHARS, WORDS, Matrix, features, with_advice
from ingest.articles.headline import is_cut_short
from ingest.articles.metadata import Metadata, each_once, web_address
from ingest.articles.model import choose, model
from ingest.articles.verdict import judge
from ingest.articles.vetoes import vetoes
from ingest.articles.words import fold, word_count
from ingest.text import clean, clean_line
from storage.records import ArticleFrom, NewEntry

Element: TypeAlias = Any  # of lxml, which ships no types

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it complains of is a verdict here

METHOD = 2  # of ours; raised by every change that changes texts
PAGE_EXTRACTOR = f"blocks {METHOD} / trafilatura {trafilatura.__version__}"
FEED_EXTRACTOR = f"feed / {METHOD}"

FULL_TEXT_WORDS = 100  # a feed's text of so many words may be the article; a shorter one is a teaser
LESS_SHARE = 0.6  # of the feed's words, under which the page's text lacks something

DOUBT = 0.93  # expected F1, under which trafilatura is asked: a ninth of real pages, with nearly all the wrong texts
TWICE_CHARS = 80  # a shorter line may stand twice in an article
UNIQUE_CHARS = 25  # a shorter text may stand in another by chance
VISIBLE_CHARS = 4000  # of a page, enough to see a wall

_EARLY_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)  # optional everywhere; in mid-page it loses the rest

_SILENT = Metadata()


@dataclass(frozen=True, slots=True)
class _Text:
    body: str
    verdict: Verdict
    reason: str | None
    body_from: ArticleFrom = "page"


def extract(body: bytes, *, url: str, content_type: str | None, entry: NewEntry, now: datetime) -> Extraction:
    """`url` is the page's final address. Whatever the page holds, the answer is an Extraction, never an error."""
    said = _SILENT
    try:
        page = parse(body, content_type)
        if page is None:
            text = _Text("", "no_text", "the page is not HTML")
        else:
            signed, dated = bool(entry.authors), entry.published_at is not None
            said = metadata.read(page, url=url, now=now, signed=signed, dated=dated)
            text = _page_text(page, said, entry)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 (a page is hostile input to four libraries; none may end a run)
        text = _Text("", "no_text", f"the page could not be read ({type(error).__name__})")
    if text.verdict == "walled":
        said = _SILENT  # a wall speaks of itself
    text = _fuller(text, entry)
    goes_on = text.verdict == "article" and text.body_from == "page"
    return replace(_extraction(text, said, entry), next_url=said.next_url if goes_on else None)


def from_feed(entry: NewEntry, now: datetime) -> Extraction:  # noqa: ARG001 (the same door as `extract`)
    """The article as its feed gives it, for feeds that are trusted with the text: any text will do."""
    body = max(_feed_text(entry), clean(entry.summary or ""), key=len)  # some feeds put the whole into the summary
    verdict: Verdict = "article" if body else "no_text"
    return _extraction(_Text(body, verdict, None if body else "the feed gives no text", "feed"), _SILENT, entry)


def parse(body: bytes, content_type: str | None) -> Element | None:
    """The page's tree; None for what is not HTML."""
    text = _EARLY_END.sub("", decode(body, content_type))
    # `load_html` takes a short body without <html> for something else; the doctype says that it is none.
    return load_html(text if "html" in text[:50].lower() else f"<!doctype html>{text}")


def page_blocks(page: Element) -> Blocks:
    body = page.find(".//body")
    return blocks(page if body is None else body)


def _page_text(page: Element, said: Metadata, entry: NewEntry) -> _Text:
    page_text = clean_line(page.xpath("string(//body)")[:VISIBLE_CHARS])
    titles = [title for title in (_title(entry, said), said.headline, *said.names) if title]
    lines = _lines(page, titles, entry.content or entry.summary or said.summary or "")
    body = clean("\n".join(without_headline(lines, titles, entry.authors or said.authors)))
    verdict, reason = judge(body, titles=said.names, page_text=page_text)
    return _Text(body if verdict == "article" else "", verdict, reason)


def _lines(page: Element, titles: list[str], evidence: str) -> list[str]:
    """The article's blocks, a line each or several; trafilatura is asked where the model is in doubt."""
    found = page_blocks(page)
    if not found.texts:
        return []
    rows = features(found, model().weights, titles, evidence)
    words = rows[:, WORDS]
    allowed = ~np.array(vetoes(found))
    kept, expected = choose(model().alone.chances(rows) * allowed, words)
    if expected < DOUBT:
        advised = with_advice(rows, advice(page, found.texts))
        kept, _ = choose(model().advised.chances(advised) * allowed, words)
    start = _start(found, kept & allowed, titles)
    said: set[str] = set()
    lines: list[str] = []
    for number, text in enumerate(found.texts):
        again = len(text) >= TWICE_CHARS and text in said  # once for telephones, once for desks
        above = number < start and not is_prose(len(text), found.linked[number])
        # The headline stays until what stands between it and the text is cut off with it.
        if number == start or (kept[number] and allowed[number] and not again and not above):
            said.add(text)
            lines += text.split("\n")
    return lines


def _start(found: Blocks, kept: NDArray[np.bool_], titles: list[str]) -> int:
    """The block that is the headline, if most of what is kept stands below it; else -1."""
    headline = {fold(title) for title in titles} - {""}
    longest = max(map(len, titles), default=0) + TITLE_SLACK_CHARS
    places = (n for n, text in enumerate(found.texts) if len(text) <= longest and fold(text) in headline)
    start = next(places, -1)
    return start if start >= 0 and kept[start:].sum() * 2 > kept.sum() else -1


def advice(page: Element, texts: list[str]) -> Matrix:
    """The share of each text that trafilatura takes for the article's, 0 to 1."""
    found = bare_extraction(page, include_comments=False, with_metadata=False)
    said = (found.text or "") if isinstance(found, Document) else ""
    whole = "".join(said.split())
    lines = {"".join(line.split()) for line in said.split("\n")}
    shares = []
    for text in texts:
        parts = ["".join(line.split()) for line in text.split("\n")]
        agreed = sum(len(part) for part in parts if part in lines or (len(part) > UNIQUE_CHARS and part in whole))
        shares.append(agreed / max(1, sum(map(len, parts))))
    return np.array(shares, np.float32)


def _fuller(text: _Text, entry: NewEntry) -> _Text:
    """The feed's own text where the page has none, or clearly less."""
    feed_text = _feed_text(entry)
    words = word_count(feed_text)
    if text.verdict == "article":
        less = words >= FULL_TEXT_WORDS and word_count(text.body) < LESS_SHARE * words
    else:
        less = judge(feed_text)[0] == "article"
    return _Text(feed_text, "article", None, "feed") if less else text


def _feed_text(entry: NewEntry) -> str:
    return clean("\n".join(without_headline(clean(entry.content or "").split("\n"), [entry.title])))


def _title(entry: NewEntry, said: Metadata) -> str | None:
    """The feed's title, unless it is cut short and the page has the whole."""
    title = clean_line(entry.title or "") or None
    return said.headline or title if title is None or is_cut_short(title) else title


def _extraction(text: _Text, said: Metadata, entry: NewEntry) -> Extraction:
    return Extraction(
        verdict=text.verdict,
        reason=text.reason,
        title=_title(entry, said),
        authors=entry.authors or said.authors,
        published_at=entry.published_at or said.published_at,
        published_from="feed" if entry.published_at else said.published_from,
        language=language.choose([*said.languages, entry.language], text.body),
        summary=_summary(entry, said, text.body),
        body=text.body,
        body_from=text.body_from,
        image_url=web_address(entry.image_url, "") or said.image_url,
        tags=each_once([*entry.tags, *said.tags]),
        site_name=said.site_name,
        canonical_url=said.canonical_url,
        words=word_count(text.body),
        section=said.section,
        extractor=PAGE_EXTRACTOR if text.body_from == "page" else FEED_EXTRACTOR,
    )


def _summary(entry: NewEntry, said: Metadata, body: str) -> str | None:
    """The feed's summary, unless the feed put the whole text there."""
    summary = clean(entry.summary or "")
    return summary if summary and (not body or len(summary) < len(body)) else said.summary
