"""What is a text that has arrived: an article that is known, a copy, the full text of one, or another article?

equal    the same words under the same headline are the article itself; under another they are a copy where they
are many and nobody has them twice
like     most of one text in the other (`dedupe.near`)
full     a text that begins with an archived one and is twice as long is the article, and that one the copy
digest   a text that holds several articles is none of them, and none of them is a copy of it
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.dedupe.titles import agree, numbered_apart, same_title, titles_agree, words_of
from storage.archive import ArchivedTexts
from storage.records import CandidateText, Copy, CopyRow, EqualText, NewArticle

if TYPE_CHECKING:
    from ingest.dedupe.extent import Extent
    from ingest.dedupe.near import Text

SAME_TEXT = "same text 1"
FULL_TEXT = "full text 1"
"""As `copies.method` has them, with their version."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`known` is the article that a text is; `copy` says that and why it is a copy, or a full text where `is_full`.

    `apart` are copies that the text shows to be none: with it, what they were tied to is a digest.
    """

    known: int | None = None
    copy: Copy | None = None
    is_full: bool = False
    apart: tuple[int, ...] = ()


NEW = Decision()


def equal_to(article: NewArticle, texts: Sequence[EqualText], *, is_repeated: bool) -> Decision:
    """Of a text whose words are those of `texts`: what is decided by these alone (pure).

    `is_repeated` says that the text's feed has given these words before, under another headline.
    """
    for text in texts:
        if same_title(article.title, text.title, (article.site, article.site_name, text.site, text.site_name)):
            return Decision(known=text.article_id)
    standing = {text.article_id for text in texts}
    title = words_of(article.title)
    is_numbered = any(
        numbered_apart(title, words_of(text.title), within_site=article.site == text.site) for text in texts
    )
    if is_repeated or is_numbered or len(standing) > 1:
        return NEW
    from ingest.dedupe.near import FEW, Text

    if Text(article).shingles.weight < FEW:
        return NEW
    return Decision(copy=Copy(standing.pop(), SAME_TEXT, 1, adds=False))


def like(
    article: NewArticle,
    hashes: Iterable[int],
    archive: ArchivedTexts,
    *,
    besides: Collection[int] = (),
    again: CopyRow | None = None,
) -> Decision:
    """What the text is to the archived ones that share some of its shingles, the articles `besides` left out.

    `again` is the copy that it is already: it is compared with what that is tied to, and not with itself.
    """
    candidates = archive.candidates(hashes)
    if again:
        candidates = [text for text in candidates if text.copy_id != again.id]
        if again.article_id not in {text.article_id for text in candidates}:
            candidates += [text for text in archive.texts_of(again.article_id) if text.copy_id != again.id]
    candidates = [text for text in candidates if text.article_id not in besides]
    return _like(article, candidates, archive) if candidates else NEW


def _like(article: NewArticle, candidates: Sequence[CandidateText], archive: ArchivedTexts) -> Decision:
    from ingest.dedupe import near  # brings numpy, which most runs never need in this process
    from ingest.dedupe.extent import Extent, holds_several, is_cut_short

    text = near.Text(article, near.furniture(archive.known_of(article.site).furniture))
    texts = {candidate: near.Text(candidate, text.furniture) for candidate in candidates}
    held = {archive.standing(c.article_id): Extent(other, text) for c, other in texts.items() if c.copy_id is None}
    if holds_several(held.values()):
        candidates = [c for c in candidates if not Extent(texts[c], text).is_much_less]
    found = near.find(text, candidates)
    if found is None:
        return Decision(apart=tuple(_shown_apart(text, texts, archive)))
    found = replace(found, article_id=archive.standing(found.article_id))
    current = archive.current_text(found.article_id)
    assert current
    other = near.Text(CandidateText(current.id, current.site, current.title, None, current.body), text.furniture)
    begun = Extent(other, text)
    if begun.begins:
        if archive.is_split(current.id):
            return NEW
        breaks_off = begun.ends_in_a_line and is_cut_short(current.body)
        if current.body_from == "feed" or breaks_off or titles_agree(article.title, current.title):
            return Decision(copy=replace(found, method=FULL_TEXT, adds=False), is_full=True)
    elif (extent := Extent(text, other)).is_held and _is_digest(other, current.body, extent, found.article_id, archive):
        return NEW
    return Decision(copy=found)


def _is_digest(text: "Text", body: str, extent: "Extent", article_id: int, archive: ArchivedTexts) -> bool:
    """Whether the article's text, in which another stands at `extent`, holds an article in another place too."""
    from ingest.dedupe.extent import Extent
    from ingest.dedupe.near import Text, hashes_of

    for candidate in archive.candidates(hashes_of(body)):
        if candidate.copy_id is None and archive.standing(candidate.article_id) != article_id:
            its = Extent(Text(candidate, text.furniture), text)
            if its.is_held and its.is_apart_from(extent):
                return True
    return False


def _shown_apart(text: "Text", texts: dict[CandidateText, "Text"], archive: ArchivedTexts) -> Iterator[int]:
    """The copies by which an article is tied to a digest of it: `text` has been found to stand in that too."""
    from ingest.dedupe.extent import Extent
    from ingest.dedupe.near import Text

    for candidate, digest in texts.items():
        extent = Extent(text, digest)
        if not extent.is_held:
            continue
        for copy in archive.copies_of(candidate.article_id):
            if copy.id == candidate.copy_id:
                small: Text | None = next(
                    (its for c, its in texts.items() if (c.article_id, c.copy_id) == (copy.article_id, None)), None
                )
            else:
                small = None if candidate.copy_id else Text(copy, text.furniture)
            if small and not agree(small.title, digest.title):
                its = Extent(small, digest)
                if its.is_held and its.is_apart_from(extent):
                    yield copy.id
