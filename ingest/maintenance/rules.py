"""Today's rules over what is in the archive. Nothing is fetched.

apply    filtered entries: take up those that no rule drops any more for sure, and renew the rule's name of the
         others. An entry that its article decided on stays filtered as long as the rules that led to it are the
         same (`rule_hash`)
try      the last articles: what the rules would have done to them (reads only)
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ingest.rules.evaluation import Drop, applies, drop_before_fetch
from ingest.rules.rule import Rule, Rules
from ingest.rules.subject import Article, announced, with_article, without_entry
from storage.archive import Archive
from storage.entries import FilteredEntry
from storage.reader import Queries
from storage.rows import Row

BATCH = 200  # entries of a transaction: a hundred rules take a tenth of a second for them
MAX_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """Filtered entries under today's rules: those that are taken up, and those that a rule still drops."""

    open: list[int]
    dropped: list[tuple[FilteredEntry, Drop]]


@dataclass(slots=True)
class Applied:
    """Counts of filtered entries: `taken_up` again; `renamed`, dropped by another rule than before; `unchanged`."""

    taken_up: int = 0
    renamed: int = 0
    unchanged: int = 0

    def count(self, checked: Checked) -> None:
        renamed = sum(drop.rule != each.rule for each, drop in checked.dropped)
        self.taken_up += len(checked.open)
        self.renamed += renamed
        self.unchanged += len(checked.dropped) - renamed


def apply_rules(archive: Queries, rules: Rules, now: datetime) -> Iterator[Checked]:
    """Apply the rules to all filtered entries, a batch at a time. Write nothing if `archive` is no writer (dry run)."""
    for ids in batches(archive.filtered_ids()):
        if isinstance(archive, Archive):
            with archive.transaction():
                checked = apply_to(archive, ids, rules, now)
            yield checked
        else:
            yield check(archive, ids, rules)


def apply_to(archive: Archive, ids: Iterable[int], rules: Rules, now: datetime) -> Checked:
    """Apply the rules to those of the entries that are filtered, inside a transaction."""
    checked = check(archive, ids, rules)
    archive.take_up(checked.open, now)
    for each, drop in checked.dropped:
        if (drop.rule, drop.hash) != (each.rule, each.rule_hash):
            archive.filter_again(each.entry.id, drop.rule, drop.hash, reason=drop.reason)
    return checked


def check(archive: Queries, ids: Iterable[int], rules: Rules) -> Checked:
    """Return what today's rules say of those of the entries that are filtered."""
    checked = Checked([], [])
    for each in archive.filtered_entries(ids):
        if drop := drop_before_fetch(rules, announced(each.entry), each.rule_hash):
            checked.dropped.append((each, drop))
        else:
            checked.open.append(each.entry.id)
    return checked


def batches(ids: "array[int]") -> "Iterator[Sequence[int]]":
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


@dataclass(frozen=True, slots=True)
class TriedArticle:
    """An archived article under today's rules.

    `rules` are all that apply to it. The first one decides. `is_early`: it would have been dropped before its page was
    fetched. `entry_id` is the entry that it was archived for, 0 if that is not known.
    """

    id: int
    title: str | None
    site: str
    archived_at: str
    rules: tuple[Rule, ...]
    is_early: bool
    entry_id: int = 0

    @property
    def decided_by(self) -> Rule | None:
        return self.rules[0] if self.rules else None

    @property
    def is_dropped(self) -> bool:
        return self.decided_by is not None and self.decided_by.action == "drop"


@dataclass(slots=True)
class RuleCount:
    """How many articles a rule applies to, and on how many it decides. `examples` are some of the latter."""

    rule: Rule
    applies: int = 0
    decides: int = 0
    examples: list[TriedArticle] = field(default_factory=list)


@dataclass(slots=True)
class RulesTest:
    """What the rules would have done. `filtered` is what `apply_rules` would do to the entries filtered since then.

    `since` is when the first of the articles was archived, `first_entry_id` the first entry that brought one of them.
    """

    rules: list[RuleCount]
    articles: int = 0
    dropped: int = 0
    dropped_early: int = 0
    since: str | None = None
    first_entry_id: int = 0
    filtered: Applied = field(default_factory=Applied)

    def count(self, article: TriedArticle) -> None:
        self.articles += 1
        self.dropped += article.is_dropped
        self.dropped_early += article.is_early
        self.since = article.archived_at
        self.first_entry_id = min(filter(None, (article.entry_id, self.first_entry_id)), default=0)
        for each in self.rules:
            if each.rule in article.rules:
                each.applies += 1
                if each.rule is article.decided_by:
                    each.decides += 1
                    if len(each.examples) < MAX_EXAMPLES:
                        each.examples.append(article)


def try_rules(archive: Queries, rules: Rules, *, last: int) -> Iterator[TriedArticle]:
    """Yield the last articles, the newest first, with the rules that apply to their current text."""
    for row in archive.newest_articles(last):
        yield _tried(archive, row, rules)


def count_filtered(archive: Queries, rules: Rules, tested: RulesTest, *, last: int) -> None:
    """Count what `apply_rules` would do to the last entries that were filtered among the tested articles."""
    ids = archive.filtered_ids(first=tested.first_entry_id)[-last:]
    for some in batches(ids):
        tested.filtered.count(check(archive, some, rules))


def _tried(archive: Queries, row: Row, rules: Rules) -> TriedArticle:
    names = ("title", "authors", "tags", "summary", "language", "body", "words")
    article = Article(**{name: row[name] for name in names}, urls=(row["url"],))
    entry = archive.archived_entry(row["id"])
    before = announced(entry) if entry else None
    subject = with_article(before, article) if before else without_entry(article)
    return TriedArticle(
        row["id"],
        row["title"],
        row["site"],
        row["archived_at"],
        tuple(rule for rule in rules.rules if applies(rule, subject)),
        is_early=before is not None and drop_before_fetch(rules, before) is not None,
        entry_id=entry.id if entry else 0,
    )
