"""A page → the content of its article. The steps:

    1. decode and parse the page             text/charset.py, tree.py
    2. read its metadata                     metadata/fields.py
       cut out what its site's selectors name cutting.py
    3. cut it into blocks                    body/walk.py
    4. choose the article's blocks           body/selection.py (features, model, vetoes; advice.py: trafilatura)
    5. cut headline and byline off           body/opening.py
    6. cut a wall off, find the access       access/found.py
    7. judge: article, wall or no text       verdict.py, error_pages.py
    8. search the scripts if there is none   embedded.py
    9. take a fuller text if there is one    fullest.py: the feed's, or that of the structured data
    10. judge: article, list or other page   page_kind/, if nobody has announced it
    11. find the structure of its lines      structure/
    12. find the language                    language.py

Title, authors and date are the feed's if it gives them: people wrote them there, on the page they have to be found.
"""

from dataclasses import replace
from datetime import datetime

from ingest.articles import language
from ingest.articles.access.found import access_of, without_wall
from ingest.articles.body.advice import advice, trafilatura_lines, without_marks
from ingest.articles.body.align import align, of_blocks
from ingest.articles.body.blocks import Blocks
from ingest.articles.body.opening import opening, without_headline
from ingest.articles.body.selection import Selection, select, select_held
from ingest.articles.body.texts import Claims
from ingest.articles.body.walk import blocks
from ingest.articles.cutting import Applied, apply, outside
from ingest.articles.embedded import embedded
from ingest.articles.error_pages import is_fault
from ingest.articles.fullest import FEED_EXTRACTOR, PAGE_EXTRACTORS, FoundText, Steps, fullest
from ingest.articles.metadata.fields import Metadata, distinct, read_metadata, web_address
from ingest.articles.page_kind.judged import other_kind
from ingest.articles.refresh import leads_on_to
from ingest.articles.selectors import NO_SELECTORS, Selectors
from ingest.articles.structure.lines import Numbered, paragraphs, structured
from ingest.articles.tree import Element, parse
from ingest.articles.verdict import judge, redirect_or_frame
from ingest.errors import is_out_of_memory
from ingest.text.markup import clean, clean_line, is_cut_short
from ingest.text.words import word_count
from storage.content import Content, Line, Method, Verdict, texts_of
from storage.records import NewEntry

MAX_VISIBLE_CHARS = 4000  # of a page, enough to recognise a wall

_NO_METADATA = Metadata()


def extract(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    entry: NewEntry,
    now: datetime,
    method: Method = "combined",
    selectors: Selectors = NO_SELECTORS,
    announced: bool = True,
) -> Content:
    """Extract the article of a page, whose final address is `url`. Raises MemoryError only.

    If nobody has announced the page as an article, whether it is one is judged.
    """
    page = url, content_type, entry, now, method, selectors
    return extract_with_text(body, *page, announced=announced)[0]


def extract_with_text(
    body: bytes,
    url: str,
    content_type: str | None,
    entry: NewEntry,
    now: datetime,
    method: Method,
    selectors: Selectors,
    *,
    announced: bool = True,
) -> tuple[Content, FoundText]:
    """Extract the article of a page. Return its text as it was found too."""
    metadata, page, refresh_url = _NO_METADATA, None, None
    feed_text = _feed_text(entry)
    try:
        page = parse(body, content_type)
        if page is None:
            text = FoundText("", "no_text", "the page is empty")
        else:
            signed, dated = bool(entry.authors), bool(entry.published_at)
            metadata = read_metadata(page, url=url, now=now, signed=signed, dated=dated)
            text = _page_text(page, metadata, entry, feed_text, method, selectors)
            if text.verdict == "no_text" and not is_fault(text.reason):
                refresh_url = leads_on_to(page, url)
    except Exception as error:  # a page is hostile input to four libraries, and must not end a run
        if is_out_of_memory(error):
            raise
        text = FoundText("", "no_text", f"the page could not be read ({type(error).__name__})")
    if text.verdict == "walled":
        metadata = _NO_METADATA  # the page's are the wall's, not the article's
    if text.access == "partial":
        feed_text = max(feed_text, clean(entry.summary or ""), key=len)  # some feeds have the full text as summary
    text = fullest(text, *without_wall(feed_text), metadata)
    if not announced and page is not None and text.verdict == "article":
        text = _judged(text, page, metadata, url)
    content = _content(text, _lines(text, entry, url, metadata.image_url), metadata, entry)
    return replace(content, refresh_url=refresh_url), text


def from_feed(entry: NewEntry) -> Content:
    """Return the article as the feed gives it, for feeds whose text is trusted, however short it is."""
    body, wall = without_wall(max(_feed_text(entry), clean(entry.summary or ""), key=len))
    reason = None if body else "the feed gives no text"
    text = FoundText(body, "article" if body else "no_text", reason, FEED_EXTRACTOR)
    text = replace(text, access="partial", access_reason=wall) if wall else text
    return _content(text, _lines(text, entry, entry.url or "", None), _NO_METADATA, entry)


def claims_of(metadata: Metadata, entry: NewEntry, feed_text: str) -> Claims:
    titles = [title for title in (_title(entry, metadata), metadata.headline, *metadata.titles) if title]
    return Claims(titles, entry.summary or metadata.summary or "", feed_text or metadata.text or "")


def _page_text(
    page: Element, metadata: Metadata, entry: NewEntry, feed_text: str, method: Method, selectors: Selectors
) -> FoundText:
    """Return the text of the page's tree, else the text in its scripts."""
    claims = claims_of(metadata, entry, feed_text)
    authors = entry.authors or metadata.authors
    text = _tree_text(page, metadata, claims, authors, method, apply(page, selectors))
    if text.verdict == "no_text" and (markup := embedded(page, "".join(claims.titles[:1]))):
        inner = parse(markup.encode("utf-8", "replace"), "text/html; charset=utf-8")
        found = None
        if inner is not None:
            found = _tree_text(inner, metadata, claims, authors, method, apply(inner, selectors))
        if found and found.verdict == "article":
            return replace(found, replaced=text)
    return text


def _tree_text(
    page: Element, metadata: Metadata, claims: Claims, authors: tuple[str, ...], method: Method, applied: Applied
) -> FoundText:
    found = blocks(page)
    selection = _selected(page, found, claims, method, applied)
    head = opening(selection.lines, claims.titles, authors)
    below = zip(selection.lines[head[1] :], selection.numbers[head[1] :], strict=True)
    cleaned = [(line, number) for raw, number in below for line in clean(raw).split("\n") if line]
    access = access_of(page, found, metadata.access, cleaned)
    steps = Steps(applied, selection, head, cleaned, access.kept)
    body = "\n".join(line for line, _ in access.kept)
    verdict, reason = judge(
        body, titles=metadata.titles, page_text=lambda: clean_line(page.xpath("string(//body)")[:MAX_VISIBLE_CHARS])
    )
    if verdict == "no_text" and access.wall:
        verdict, reason = _walled("\n".join(access.wall), access.reason)
    if verdict == "no_text" and method == selection.by == "trafilatura":
        return _tree_text(page, metadata, claims, authors, "blocks", applied)
    if verdict == "no_text":
        reason = reason if is_fault(reason) else redirect_or_frame(page) or reason
    extractor = PAGE_EXTRACTORS[selection.by]
    if verdict != "article":
        return FoundText("", verdict, reason, extractor, selection.expected, page, found, steps=steps)
    numbers = [number for _, number in access.kept]
    found_by = extractor, selection.expected
    return FoundText(body, verdict, reason, *found_by, page, found, numbers, access.access, access.reason, steps)


def _judged(text: FoundText, page: Element, metadata: Metadata, url: str) -> FoundText:
    """Return the text if the page is an article, else none."""
    try:
        reason = other_kind(page, text, metadata, url)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        return text
    return replace(text, body="", verdict="no_text", reason=reason, access="free") if reason else text


def _walled(text: str, shown: str | None) -> tuple[Verdict, str | None]:
    """Return the verdict on a page that has a wall's words and no other text."""
    verdict, reason = judge(text)
    return "walled", reason if verdict == "walled" else shown


def _selected(page: Element, found: Blocks, claims: Claims, method: Method, applied: Applied) -> Selection:
    """Select the article's lines. The blocks replace trafilatura if it finds no text or would take too long.

    What the site's own selector keeps needs no method.
    """
    if applied.held and "" in (left_out := outside(applied, found)):
        return select_held(found, left_out)
    if method == "trafilatura" and (lines := trafilatura_lines(page)):
        return Selection(lines, align(without_marks(lines, found.texts), found.texts), 1.0, method)
    return select(found, claims, advice(page, found.texts) if method == "combined" else None)


def _lines(text: FoundText, entry: NewEntry, url: str, picture_url: str | None) -> tuple[Line, ...]:
    """Return the lines of a text with their structure. Return paragraphs if it cannot be found."""
    try:
        if text.extractor == FEED_EXTRACTOR:
            return _feed_lines(text.body, entry)
        if text.found is None or text.page is None:
            return paragraphs(text.body)
        lines = text.body.split("\n") if text.body else []
        numbers = align(lines, text.found.texts) if text.numbers is None else text.numbers
        return structured(text.page, text.found, list(map(Numbered, lines, numbers)), url, picture_url=picture_url)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        return paragraphs(text.body)


def _feed_lines(body: str, entry: NewEntry) -> tuple[Line, ...]:
    """Return the lines of the feed's text without captions, with the structure of its markup."""
    page = parse(entry.markup.encode("utf-8", "replace"), "text/html; charset=utf-8") if entry.markup else None
    if page is None:
        return paragraphs(body)
    found = blocks(page)
    lines = body.split("\n")
    numbers = of_blocks(body, found.texts)
    if numbers is None:
        numbered = list(map(Numbered, lines, align(lines, found.texts)))
    else:
        numbered = [Numbered(line, n) for n in numbers for line in clean(found.texts[n]).split("\n")]
    kept = [line for line in numbered if line.number is None or not found.is_caption(line.number)]
    return structured(page, found, kept or numbered, entry.url or "", "feed")


def _feed_text(entry: NewEntry) -> str:
    return clean("\n".join(without_headline(clean(entry.content or "").split("\n"), [entry.title])))


def _title(entry: NewEntry, metadata: Metadata) -> str | None:
    """Return the feed's title, or the page's if the feed's is missing or cut short."""
    title = clean_line(entry.title or "") or None
    return metadata.headline or title if title is None or is_cut_short(title) else title


def _content(text: FoundText, lines: tuple[Line, ...], metadata: Metadata, entry: NewEntry) -> Content:
    title = _title(entry, metadata)
    body = "\n".join(texts_of(lines))
    is_of_feed = text.extractor == FEED_EXTRACTOR
    summary: str | None = clean(entry.summary or "")
    if not summary or 0 < len(body) <= len(summary):  # some feeds have the full text as summary
        summary = metadata.summary
    return Content(
        verdict=text.verdict,
        reason=text.reason,
        title=title,
        authors=entry.authors or metadata.authors,
        published_at=entry.published_at or metadata.published_at,
        published_from="feed" if entry.published_at else metadata.published_from,
        language=language.choose([*metadata.languages, entry.language], f"{title or ''}\n{body}"),
        summary=summary,
        body=body,
        body_from="feed" if is_of_feed else "page",
        image_url=web_address(entry.image_url, "") or metadata.image_url,
        tags=distinct([*entry.tags, *metadata.tags]),
        site_name=metadata.site_name,
        canonical_url=metadata.canonical_url,
        next_url=metadata.next_url if text.verdict == "article" and not is_of_feed else None,
        words=word_count(body),
        section=metadata.section,
        published_precision=entry.published_precision if entry.published_at else metadata.published_precision,
        extractor=text.extractor,
        access=text.access if text.verdict == "article" else None,
        access_reason=text.access_reason,
        lines=lines,
    )
