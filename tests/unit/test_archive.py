from dataclasses import asdict
from datetime import timedelta

import pytest

from storage.content import Copy
from storage.reader import Reader
from storage.records import Host, Outcome
from tests import builders as make
from tests.search_index import check_selections

NOW = make.NOW
LATER = NOW + timedelta(hours=1)


def rows(path, sql, *parameters):
    with Reader(path) as reader:
        return list(reader.rows(sql, parameters))


def test_a_feed_off_the_list_is_no_longer_due_and_keeps_its_articles(archive, path):
    with archive.transaction():
        archive.subscribe([make.feed()], NOW)
        archive.add_article(make.article(), (), NOW)
        archive.subscribe([make.feed("https://other.example/feed")], NOW)
    assert [due.url for due in archive.due_feeds(NOW, limit=9)] == ["https://other.example/feed"]
    assert len(rows(path, "SELECT * FROM articles")) == 1


def test_subscribing_again_changes_only_what_the_list_says(archive):
    archive.subscribe([make.feed()], NOW)
    archive.record_poll(make.poll(), make.state(due_at=LATER))
    archive.subscribe([make.feed(name="New name", interval_s=600)], NOW)
    assert archive.due_feeds(NOW, limit=9) == []
    (due,) = archive.due_feeds(LATER, limit=9)
    assert (due.name, due.interval_s, due.etag) == ("New name", 600, '"v1"')


def test_unchanged_polls_leave_what_one_recorded_alone_leaves(archive, path):
    urls = [f"https://news.example/{name}" for name in "abc"]
    archive.subscribe(map(make.feed, urls), NOW)
    before = make.state(title="News", silence_s=7, silent_at=NOW, failures=3, window_size=9, alternate_url="https://x/")
    after = make.state(due_at=LATER, due_reason="It is.", move_seen="https://y/", window_size=9, silence_s=8)
    polls = [make.poll(feed, LATER, "not_modified", status=304, ms=5) for feed in (1, 2, 3)]
    for poll in polls:
        archive.record_poll(make.poll(poll.feed_id, NOW, "failed", error="no"), before)
    archive.record_poll(polls[0], after)
    archive.record_unchanged([(poll, after) for poll in polls[1:]])
    for table, key, own in ("feeds", "id", {"id", "url"}), ("polls", "feed_id", {"id", "feed_id"}):
        found = [rows(path, f"SELECT * FROM {table} WHERE {key} = ? ORDER BY id", feed) for feed in (1, 2, 3)]
        one, *others = ([{name: row[name] for name in row.keys() - own} for row in each] for each in found)
        assert others == [one, one]


def test_a_gone_feed_is_polled_again_only_when_it_is_named(archive):
    archive.subscribe([make.feed()], NOW)
    archive.record_poll(make.poll(outcome="gone"), make.state(gone=True, due_at=None))
    archive.subscribe([make.feed()], NOW)
    assert archive.make_due(NOW) == []
    assert archive.make_due(NOW, ["https://news.example/feed.xml"]) == [1]
    assert len(archive.due_feeds(NOW, limit=9)) == 1


def test_naming_a_feed_off_the_list_does_not_revive_it(archive):
    archive.subscribe([make.feed()], NOW)
    archive.subscribe([], NOW)
    assert archive.make_due(NOW, ["https://news.example/feed.xml"]) == []
    assert archive.due_feeds(NOW, limit=9) == []


def test_pending_entries_come_by_host_and_only_when_due(archive):
    archive.subscribe([make.feed()], NOW)
    archive.add_entries(1, [make.entry("g1"), make.entry("g2", "https://news.example/b")], NOW)
    first, second = archive.pending_entries("news.example", NOW, limit=9)
    archive.postpone(first.id, LATER, reason="HTTP 503", tried=True)
    assert archive.pending_hosts(NOW) == ["news.example"]
    assert [p.id for p in archive.pending_entries("news.example", NOW, limit=9)] == [second.id]
    assert [p.tries for p in archive.pending_entries("news.example", LATER, limit=9)] == [0, 1]


def test_an_entry_survives_the_way_through_the_archive_unchanged(archive):
    archive.subscribe([make.feed(article="feed")], NOW)
    announced = make.entry(
        authors=("Zoë", "李雷"), published_at=NOW, published_raw="Sun", updated_at=LATER, summary="S", content="C\nD",
        language="fr", image_url="https://i.example/x.png", tags=("a", "b"), shared_url=True,
        published_precision="minute",
    )  # fmt: skip
    archive.add_entries(1, [announced], NOW)
    (pending,) = archive.pending_entries("news.example", NOW, limit=1)
    assert {name: getattr(pending, name) for name in asdict(announced)} == asdict(announced)
    assert (pending.canonical_url, pending.host) == (announced.canonical_url, announced.host)
    assert pending.article_from == "feed"


def test_an_article_keeps_the_precision_of_its_instant_through_a_merge(archive, path):
    for number in (1, 2):
        url = f"https://news.example/{number}"
        archive.add_article(make.article(url, f"Text {number}.", published_precision="day"), (), NOW)
    copy_id = archive.merge(1, Copy(2, "by hand", 1, adds=True), NOW)
    assert archive.copy(copy_id).published_precision == "day"
    with Reader(path) as reader:
        assert reader.article(2).published_precision == "day"


@pytest.mark.parametrize(("published_at", "ahead"), [(NOW, 0), (LATER, 1), (None, None)])
def test_a_future_instant_is_kept_and_marked(archive, path, published_at, ahead):
    archive.add_article(make.article(published_at=published_at), (), NOW)
    with Reader(path) as reader:
        (article,) = reader.article_rows()
        assert article["published_ahead"] == ahead


def test_a_settled_entry_is_no_longer_pending(archive, path):
    archive.subscribe([make.feed()], NOW)
    archive.add_entries(1, [make.entry()], NOW)
    article_id = archive.add_article(make.article(), [make.page()], NOW)
    archive.settle(1, Outcome.ARCHIVED, article_id=article_id)
    assert archive.pending_hosts(LATER) == []
    assert rows(path, "SELECT outcome, article_id, due_at FROM entries") == [
        {"outcome": "archived", "article_id": 1, "due_at": None}
    ]


def test_an_alias_stays_with_the_article_that_had_it_first(archive):
    first = archive.add_article(make.article(), (), NOW)
    second = archive.add_article(make.article("https://news.example/b", "Other text."), (), NOW)
    archive.add_aliases(first, ["news.example/a"])
    archive.add_aliases(second, ["news.example/a", "news.example/b"])
    assert archive.article_at(["news.example/a"]) == first
    assert archive.article_at(["news.example/b"]) == second
    assert archive.article_at(["news.example/c"]) is None


def test_every_article_is_in_the_change_log_and_in_the_search_index(archive, path):
    with archive.transaction():
        archive.add_article(make.article(title="Élan vital", body="Une pièce."), (), NOW)
    with Reader(path) as reader:
        (change,) = reader.change_rows(after=0)
        assert (change["seq"], change["kind"], change["record"]["title"]) == (1, "article", "Élan vital")
        assert [hit.id for hit in reader.search("elan")] == [1]
        assert [hit.id for hit in reader.search("piece")] == [1]


def test_a_query_that_fts_cannot_read_is_searched_for_word_by_word(archive, path):
    archive.add_article(make.article(title="C++ and R&D: what's next?"), (), NOW)
    with Reader(path) as reader:
        for query in ("c++", "what's", '"unclosed', "next?", "R&D", "title: foo", "a AND"):
            assert isinstance(reader.search(query), list)
        assert len(reader.search("what's next?")) == 1


def test_operators_work_beside_words_that_fts_cannot_read(archive, path):
    archive.add_article(make.article(title="Alibaba", body="Jack Ma on e-commerce, and an ambassade."), (), NOW)
    with Reader(path) as reader:
        for query in ("Alibaba AND e-commerce", '"Jack Ma" OR e-commerce', "ambassad* e-commerce"):
            assert len(reader.search(query)) == 1, query
        assert reader.search("Alibaba NOT e-commerce") == []


def test_a_failed_transaction_leaves_nothing(archive, path):
    def fail():
        with archive.transaction():
            archive.add_article(make.article(), (), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert rows(path, "SELECT * FROM articles") == rows(path, "SELECT * FROM changes") == []


def test_what_a_host_has_answered_is_remembered(archive):
    archive.remember_host("news.example", blocked_until=LATER)
    archive.remember_host("news.example", robots="User-agent: *", robots_status=200, robots_at=NOW)
    assert archive.host("news.example") == Host("news.example", "User-agent: *", 200, NOW, LATER)
    archive.remember_host("news.example", robots_status=None)
    assert archive.host("news.example") == Host("news.example", "User-agent: *", None, NOW, LATER)
    assert archive.host("other.example") is None


def test_old_polls_are_dropped_and_recent_ones_stay(archive, path):
    archive.subscribe([make.feed()], NOW)
    archive.record_poll(make.poll(at=NOW - timedelta(days=100)), make.state())
    archive.record_poll(make.poll(at=NOW), make.state())
    archive.maintain(NOW)
    assert [row["at"] for row in rows(path, "SELECT at FROM polls")] == ["2026-03-01T12:00:00Z"]


def test_the_rate_counts_recent_entries_and_ignores_those_of_the_future(archive):
    archive.subscribe([make.feed()], NOW)
    instants = [NOW - timedelta(days=30), NOW - timedelta(days=2), NOW + timedelta(days=400)]
    archive.add_entries(1, [make.entry(str(n), published_at=at) for n, at in enumerate(instants)], NOW)
    assert archive.entry_rate(1, NOW - timedelta(days=7), NOW) == (1, NOW - timedelta(days=2))


def test_the_next_due_instant_is_the_first_of_feeds_and_entries(archive):
    assert archive.next_due() is None
    archive.subscribe([make.feed()], NOW)
    archive.record_poll(make.poll(), make.state(due_at=LATER))
    archive.add_entries(1, [make.entry()], NOW)
    assert archive.next_due() == NOW
    assert archive.has_due([1], NOW)
    archive.settle(1, Outcome.FAILED, reason="gone")
    assert archive.next_due() == LATER
    assert not archive.has_due([1], NOW)


def test_a_revision_without_a_title_keeps_the_articles_title_and_a_sound_index(archive, path):
    archive.add_article(make.article(title="Ferry", body="Alpha."), (), NOW)
    for number, (title, body) in enumerate([(None, "Beta."), ("Harbour", "Gamma."), (None, "Delta.")]):
        archive.revise(1, make.content(body, title=title, content_hash=str(number)), NOW)
        check_selections(path)
    with Reader(path) as reader:
        assert [word for word in ("ferry", "harbour", "gamma", "delta") if reader.search(word)] == ["ferry", "delta"]


def test_the_last_revision_is_current_and_found(archive, path):
    archive.add_article(make.article(title="Old", body="Alpha."), (), NOW)
    archive.revise(1, make.content("Beta.", title="New", content_hash="2"), NOW)
    archive.revise(1, make.content("Gamma.", title="Newer", content_hash="3"), LATER)
    with Reader(path) as reader:
        assert reader.row("SELECT title, body FROM current_articles") == {"title": "Newer", "body": "Gamma."}
        assert [word for word in ("alpha", "beta", "gamma", "old", "newer") if reader.search(word)] == [
            "gamma",
            "newer",
        ]
        assert [change["kind"] for change in reader.change_rows(after=0)] == ["article", "revision", "revision"]
    check_selections(path)
