"""How a text is tied to the archived texts near it (pure).

copy     most of one text is in the other (`dedupe.near`)
full     a text that begins with an archived one and is twice as long is the article; the archived one is its copy
digest   a text that contains several articles is not a copy of them, and they are not copies of it
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import accumulate, combinations

import numpy as np

from ingest.dedupe.fingerprint import tokens
from ingest.dedupe.near import BEGINNING_WEIGHT, MIN_WEIGHT, Text, find
from ingest.dedupe.ties import FULL_TEXT, NO_TIES, NearTexts, Needed, Ties
from ingest.dedupe.titles import agree
from storage.content import CandidateText, Copy, CopyRow, CurrentText

MIN_LENGTH_RATIO = 2  # of a full text to its teaser
MIN_BEGUN = 0.75  # of a teaser that is in its article; feeds write the rest below it
MIN_CONTAINED = 0.9  # of a text that another one contains
MAX_OVERLAP = 0.5  # of the shorter of two texts that are in different places of a third
_CUT = re.compile(r"(?:…|\.\.\.)\]?\s*$")


class Comparison:
    """A text beside the archived texts near it."""

    def __init__(self, text: Text, texts: Mapping[CandidateText, Text], near: NearTexts) -> None:
        self.text, self.texts, self.near = text, texts, near
        self.current_ids = {c.article_id: near.current[c.article_id].id for c in texts}
        self.articles = {article.id: article for article in near.current.values()}

    def ties(self) -> Ties | Needed:
        is_digest = self._is_digest()
        # A digest is no copy of the much shorter texts in it. A text much longer than a merged candidate has to be
        # near the article that the candidate was merged into.
        found = self._find(
            c
            for c, text in self.texts.items()
            if (not is_digest and self.current_ids[c.article_id] == c.article_id) or extent(text, self.text) is None
        )
        if found is None:
            return self._split_off()
        if full_of := self._full_of(found):
            return Ties(full_of=full_of)
        article = self.articles[found.article_id]
        text = self._read(article)
        if place := contained_extent(self.text, text):
            if article.id not in self.near.beside:
                return Needed(beside=article)
            if any(self._is_apart(other, text, place) for other in self.near.beside[article.id]):
                return NO_TIES  # the article is a digest
        begun = extent(text, self.text)
        return NO_TIES if begun and begun.begins and article.id in self.near.split_off else Ties(copy=found)

    def _find(self, candidates: Iterable[CandidateText]) -> Copy | None:
        found = find(self.text, {c: self.texts[c] for c in candidates})
        return replace(found, article_id=self.current_ids[found.article_id]) if found else None

    def _read(self, article: CurrentText) -> Text:
        for candidate, text in self.texts.items():
            if (candidate.body, candidate.title) == (article.body, article.title):
                return text
        return Text(CandidateText(article.id, article.site, article.title, None, article.body), self.text.boilerplate)

    def _full_of(self, found: Copy) -> tuple[Copy, ...]:
        """Return the articles that this is the full text of. Return () if the found one is not among them."""
        if not self._is_full_text_of(found.article_id):
            return ()
        others = dict.fromkeys(id_ for id_ in self.current_ids.values() if id_ != found.article_id)
        more = [self._find(c for c in self.texts if self.current_ids[c.article_id] == other) for other in others]
        teasers = [found, *(copy for copy in more if copy and self._is_full_text_of(copy.article_id))]
        return tuple(replace(copy, method=FULL_TEXT, adds=False) for copy in teasers)

    def _is_full_text_of(self, article_id: int) -> bool:
        article = self.articles[article_id]
        teaser = self._read(article)
        begun = extent(teaser, self.text)
        if not begun or not begun.begins or article_id in self.near.split_off:
            return False
        if article.body_from == "feed" or (begun.ends_in_a_line and is_cut_short(teaser.body)):
            return True
        return not self.text.title or not teaser.title or agree(self.text.title, teaser.title)

    def _is_digest(self) -> bool:
        """Return whether the text contains two archived articles in different places."""
        places = {
            self.current_ids[candidate.article_id]: place
            for candidate, text in self.texts.items()
            if candidate.copy_id is None and (place := contained_extent(text, self.text))
        }
        return any(one.is_apart_from(other) for one, other in combinations(places.values(), 2))

    def _is_apart(self, other: CandidateText | CopyRow, digest: Text, place: "Extent") -> bool:
        """Return whether a digest contains another text in another place than `place`."""
        found = contained_extent(Text(other, self.text.boilerplate), digest)
        return found is not None and found.is_apart_from(place)

    def _split_off(self) -> Ties | Needed:
        """Return the copies that are articles: their digest contains them and this text, in different places."""
        digests = {c: place for c, text in self.texts.items() if (place := contained_extent(self.text, text))}
        if missing := {c.article_id for c in digests} - self.near.copies.keys():
            return Needed(copies_of=tuple(sorted(missing)))
        apart = (copy for digest, place in digests.items() for copy in self._apart_in(digest, place))
        return Ties(apart=tuple({copy.id: copy for copy in apart}.values()))

    def _apart_in(self, digest: CandidateText, place: "Extent") -> Iterator[CopyRow]:
        for copy in self.near.copies[digest.article_id]:
            if digest.copy_id is None:
                other: CandidateText | CopyRow = copy
            elif copy.id == digest.copy_id:  # the copy is the digest: its article is the other text
                other = next(c for c in self.texts if (c.article_id, c.copy_id) == (copy.article_id, None))
            else:
                continue
            if self._is_apart(other, self.texts[digest], place):
                yield copy


class Extent:
    """The tokens of `text` that are also in `short`, a much shorter text.

    `begins`: `short` is the beginning of the text. `is_contained`: the text has all of `short`. `ends_in_a_line`: the
    shared text ends within a line.
    """

    def __init__(self, short: Text, text: Text) -> None:
        one, other = short.shingles, text.shingles
        hashes = one.shared_with(other)
        self.weights = other.weights
        self.covered = other.covered_by(hashes)
        places = np.flatnonzero(self.covered)
        share = int(one.weights[one.covered_by(hashes)].sum()) / one.weight
        start = int(other.reached[places[0]]) if len(places) else other.weight
        self.begins = share >= MIN_BEGUN and start < BEGINNING_WEIGHT
        self.is_contained = share >= MIN_CONTAINED
        self._lines, self._end = text.lines, int(places[-1]) + 1 if len(places) else 0

    @cached_property
    def ends_in_a_line(self) -> bool:
        return self._end > 0 and self._end not in accumulate(len(tokens(line)) for line in self._lines)

    def is_apart_from(self, other: "Extent") -> bool:
        """Return whether two extents are different places of one text."""
        both = self.weights[self.covered & other.covered].sum()
        least = min(self.weights[extent.covered].sum() for extent in (self, other))
        return bool(both < MAX_OVERLAP * least)


def extent(short: Text, text: Text) -> Extent | None:
    """Return None if the text is not much longer than `short`, or if `short` is too short to compare."""
    one, other = short.shingles.weight, text.shingles.weight
    return Extent(short, text) if one >= MIN_WEIGHT and other >= MIN_LENGTH_RATIO * one else None


def contained_extent(short: Text, text: Text) -> Extent | None:
    """Return where a digest (`text`) contains `short`.

    Return None if it does not, or if `short` is cut where the text goes on in the same line.
    """
    found = extent(short, text)
    if not found or not found.is_contained or (found.ends_in_a_line and is_cut_short(short.body)):
        return None
    return found


def is_cut_short(body: str) -> bool:
    """Return whether a text ends in an ellipsis. A line such as "Read more" may follow."""
    return any(_CUT.search(line) for line in body.rstrip().split("\n")[-3:])
