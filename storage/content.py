"""The content of an article: what an extraction yields, and what the archive takes whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from storage.records import ArticleFrom, Precision

Verdict = Literal["article", "no_text", "walled"]
Method = Literal["combined", "blocks", "trafilatura"]
"""How a page's text is found: by a model of its blocks and trafilatura, by the model alone, by trafilatura alone."""

NOT_STORED = ("verdict", "reason", "canonical_url", "next_url")


@dataclass(frozen=True, slots=True)
class Content:
    """An article as a person would mark it by hand, or why there is none.

    `reason` says what was seen if the verdict is not "article". `body` has one paragraph a line, no headline and no
    markup; it is "" if there is none. `words` counts CJK characters singly. `published_from` is one of "feed",
    "json-ld", "meta", "time" (a <time> element), "text" (beside the headline) and "url"; it is None without
    `published_at`, as `published_precision` is. `extractor` says how `body` was made: "blocks 3" by the model of a
    page's blocks, "blocks 3 + trafilatura 2.3.1" with trafilatura's text as evidence, "trafilatura 2.3.1" by
    trafilatura, "json-ld / 3" from the page's structured data, "feed / 3" from the feed; of several pages, each that
    occurs. `canonical_url` is the page's claim. `next_url` is the article's next page.

    `content_hash` is the exact hash of `body` (`ingest.dedupe.fingerprint`). `url` and `site` are those that the
    article is archived under.
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
    content_hash: str = ""
    url: str = ""
    site: str = ""

    def stored(self) -> dict[str, Any]:
        """Return the fields that the archive stores."""
        return {name: getattr(self, name) for name in self.__slots__ if name not in NOT_STORED}
