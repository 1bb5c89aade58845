"""What is a text that has arrived: an article that is known, a copy, the full text of one, or another article?

equal    the same words under the same headline are the article itself; under another they are a copy where they
are many and nobody has them twice
like     most of one text in the other (`dedupe.near`)
full     a text that begins with an archived one and is twice as long is the article, and that one the copy
digest   a text that holds several articles is none of them, and none of them is a copy of it
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from ingest.dedupe.titles import differ_in_figures_only, same_title, title_words, titles_agree
from storage.articles import CurrentText, TextMatch
from storage.copies import CopyRow
from storage.queries import Queries
from storage.records import CandidateText, Copy, NewArticle

if TYPE_CHECKING:
    from ingest.dedupe.extent import Extent
    from ingest.dedupe.near import Text

SAME_TEXT = "same text 1"
FULL_TEXT = "full text 1"
"""As `copies.method` has them, with their version."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a text is: the article `known`, which may be merged into another, a `copy`, or else an article.

    An article may be the full text of others (`full_of`), or show that `apart` are no copies: what these are tied to
    is a digest of it and them.
    """

    known: int | None = None
    copy: Copy | None = None
    full_of: tuple[Copy, ...] = ()
    apart: tuple[int, ...] = ()


NEW = Decision()


def equal_to(article: NewArticle, texts: Sequence[TextMatch], *, is_repeated: bool) -> Decision:
    """Of a text whose words are those of `texts`: what is decided by these alone (pure).

    `is_repeated` says that the text's feed has given these words before, under another headline.
    """
    for text in texts:
        if same_title(article.title, text.title, (article.site, article.site_name, text.site, text.site_name)):
            return Decision(known=text.own_id)
    standing = {text.article_id for text in texts}
    title = title_words(article.title)
    is_numbered = any(
        differ_in_figures_only(title, title_words(text.title), within_site=article.site == text.site) for text in texts
    )
    if is_repeated or is_numbered or len(standing) > 1:
        return NEW
    from ingest.dedupe.near import SHORT_WEIGHT, Text

    if Text(article).shingles.weight < SHORT_WEIGHT:
        return NEW
    return Decision(copy=Copy(standing.pop(), SAME_TEXT, 1, adds=False))


def like(
    article: NewArticle,
    hashes: Iterable[int],
    archive: Queries,
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
    return _Comparison(article, candidates, archive).decide() if candidates else NEW


class _Comparison:
    """A text beside those of its candidates."""

    def __init__(self, article: NewArticle, candidates: Sequence[CandidateText], archive: Queries) -> None:
        from ingest.dedupe import near  # brings numpy, which most runs never need in this process

        self.article, self.candidates, self.archive = article, candidates, archive
        self.text = near.Text(article, near.boilerplate(archive.site_profile(article.site).boilerplate))
        self.texts = {candidate: near.Text(candidate, self.text.boilerplate) for candidate in candidates}
        self.standing = {c.article_id: archive.current_id(c.article_id) for c in candidates}

    def decide(self) -> Decision:
        from ingest.dedupe.extent import contained_extent, extent

        is_digest = self._is_digest()
        candidates = [
            c
            for c in self.candidates
            if extent(self.texts[c], self.text) is None or not (is_digest or self._is_merged(c))
        ]
        found = self._find(candidates)
        if found is None:
            return Decision(apart=tuple(dict.fromkeys(self._shown_apart())))
        if full_of := self._full_of(found):
            return Decision(full_of=full_of)
        current = self._current(found.article_id)
        text = self._read(current)
        place = contained_extent(self.text, self.article.body, text)
        if place and self._is_in_a_digest(current, text, place):
            return NEW
        begun = extent(text, self.text)
        return NEW if begun and begun.begins and self.archive.is_split(current.id) else Decision(copy=found)

    def _is_merged(self, candidate: CandidateText) -> bool:
        """Whether another stands for it: a text much longer is like that one, or is none of the two."""
        return self.standing[candidate.article_id] != candidate.article_id

    def _find(self, candidates: Sequence[CandidateText]) -> Copy | None:
        from ingest.dedupe.near import find

        found = find(self.text, candidates, self.texts)
        return replace(found, article_id=self.standing[found.article_id]) if found else None

    def _current(self, article_id: int) -> CurrentText:
        current = self.archive.current_text(article_id)
        assert current
        return current

    def _read(self, text: CurrentText) -> "Text":
        from ingest.dedupe.near import Text

        return Text(CandidateText(text.id, text.site, text.title, None, text.body), self.text.boilerplate)

    def _full_of(self, found: Copy) -> tuple[Copy, ...]:
        """The articles that the text is the full text of, where what was found is one of them."""
        if not self._is_full_text_of(found.article_id):
            return ()
        others = dict.fromkeys(id_ for id_ in self.standing.values() if id_ != found.article_id)
        more = [self._find([c for c in self.candidates if self.standing[c.article_id] == other]) for other in others]
        teasers = [found, *(copy for copy in more if copy and self._is_full_text_of(copy.article_id))]
        return tuple(replace(copy, method=FULL_TEXT, adds=False) for copy in teasers)

    def _is_full_text_of(self, article_id: int) -> bool:
        from ingest.dedupe.extent import extent, is_cut_short

        current = self._current(article_id)
        begun = extent(self._read(current), self.text)
        if not begun or not begun.begins or self.archive.is_split(article_id):
            return False
        if begun.ends_in_a_line and is_cut_short(current.body):
            return True
        return current.body_from == "feed" or titles_agree(self.article.title, current.title)

    def _is_digest(self) -> bool:
        """Whether the text has two archived articles, each in full and one beside the other."""
        from ingest.dedupe.extent import contained_extent

        places = {
            self.standing[candidate.article_id]: place
            for candidate, text in self.texts.items()
            if candidate.copy_id is None and (place := contained_extent(text, candidate.body, self.text))
        }
        return any(one.is_apart_from(other) for one, other in combinations(places.values(), 2))

    def _is_in_a_digest(self, current: CurrentText, text: "Text", place: "Extent") -> bool:
        """Whether an article's text, in which this one has its place, has an archived article in another place too."""
        from ingest.dedupe.extent import contained_extent
        from ingest.dedupe.near import Text, hashes_of

        for candidate in self.archive.candidates(hashes_of(current.body)):
            if candidate.copy_id is None and self.archive.current_id(candidate.article_id) != current.id:
                its = contained_extent(Text(candidate, self.text.boilerplate), candidate.body, text)
                if its and its.is_apart_from(place):
                    return True
        return False

    def _shown_apart(self) -> Iterator[int]:
        """The copies that are tied to a text because one has the other in full: this one has another place in it."""
        from ingest.dedupe.extent import contained_extent
        from ingest.dedupe.near import Text

        for candidate, digest in self.texts.items():
            place = contained_extent(self.text, self.article.body, digest)
            if not place:
                continue
            for copy in self.archive.copies_of(candidate.article_id):
                if candidate.copy_id is None:
                    its = contained_extent(Text(copy, self.text.boilerplate), copy.body, digest)
                elif copy.id == candidate.copy_id:
                    own = next(c for c in self.texts if (c.article_id, c.copy_id) == (copy.article_id, None))
                    its = contained_extent(self.texts[own], own.body, digest)
                else:
                    continue
                if its and its.is_apart_from(place):
                    yield copy.id
