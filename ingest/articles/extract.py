"""Page → article.

    decode · parse once · read what the page says of itself · cut into blocks · keep the article's · judge

What the feed already told is taken from it: its title, authors and instant were given by hand, the page's are found.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from ingest.articles import language
from ingest.articles.body.advice import TRAFILATURA, advice, extracted
from ingest.articles.body.blocks import Blocks
from ingest.articles.body.features import Evidence
from ingest.articles.body.opening import without_headline
from ingest.articles.body.selection import Selection, select
from ingest.articles.body.walk import blocks
from ingest.articles.embedded import embedded
from ingest.articles.empty_page import elsewhere
from ingest.articles.metadata import metadata as facts
from ingest.articles.metadata.headline import is_cut_short
from ingest.articles.metadata.metadata import Metadata, each_once, web_address
from ingest.articles.tree import parse
from ingest.articles.verdict import judge
from ingest.errors import ran_out
from ingest.text.markup import clean, clean_line
from ingest.text.words import word_count
from storage.content import Content, Method, Verdict
from storage.records import ArticleFrom, NewEntry

Element: TypeAlias = Any  # of lxml, which ships no types

METHOD = 3  # of ours; raised by every change that changes texts
PAGE_EXTRACTORS: dict[Method, str] = {
    "blocks": f"blocks {METHOD}",
    "combined": f"blocks {METHOD} + {TRAFILATURA}",
    "trafilatura": TRAFILATURA,
}
DATA_EXTRACTOR = f"json-ld / {METHOD}"
FEED_EXTRACTOR = f"feed / {METHOD}"

FULL_TEXT_WORDS = 100  # a feed's text of so many words may be the article; a shorter one is a teaser
LESS_SHARE = 0.6  # of the feed's words, under which the page's text lacks something
UNSURE = 0.75  # expected F1, under which a full text of the feed is better: the page's was at .63 where it was measured

PROBE_CHARS = 60
VISIBLE_CHARS = 4000  # of a page, enough to see a wall

_SILENT = Metadata()


@dataclass(frozen=True, slots=True)
class _Text:
    body: str
    verdict: Verdict
    reason: str | None
    extractor: str = PAGE_EXTRACTORS["blocks"]
    expected: float = 1.0
    """F1 with what a person would mark."""

    @property
    def body_from(self) -> ArticleFrom:
        return "feed" if self.extractor == FEED_EXTRACTOR else "page"


def extract(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    entry: NewEntry,
    now: datetime,
    method: Method = "combined",
) -> Content:
    """`url` is the page's final address. Whatever the page holds, the answer is an Content, never an error."""
    said, page = _SILENT, None
    try:
        page = parse(body, content_type)
        if page is None:
            text = _Text("", "no_text", "the page is empty")
        else:
            signed, dated = bool(entry.authors), entry.published_at is not None
            said = facts.read(page, url=url, now=now, signed=signed, dated=dated)
            text = _page_text(page, said, entry, method)
    except Exception as error:  # a page is hostile input to four libraries; none may end a run
        if ran_out(error):
            raise
        text = _Text("", "no_text", f"the page could not be read ({type(error).__name__})")
    if text.verdict == "walled":
        said = _SILENT  # a wall speaks of itself
    text = _fuller(text, said, entry, page)
    goes_on = text.verdict == "article" and text.body_from == "page"
    return replace(_extraction(text, said, entry), next_url=said.next_url if goes_on else None)


def from_feed(entry: NewEntry, now: datetime) -> Content:  # noqa: ARG001 (the same door as `extract`)
    """The article as its feed gives it, for feeds that are trusted with the text: any text will do."""
    body = max(_feed_text(entry), clean(entry.summary or ""), key=len)  # some feeds put the whole into the summary
    verdict: Verdict = "article" if body else "no_text"
    return _extraction(_Text(body, verdict, None if body else "the feed gives no text", FEED_EXTRACTOR), _SILENT, entry)


def page_blocks(page: Element) -> Blocks:
    body = page.find(".//body")
    return blocks(page if body is None else body)


def _page_text(page: Element, said: Metadata, entry: NewEntry, method: Method) -> _Text:
    """The text that the page shows, else the one in its scripts."""
    evidence = evidence_of(said, entry)
    text = _shown(page, said, evidence, entry.authors or said.authors, method)
    if text.verdict == "no_text" and (markup := embedded(page, "".join(evidence.titles[:1]))):
        inner = parse(markup.encode("utf-8", "replace"), "text/html; charset=utf-8")
        found = None if inner is None else _shown(inner, said, evidence, entry.authors or said.authors, method)
        if found and found.verdict == "article":
            return found
    return text


def _shown(page: Element, said: Metadata, evidence: Evidence, authors: tuple[str, ...], method: Method) -> _Text:
    selection = _selected(page, evidence, method)
    body = clean("\n".join(without_headline(selection.lines, evidence.titles, authors)))
    verdict, reason = judge(body, titles=said.names, page_text=lambda: _visible(page))
    if verdict == "no_text" and method == selection.by == "trafilatura":
        return _shown(page, said, evidence, authors, "blocks")
    if verdict == "no_text":
        reason = elsewhere(page) or reason
    extractor = PAGE_EXTRACTORS[selection.by]
    return _Text(body if verdict == "article" else "", verdict, reason, extractor, selection.expected)


def evidence_of(said: Metadata, entry: NewEntry) -> Evidence:
    titles = [title for title in (_title(entry, said), said.headline, *said.names) if title]
    return Evidence(titles, entry.summary or said.summary or "", _feed_text(entry) or said.text or "")


def _visible(page: Element) -> str:
    return clean_line(page.xpath("string(//body)")[:VISIBLE_CHARS])


def _selected(page: Element, evidence: Evidence, method: Method) -> Selection:
    """Where trafilatura has no text, or would take too long, the blocks stand in for it."""
    if method == "trafilatura" and (lines := extracted(page)):
        return Selection(lines, 1.0, method)
    found = page_blocks(page)
    return select(found, evidence, advice(page, found.texts) if method == "combined" else None)


def _fuller(text: _Text, said: Metadata, entry: NewEntry, page: Element | None) -> _Text:
    """The feed's own text, else that of the page's structured data, where the page shows none, clearly less, or one
    that is not to be trusted.
    """
    for other, extractor in ((_feed_text(entry), FEED_EXTRACTOR), (said.text or "", DATA_EXTRACTOR)):
        words = word_count(other)
        if text.verdict != "article":
            better = judge(other)[0] == "article"
        elif words < FULL_TEXT_WORDS:
            better = False
        else:
            less = word_count(text.body) < LESS_SHARE * words
            # What the page shows too was left out of its text with reason: a box, a caption.
            better = text.expected < UNSURE or (less and (extractor == FEED_EXTRACTOR or not _shows(page, other)))
        if better:
            return _Text(other, "article", None, extractor)
    return text


def _shows(page: Element | None, text: str) -> bool:
    """Whether most of the text's beginning, middle and end stand in the blocks of the page."""
    if page is None:
        return False
    flat, shown = "".join(text.split()), "".join("".join(page_blocks(page).texts).split())
    probes = (flat[at : at + PROBE_CHARS] for at in (0, len(flat) // 2, len(flat) - PROBE_CHARS))
    return sum(probe in shown for probe in probes) > 1


def _feed_text(entry: NewEntry) -> str:
    return clean("\n".join(without_headline(clean(entry.content or "").split("\n"), [entry.title])))


def _title(entry: NewEntry, said: Metadata) -> str | None:
    """The feed's title, unless it is cut short and the page has the whole."""
    title = clean_line(entry.title or "") or None
    return said.headline or title if title is None or is_cut_short(title) else title


def _extraction(text: _Text, said: Metadata, entry: NewEntry) -> Content:
    title = _title(entry, said)
    return Content(
        verdict=text.verdict,
        reason=text.reason,
        title=title,
        authors=entry.authors or said.authors,
        published_at=entry.published_at or said.published_at,
        published_from="feed" if entry.published_at else said.published_from,
        language=language.choose([*said.languages, entry.language], f"{title or ''}\n{text.body}"),
        summary=_summary(entry, said, text.body),
        body=text.body,
        body_from=text.body_from,
        image_url=web_address(entry.image_url, "") or said.image_url,
        tags=each_once([*entry.tags, *said.tags]),
        site_name=said.site_name,
        canonical_url=said.canonical_url,
        words=word_count(text.body),
        section=said.section,
        published_precision=entry.published_precision if entry.published_at else said.published_precision,
        extractor=text.extractor,
    )


def _summary(entry: NewEntry, said: Metadata, body: str) -> str | None:
    """The feed's summary, unless the feed put the whole text there."""
    summary = clean(entry.summary or "")
    return summary if summary and (not body or len(summary) < len(body)) else said.summary
