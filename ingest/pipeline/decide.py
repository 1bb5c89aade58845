"""What becomes of an entry: a pure function of what was fetched for it and what the archive knows.

name       an entry whose address or guid is archived is known; nothing is fetched for it
first      an article, a copy, a known text, the rule that drops it, or the reason why there is no article
recheck    a revision of the article, or the reason why its text stays
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

from ingest.articles.boilerplate import without
from ingest.dedupe.material import material_change
from ingest.dedupe.ties import NO_TIES, NearTexts, Needed, Ties, compare, equal_to
from ingest.dedupe.titles import same_title
from ingest.dedupe.urls import url_key
from ingest.pipeline.fetched import Addresses, Fetched, Shortfall, keys_of
from ingest.rules.evaluation import Drop
from ingest.text.words import fold, likeness
from storage.content import Content, Copy, CurrentText, TextMatch
from storage.records import AliasTarget, Outcome, PendingEntry
from storage.tombstones import Tombstone

MIN_SAME_TEXT_WORDS = 5  # a shorter text ("Watch the video.") may stand on many pages without being one article
MIN_KEPT_SHARE = 0.4  # of the words that an article has; a text with fewer was put behind a wall, or taken down
MIN_LIKENESS = 0.5  # of a redirected article to the archived one; of 100 pairs of unrelated articles one has 0.33
URL = "{url}"  # in a decision's reason: the place for the URL of the article `about`


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was fetched for an entry, and what the archive knows of it: all that a decision depends on.

    `addresses` are the article's. `named` is the article at them, `claimed_id` the one at the claimed address,
    `reissued_id` the one that the feed has announced with this title and instant. `forgotten` is the tombstone at any
    of them. `later_known`: a later page is archived by itself, or forgotten.
    `equal` are archived texts of the same words; `is_repeated` says that the feed has announced one of them.
    `near` is None until it is asked for.

    At a recheck, `current` is the article, `boilerplate` its site's, and `at_pages` has the article at each address.
    """

    pending: PendingEntry
    fetched: Fetched
    addresses: Addresses
    named: AliasTarget | None = None
    forgotten: Tombstone | None = None
    later_known: bool = False
    claimed_id: int | None = None
    reissued_id: int | None = None
    equal: Sequence[TextMatch] = ()
    is_repeated: bool = False
    near: NearTexts | None = None
    current: CurrentText | None = None
    boilerplate: frozenset[str] = frozenset()
    at_pages: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an entry. `outcome` is None if a recheck leaves it as it is.

    `reason` may have a place for the URL of the article `about`. `due_at` is the next try. The entry leads to an
    archived article (`leads_to`), or to a new `article` that is archived, with `ties.copy` as a copy. The article
    answers to `keys` from now on. `drop` is the user's rule that filtered the entry. With a `tombstone` the entry is
    cleared of its text, and the tombstone gets `keys`.
    """

    outcome: Outcome | None
    reason: str | None = None
    about: int | None = None
    due_at: datetime | None = None
    is_try: bool = True
    leads_to: AliasTarget | None = None
    keys: tuple[str, ...] = ()
    article: Fetched | None = None
    ties: Ties = NO_TIES
    revision: Content | None = None
    drop: Drop | None = None
    tombstone: Tombstone | None = None


def known_by_name(at_address: AliasTarget | None, by_guid: AliasTarget | None) -> Decision | None:
    """Decide on an entry before anything is fetched for it. Return None if it must be fetched."""
    if at_address:
        return Decision(Outcome.KNOWN, "this address is archived", leads_to=at_address)
    reason = "another feed announced it with this guid, title and instant"
    return Decision(Outcome.KNOWN, reason, leads_to=by_guid) if by_guid else None


def without_article(pending: PendingEntry, shortfall: Shortfall) -> Decision:
    """Decide on an entry for which no article was fetched. A wait that the host asks for does not count as a try."""
    is_recheck = pending.article_id is not None
    if shortfall.due_at:
        outcome = None if is_recheck else Outcome.PENDING
        return Decision(outcome, shortfall.reason, due_at=shortfall.due_at, is_try=shortfall.busy_until is None)
    if is_recheck:
        return _unchanged(None if shortfall.status == HTTPStatus.NOT_MODIFIED else shortfall.reason)
    return Decision(shortfall.outcome, shortfall.reason)


def decide(evidence: Evidence) -> Decision | Needed:
    """Return what becomes of an entry whose article was fetched, or what else must be known to decide it."""
    return _first(evidence) if evidence.pending.article_id is None else _recheck(evidence)


def _first(evidence: Evidence) -> Decision | Needed:
    """Decide on a first fetch: one article for one address, and one for one text; else it is a new article."""
    fetched = evidence.fetched
    if tombstone := evidence.forgotten:
        reason = f"it leads to what was {tombstone.reason}"
        return Decision(Outcome.REFUSED, reason, keys=evidence.addresses.keys, tombstone=tombstone)
    if evidence.later_known:
        return Needed(first_page=True)  # the rest was announced by itself, and has been archived, or forgotten
    url, keys, claimed_url = evidence.addresses
    if evidence.named:
        return Decision(Outcome.KNOWN, "this address is archived", leads_to=evidence.named, keys=keys)
    if left_out := _left_out(fetched):
        return left_out
    # A claimed address is believed only if no other article has it: templates that name one address for all pages
    # would hide articles behind the first.
    if claimed_url and evidence.claimed_id is None:
        url, keys = claimed_url, (*keys, url_key(claimed_url))
    fetched = fetched.at(url)
    ties = _ties(evidence, fetched.content)
    if not isinstance(ties, Ties):
        return ties
    if ties.known:
        decision = Decision(Outcome.KNOWN, f"the same text as {URL}", ties.known, leads_to=AliasTarget(ties.known))
    elif ties.copy:
        decision = _copy(evidence, fetched, ties.copy)
    else:
        reasons = [fetched.shortfall.reason] if fetched.shortfall else []
        about = ties.full_of[0].article_id if ties.full_of else None
        if about:
            reasons.append(f"the full text of {URL}")
        decision = Decision(Outcome.ARCHIVED, "; ".join(reasons) or None, about, article=fetched, ties=ties)
    return replace(decision, keys=keys)


def _left_out(fetched: Fetched) -> Decision | None:
    """Decide on a page without an article, and on an article that a rule of the user drops."""
    content, drop = fetched.content, fetched.extracted.drop
    if content.verdict != "article":
        return Decision(Outcome.WALLED if content.verdict == "walled" else Outcome.NO_TEXT, content.reason)
    return Decision(Outcome.FILTERED, drop.reason, drop=drop) if drop else None


def _ties(evidence: Evidence, content: Content) -> Ties | Needed:
    equal = evidence.equal if content.words >= MIN_SAME_TEXT_WORDS else ()
    exclude: set[int] = set()
    if equal:
        article_ids = {text.article_id for text in equal}
        if evidence.claimed_id in article_ids:
            return Ties(known=evidence.claimed_id)
        ties = equal_to(content, equal, is_repeated=evidence.is_repeated)
        if ties is not NO_TIES:
            return ties
        # A text that is no copy of an equal one may be a copy of another article. If its feed repeats the words, the
        # articles that the equal texts were merged into are excluded too.
        exclude = {text.own_id for text in equal} | (article_ids if evidence.is_repeated else set())
    return compare(content, evidence.near, exclude=exclude)


def _copy(evidence: Evidence, fetched: Fetched, copy: Copy) -> Decision:
    """Decide whether a text is a copy, or by more evidence the article itself."""
    same = f"{copy.score:.0%} the same as {URL}"
    if copy.article_id == evidence.claimed_id:
        also = "which the page names as its address"
    elif copy.article_id == evidence.reissued_id:
        also = "which the feed has announced with this title and instant"
    else:
        return Decision(Outcome.COPY, same, copy.article_id, article=fetched, ties=Ties(copy=copy))
    return Decision(Outcome.KNOWN, f"{same}, {also}", copy.article_id, leads_to=AliasTarget(copy.article_id))


def _recheck(evidence: Evidence) -> Decision:
    article, fetched, new = evidence.current, evidence.fetched, evidence.fetched.content
    if article is None:
        return _unchanged("its article is a copy of another")
    if evidence.forgotten:
        return _unchanged(f"it leads to what was {evidence.forgotten.reason}")
    if lost := _lost(article, new):
        return _unchanged(lost)
    if other_id := _other_article(evidence, article):
        return _unchanged(f"it leads to {URL} now", about=other_id)
    if _is_redirected(evidence, article):
        return _unchanged(f"it leads to {fetched.pages[0].final_url} now")
    title = new.title or article.title
    befores = [without(article.body, evidence.boilerplate)]
    if fetched.stored_body is not None:
        befores.append(fetched.stored_body)
    if not all(material_change(article.title, before, title, new.body) for before in befores):
        return _unchanged(None)
    return Decision(Outcome.REVISED, revision=replace(new, title=title))


def _unchanged(reason: str | None, about: int | None = None) -> Decision:
    return Decision(None, f"rechecked: {reason}; the text stays" if reason else None, about)


def _lost(article: CurrentText, new: Content) -> str | None:
    """Return why the fetched text is less than the archived one."""
    if new.verdict != "article":
        return new.reason or "it has no text"
    if article.body_from == "page" and new.body_from == "feed":
        return "only the feed's text was found, and the archived text is the page's"
    if new.access == "partial" and article.access != "partial" and new.words < article.words:
        return f"only the beginning can be read: {new.access_reason}"
    if new.words < MIN_KEPT_SHARE * article.words:
        return f"there are {new.words} words left of {article.words}"
    return None


def _other_article(evidence: Evidence, article: CurrentText) -> int | None:
    """Return another archived article that was fetched: at one of its addresses, or with its text and its title."""
    new = evidence.fetched.content
    others = [id_ for id_ in evidence.at_pages.values() if id_ is not None]
    if not same_title(new.title, article.title, (article.site,)):
        others += [e.article_id for e in evidence.equal if same_title(new.title, e.title, (article.site, e.site))]
    return next((other_id for other_id in others if other_id != article.id), None)


def _is_redirected(evidence: Evidence, article: CurrentText) -> bool:
    """Return whether the first page is at an address that is not the article's, and has another text."""
    fetched = evidence.fetched
    if not fetched.pages:
        return False
    keys = keys_of(fetched.pages[0].url, fetched.pages[0].final_url)
    is_new = None in map(evidence.at_pages.get, keys)
    return is_new and likeness(fold(article.body), fold(fetched.content.body)) < MIN_LIKENESS
