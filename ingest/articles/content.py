"""What comes out of a page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.records import ArticleFrom, Precision

Verdict = Literal["article", "no_text", "walled"]
Method = Literal["combined", "blocks", "trafilatura"]
"""How a page's text is found: by a model of its blocks and trafilatura, by the model alone, by trafilatura alone."""


@dataclass(frozen=True, slots=True)
class Content:
    """An article as a person would mark it by hand, or why there is none.

    `reason` names what was seen when the verdict is not "article". `published_from` is one of "feed",
    "json-ld", "meta", "time" (a <time> element), "text" (what stands beside the headline), "url", and None
    with `published_at`, as `published_precision` is. `body` has one paragraph a line, no headline, no markup, and
    is "" when there is none.
    `canonical_url` is what the page claims; whether it is believed is decided elsewhere. `words` counts CJK
    characters singly. `extractor` says how `body` was made: "blocks 3" by the model of a page's blocks,
    "blocks 3 + trafilatura 2.3.1" with trafilatura's text as evidence, "trafilatura 2.3.1" by trafilatura,
    "json-ld / 3" from the page's structured data, "feed / 3" from the feed; of several pages, each that occurs.
    `next_url` is where the same article goes on.
    """

    verdict: Verdict
    reason: str | None
    title: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    published_from: str | None
    language: str | None
    summary: str | None
    body: str
    body_from: ArticleFrom
    image_url: str | None
    tags: tuple[str, ...]
    site_name: str | None
    canonical_url: str | None
    words: int
    extractor: str
    section: str | None = None
    published_precision: Precision | None = None
    next_url: str | None = None
