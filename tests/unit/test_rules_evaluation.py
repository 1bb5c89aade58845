"""What rules decide before the fetch and after it."""

import pytest

from ingest.rules.evaluation import Drop, drop_before_fetch, drop_with_article
from ingest.rules.rule import Rules
from ingest.rules.subject import Article, announced, with_article, without_entry
from storage.records import PendingEntry
from tests import builders as make
from tests.rules import drop, keep, rules

FEED = make.feed(name="News", tags=("tech",))
OTHER = make.feed("https://other.example/feed.xml", name="Other", tags=("sport",))
FEEDS = (FEED, OTHER)
ARTICLE = Article(
    "A title", ("Ada",), ("page tag",), "Description", "de-AT", "The text.", 100, ("https://m.example/a",)
)


def early(wanted: Rules, entry: PendingEntry, earlier_hash: str | None = None) -> str | None:
    found = drop_before_fetch(wanted, announced(entry), earlier_hash)
    return found and found.rule


def late(wanted: Rules, entry: PendingEntry, article: Article = ARTICLE) -> Drop | None:
    return drop_with_article(wanted, announced(entry), with_article(announced(entry), article))


def dropped(table: dict[str, object], **fields: object) -> tuple[bool, bool]:
    """Return whether a rule drops an entry before the fetch, and after it."""
    wanted, entry = rules(table, feeds=FEEDS), make.pending(**fields)
    return early(wanted, entry) is not None, late(wanted, entry) is not None


BOTH, AFTER, NEVER = (True, True), (False, True), (False, False)


@pytest.mark.parametrize(
    ("table", "fields", "expected"),
    [
        (drop(), {}, BOTH),
        (drop(feeds=["news"]), {}, BOTH),
        (drop(feeds=["Other"]), {}, NEVER),
        (drop(feeds=[FEED.url, "Other"]), {}, BOTH),
        (drop(tags=["tech"]), {}, BOTH),
        (drop(tags=["sport"]), {}, NEVER),
        (drop(feeds=["News", "Other"], tags=["sport"]), {}, NEVER),
        (drop(title=["title"]), {}, BOTH),
        (drop(title=["text"]), {}, NEVER),
        (drop(title=["deal"]), {"title": "A deal …"}, BOTH),
        (drop(title=["title"]), {"title": "A …"}, AFTER),
        (drop(title=["title"]), {"title": None}, AFTER),
        (drop(url=["/A"]), {}, BOTH),
        (drop(url=["m.example"]), {}, NEVER),
        (drop(sites=["news.example"]), {}, BOTH),
        (drop(sites=["m.example"]), {}, AFTER),
        (drop(sites=["m.example"]), {"article_from": "feed"}, NEVER),
        (drop(sites=["m.example"]), {"shared_url": True}, NEVER),
        (drop(tag=["own"]), {"tags": ("own",)}, BOTH),
        (drop(tag=["page tag"]), {"tags": ("own",)}, AFTER),
        (drop(tag=["page tag"]), {"article_from": "feed"}, NEVER),
        (drop(author=["bob"]), {"authors": ("Bob",)}, BOTH),
        (drop(author=["ada"]), {"authors": ("Bob",)}, NEVER),
        (drop(author=["ada"]), {}, AFTER),
        (drop(summary=["short"]), {"summary": "In short"}, BOTH),
        (drop(summary=["description"]), {"summary": "In short"}, NEVER),
        (drop(summary=["description"]), {}, AFTER),
        (drop(language=["de"]), {}, AFTER),
        (drop(language=["fr"]), {"language": "fr"}, NEVER),
        (drop(text=["text"]), {}, AFTER),
        (drop(text=["title"]), {}, NEVER),
        (drop(min_words=100), {}, AFTER),
        (drop(min_words=101), {}, NEVER),
        (drop(max_words=100), {}, AFTER),
        (drop(max_words=99), {}, NEVER),
        (drop(min_words=0, max_words=0), {}, NEVER),
        (drop(title=["title"], text=["text"]), {}, AFTER),
        (drop(title=["other"], text=["text"]), {}, NEVER),
        (keep(), {}, NEVER),
    ],
)
def test_a_rule_drops_before_the_fetch_what_is_sure_then(table, fields, expected):
    assert dropped(table, **fields) == expected


@pytest.mark.parametrize(
    ("tables", "before", "after"),
    [
        ((keep(title=["title"]), drop()), None, None),
        ((keep(title=["other"]), drop()), "rule 2", "rule 2"),
        ((keep(text=["text"]), drop()), None, None),
        ((keep(text=["other"]), drop()), None, "rule 2"),
        ((drop(text=["text"]), drop()), "rule 2", "rule 1"),  # the same action: the known one is named
        ((drop(text=["text"]), keep()), None, "rule 1"),
        ((drop(text=["other"]), keep(), drop()), None, None),
        ((drop(title=["title"]), drop()), "rule 1", "rule 1"),
    ],
)
def test_the_first_rule_that_applies_decides(tables, before, after):
    wanted, entry = rules(*tables), make.pending()
    assert early(wanted, entry) == before
    found = late(wanted, entry)
    assert (found and found.rule) == after


def test_without_rules_everything_is_kept():
    assert (early(Rules(), make.pending()), late(Rules(), make.pending())) == (None, None)


def test_an_article_without_its_entry_has_no_feed():
    subject = without_entry(ARTICLE)
    for table, expected in (
        (drop(tags=["tech"]), False),
        (drop(url=["m.example"]), True),
        (drop(title=["title"]), True),
    ):
        wanted = rules(table, feeds=FEEDS)
        assert (drop_with_article(wanted, subject, subject) is not None) is expected


class TestChangedRules:
    """Entries that were dropped for their text, under rules of later days."""

    entry = make.pending()
    first = (keep(text=["chips"]), keep(title=["chips"]), drop(text=["text"], name="old"))

    def after(self, *tables: dict[str, object]) -> str | None:
        found = late(rules(*self.first), self.entry)
        assert found
        return early(rules(*tables, feeds=FEEDS), self.entry, found.hash)

    def test_unchanged_rules_still_drop(self):
        assert self.after(*self.first) == "old"

    def test_names_and_scopes_may_change(self):
        keeps = self.first[:2]
        assert self.after(*keeps, drop(text=["text"], name="new", tags=["tech"])) == "new"
        assert self.after(*keeps, drop(text=["text"], tags=["sport"])) is None

    def test_rules_that_the_feed_rules_out_may_come_and_go(self):
        assert self.after(self.first[0], keep(title=["else"]), keep(feeds=["Other"]), self.first[2]) == "old"

    def test_keep_rules_may_change_places(self):
        more = (keep(text=["a"]), keep(text=["b"]), drop(text=["text"]))
        found = late(rules(*more), self.entry)
        assert found
        assert early(rules(more[1], more[0], more[2]), self.entry, found.hash) == "rule 3"

    def test_a_drop_rule_before_it_changes_nothing(self):
        assert self.after(drop(text=["else"]), *self.first) == "old"
        assert self.after(drop(name="title", title=["title"]), *self.first) == "title"

    def test_a_changed_condition_is_not_sure(self):
        assert self.after(*self.first[:2], drop(text=["text", "more"])) is None
        assert self.after(keep(text=["text"]), *self.first[1:]) is None
        assert self.after(keep(text=["else"]), *self.first) is None
        assert self.after(self.first[2]) is None  # a keep rule less

    def test_without_the_rule_nothing_is_dropped(self):
        assert self.after(*self.first[:2]) is None
        assert self.after() is None
        assert self.after(keep(), *self.first) is None
