"""Texts of articles: the content that is extracted from pages or feeds, and texts that the archive has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.records import ArticleFrom, Media, Precision

Verdict = Literal["article", "no_text", "walled"]
Method = Literal["combined", "blocks", "trafilatura"]
"""How a page's text is found: by a model of its blocks and trafilatura, by the model alone, by trafilatura alone."""

Access = Literal["free", "metered", "partial"]
"""How much of an article its publisher lets everybody read: all; a number of articles; the beginning."""

Cause = Literal["edit", "reclean"]
"""Why an article has a revision: its site has edited the text, or `ingest reclean` has extracted it anew."""

NOT_STORED = ("verdict", "reason", "canonical_url", "next_url", "refresh_url", "lines", "media")
# Columns of `revisions`.
REVISED = ("title", "body", "words", "content_hash", "extractor", "markdown", "access", "access_reason")


@dataclass(frozen=True, slots=True)
class Container:
    """An element of a page that holds lines of an article. Lines in the same element have it with the same `number`.

    `tag` is "blockquote", "ul", "ol", "li", "table", "tr", "pre", "p" or "h1" to "h6". `detail` is a listing's
    language, the first number of an "ol", and "th" for a table's row of headings.
    """

    tag: str
    number: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an article with its structure.

    `text` is the line as it stands in `body`, "" for what stands there only as structure: a picture, a caption, an
    empty line of a listing. `cells` has the same words as inline Markdown (CommonMark 0.31), in a table's row a cell
    each; a line of a listing has its text as it is, with its indentation. `within` are the elements that hold the
    line, the outermost first; the last one is its own. `is_caption`: the line is the caption of the picture before it.
    `media` stand in the line.
    """

    text: str
    cells: tuple[str, ...]
    within: tuple[Container, ...]
    media: tuple[Media, ...] = ()
    is_caption: bool = False


def texts_of(lines: Iterable[Line]) -> list[str]:
    """Return the lines of the body."""
    return [line.text for line in lines if line.text]


@dataclass(frozen=True, slots=True)
class Content:
    """An article as a person would mark it by hand, or the reason why a page has no article.

    `reason` says what was seen if the verdict is not "article". `body` has one paragraph a line, no headline and no
    markup; it is "" if there is none. `words` counts CJK characters singly. `published_from` is one of "feed",
    "json-ld", "meta", "time" (a <time> element), "text" (beside the headline) and "url"; it is None without
    `published_at`, as `published_precision` is. `extractor` says how `body` was made: "blocks 4" by the model of a
    page's blocks, "blocks 4 + trafilatura 2.3.1" with trafilatura's text as evidence, "trafilatura 2.3.1" by
    trafilatura, "keep / 4" by the site's own selector, "json-ld / 4" from the page's structured data, "feed / 4" from
    the feed; of several pages, each that occurs. `canonical_url` is the page's claim. `next_url` is the article's next
    page. `refresh_url` is where a page without a text of its own leads on to.

    `markdown` is `body` with its structure, as CommonMark with tables. `lines` are what both were made of, and are kept
    only as long as another page may be appended. `access_reason` says what showed that the text is not free.

    `content_hash` is the exact hash of `body` (`ingest.dedupe.fingerprint`). The article is archived under `url` and
    `site`.
    """

    verdict: Verdict
    reason: str | None
    title: str | None
    body: str
    words: int
    body_from: ArticleFrom
    extractor: str
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_from: str | None = None
    published_precision: Precision | None = None
    language: str | None = None
    summary: str | None = None
    image_url: str | None = None
    tags: tuple[str, ...] = ()
    site_name: str | None = None
    section: str | None = None
    canonical_url: str | None = None
    next_url: str | None = None
    refresh_url: str | None = None
    content_hash: str = ""
    url: str = ""
    site: str = ""
    markdown: str | None = None
    access: Access | None = None
    access_reason: str | None = None
    media: tuple[Media, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class CurrentText:
    """The latest text of an article.

    `edited`: its site has changed the text, and did not only get it cleaned anew. `revision_id` is None for the first
    text. `markdown` is None in rows of schemas before 8.
    """

    id: int
    url: str
    site: str
    title: str | None
    body: str
    body_from: ArticleFrom
    words: int
    content_hash: str
    extractor: str
    edited: bool
    revision_id: int | None = None
    markdown: str | None = None
    access: Access | None = None
    access_reason: str | None = None


@dataclass(frozen=True, slots=True)
class TextMatch:
    """An article that has, or had, exactly the text in question under `title`.

    `own_id` is the article, `article_id` the one it was merged into or the same. `site` and `site_name` are its own.
    """

    own_id: int
    article_id: int
    title: str | None
    site: str
    site_name: str | None


@dataclass(frozen=True, slots=True)
class CandidateText:
    """A text of an article that shares shingles with a new text: its first, its last, or that of the copy `copy_id`."""

    article_id: int
    site: str
    title: str | None
    published_at: datetime | None
    body: str
    copy_id: int | None = None


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A row of `copies`. `language` is its article's."""

    id: int
    article_id: int
    url: str
    site: str
    title: str | None
    published_at: datetime | None
    body: str
    method: str
    merged_id: int | None
    split_id: int | None
    language: str | None
    published_precision: Precision | None = None
    markdown: str | None = None
    access: Access | None = None
    access_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """Why a text is a copy of an article: `method` with its version, and `score` (containment, 0 to 1).

    `adds`: it has text that the text it was compared with lacks, so that others may be copies of it.
    """

    article_id: int
    method: str
    score: float
    adds: bool
