"""How a new text is tied to archived articles: it is one of them, a copy, the full text of one, or not tied (pure).

equal    a text with the same words is the article if the headline is the same, too; else it is a copy, unless it is
         short or several articles have these words
near     most of one text is in the other (`dedupe.near_ties`)
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.dedupe.titles import differ_in_figures_only, same_title, title_words
from storage.content import CandidateText, Content, Copy, CopyRow, CurrentText, TextMatch

if TYPE_CHECKING:
    from ingest.dedupe.near import Text

SAME_TEXT = "same text 1"
FULL_TEXT = "full text 1"
"""Values of `copies.method`, with their version."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties a text to archived articles.

    `known` is the article with this text, which may be merged into another. A text without `known` and `copy` is an
    article, and the full text of the articles in `full_of`. `apart` has copies to split off: the article that they
    were linked to is a digest, which contains them and this text.
    """

    known: int | None = None
    copy: Copy | None = None
    full_of: tuple[Copy, ...] = ()
    apart: tuple[CopyRow, ...] = ()


NO_TIES = Ties()


@dataclass(frozen=True, slots=True)
class NearTexts:
    """A text, and the archived texts that share some of its shingles (candidates).

    `current` maps the id of a candidate's article to that article, or to the one that it was merged into. `split_off`
    has the ids of articles that were split off as no copies. `copies` and `beside` are gathered when they are needed.
    """

    text: "Text | None" = None
    candidates: "Mapping[CandidateText, Text]" = field(default_factory=dict)
    current: Mapping[int, CurrentText] = field(default_factory=dict)
    split_off: frozenset[int] = frozenset()
    copies: Mapping[int, Sequence[CopyRow]] = field(default_factory=dict)
    """The copies of an article that a method found, by the article's id."""
    beside: Mapping[int, Sequence[CandidateText]] = field(default_factory=dict)
    """The texts of other articles that share shingles with an article's current text, by that article's id."""


@dataclass(frozen=True, slots=True)
class Needed:
    """Evidence to gather first: texts near a text, copies of articles, or texts beside an article.

    `first_page` asks for all evidence again, of the article's first page alone.
    """

    near_to: Content | None = None
    copies_of: tuple[int, ...] = ()
    beside: CurrentText | None = None
    first_page: bool = False


def equal_to(content: Content, texts: Sequence[TextMatch], *, is_repeated: bool) -> Ties:
    """Compare a text with archived ones of the same words.

    `is_repeated` says that the text's feed has given these words before, under another headline.
    """
    for text in texts:
        if same_title(content.title, text.title, (content.site, content.site_name, text.site, text.site_name)):
            return Ties(known=text.own_id)
    article_ids = {text.article_id for text in texts}
    title = title_words(content.title)
    is_in_series = any(
        differ_in_figures_only(title, title_words(text.title), within_site=content.site == text.site) for text in texts
    )
    if is_repeated or is_in_series or len(article_ids) > 1:
        return NO_TIES
    from ingest.dedupe.near import SHORT_WEIGHT, Text

    if Text(content).shingles.weight < SHORT_WEIGHT:
        return NO_TIES
    return Ties(copy=Copy(article_ids.pop(), SAME_TEXT, 1, adds=False))


def compare(content: Content, near: NearTexts | None, *, exclude: Collection[int] = ()) -> Ties | Needed:
    """Compare a text with those near it, except those of the articles `exclude`. Return Needed for more evidence."""
    if near is None:
        return Needed(near_to=content)
    texts = {candidate: text for candidate, text in near.candidates.items() if candidate.article_id not in exclude}
    if near.text is None or not texts:
        return NO_TIES
    from ingest.dedupe.near_ties import Comparison  # imports numpy, which most runs never need in this process

    return Comparison(near.text, texts, near).ties()
