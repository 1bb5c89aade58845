"""What ties a new text to archived articles: it is one of them, a copy, the full text of one, or nothing does (pure).

equal    the same words under the same headline are the article itself; under another headline they are a copy if they
         are many and one article alone has them
near     most of one text stands in the other (`dedupe.near`)
full     a text that begins with an archived one and is twice as long is the article; the archived one is its copy
digest   a text that holds several articles is not a copy of them, and they are not copies of it
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING

from ingest.dedupe.titles import numbered_apart, same_title, titles_agree, words_of
from storage.content import Content
from storage.records import CandidateText, Copy, CopyRow, CurrentText, EqualText

if TYPE_CHECKING:
    from ingest.dedupe.extent import Extent
    from ingest.dedupe.near import Text

SAME_TEXT = "same text 1"
FULL_TEXT = "full text 1"
"""As `copies.method` has them, with their version."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties a text to archived articles: `known` is the article itself, which may be merged into another.

    A text without `known` and `copy` is an article. It is the full text of the articles in `full_of`. It shows that
    the copies in `apart` are articles: what they are tied to is a digest of them and of it.
    """

    known: int | None = None
    copy: Copy | None = None
    full_of: tuple[Copy, ...] = ()
    apart: tuple[CopyRow, ...] = ()


NO_TIES = Ties()


@dataclass(frozen=True, slots=True)
class NearTexts:
    """A text, and the archived texts that share some of its shingles (candidates).

    `current` has, by the id of a candidate's article, the article that it is or was merged into. `split_off` are ids
    of articles of which was decided that they are no copies. `copies` and `beside` are gathered when they are needed.
    """

    text: "Text | None" = None
    candidates: "Mapping[CandidateText, Text]" = field(default_factory=dict)
    current: Mapping[int, CurrentText] = field(default_factory=dict)
    split_off: frozenset[int] = frozenset()
    copies: Mapping[int, Sequence[CopyRow]] = field(default_factory=dict)
    """By article: its copies that a method found."""
    beside: Mapping[int, Sequence[CandidateText]] = field(default_factory=dict)
    """By article: the texts of other articles that share shingles with its current text."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What must be gathered before an answer: texts near a text, copies of articles, or texts beside an article.

    `first_page` says that all evidence must be of the first page alone.
    """

    near_to: Content | None = None
    copies_of: tuple[int, ...] = ()
    beside: CurrentText | None = None
    first_page: bool = False


def equal_to(content: Content, texts: Sequence[EqualText], *, is_repeated: bool) -> Ties:
    """Compare a text with archived ones of the same words.

    `is_repeated` says that the text's feed has given these words before, under another headline.
    """
    for text in texts:
        if same_title(content.title, text.title, (content.site, content.site_name, text.site, text.site_name)):
            return Ties(known=text.own_id)
    article_ids = {text.article_id for text in texts}
    title = words_of(content.title)
    is_numbered = any(
        numbered_apart(title, words_of(text.title), within_site=content.site == text.site) for text in texts
    )
    if is_repeated or is_numbered or len(article_ids) > 1:
        return NO_TIES
    from ingest.dedupe.near import FEW, Text

    if Text(content).shingles.weight < FEW:
        return NO_TIES
    return Ties(copy=Copy(article_ids.pop(), SAME_TEXT, 1, adds=False))


def compare(content: Content, near: NearTexts | None, *, besides: Collection[int] = ()) -> Ties | Needed:
    """Compare a text with those near it, but not with those of the articles `besides`. Return what is needed first."""
    if near is None:
        return Needed(near_to=content)
    texts = {candidate: text for candidate, text in near.candidates.items() if candidate.article_id not in besides}
    if near.text is None or not texts:
        return NO_TIES
    return _Comparison(content, near.text, texts, near).ties()


class _Comparison:
    def __init__(self, content: Content, text: "Text", texts: "Mapping[CandidateText, Text]", near: NearTexts) -> None:
        self.content, self.text, self.texts, self.near = content, text, texts, near
        self.current_ids = {c.article_id: near.current[c.article_id].id for c in texts}
        self.articles = {article.id: article for article in near.current.values()}

    def ties(self) -> Ties | Needed:
        from ingest.dedupe.extent import extent, held_in_full

        is_digest = self._is_digest()
        found = self._find(
            c
            for c, text in self.texts.items()
            if extent(text, self.text) is None or not (is_digest or self._is_merged(c))
        )
        if found is None:
            return self._shown_apart()
        if full_of := self._full_of(found):
            return Ties(full_of=full_of)
        article = self.articles[found.article_id]
        text = self._read(article)
        if place := held_in_full(self.text, self.content.body, text):
            if article.id not in self.near.beside:
                return Needed(beside=article)
            if self._is_in_a_digest(article.id, text, place):
                return NO_TIES
        begun = extent(text, self.text)
        return NO_TIES if begun and begun.begins and article.id in self.near.split_off else Ties(copy=found)

    def _is_merged(self, candidate: CandidateText) -> bool:
        """Return whether another article stands for the candidate: a much longer text is near that, or near neither."""
        return self.current_ids[candidate.article_id] != candidate.article_id

    def _find(self, candidates: Iterable[CandidateText]) -> Copy | None:
        from ingest.dedupe.near import find

        found = find(self.text, list(candidates), self.texts)
        return replace(found, article_id=self.current_ids[found.article_id]) if found else None

    def _read(self, article: CurrentText) -> "Text":
        from ingest.dedupe.near import Text

        return Text(CandidateText(article.id, article.site, article.title, None, article.body), self.text.boilerplate)

    def _full_of(self, found: Copy) -> tuple[Copy, ...]:
        """Return the articles that the text is the full text of, if the found one is one of them."""
        if not self._is_full_text_of(found.article_id):
            return ()
        others = dict.fromkeys(id_ for id_ in self.current_ids.values() if id_ != found.article_id)
        more = [self._find(c for c in self.texts if self.current_ids[c.article_id] == other) for other in others]
        teasers = [found, *(copy for copy in more if copy and self._is_full_text_of(copy.article_id))]
        return tuple(replace(copy, method=FULL_TEXT, adds=False) for copy in teasers)

    def _is_full_text_of(self, article_id: int) -> bool:
        from ingest.dedupe.extent import extent, is_cut_short

        article = self.articles[article_id]
        begun = extent(self._read(article), self.text)
        if not begun or not begun.begins or article_id in self.near.split_off:
            return False
        if begun.ends_in_a_line and is_cut_short(article.body):
            return True
        return article.body_from == "feed" or titles_agree(self.content.title, article.title)

    def _is_digest(self) -> bool:
        """Return whether the text has two archived articles, each in full and one beside the other."""
        from ingest.dedupe.extent import held_in_full

        places = {
            self.current_ids[candidate.article_id]: place
            for candidate, text in self.texts.items()
            if candidate.copy_id is None and (place := held_in_full(text, candidate.body, self.text))
        }
        return any(one.is_apart_from(other) for one, other in combinations(places.values(), 2))

    def _is_in_a_digest(self, article_id: int, text: "Text", place: "Extent") -> bool:
        """Return whether an article, in whose text this one has its place, has another article in another place."""
        from ingest.dedupe.extent import held_in_full
        from ingest.dedupe.near import Text

        for candidate in self.near.beside[article_id]:
            its = held_in_full(Text(candidate, self.text.boilerplate), candidate.body, text)
            if its and its.is_apart_from(place):
                return True
        return False

    def _shown_apart(self) -> Ties | Needed:
        """Return the copies that are tied to a text that has both them and this text in full, in other places."""
        from ingest.dedupe.extent import held_in_full

        digests = {c: p for c, text in self.texts.items() if (p := held_in_full(self.text, self.content.body, text))}
        if missing := {c.article_id for c in digests} - self.near.copies.keys():
            return Needed(copies_of=tuple(sorted(missing)))
        apart = (copy for digest, place in digests.items() for copy in self._apart_in(digest, place))
        return Ties(apart=tuple({copy.id: copy for copy in apart}.values()))

    def _apart_in(self, digest: CandidateText, place: "Extent") -> Iterator[CopyRow]:
        from ingest.dedupe.extent import held_in_full
        from ingest.dedupe.near import Text

        for copy in self.near.copies[digest.article_id]:
            if digest.copy_id is None:
                its = held_in_full(Text(copy, self.text.boilerplate), copy.body, self.texts[digest])
            elif copy.id == digest.copy_id:
                own = next(c for c in self.texts if (c.article_id, c.copy_id) == (copy.article_id, None))
                its = held_in_full(self.texts[own], own.body, self.texts[digest])
            else:
                continue
            if its and its.is_apart_from(place):
                yield copy
