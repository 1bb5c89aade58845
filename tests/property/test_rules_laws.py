"""What is decided from the feed alone stays decided, whatever the page has."""

from collections.abc import Iterator
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.rules.evaluation import applies, drop_before_fetch, drop_with_article
from ingest.rules.subject import Article, announced, with_article
from storage.records import PendingEntry
from tests import builders as make
from tests.rules import rules

FEEDS = [make.feed(), make.feed("https://other.example/feed.xml", name="Other")]
# Few words, sites and languages: what an entry or article happens to have decides most conditions.
WORDS, TEXTS = ["a", "b"], ["", "a", "b", "a b", "a …"]
HOSTS, LANGUAGES = ["news.example", "m.example"], ["de", "fr"]
VALUES: dict[str, list[object]] = {
    **{key: [[word] for word in WORDS] for key in ("title", "summary", "text", "author", "tag")},
    **{key: [[host] for host in HOSTS] for key in ("url", "sites")},
    "language": [[language] for language in LANGUAGES],
    "min_words": [0, 1, 2],
    "feeds": [["Other"]],
}
CASES = 10  # of an example: most cases say little about a law

seeds = st.integers(0, 2**32 - 1)
Case = tuple[list[dict[str, Any]], PendingEntry, Article]


def cases(seed: int) -> Iterator[Case]:
    rng = Random(seed)
    for _ in range(CASES):
        yield [a_rule(rng) for _ in range(rng.randint(1, 5))], an_entry(rng), an_article(rng)


def a_rule(rng: Random) -> dict[str, Any]:
    keys = rng.sample(list(VALUES), k=rng.choice([0, 1, 1, 1, 2]))
    return {"action": rng.choice(["keep", "drop"])} | {key: rng.choice(VALUES[key]) for key in keys}


def a_list(rng: Random) -> tuple[str, ...]:
    return tuple(rng.choices(WORDS, k=rng.randint(0, 1)))


def an_entry(rng: Random) -> PendingEntry:
    return make.pending(
        title=rng.choice([None, *TEXTS]),
        authors=a_list(rng),
        tags=a_list(rng),
        summary=rng.choice([None, *TEXTS]),
        url=f"https://{rng.choice(HOSTS)}/x",
        article_from=rng.choice(["page", "page", "feed"]),
        feed_url=rng.choice(FEEDS).url,
    )


def an_article(rng: Random) -> Article:
    return Article(
        title=rng.choice([None, *TEXTS]),
        authors=a_list(rng),
        tags=a_list(rng),
        summary=rng.choice([None, *TEXTS]),
        language=rng.choice([None, *LANGUAGES]),
        body=rng.choice(TEXTS),
        words=rng.randint(0, 2),
        urls=tuple(f"https://{host}/y" for host in rng.choices(HOSTS, k=rng.randint(0, 2))),
    )


@given(seeds)
def test_a_rule_that_is_decided_stays_decided(seed):
    for tables, entry, article in cases(seed):
        before = announced(entry)
        after = with_article(before, article)
        for rule in rules(*tables, feeds=FEEDS).rules:
            early, late = applies(rule, before), applies(rule, after)
            assert late is not None
            assert early in (None, late)


@given(seeds)
def test_what_is_dropped_before_the_fetch_is_dropped_after_it_and_by_the_same_rules_again(seed):
    for tables, entry, article in cases(seed):
        wanted, before = rules(*tables, feeds=FEEDS), announced(entry)
        drop = drop_with_article(wanted, before, with_article(before, article))
        assert drop or not drop_before_fetch(wanted, before)
        assert not drop or drop_before_fetch(wanted, before, drop.hash)


@given(seeds)
def test_what_changed_rules_drop_without_the_article_they_drop_with_it(seed):
    rng = Random(seed)
    for tables, entry, article in cases(seed):
        before = announced(entry)
        after = with_article(before, article)
        drop = drop_with_article(rules(*tables, feeds=FEEDS), before, after)
        changed = [*tables, a_rule(rng)]
        del changed[rng.randrange(len(changed))]
        rng.shuffle(changed)
        today = rules(*changed, feeds=FEEDS)
        if drop and drop_before_fetch(today, before, drop.hash):
            assert drop_with_article(today, before, after)
