"""Which rule decides on an entry. A condition holds, does not hold, or is not known before the article is fetched."""

from dataclasses import dataclass
from hashlib import blake2b

from ingest.rules.rule import Condition, Rule, Rules
from ingest.rules.subject import Subject

VERSION = 1  # of how rules are compared with entries


@dataclass(frozen=True, slots=True)
class Drop:
    """A rule drops an entry.

    `hash` is that of the rule and of the keep rules before it that the article, and not the feed alone, has ruled out.
    As long as it is the same, the same article would be dropped again.
    """

    rule: str
    hash: str

    @property
    def reason(self) -> str:
        return f'the rule "{self.rule}" drops it'


def applies(rule: Rule, subject: Subject) -> bool | None:
    """Return whether the rule applies to an entry, None if the article must be fetched to know it."""
    if rule.feed_urls is not None and subject.feed_url not in rule.feed_urls:
        return False
    found: bool | None = True
    if rule.min_words is not None or rule.max_words is not None:
        if subject.words is None:
            found = None
        elif (
            not (rule.min_words or 0) <= subject.words <= (subject.words if rule.max_words is None else rule.max_words)
        ):
            return False
    for condition in rule.conditions:
        holds = _holds(condition, subject)
        if holds is False:
            return False
        found = found and holds
    return found


def drop_before_fetch(rules: Rules, entry: Subject, earlier_hash: str | None = None) -> Drop | None:
    """Return the rule that drops an entry, whatever its article is. Return None if none does for sure.

    `earlier_hash` is the hash of the `Drop` with which the entry was dropped before: what its article decided then is
    still decided.
    """
    open_keeps: list[Rule] = []
    for rule in rules.rules:
        holds = applies(rule, entry)
        if holds is False:
            continue
        if rule.action == "keep":
            if holds:
                return None
            open_keeps.append(rule)
            continue
        drop = Drop(rule.name, _hash(rule, open_keeps))
        if (holds and not open_keeps) or drop.hash == earlier_hash:
            return drop
    return None


def drop_with_article(rules: Rules, entry: Subject, article: Subject) -> Drop | None:
    """Return the rule that drops an entry whose article is fetched: `entry` is without the article, `article` with."""
    open_keeps: list[Rule] = []
    for rule in rules.rules:
        before = applies(rule, entry)
        holds = applies(rule, article) if before is None else before
        if rule.action == "drop" and holds:
            return Drop(rule.name, _hash(rule, open_keeps))
        if rule.action == "keep" and holds:
            return None
        if rule.action == "keep" and before is None:
            open_keeps.append(rule)
    return None


def _holds(condition: Condition, subject: Subject) -> bool | None:
    texts = subject.texts.get(condition.key, ())
    if any(map(condition.matcher.match, texts)):
        return True
    return False if condition.key in subject.complete else None


def _hash(rule: Rule, keeps: list[Rule]) -> str:
    definitions = sorted(map(_definition, keeps))
    digest = blake2b(repr([definitions, _definition(rule)]).encode(), digest_size=8).hexdigest()
    return f"{VERSION}:{digest}"


def _definition(rule: Rule) -> str:
    """Return what the rule asks of an entry in its scope. Its name and its feeds may change."""
    conditions = sorted((each.key, sorted(each.matcher.written)) for each in rule.conditions)
    return repr((conditions, rule.min_words, rule.max_words))
