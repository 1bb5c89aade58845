"""Nothing brings back what was forgotten, and nothing else is refused."""

from storage.archive import Archive
from storage.records import Outcome, WantedFeed
from tests import builders as make
from tests.builders_feeds import page, rss
from tests.forgetting import OTHER, WORD, bytes_of, counts, entry, ingest, poll

AGAIN = {
    "as it was": entry(1, link="/1", guid="g1"),
    "edited": entry(1, link="/1", guid="g1", title=f"{WORD}, corrected", text=f"More of {WORD}."),
    "at its address": entry(1, link="/1?utm_source=x", guid="another"),
    "with its guid": entry(1, link="/moved", guid="g1"),
    "at the address that it had with its guid": entry(1, link="/moved", guid="third"),
}


def test_its_feed_does_not_bring_it_back(forgotten, run):
    for again in (*AGAIN.values(), *AGAIN.values()):
        poll(run, again, OTHER)
        assert (counts(run, "articles", "rechecks_due"), bytes_of(run)) == ([1, 0], 0)
    assert run.outcomes() == ["refused", "archived", "refused"]  # the last is the entry with neither of its names


def test_an_entry_under_another_name_of_it_has_a_row_that_says_so(forgotten, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.subscribe([WantedFeed(f"{forgotten.url}?second")], run.now_at)
    assert poll(run, AGAIN["at its address"], feed_id=2) == ["refused", "archived", "refused"]
    row = run.row("SELECT reason, title, summary, published_at, due_at FROM entries WHERE id = 3")
    assert row["reason"].startswith("forgotten ")
    assert [value for name, value in row.items() if name != "reason"] == [None] * 4
    assert bytes_of(run) == 0


def test_an_entry_that_waits_for_its_page_ends_when_its_article_was_forgotten(to_forget, gazette, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        for n, address in enumerate(("/1", "/1/?utm_source=x", "/1?amp=1")):
            archive.add_entries(1, [make.entry(f"a{n}", gazette.url(address), title=WORD)], run.now_at)
        archive.add_entries(1, [make.entry("g1", gazette.url("/9"), title=WORD)], run.now_at)
    assert ingest(run, "forget", gazette.url("/1")).out.endswith(": 1 article, 1 page, 5 entries\n")
    assert (run.outcomes(), bytes_of(run)) == (["refused", "archived", *["refused"] * 4], 0)
    assert ingest(run, "explain", gazette.url("/9")).out.count("outcome     refused: forgotten") == 5


def test_an_edit_does_not_give_an_open_entry_the_text(forgotten, gazette, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.add_entries(1, [make.entry("g9", gazette.url("/9"), title="Nine", text_hash="1:a")], run.now_at)
        archive.settle(3, Outcome.FAILED, reason="HTTP 500")
    poll(run, entry(9, link="/1", guid="g9", title="Nine", text=f"Now {WORD}."))
    assert (run.outcomes(), bytes_of(run)) == (["refused", "archived", "refused"], 0)


def test_other_names_of_its_page_do_not_bring_it_back(forgotten, gazette, run):
    """A page at its address, a redirect, a page that names its address, and an article that goes on there."""
    claiming = page(1, title=WORD, head=f'<link rel="canonical" href="{gazette.url("/1")}">')
    gazette.redirect("/short", "/1")
    gazette.page("/claiming", claiming)
    gazette.page("/3", page(3, title="Three", head='<link rel="next" href="/1">'))
    names = [entry(1, link=f"/{name}", guid=name) for name in ("1", "short", "claiming")]
    gazette.page("/other.xml", rss(*names, entry(3, link="/3", guid="g3", title="Three", text="T.")))
    tally = run.later(days=1).now(WantedFeed(gazette.url("/other.xml")))
    assert tally.entries == {"refused": 2, "archived": 1}
    assert run.outcomes() == ["refused", "archived", "refused", "refused", "refused", "archived"]
    reasons = run.column("SELECT reason FROM entries WHERE id IN (4, 5)")
    assert all("it leads to what was forgotten" in reason for reason in reasons)
    assert (counts(run, "articles", "pages"), bytes_of(run)) == ([2, 2], 0)
    gazette.requests.clear()
    gazette.page("/third.xml", rss(*(entry(1, link=f"/{name}", guid=f"3{name}") for name in ("short", "claiming"))))
    run.now(WantedFeed(gazette.url("/third.xml")))
    assert [request.path for request in gazette.requests] == ["/third.xml"]
    assert (run.outcomes()[6:], bytes_of(run)) == (["refused"] * 2, 0)


def test_an_archived_article_that_redirects_to_it_keeps_its_text(forgotten, gazette, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.subscribe([forgotten], run.now_at)
        archive.add_aliases(2, [f"{gazette.host}/gone"])
        edited = make.entry("g2", gazette.url("/gone"), title="Two")
        archive.schedule_recheck(2, edited, run.now_at)
        archive.db.execute("UPDATE entries SET url = ?, canonical_url = ?1 WHERE id = 2", [gazette.url("/gone")])
    gazette.redirect("/gone", "/1")
    run.now(only=[])
    kept = run.row("SELECT outcome, reason FROM entries WHERE id = 2")
    assert (kept["outcome"], "it leads to what was forgotten" in kept["reason"]) == ("archived", True)
    assert (counts(run, "revisions", "rechecks_due"), bytes_of(run)) == ([0, 0], 0)


def test_its_guid_is_no_name_of_an_archived_article_that_takes_it(forgotten, run):
    assert poll(run, entry(2, link="/2", guid="g1", title="Two", text="Two.")) == ["refused", "archived"]
    assert run.column("SELECT key FROM aliases JOIN tombstone_keys USING (key)") == []


def test_a_guid_of_several_articles_is_the_name_of_none(to_forget, gazette, run):
    with run.writing() as db:
        db.execute("UPDATE entries SET guid = 'g1'")
    assert ingest(run, "forget", gazette.url("/1")).code == 0
    assert run.column("SELECT count(*) FROM tombstone_keys") == [1]
    new = entry(3, link="/3", guid="g1", title="Three", text="Three.")
    assert poll(run, new) == ["refused", "archived", "pending"]


def test_an_address_that_brought_no_article_is_forgotten_too(to_forget, gazette, run):
    with run.writing() as db:
        db.execute("UPDATE entries SET outcome = 'no_text', article_id = NULL WHERE id = 1")
        db.execute("DELETE FROM aliases WHERE article_id = 1")
    assert ingest(run, "forget", gazette.url("/1")).out == f"forgot {gazette.url('/1')}: 1 entry\n"
    assert run.row("SELECT outcome, title FROM entries WHERE id = 1") == {"outcome": "refused", "title": None}
    assert [change["kind"] for change in ingest(run, "changes").rows] == ["article", "article"]
    assert poll(run, AGAIN["edited"], OTHER) == ["refused", "archived"]
    assert run.column("SELECT summary FROM entries WHERE id = 1") == [None]


# what is not refused


def dated(n, day, **fields):
    return entry(n, title=f"Title of {n}", text=f"Text {n}.", **fields).replace(
        "</item>", f"<pubDate>{day:02} Mar 2026 10:00:00 GMT</pubDate></item>"
    )


def of_forgotten(run, column, value):
    with run.writing() as db:
        db.execute(f"UPDATE entries SET {column} = ? WHERE id = 1", [value])


def test_a_guid_that_only_its_feed_knows_may_be_given_to_another_article(forgotten, run):
    """Of another address, and of another text or another instant."""
    another = entry(3, link="/3", guid="g1", title="Three", text="Three.")
    assert poll(run, another) == ["refused", "archived", "pending"]
    of_forgotten(run, "published_at", "2026-03-05T10:00:00Z")
    poll(run, dated(4, 5, link="/4", guid="g1"))
    poll(run, dated(5, 6, link="/5", guid="g1"))
    assert run.column("SELECT url FROM entries WHERE outcome = 'pending'") == [
        run.feed()["url"].replace("feed.xml", n) for n in "35"
    ]


def test_a_guid_that_is_unique_in_the_world_is_believed_alone(to_forget, gazette, run):
    of_forgotten(run, "guid", "urn:uuid:9f0c3c4e-52a9-4f0b-9c7c-1f0f7a3f0d11")
    ingest(run, "forget", gazette.url("/1"))
    again = entry(3, link="/3", guid="urn:uuid:9f0c3c4e-52a9-4f0b-9c7c-1f0f7a3f0d11", title="Three", text="Three.")
    assert poll(run, again) == ["refused", "archived"]


def test_an_edited_entry_without_an_address_of_its_own_is_known_by_its_guid(to_forget, gazette, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.add_entries(1, [make.entry("own", f"{to_forget.url}#entry-1", title=WORD, shared_url=True)], run.now_at)
    ingest(run, "forget", f"{to_forget.url}#entry-1")
    assert poll(run, entry(9, link=None, guid="own", title="Later", text="An edited text.")) == [
        "archived",
        "archived",
        "refused",
    ]


def test_an_entry_that_waits_under_the_same_guid_stays_if_it_is_another_article(to_forget, gazette, run):
    of_forgotten(run, "published_at", "2026-03-05T10:00:00Z")
    poll(run, dated(4, 6, link="/4", guid="g1"))
    assert ingest(run, "forget", gazette.url("/1")).out.endswith(": 1 article, 1 page, 1 entry\n")
    assert poll(run, dated(4, 6, link="/4", guid="g1")) == ["refused", "archived", "pending"]
    run.later(days=1).now(only=[])
    assert run.row("SELECT outcome, reason FROM entries WHERE id = 3") == {
        "outcome": "pending", "reason": "the page answered HTTP 404"
    }  # fmt: skip


def test_a_template_that_names_the_forgotten_address_on_every_page_hides_no_later_article(forgotten, gazette, run):
    of_forgotten(run, "published_at", "2026-03-05T10:00:00Z")
    head = f'<link rel="canonical" href="{gazette.url("/1")}">'
    for n in (5, 9):
        gazette.page(f"/day-{n}", page(n, title=f"Title {n}", head=head))
    entries = (dated(n, n, link=f"/day-{n}", guid=f"day-{n}") for n in (5, 9))
    gazette.page("/days.xml", rss(*entries))
    tally = run.later(days=9).now(WantedFeed(gazette.url("/days.xml")))
    assert tally.entries == {"refused": 1, "archived": 1}
    assert run.column("SELECT url FROM articles ORDER BY id DESC LIMIT 1") == [gazette.url("/day-9")]


def test_a_page_that_several_entries_share_is_no_name_of_one_that_stands_there_alone_once(to_forget, gazette, run):
    """Alone in its document, an entry has the page's own address."""
    first, second, third = (entry(n, link="/log", guid=f"log{n}", text=f"Entry {n}. " * 40) for n in (3, 4, 5))
    poll(run, first, second)
    ingest(run, "forget", run.column("SELECT url FROM entries WHERE guid = 'log3'")[0])
    poll(run, first)
    poll(run, third)
    assert run.row("SELECT outcome, url FROM entries WHERE guid = 'log5'") == {
        "outcome": "pending", "url": gazette.url("/log")
    }  # fmt: skip
    assert poll(run, first) == ["archived", "archived", "refused", "pending", "pending"]


def test_alone_on_such_a_page_it_is_not_taken_for_the_article_that_has_the_pages_address(to_forget, gazette, run):
    with Archive(run.path, "test") as archive, archive.transaction():
        archive.add_aliases(2, [f"{gazette.host}/log"])
    first = entry(3, link="/log", guid="log3", text=f"{WORD} " * 40)
    poll(run, first, entry(4, link="/log", guid="log4", title="Four", text="Entry 4. " * 40))
    ingest(run, "forget", gazette.url("/1"), run.column("SELECT url FROM entries WHERE guid = 'log3'")[0])
    assert poll(run, first) == ["refused", "archived", "refused", "pending"]
    assert bytes_of(run) == 0


def test_a_document_that_repeats_its_guid_brings_back_nothing_and_keeps_the_others(forgotten, run):
    again = [entry(1, link=f"/{name}", guid="g1") for name in ("1", "moved")]
    assert poll(run, *again, entry(3, link="/3", guid="g1", title="Three", text="Three.")) == [
        "refused", "archived", "refused", "pending"
    ]  # fmt: skip
    assert bytes_of(run) == 0
