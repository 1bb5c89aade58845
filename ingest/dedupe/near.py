"""Whether a text is the text of an archived article, or a large portion of it.

Two texts are one article if most of the shorter one is in the other, by the weight of their shared shingles
(containment), and nothing says that they are two: other figures in the same places, other names, a passage from the
middle of something much longer, lines that the site repeats. A report is sent again within hours, with a corrected
figure and another beginning; days later a difference means the next report of its series. The answer for two texts is
the same in either order. A missed copy costs a second row, a false copy hides an article: in doubt they are two.

The bounds lie well between copies and other texts (scripts/quality/score_copies.py; 7,550 pairs of labelled texts in
eight languages). Copies have a containment of .62 and more. Other texts have .41 and less, but .57 where little is
shared, .73 within a site, and .91 under one template. Of the figures of a template's texts 43 % and more differ, of a
corrected copy's one, or 14 % and less.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from operator import itemgetter

from ingest.dedupe import figures, subjects
from ingest.dedupe.fingerprint import normal_lines, normalise, tokens
from ingest.dedupe.shingles import WORD, Shingles
from ingest.dedupe.titles import agree, differ_in_figures_only, title_words
from storage.content import CandidateText, Content, Copy, CopyRow

METHOD = "containment 2"
"""The method and its version, as in `copies.method`. Other bounds or checks need a new version."""

MAX_TEXT_CHARS = 120_000  # the rest is ignored; these are some 20,000 words and take a tenth of a second
MIN_WEIGHT = 12 * WORD  # a shorter text is no evidence
MIN_CONTAINMENT = 0.5
LITTLE_WEIGHT, MIN_CONTAINMENT_OF_LITTLE = 50 * WORD, 0.75  # if less than that weight is shared
MIN_CONTAINMENT_WITHIN_SITE = 0.85  # two pages of one site share its boilerplate before it is known
NOTICE_WEIGHT = 30 * WORD  # two texts below it need titles that agree
SHORT_WEIGHT = 60 * WORD  # two texts below it, days apart, need titles that agree, if both have one
MIN_SIZE_RATIO, BEGINNING_WEIGHT = 0.5, 20 * WORD  # a smaller text must be the beginning of the longer one
NEARLY_ALL = 0.75  # of a text that another one contains from beginning to end
ONE_FIGURE = 2  # counted on either side
MAX_CORRECTED = 0.3  # of the figures, or one
MIN_CONTAINMENT_OF_CORRECTED = 0.95  # if most of the few figures differ
MIN_AGREEING = 8  # figures, counted on either side: two pages of one site within hours seldom have so many, all alike
DAYS_APART = timedelta(hours=36)  # a figure that differs is another day's,
LONG_WEIGHT = 150 * WORD  # except a correction by another site in texts of that weight
FAR_APART = timedelta(days=27)  # a figure that differs is another month's or year's
MIN_ADDED_WEIGHT = 30 * WORD  # of a copy's own text, which a teaser may be made of

_DIGITS = re.compile(r"\d+")


class Text:
    """A text to compare, without its lines that are in `boilerplate` (the result of the function of that name)."""

    def __init__(
        self,
        record: Content | CandidateText | CopyRow,
        boilerplate: frozenset[str] = frozenset(),
        lines: list[str] | None = None,
    ) -> None:
        self.site = record.site
        self.title = title_words(record.title)
        self.published_at = record.published_at
        self.body = record.body
        self.boilerplate = boilerplate
        self.lines = list(_lines(self.body, boilerplate)) if lines is None else lines
        self.shingles = _shingles(self.lines)
        self._record = record

    def without(self, lines: Collection[str]) -> "Text":
        kept = [line for line in self.lines if line not in lines]
        return self if len(kept) == len(self.lines) else Text(self._record, self.boilerplate, kept)

    @cached_property
    def places(self) -> figures.Places:
        return figures.places(self.shingles)

    @cached_property
    def subject(self) -> subjects.Subject:
        record = self._record
        return subjects.Subject(record.title, self.shingles.tokens, self.body[:MAX_TEXT_CHARS], self.site)


def hashes_of(body: str) -> list[int]:
    """Return the hashes that the index keeps of a text (`Shingles.winnowed`)."""
    return _shingles(_lines(body, frozenset())).winnowed()


def boilerplate(lines: Iterable[str]) -> frozenset[str]:
    """Return a site's boilerplate as texts are compared with it: in any case, with any figures."""
    return frozenset(_without_figures(normalise(line)) for line in lines)


def find(text: Text, candidates: Mapping[CandidateText, Text]) -> Copy | None:
    """Return the article that `text` is a copy of, by its most similar candidate. Return None if it is an article."""
    texts = list(candidates.items())
    repeated = _repeated(text, texts)
    if repeated and (rest := text.without(repeated)).shingles.weight >= MIN_WEIGHT:
        text, texts = rest, [(c, other.without(repeated)) for c, other in texts]
    matches = [(c, Match(text, other)) for c, other in texts]
    ones = [(match.rank(c.article_id), c, match) for c, match in matches if match.is_one_article()]
    for _, candidate, match in sorted(ones, key=itemgetter(0), reverse=True):
        own = [m for c, m in matches if c.article_id == candidate.article_id and c.copy_id is None]
        if candidate.copy_id is None or any(map(match.is_tied_to, own)):
            return Copy(candidate.article_id, METHOD, round(match.containment, 4), match.added >= MIN_ADDED_WEIGHT)
    return None


class Match:
    """A comparison of two texts.

    `common` is the weight of the shared text, the lesser of the two. `containment` is its share of a text, 0 to 1, in
    the text where it is larger. `added` is the weight of the rest of the first text. `starts` is the weight before the
    shared text in each. `apart` is the time between them, zero if either has no date.
    """

    def __init__(self, one: Text, other: Text) -> None:
        self.texts = one, other
        shingles = one.shingles, other.shingles
        hashes = shingles[0].shared_with(shingles[1])
        self.weights = shingles[0].weight, shingles[1].weight
        covered = [(text, text.covered_by(hashes)) for text in shingles]
        shared = [int(text.weights[marks].sum()) for text, marks in covered]
        self.common = min(shared)
        self.added = self.weights[0] - shared[0]
        self.starts = [int(text.reached[marks.argmax()]) if self.common else 0 for text, marks in covered]
        self.containment = max(weight / max(total, 1) for weight, total in zip(shared, self.weights, strict=True))
        dates = one.published_at, other.published_at
        self.apart = abs(dates[0] - dates[1]) if dates[0] and dates[1] else timedelta()
        self.within_site = one.site == other.site

    def is_one_article(self) -> bool:
        return (
            self._shares_most()
            and self._titles_agree()
            and self._is_beginning()
            and self._subjects_agree()
            and self._figures_agree()
        )

    def rank(self, article_id: int) -> tuple[bool, float, int, int]:
        """Return a key: highest for the most similar, then for the oldest; low for a text that is much shorter."""
        return 2 * self.weights[1] > self.weights[0], self.containment, self.common, -article_id

    def is_tied_to(self, article: "Match") -> bool:
        """Return whether a text that matches a copy also matches the copy's article (`article`).

        In a chain of partial texts each shares a passage with the next, and the first and the last share nothing. Only
        the beginning of a copy that contains the article may share nothing with it, under a title that agrees.
        """
        if article.common >= MIN_WEIGHT:
            return True
        (text, copied), (_, own) = self.texts, article.texts
        within = Match(copied, own)
        contains = within.common >= NEARLY_ALL * within.weights[1]
        contains = contains and MIN_SIZE_RATIO * within.weights[0] <= within.weights[1]
        begins = self.starts[1] < BEGINNING_WEIGHT and self.common >= NEARLY_ALL * self.weights[0]
        return contains and begins and bool(text.title and own.title) and agree(text.title, own.title)

    def _shares_most(self) -> bool:
        is_little = self.within_site or self.common < LITTLE_WEIGHT
        if self.common < MIN_WEIGHT or self.containment < (MIN_CONTAINMENT_OF_LITTLE if is_little else MIN_CONTAINMENT):
            return False
        if not self.within_site or self.containment >= MIN_CONTAINMENT_WITHIN_SITE:
            return True
        same, differing = self.figure_counts if self.apart < DAYS_APART else (0, 0)
        return same >= MIN_AGREEING and not differing

    def _titles_agree(self) -> bool:
        longest = max(self.weights)
        one, other = (text.title for text in self.texts)
        if longest < NOTICE_WEIGHT or (longest < SHORT_WEIGHT and one and other and self.apart >= DAYS_APART):
            return agree(one, other)
        return not differ_in_figures_only(one, other, within_site=self.within_site)

    def _is_beginning(self) -> bool:
        longer = self.weights[1] > self.weights[0]
        return min(self.weights) >= MIN_SIZE_RATIO * max(self.weights) or self.starts[longer] < BEGINNING_WEIGHT

    def _subjects_agree(self) -> bool:
        """Return whether the texts have one subject. Two notices under different titles, days apart, have two."""
        one, other = (text.subject for text in self.texts)
        days_apart = self.apart >= DAYS_APART
        if days_apart and max(self.weights) < NOTICE_WEIGHT and one.has_another_title(other):
            return False
        return not one.is_another(other, by_names=not days_apart)

    def _figures_agree(self) -> bool:
        same, differing = self.figure_counts
        if not differing:
            return True
        if self.apart >= DAYS_APART:
            is_correction = differing <= ONE_FIGURE and min(self.weights) >= LONG_WEIGHT and not self.within_site
            if not is_correction or self.apart >= FAR_APART:
                return False
        if differing > ONE_FIGURE and differing > MAX_CORRECTED * (same + differing):
            return False
        return same >= 2 * differing or self.containment >= MIN_CONTAINMENT_OF_CORRECTED

    @cached_property
    def figure_counts(self) -> tuple[int, int]:
        """How many figures agree, and how many differ."""
        return figures.compare_figures(self.texts[0].places, self.texts[1].places)


def _lines(body: str, boilerplate: frozenset[str]) -> Iterator[str]:
    """Yield the normalised lines that are not boilerplate, up to MAX_TEXT_CHARS."""
    read = 0
    lines = normal_lines(body) if len(body) <= MAX_TEXT_CHARS else map(normalise, body.split("\n"))
    for line in lines:
        if not boilerplate or _without_figures(line) not in boilerplate:
            yield line
            read += len(line)
        if read >= MAX_TEXT_CHARS:
            return


def _shingles(lines: Iterable[str]) -> Shingles:
    return Shingles(tokens(" ".join(lines)))


def _repeated(text: Text, texts: Iterable[tuple[CandidateText, Text]]) -> set[str]:
    """Return the lines of `text` that two articles of its site have: they are no evidence for either."""
    having: dict[str, set[int]] = defaultdict(set)
    for candidate, other in texts:
        if other.site == text.site:
            for line in other.lines:
                having[line].add(candidate.article_id)
    return {line for line in text.lines if len(having.get(line, ())) > 1}


def _without_figures(line: str) -> str:
    return _DIGITS.sub("0", line)
