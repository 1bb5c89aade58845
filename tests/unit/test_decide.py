"""What becomes of an entry, decided from evidence alone: without an archive, a page or a clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.dedupe import near
from ingest.dedupe.ties import FULL_TEXT, SAME_TEXT, NearTexts, Needed
from ingest.pipeline.decide import Evidence, decide, known_by_name, without_article
from ingest.pipeline.fetched import Fetched, Shortfall, addresses_of
from ingest.rules.evaluation import Drop
from ingest.workers.tasks import ExtractedPage
from storage.content import CandidateText, CopyRow, CurrentText, TextMatch
from storage.records import AliasTarget, Outcome
from tests import builders as make
from tests.builders_copies import original, texts

URL = "https://a.example/1"
FULL = original("en")
TEASER = f"{FULL.body.split(chr(10))[0][:-1]} …"


def fetched(body=FULL.body, *, final=URL, pages=1, **fields):
    content = make.content(body, **({"title": FULL.title, "content_hash": "new"} | fields))
    first = ExtractedPage(content, "new")
    later = [make.page(final_url=f"{final}/{number}", url=f"{final}/{number}") for number in range(2, pages + 1)]
    return Fetched(first, (make.page(url=URL, final_url=final), *later), first)


def from_feed(body=FULL.body, **fields):
    return replace(fetched(body, body_from="feed", **fields), pages=())


def evidence(found=None, *, entry=None, **known):
    """By default: a page of an article that the archive knows nothing of."""
    pending, found = make.pending(url=URL, **(entry or {})), found or fetched()
    return Evidence(pending, found, addresses_of(pending, found), **({"near": NearTexts()} | known))


def article(id_=7, body=FULL.body, **fields):
    defaults = {"url": f"https://old.example/{id_}", "site": "old.example", "title": FULL.title, "body_from": "page"}
    words = len(body.split())
    return CurrentText(
        id=id_, body=body, words=words, content_hash="old", extractor="test", edited=False, **(defaults | fields)
    )


def equal(own_id=7, article_id=None, title=FULL.title, site="old.example"):
    return TextMatch(own_id, article_id or own_id, title, site, None)


def near_texts(found, *articles, split_off=(), candidates=None, **more):
    """The archived articles beside what was fetched, each with its text."""
    texts = candidates or [CandidateText(a.id, a.site, a.title, make.NOW, a.body) for a in articles]
    content = replace(found.content, site="a.example")
    by_id = {a.id: a for a in articles}
    return NearTexts(near.Text(content), {text: near.Text(text) for text in texts}, by_id, frozenset(split_off), **more)


def of(decision):
    return decision.outcome, decision.reason


# A first fetch: addresses and guids.


def test_an_entry_whose_address_is_archived_is_known_before_anything_is_fetched():
    decision = known_by_name(AliasTarget(7), None)
    assert (decision.outcome, decision.leads_to) == (Outcome.KNOWN, AliasTarget(7))
    assert decision.reason == "this address is archived"


def test_an_entry_whose_guid_another_feed_has_announced_is_known():
    decision = known_by_name(None, AliasTarget(7, 3))
    assert (decision.outcome, decision.leads_to) == (Outcome.KNOWN, AliasTarget(7, 3))
    assert decision.reason == "another feed announced it with this guid, title and instant"


def test_any_other_entry_must_be_fetched():
    assert known_by_name(None, None) is None


def test_a_page_at_an_archived_address_is_known_and_gives_the_article_its_addresses():
    decision = decide(evidence(fetched(final="https://b.example/2", pages=2), named=AliasTarget(7)))
    assert of(decision) == (Outcome.KNOWN, "this address is archived")
    assert decision.leads_to == AliasTarget(7)
    assert decision.keys == ("a.example/1", "b.example/2", "b.example/2/2")


def test_where_a_later_page_is_archived_by_itself_the_first_page_is_decided_alone():
    found = fetched(pages=3)
    assert decide(evidence(found, later_known=True)) == Needed(first_page=True)
    assert len(found.first_alone().pages) == 1


@pytest.mark.parametrize(("verdict", "outcome"), [("no_text", Outcome.NO_TEXT), ("walled", Outcome.WALLED)])
def test_a_page_without_an_article_ends_with_what_was_seen(verdict, outcome):
    decision = decide(evidence(fetched("", verdict=verdict, reason="a video")))
    assert (of(decision), decision.article) == ((outcome, "a video"), None)


def dropped(found):
    return replace(found, extracted=replace(found.extracted, drop=Drop("no ferries", "1:a")))


def test_an_article_that_a_rule_drops_is_filtered_whatever_it_is_a_copy_of():
    known = {"equal": [equal()], "claimed_id": 7}
    decision = decide(evidence(dropped(fetched()), **known))
    assert of(decision) == (Outcome.FILTERED, 'the rule "no ferries" drops it')
    assert (decision.leads_to, decision.keys, decision.article, decision.drop.hash) == (None, (), None, "1:a")


def test_an_archived_address_and_a_wall_go_before_a_rule():
    assert decide(evidence(dropped(fetched()), named=AliasTarget(7))).outcome is Outcome.KNOWN
    assert decide(evidence(dropped(fetched("", verdict="walled")))).outcome is Outcome.WALLED


def test_a_recheck_is_not_filtered():
    decision = decide(evidence(dropped(fetched()), entry={"article_id": 7}, current=article()))
    assert decision.outcome is None


def test_a_new_text_is_an_article_under_the_address_that_the_page_was_found_at():
    decision = decide(evidence(fetched(final="https://b.example/2")))
    assert of(decision) == (Outcome.ARCHIVED, None)
    content = decision.article.content
    assert (content.url, content.site, content.body) == ("https://b.example/2", "b.example", FULL.body)
    assert decision.keys == ("a.example/1", "b.example/2")


def test_a_feeds_text_is_an_article_under_the_entrys_address():
    assert decide(evidence(from_feed())).article.content.url == URL


@pytest.mark.parametrize(("claimed_id", "url"), [(None, "https://a.example/claimed"), (8, URL)])
def test_a_claimed_address_is_believed_unless_another_article_has_it(claimed_id, url):
    found = fetched(canonical_url="https://a.example/claimed")
    decision = decide(evidence(found, claimed_id=claimed_id))
    assert decision.article.content.url == url
    assert ("a.example/claimed" in decision.keys) == (claimed_id is None)


def test_the_reason_says_which_page_is_missing():
    broken_off = Shortfall(Outcome.FAILED, "page 2 of the article is missing")
    decision = decide(evidence(replace(fetched(), shortfall=broken_off)))
    assert of(decision) == (Outcome.ARCHIVED, "page 2 of the article is missing")


# A first fetch: the same words.


def test_the_same_text_under_the_same_title_is_known():
    decision = decide(evidence(equal=[equal(5, 7)]))
    assert of(decision) == (Outcome.KNOWN, "the same text as {url}")
    assert (decision.about, decision.leads_to) == (5, AliasTarget(5))


def test_the_same_text_under_another_title_is_a_copy():
    decision = decide(evidence(equal=[equal(title="Two summers by ferry")]))
    assert of(decision) == (Outcome.COPY, "100% the same as {url}")
    assert (decision.ties.copy.article_id, decision.ties.copy.method) == (7, SAME_TEXT)


@pytest.mark.parametrize(
    "known",
    [
        {"is_repeated": True, "equal": [equal(title="Two summers by ferry")]},
        {"equal": [equal(7, title="Two summers"), equal(8, title="By ferry")]},
        {"equal": [equal(title=f"{FULL.title} 2", site="a.example")]},
    ],
    ids=["its feed repeats it", "two articles have it", "titles differ in figures"],
)
def test_the_same_text_under_another_title_may_be_another_article(known):
    found = fetched(title=f"{FULL.title} 1")
    assert decide(evidence(found, **known)).outcome is Outcome.ARCHIVED


def test_a_text_of_a_few_words_is_not_compared():
    found = fetched("Watch the video.")
    assert decide(evidence(found, equal=[equal()])).outcome is Outcome.ARCHIVED


def test_a_page_that_claims_the_address_of_an_article_with_its_words_is_that_article():
    found = fetched(title="On our mobile page", canonical_url="https://a.example/claimed")
    decision = decide(evidence(found, equal=[equal(title="Another")], claimed_id=7))
    assert (decision.outcome, decision.leads_to) == (Outcome.KNOWN, AliasTarget(7))


# A first fetch: near texts.


def test_near_texts_are_asked_for_only_when_nothing_else_decides():
    assert decide(evidence(named=AliasTarget(7), near=None)).outcome is Outcome.KNOWN
    assert decide(evidence(equal=[equal()], near=None)).outcome is Outcome.KNOWN
    needed = decide(evidence(near=None))
    assert (needed.near_to.body, needed.near_to.site) == (FULL.body, "a.example")


@pytest.fixture
def edited():
    return fetched(f"By the agency\n{FULL.body}")


def test_a_text_that_is_most_of_an_archived_one_is_a_copy(edited):
    decision = decide(evidence(edited, near=near_texts(edited, article())))
    assert decision.outcome is Outcome.COPY
    assert decision.reason.endswith("% the same as {url}")
    assert (decision.about, decision.ties.copy.article_id) == (7, 7)


def test_a_copy_of_a_merged_article_is_a_copy_of_the_one_it_was_merged_into(edited):
    text = CandidateText(5, "old.example", FULL.title, make.NOW, FULL.body)
    near_ = NearTexts(near.Text(edited.content), {text: near.Text(text)}, {5: article(7)})
    assert decide(evidence(edited, near=near_)).ties.copy.article_id == 7


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"claimed_id": 7}, "which the page names as its address"),
        ({"reissued_id": 7}, "which the feed has announced with this title and instant"),
    ],
)
def test_a_copy_that_something_else_names_too_is_the_article_itself(edited, known, why):
    decision = decide(evidence(edited, near=near_texts(edited, article()), **known))
    assert (decision.outcome, decision.leads_to) == (Outcome.KNOWN, AliasTarget(7))
    assert decision.reason.endswith(f"the same as {{url}}, {why}")


def test_the_full_text_of_teasers_is_an_article_and_they_are_its_copies():
    teasers = [article(id_, TEASER, title="Something else", body_from="feed") for id_ in (7, 8)]
    decision = decide(evidence(near=near_texts(fetched(), *teasers)))
    assert of(decision) == (Outcome.ARCHIVED, "the full text of {url}")
    assert {(copy.article_id, copy.method) for copy in decision.ties.full_of} == {(7, FULL_TEXT), (8, FULL_TEXT)}


def test_the_full_text_of_a_teaser_that_was_split_off_is_an_article_beside_it():
    teaser = article(7, TEASER, title="Something else", body_from="feed")
    decision = decide(evidence(near=near_texts(fetched(), teaser, split_off=[7])))
    assert (decision.outcome, decision.ties.full_of) == (Outcome.ARCHIVED, ())


FIRST, SECOND = "\n".join(FULL.body.split("\n")[:2]), texts("en")[1]
DIGEST = article(9, f"{FIRST}\n{SECOND}\n{texts('en')[2]}", title="The week in short")


def test_a_text_that_a_digest_has_beside_another_article_is_an_article():
    found = fetched(FIRST)
    near_ = near_texts(found, DIGEST)
    needed = decide(evidence(found, near=near_))
    assert needed == Needed(beside=DIGEST)
    beside = CandidateText(8, "old.example", "Another", make.NOW, SECOND)
    assert decide(evidence(found, near=replace(near_, beside={9: [beside]}))).outcome is Outcome.ARCHIVED
    assert decide(evidence(found, near=replace(near_, beside={9: []}))).outcome is Outcome.COPY


def test_what_is_tied_to_a_digest_is_split_off_when_another_of_its_articles_arrives():
    found = fetched(SECOND, title="Another")
    near_ = near_texts(found, DIGEST)
    needed = decide(evidence(found, near=near_))
    assert needed == Needed(copies_of=(9,))
    copy = CopyRow(
        3, 9, "https://c.example/3", "c.example", "First", make.NOW, FIRST, "containment 2", None, None, "en"
    )
    decision = decide(evidence(found, near=replace(near_, copies={9: [copy]})))
    assert (decision.outcome, decision.ties.apart) == (Outcome.ARCHIVED, (copy,))


# A recheck.


def recheck(found=None, **known):
    known = {"current": article(), "at_pages": {"a.example/1": 7}} | known
    return decide(evidence(found, entry={"article_id": 7}, **known))


def unchanged(why):
    return None, f"rechecked: {why}; the text stays"


def test_an_edited_text_is_a_revision():
    found = fetched(f"{FULL.body}\nThe bridge opened a day later than was said here before.")
    decision = recheck(found)
    assert decision.outcome is Outcome.REVISED
    assert (decision.revision.body, decision.revision.content_hash) == (found.content.body, "new")


def test_a_revision_without_a_title_keeps_the_title():
    assert recheck(fetched(f"{FULL.body} More words.", title=None)).revision.title == FULL.title


def test_an_equal_text_is_no_revision():
    assert of(recheck()) == (None, None)


def test_what_only_the_method_or_the_boilerplate_changes_is_no_revision():
    line = "Subscribe to our newsletter and never miss a story again."
    found = fetched(f"{FULL.body}\nA line that the method finds now.")
    assert of(recheck(replace(found, stored_body=found.content.body))) == (None, None)
    current = article(body=f"{FULL.body}\n{line}")
    assert of(recheck(current=current, boilerplate=frozenset([line.lower()]))) == (None, None)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (fetched("", verdict="no_text", reason="a video"), "a video"),
        (fetched("", verdict="walled", reason=None), "it has no text"),
        (from_feed(), "only the feed's text was found, and the archived text is the page's"),
        (fetched(FULL.body[:-60], access="partial", access_reason="a fade"), "only the beginning can be read: a fade"),
        (fetched("Only five words are left."), f"there are 5 words left of {len(FULL.body.split())}"),
    ],
    ids=["no text", "walled", "feed", "partial", "words"],
)
def test_a_text_that_was_lost_is_no_revision(found, why):
    assert of(recheck(found)) == unchanged(why)


def test_an_edit_of_a_text_that_was_partial_before_is_a_revision():
    found = fetched(f"{FULL.body[:-200]} It was changed on the next day.", access="partial")
    assert of(recheck(found, current=article(access="partial"))) == (Outcome.REVISED, None)
    assert of(recheck(fetched(f"{FULL.body} And more was added to it later."), current=article(access="partial"))) == (
        Outcome.REVISED,
        None,
    )


def test_a_page_that_is_another_article_is_no_revision():
    decision = recheck(fetched("Another text. " * 60), at_pages={"a.example/1": 7, "b.example/2": 8})
    assert (of(decision), decision.about) == (unchanged("it leads to {url} now"), 8)
    found = fetched("Another text. " * 60, title="Another")
    decision = recheck(found, equal=[equal(8, title="Another")])
    assert (of(decision), decision.about) == (unchanged("it leads to {url} now"), 8)


@pytest.mark.parametrize("is_like", [True, False])
def test_a_page_at_a_new_address_is_a_revision_only_if_its_words_are_like_the_articles(is_like):
    body = f"{FULL.body}\nThe bridge opened a day later." if is_like else "Other words in all of its lines. " * 60
    found = fetched(body, final="https://b.example/2")
    decision = recheck(found, at_pages={"a.example/1": 7, "b.example/2": None})
    assert of(decision) == ((Outcome.REVISED, None) if is_like else unchanged("it leads to https://b.example/2 now"))


def test_an_article_that_was_merged_meanwhile_gets_no_revision():
    assert of(recheck(current=None)) == unchanged("its article is a copy of another")


# Nothing was fetched.

LATER = make.NOW + timedelta(hours=1)
FAILED = Shortfall(Outcome.FAILED, "the page answered HTTP 503", status=503)


@pytest.mark.parametrize("busy_until", [None, LATER])
def test_what_can_be_tried_again_waits_and_only_a_wait_for_the_host_is_no_try(busy_until):
    decision = without_article(make.pending(), replace(FAILED, due_at=LATER, busy_until=busy_until))
    assert (decision.outcome, decision.due_at) == (Outcome.PENDING, LATER)
    assert (decision.reason, decision.is_try) == (FAILED.reason, busy_until is None)


def test_what_cannot_be_tried_again_ends_with_its_outcome():
    assert of(without_article(make.pending(), FAILED)) == (Outcome.FAILED, FAILED.reason)


def test_a_recheck_waits_and_ends_without_a_word_on_the_entrys_outcome():
    pending = make.pending(article_id=7)
    assert without_article(pending, replace(FAILED, due_at=LATER)).outcome is None
    assert of(without_article(pending, FAILED)) == unchanged(FAILED.reason)
    not_modified = Shortfall(Outcome.KNOWN, "the page has not changed", status=304)
    assert of(without_article(pending, not_modified)) == (None, None)
