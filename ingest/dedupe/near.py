"""Whether a text is, in all or in part, the text of an archived article.

Two texts are one article when most of the shorter stands in the other, counted by the weight of the shingles that
both have (containment), and nothing says that they are two: other figures in the same places, other names, a passage
from the middle of something much longer, lines that the site repeats. A report is sent again within hours, with a
figure corrected and another beginning; days later what differs is the next report of its frame. Of any two texts the
answer is the same in either order. A missed copy is a second row, a false one hides an article: where in doubt they
are two.

The bounds stand apart from what they part (scripts/quality/score_copies.py; 7,550 pairs of labelled texts in eight
languages): copies have a containment of .62 and more, and other texts .41 and less, but .57 where little is shared,
.73 within a site, .91 under one template; of the latter's figures 43 % and more differ, of a corrected copy's one, or
14 % and less.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.dedupe import subjects
from ingest.dedupe.figures import Places, compared, places
from ingest.dedupe.fingerprint import normal_lines, normalise
from ingest.dedupe.shingles import WORD, Shingles, tokens
from ingest.dedupe.titles import agree, numbered_apart, words_of
from storage.records import CandidateText, Copy

METHOD = "containment 2"
"""Its name and version, as `copies.method` has it. Other bounds or checks are another version."""

MOST_CHARACTERS = 120_000  # that are read of a text, some 20,000 words: a tenth of a second
LEAST = 12 * WORD  # a shorter text is no evidence
MOST_OF_IT = 0.5  # containment that ties
LITTLE, MOST_OF_LITTLE = 50 * WORD, 0.75  # where less than that weight is shared
MOST_WITHIN_SITE = 0.85  # two pages of one site share its boilerplate before it is known
SHORT, FEW = 30 * WORD, 60 * WORD  # two shorter texts need agreeing titles; the latter, days apart, if both have one
PART, BEGINNING = 0.5, 20 * WORD  # a smaller part of a longer text stands before that weight of it
ALL_BUT_LITTLE = 0.75  # of a text that another one has from beginning to end
ONE_FIGURE = 2  # as it counts: on either side of it
CORRECTED = 0.3  # of the figures may differ, or one
ALMOST_ALL = 0.95  # containment where most of the few figures differ
AGREEING = 8  # figures, as they count: two pages of one site seldom have so many within hours, and those all
DAYS_APART = timedelta(hours=36)  # where a figure that differs is another day's,
LONG = 150 * WORD  # but for one that another site corrects in texts so long
FAR_APART = timedelta(days=27)  # where a figure that differs is that of another month or year
ADDED = 30 * WORD  # of a copy that is not in the article: a teaser may be made of it

_DIGITS = re.compile(r"\d+")


class Told(Protocol):
    """A text with what is known of it; `body` has a paragraph a line."""

    @property
    def site(self) -> str: ...
    @property
    def title(self) -> str | None: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def body(self) -> str: ...


class Text:
    """A text to compare. Lines of it that are in `boilerplate` (see there) do not count."""

    def __init__(self, told: Told, boilerplate: frozenset[str] = frozenset()) -> None:
        self.site = told.site
        self.title = words_of(told.title)
        self.published_at = told.published_at
        self.boilerplate = boilerplate
        self._told = told
        self._set(list(_read(told.body, boilerplate)))

    def _set(self, lines: list[str]) -> None:
        self.lines = lines
        self.shingles = Shingles([token for line in lines for token in tokens(line)])
        self._places: Places | None = None
        self._subject: subjects.Subject | None = None

    def without(self, lines: Collection[str]) -> "Text":
        kept = [line for line in self.lines if line not in lines]
        if len(kept) == len(self.lines):
            return self
        text = copy(self)
        text._set(kept)  # noqa: SLF001 (our own)
        return text

    @property
    def places(self) -> Places:
        """Where it has figures."""
        if self._places is None:
            self._places = places(self.shingles)
        return self._places

    @property
    def subject(self) -> subjects.Subject:
        if self._subject is None:
            self._subject = subjects.Subject(
                self._told.title, self.shingles.tokens, self._told.body[:MOST_CHARACTERS], self.site
            )
        return self._subject


def hashes_of(body: str) -> list[int]:
    """What the index keeps of a text (`Shingles.winnowed`)."""
    return Shingles([token for line in _read(body, frozenset()) for token in tokens(line)]).winnowed()


def boilerplate(lines: Iterable[str]) -> frozenset[str]:
    """A site's known lines, in any case and with any figures, as texts are compared with them."""
    return frozenset(_without_figures(normalise(line)) for line in lines)


def find(
    text: Text, candidates: Sequence[CandidateText], read: Mapping[CandidateText, Text] | None = None
) -> Copy | None:
    """Which of the archived texts `text` is the same article as, the likest if several are.

    `read` are the candidates as they are compared, where they have been read before.
    """
    texts = [(c.article_id, read[c] if read else Text(c, text.boilerplate)) for c in candidates]
    repeated = _repeated(text, texts)
    if repeated and (rest := text.without(repeated)).shingles.weight >= LEAST:
        text = rest
        texts = [(article_id, other.without(repeated)) for article_id, other in texts]
    matches = [(candidate, Match(text, other)) for candidate, (_, other) in zip(candidates, texts, strict=True)]
    likest: tuple[bool, float, int, int] | None = None
    found = None
    for candidate, match in matches:
        article_id = candidate.article_id
        if not match.is_one_article() or (likest is not None and match.rank(article_id) <= likest):
            continue
        own = [m for c, m in matches if c.article_id == article_id and c.copy_id is None]
        if candidate.copy_id is None or any(match.is_tied_to(article) for article in own):
            likest = match.rank(article_id)
            found = Copy(article_id, METHOD, round(match.containment, 4), match.added >= ADDED)
    return found


class Match:
    """How much of two texts is in both.

    `containment` is the share of it in the one that has less besides, 0 to 1; `common` its weight, as either has it
    the lesser, `added` the weight of what only the first has; `starts` says how far from the beginning it begins.
    `apart` is the time between them, nothing if either has no date.
    """

    def __init__(self, one: Text, other: Text) -> None:
        self.texts = one, other
        shingles = one.shingles, other.shingles
        hashes = shingles[0].shared_with(shingles[1])
        self.weights = shingles[0].weight, shingles[1].weight
        shared = [_covered(text, hashes) for text in shingles]
        self.common = min(weight for weight, _ in shared)
        self.added = self.weights[0] - shared[0][0]
        self.starts = [start for _, start in shared]
        self.containment = max(weight / max(whole, 1) for (weight, _), whole in zip(shared, self.weights, strict=True))
        dates = one.published_at, other.published_at
        self.apart = abs(dates[0] - dates[1]) if dates[0] and dates[1] else timedelta()
        self.within_site = one.site == other.site

    def is_one_article(self) -> bool:
        return (
            self._is_most()
            and self._titles_agree()
            and self._is_beginning()
            and self._subjects_agree()
            and self._figures_agree()
        )

    def rank(self, article_id: int) -> tuple[bool, float, int, int]:
        """More for the likest; of equals, for the eldest; less for what the first is the full text of."""
        return 2 * self.weights[1] > self.weights[0], self.containment, self.common, -article_id

    def is_tied_to(self, article: "Match") -> bool:
        """Whether what was found by a copy is one with the copy's article (`article`) too.

        Of partial views of one text, each shares a part with the next, and the first and the last share nothing: only
        the beginning of a copy that has the article in it may be without a word of that, under an agreeing title.
        """
        if article.common >= LEAST:
            return True
        (text, copied), (_, own) = self.texts, article.texts
        within = Match(copied, own)
        is_all = within.common >= ALL_BUT_LITTLE * within.weights[1] and PART * within.weights[0] <= within.weights[1]
        begins = self.starts[1] < BEGINNING and self.common >= ALL_BUT_LITTLE * self.weights[0]
        return is_all and begins and bool(text.title and own.title) and agree(text.title, own.title)

    def _is_most(self) -> bool:
        most = MOST_OF_IT
        if self.common < LITTLE:
            most = MOST_OF_LITTLE
        if self.within_site:
            same, differing = self.figures if self.apart < DAYS_APART else (0, 0)
            most = MOST_OF_LITTLE if same >= AGREEING and not differing else MOST_WITHIN_SITE
        return self.common >= LEAST and self.containment >= most

    def _titles_agree(self) -> bool:
        longest = max(self.weights)
        one, other = (text.title for text in self.texts)
        if longest < SHORT or (longest < FEW and one and other and self.apart >= DAYS_APART):
            return agree(one, other)
        return not numbered_apart(one, other, within_site=self.texts[0].site == self.texts[1].site)

    def _is_beginning(self) -> bool:
        longer = self.weights[1] > self.weights[0]
        return min(self.weights) >= PART * max(self.weights) or self.starts[longer] < BEGINNING

    def _subjects_agree(self) -> bool:
        """Whether no two things are named; of two notices of a line, each under its own title, days are enough."""
        one, other = (text.subject for text in self.texts)
        days_apart = self.apart >= DAYS_APART
        if days_apart and max(self.weights) < SHORT and one.has_another_title(other):
            return False
        return not one.is_another(other, by_names=not days_apart)

    def _figures_agree(self) -> bool:
        same, differing = self.figures
        if not differing:
            return True
        if self.apart >= DAYS_APART:
            is_correction = differing <= ONE_FIGURE and min(self.weights) >= LONG and not self.within_site
            if not is_correction or self.apart >= FAR_APART:
                return False
        if differing > ONE_FIGURE and differing > CORRECTED * (same + differing):
            return False
        return same >= 2 * differing or self.containment >= ALMOST_ALL

    @cached_property
    def figures(self) -> tuple[int, int]:
        """How many agree, and how many differ."""
        one, other = self.texts
        return compared(one.places, other.places)


def _read(body: str, boilerplate: frozenset[str]) -> Iterator[str]:
    """The lines as they are compared."""
    read = 0
    lines = normal_lines(body) if len(body) <= MOST_CHARACTERS else map(normalise, body.split("\n"))
    for line in lines:
        if not boilerplate or _without_figures(line) not in boilerplate:
            yield line
            read += len(line)
        if read >= MOST_CHARACTERS:
            return


def _covered(text: Shingles, hashes: NDArray[np.uint64]) -> tuple[int, int]:
    """The weight of the tokens that stand in one of these shingles, and of those before the first that does."""
    starts = np.flatnonzero(np.isin(text.hashes, hashes))
    if not len(starts):
        return 0, 0
    ends = text.ends[starts]
    # Shingles that begin and end later than one another: what one adds begins where the last ended.
    fresh = np.maximum(starts, np.concatenate(([0], ends[:-1])))
    return int((text.reached[ends] - text.reached[fresh]).sum()), int(text.reached[starts[0]])


def _repeated(text: Text, texts: Iterable[tuple[int, Text]]) -> set[str]:
    """The lines of `text` that already stand in two articles of its site, and so tell neither."""
    having: dict[str, set[int]] = defaultdict(set)
    for article_id, other in texts:
        if other.site == text.site:
            for line in other.lines:
                having[line].add(article_id)
    return {line for line in text.lines if len(having.get(line, ())) > 1}


def _without_figures(line: str) -> str:
    return _DIGITS.sub("0", line)
