"""What ties a text to the archived texts near it (pure).

copy     most of one text stands in the other (`dedupe.near`)
full     a text that begins with an archived one and is twice as long is the article; the archived one is its copy
digest   a text that holds several articles is not a copy of them, and they are not copies of it
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from ingest.dedupe.extent import Extent, contained_extent, extent, is_cut_short
from ingest.dedupe.near import Text, find
from ingest.dedupe.ties import FULL_TEXT, NO_TIES, NearTexts, Needed, Ties
from ingest.dedupe.titles import titles_agree
from storage.content import CandidateText, Content, Copy, CopyRow, CurrentText


class Comparison:
    """A text beside the archived texts near it."""

    def __init__(self, content: Content, text: Text, texts: Mapping[CandidateText, Text], near: NearTexts) -> None:
        self.content, self.text, self.texts, self.near = content, text, texts, near
        self.current_ids = {c.article_id: near.current[c.article_id].id for c in texts}
        self.articles = {article.id: article for article in near.current.values()}

    def ties(self) -> Ties | Needed:
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
        if place := contained_extent(self.text, self.content.body, text):
            if article.id not in self.near.beside:
                return Needed(beside=article)
            if self._is_in_a_digest(article.id, text, place):
                return NO_TIES
        begun = extent(text, self.text)
        return NO_TIES if begun and begun.begins and article.id in self.near.split_off else Ties(copy=found)

    def _is_merged(self, candidate: CandidateText) -> bool:
        """Return whether the candidate was merged: a much longer text must be near the other article instead."""
        return self.current_ids[candidate.article_id] != candidate.article_id

    def _find(self, candidates: Iterable[CandidateText]) -> Copy | None:
        found = find(self.text, list(candidates), self.texts)
        return replace(found, article_id=self.current_ids[found.article_id]) if found else None

    def _read(self, article: CurrentText) -> Text:
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
        article = self.articles[article_id]
        begun = extent(self._read(article), self.text)
        if not begun or not begun.begins or article_id in self.near.split_off:
            return False
        if begun.ends_in_a_line and is_cut_short(article.body):
            return True
        return article.body_from == "feed" or titles_agree(self.content.title, article.title)

    def _is_digest(self) -> bool:
        """Return whether the text holds two archived articles in full, in different places."""
        places = {
            self.current_ids[candidate.article_id]: place
            for candidate, text in self.texts.items()
            if candidate.copy_id is None and (place := contained_extent(text, candidate.body, self.text))
        }
        return any(one.is_apart_from(other) for one, other in combinations(places.values(), 2))

    def _is_in_a_digest(self, article_id: int, text: Text, place: Extent) -> bool:
        """Return whether an article that holds this text at `place` holds another article in another place."""
        for candidate in self.near.beside[article_id]:
            its = contained_extent(Text(candidate, self.text.boilerplate), candidate.body, text)
            if its and its.is_apart_from(place):
                return True
        return False

    def _shown_apart(self) -> Ties | Needed:
        """Return copies to split off: their article holds them and this text in full, in different places."""
        digests = {
            c: p for c, text in self.texts.items() if (p := contained_extent(self.text, self.content.body, text))
        }
        if missing := {c.article_id for c in digests} - self.near.copies.keys():
            return Needed(copies_of=tuple(sorted(missing)))
        apart = (copy for digest, place in digests.items() for copy in self._apart_in(digest, place))
        return Ties(apart=tuple({copy.id: copy for copy in apart}.values()))

    def _apart_in(self, digest: CandidateText, place: Extent) -> Iterator[CopyRow]:
        for copy in self.near.copies[digest.article_id]:
            if digest.copy_id is None:
                its = contained_extent(Text(copy, self.text.boilerplate), copy.body, self.texts[digest])
            elif copy.id == digest.copy_id:
                own = next(c for c in self.texts if (c.article_id, c.copy_id) == (copy.article_id, None))
                its = contained_extent(self.texts[own], own.body, self.texts[digest])
            else:
                continue
            if its and its.is_apart_from(place):
                yield copy
