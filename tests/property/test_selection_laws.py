"""Selections: whatever an archive has been through, its filters let through what a reader of all rows would choose."""

import shutil
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from storage import blocks as sets
from storage.archive import Archive
from storage.content import Copy
from storage.filters import LENGTHS
from storage.labels import folded
from storage.reader import Reader
from storage.records import Outcome, to_text
from storage.selection import Selection
from tests import builders as make
from tests.search_index import check_selections

SITES, LANGUAGES, ACCESS = ["a.example", "b.example"], ["fr", "fr-FR", "frr", "en", None], ["free", "partial", None]
TAGS, AUTHORS, WORDS = ["Été", "ÉTÉ", "politics"], ["Ada Byron", "ADA BYRON", "Şule"], ["alpha", "beta", "alpha beta"]
FEEDS = [("https://a.example/f", "One", ("news",)), ("https://b.example/f", "Two", ("été",))]
DAYS = [make.NOW + timedelta(days=days, hours=hours) for days in (0, 1, 40) for hours in (-12, 0, 3)]
FIRST_ID = 60  # the ids of a run lie in two blocks

articles = st.fixed_dictionaries(
    {
        "site": st.sampled_from(SITES),
        "language": st.sampled_from(LANGUAGES),
        "access": st.sampled_from(ACCESS),
        "tags": st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
        "authors": st.lists(st.sampled_from(AUTHORS), max_size=2).map(tuple),
        "published_at": st.sampled_from([*DAYS, None]),
        "words": st.sampled_from([0, 49, 50, 120, 150, 6000]),
        "body": st.sampled_from(WORDS),
    }
)
places = st.integers(0, 8)
# How large archives are read, in a small one
WAYS = [
    {},
    {"matches.FREQUENT": 0, "matches.WORD_COST": 0, "filters.RARE": 0},
    {"selected.MAX_SORTED": 0},
    {"selected.NEAR": 2, "filters.RARE": 0},
    {"selected.MAX_SORTED": 0, "selected.MAX_READ_BY_DAY": 0, "filters.RARE": 0},
    {"changes.READ_ON": 2, "labels.MAX_LOOKED_UP": 0},
    {"changes.READ_ON": 2, "changes.MAX_ARTICLES": 0, "filters.RARE": 0},
    {"search.MAX_COUNTED": 1, "filters.RARE": 0},
]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), articles, st.sampled_from([None, 1, 2]), st.sampled_from(DAYS)),
        st.tuples(st.just("revise"), places, st.sampled_from([0, 60, 7000]), st.sampled_from(WORDS)),
        st.tuples(st.just("copy"), places, st.sampled_from([1, 2])),
        st.tuples(st.just("merge"), places, places),
        st.tuples(st.just("split"), places),
        st.tuples(st.just("forget"), places),
    ),
    min_size=3,
    max_size=14,
)


def some(values):
    return st.lists(st.sampled_from(values), max_size=2).map(tuple)


selections = st.builds(
    Selection,
    sites=some(SITES),
    feeds=some(["One", "https://b.example/f"]),
    tags=some(["été", "Politics", "NEWS"]),
    authors=some(["ada byron", "şule"]),
    languages=some(["fr", "FR-fr", "en"]),
    access=some(["free", "partial"]),
    since=st.sampled_from([None, None, *DAYS]),
    until=st.sampled_from([None, None, *DAYS]),
    archived_since=st.sampled_from([None, None, *DAYS]),
    min_words=st.sampled_from([None, None, 0, 49, 50, 100, 150, 6500]),
    match=st.sampled_from([None, None, "alpha", "alpha NOT beta", "gamma"]),
    ids=st.sampled_from([None, None, (), ((1, 63),), ((61, 62), (64, 200))]),
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    path = tmp_path_factory.mktemp("selections") / "empty.db"
    with Archive(path, "test") as archive:
        archive.subscribe([make.feed(url, name=name, tags=tags) for url, name, tags in FEEDS], make.NOW)
        archive.db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('articles', ?)", [FIRST_ID])
    return path


def run(archive, steps):
    """Do the steps. A step that names no article or copy does nothing."""
    for number, (kind, *values) in enumerate(steps):
        ids = [row[0] for row in archive.db.execute("SELECT id FROM articles ORDER BY id")]
        if kind == "add":
            add(archive, number, *values)
        elif ids:
            STEPS[kind](archive, number, ids[values[0] % len(ids)], *values[1:])


def add(archive, number, fields, feed, at):
    id_ = archive.add_article(make.article(f"https://a.example/{number}", title=None, **fields), (), at)
    if feed:
        announce(archive, feed, number, id_)


def revise(archive, number, article_id, words, body):
    text = make.content(body, title="delta", words=words, access="free", content_hash=str(number))
    archive.revise(article_id, text, make.NOW)


def copy(archive, number, article_id, feed):
    found = archive.add_copy(make.article(), Copy(article_id, "test 1", 1, adds=False), (), make.NOW)
    announce(archive, feed, number, article_id, found)


def merge(archive, _, article_id, place):
    ids = [row[0] for row in archive.db.execute("SELECT id FROM articles ORDER BY id")]
    if (into := ids[place % len(ids)]) != article_id:
        archive.merge(article_id, Copy(into, "by hand", 1, adds=True), make.NOW)


def split(archive, _, article_id):
    merged = "SELECT id, merged_id FROM copies WHERE article_id = ? AND merged_id IS NOT NULL AND split_id IS NULL"
    for copy_id, merged_id in archive.db.execute(merged, [article_id]).fetchall():
        archive.split(archive.copy(copy_id), merged_id, (), make.NOW, reason="test")


def announce(archive, feed, number, article_id, copy_id=None):
    archive.add_entries(feed, [make.entry(str(number), f"https://a.example/{number}")], make.NOW)
    (entry_id,) = archive.db.execute("SELECT max(id) FROM entries").fetchone()
    archive.settle(entry_id, Outcome.ARCHIVED, article_id=article_id, copy_id=copy_id)


def forget(archive, _, article_id):
    """Delete an article as `ingest forget` does: the row first, then what belongs to it."""
    archive.db.execute("PRAGMA defer_foreign_keys = ON")
    archive.db.execute("DELETE FROM articles WHERE id = ?", [article_id])
    for table in ("media", "revisions", "fingerprints", "aliases"):
        archive.db.execute(f"DELETE FROM {table} WHERE article_id = ?", [article_id])
    archive.db.execute("UPDATE entries SET article_id = NULL, copy_id = NULL WHERE article_id = ?", [article_id])
    gone = "SELECT id FROM copies WHERE article_id = ?1 OR merged_id = ?1 OR split_id = ?1"
    archive.db.execute(f"UPDATE entries SET copy_id = NULL WHERE copy_id IN ({gone})", [article_id])
    archive.db.execute(f"DELETE FROM copies WHERE id IN ({gone})", [article_id])


STEPS = {"revise": revise, "copy": copy, "merge": merge, "split": split, "forget": forget}


def chosen(reader, selection):
    """Return the ids of a selection, read from every row."""
    feeds = {row["id"]: row for row in reader.rows("SELECT id, url, name, tags FROM feeds")}
    found = []
    for row in reader.rows("SELECT * FROM current_articles ORDER BY id"):
        merged = reader.with_merged(row["id"])
        its = [
            feeds[entry["feed_id"]] for entry in reader.rows("SELECT * FROM entries") if entry["article_id"] in merged
        ]
        tags = {folded(tag) for tag in [*row["tags"], *(tag for feed in its for tag in feed["tags"])]}
        words = set(row["body"].split())
        code = (row["language"] or "").lower()
        tests = [
            not selection.sites or row["site"] in selection.sites,
            not selection.feeds or any({feed["url"], feed["name"]} & set(selection.feeds) for feed in its),
            not selection.tags or tags & set(map(folded, selection.tags)),
            not selection.authors or set(map(folded, row["authors"])) & set(map(folded, selection.authors)),
            not selection.languages
            or any(code == one.lower() or code.startswith(f"{one.lower()}-") for one in selection.languages),
            not selection.access or row["access"] in selection.access,
            selection.since is None or (row["published_at"] or "") >= to_text(selection.since),
            selection.until is None or (row["published_at"] or "~") <= to_text(selection.until),
            selection.archived_since is None or row["archived_at"] >= to_text(selection.archived_since),
            selection.min_words is None or row["words"] >= selection.min_words,
            selection.match is None
            or {"alpha": "alpha" in words, "alpha NOT beta": words == {"alpha"}, "gamma": False}[selection.match],
            selection.ids is None or any(first <= row["id"] <= last for first, last in selection.ids),
        ]
        if all(tests):
            found.append(row)
    return found


@settings(
    max_examples=20,
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps, st.lists(st.tuples(selections, st.sampled_from(WAYS)), min_size=8, max_size=8))
def test_a_selection_is_what_a_reader_of_all_rows_would_choose(tmp_path, empty, steps, wanted):
    path = tmp_path / "news.db"
    shutil.copy(empty, path)
    with Archive(path, "test") as archive, archive.transaction():
        run(archive, steps)
    check_selections(path)
    with Reader(path) as reader:
        log = list(reader.rows("SELECT seq, article_id FROM changes ORDER BY seq"))
        for selection, way in wanted:
            rows = chosen(reader, selection)
            seqs = [row["seq"] for row in log if reader.current_id(row["article_id"]) in {row["id"] for row in rows}]
            with pytest.MonkeyPatch.context() as patch:
                for name, number in way.items():
                    patch.setattr(f"storage.{name}", number)
                check_reads(reader, selection, rows, seqs)


def check_reads(reader, selection, rows, seqs):
    ids = [row["id"] for row in rows]
    assert [row["id"] for row in reader.article_rows(selection)] == ids
    assert [row["id"] for row in reader.article_rows(selection, after=62)] == [id_ for id_ in ids if id_ > 62]
    rows.sort(key=lambda row: (row["published_at"] or "", row["id"]), reverse=True)
    newest = [hit.id for hit in reader.search("", selection, limit=3)]
    assert newest == ([row["id"] for row in rows[:3]] if selection else [])
    if selection:
        assert reader.change_seqs(selection, after=0, limit=100, without_reclean=False) == seqs
    found = reader.search("alpha OR beta OR delta", selection)
    assert {hit.id for hit in found} == set(ids)
    assert all("[" in hit.snippet for hit in found)


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(0, 300)), st.sets(st.integers(0, 300)), st.lists(st.tuples(places, places)), places, places)
def test_blocks_are_sets(one, other, pairs, after, last):
    blocks, others = sets.of_ids(one), sets.of_ids(other)
    assert list(sets.ids(blocks)) == sorted(one)
    assert sets.count(blocks) == len(one)
    assert set(sets.ids(sets.intersection(blocks, others))) == one & other
    assert list(sets.ids(sets.between(after * 30, last * 9))) == list(range(after * 30, last * 9 + 1))
    ranges = sets.joined((first * 30, first * 30 + more * 9) for first, more in pairs)
    inside = {id_ for id_ in one if any(first <= id_ <= last for first, last in ranges)}
    assert set(sets.ids(sets.within(blocks, ranges))) == inside
    assert sets.among(other, blocks) == one & other
    if one:
        greatest, bits = sets.as_bits(blocks)
        assert {greatest - place for place, bit in enumerate(bits.decode()) if bit == "1"} == one
    assert set(sets.ids(sets.union(blocks, others))) == one | other


def test_a_long_article_has_a_label_of_every_length(tmp_path, empty):
    path = tmp_path / "news.db"
    shutil.copy(empty, path)
    with Archive(path, "test") as archive, archive.transaction():
        archive.add_article(make.article(words=9_999), (), make.NOW)
        assert sorted(map(int, archive.labels("words"))) == list(LENGTHS)


def test_a_selection_reads_on_past_any_number_of_changes(tmp_path, empty, monkeypatch):
    monkeypatch.setattr("storage.changes.READ_ON", 4)
    path = tmp_path / "news.db"
    shutil.copy(empty, path)
    with Archive(path, "test") as archive, archive.transaction():
        for number in range(20):
            site = SITES[number == 11]
            archive.add_article(make.article(f"https://a.example/{number}", "alpha", site=site), (), make.NOW)
        archive.merge(FIRST_ID + 12, Copy(FIRST_ID + 1, "by hand", 1, adds=True), make.NOW)
    with Reader(path) as reader:
        assert (
            reader.change_rows(Selection(sites=("b.example",)), after=0) == []
        )  # merged into an article of another site
        wanted = Selection(ids=((FIRST_ID + 1, FIRST_ID + 1),))
        for most in (0, 100):
            monkeypatch.setattr("storage.changes.MAX_ARTICLES", most)
            assert [change["seq"] for change in reader.change_rows(wanted, after=1)] == [12, 21]
            assert [change["seq"] for change in reader.change_rows(wanted, after=1, limit=1)] == [12]


def test_the_newest_articles_are_found_whether_the_latest_days_have_enough_of_them_or_not(tmp_path, empty):
    path = tmp_path / "news.db"
    shutil.copy(empty, path)
    with Archive(path, "test") as archive, archive.transaction():
        for number in range(800):
            site = SITES[number in (3, 5, 790, 795)]
            published_at = make.NOW + timedelta(days=number // 10)
            article = make.article(f"https://a.example/{number}", "alpha", site=site, published_at=published_at)
            archive.add_article(article, (), make.NOW)
    with Reader(path) as reader:
        for limit in (1, 2, 3, 9):
            newest = reader.newest_published(Selection(sites=(SITES[1],)), limit)
            assert newest == [id_ + FIRST_ID + 1 for id_ in (795, 790, 5, 3)][:limit]


def test_that_an_article_was_forgotten_passes_every_filter(tmp_path, empty, monkeypatch):
    path = tmp_path / "news.db"
    shutil.copy(empty, path)
    with Archive(path, "test") as archive, archive.transaction():
        for number in range(5):
            archive.add_article(make.article(f"https://a.example/{number}", "alpha", site="a.example"), (), make.NOW)
        archive.forget_articles([FIRST_ID + 2], make.NOW)
    check_selections(path)
    with Reader(path) as reader:
        for read_on in (2000, 2):
            monkeypatch.setattr("storage.changes.READ_ON", read_on)
            for selection in (Selection(sites=("b.example",)), Selection(match="alpha", ids=((1, FIRST_ID + 1),))):
                seqs = [change["seq"] for change in reader.change_rows(selection, after=1)]
                assert seqs == [6], (read_on, selection)
            assert [change["seq"] for change in reader.change_rows(Selection(match="alpha"), after=3)] == [4, 5, 6]
