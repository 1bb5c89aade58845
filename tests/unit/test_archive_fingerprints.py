"""The index that finds the articles a text may be a copy of."""

from storage.content import CandidateText, Copy
from storage.fingerprints import MAX_ARTICLES_PER_SHINGLE, MAX_CANDIDATES, MAX_COPIES
from storage.reader import Reader
from tests import builders as make


def add(archive, hashes, number=0, **fields):
    article_id = archive.add_article(make.article(f"https://news.example/{number}", **fields), [], make.NOW)
    archive.fingerprint(article_id, hashes, 1)
    return article_id


def rows(archive, sql):
    with Reader(archive.path) as reader:
        return [tuple(row.values()) for row in reader.rows(sql)]


def ids(candidates):
    return [candidate.article_id for candidate in candidates]


def test_an_article_with_hashes_in_common_is_a_candidate(archive):
    article_id = add(archive, [-(2**31), 5, 2**31 - 1], body="The text.", title="The headline")
    candidate = CandidateText(article_id, "news.example", "The headline", make.NOW, "The text.")
    assert archive.candidates([2**31 - 1, 7, -(2**31)]) == [candidate]


def test_one_hash_in_common_is_chance(archive):
    add(archive, [1, 2, 3])
    assert archive.candidates([3, 4, 5]) == []


def test_an_article_without_hashes_is_no_candidate(archive):
    add(archive, [])
    assert archive.candidates([]) == []


def test_articles_with_most_in_common_come_first_and_are_few(archive):
    some = [add(archive, [1, 2], number) for number in range(MAX_CANDIDATES)]
    most = add(archive, [1, 2, 3, 4], 99)
    assert ids(archive.candidates([1, 2, 3, 4, 5])) == [most, *some[:-1]]


def test_a_hash_of_few_articles_weighs_more(archive):
    for number in range(9):
        add(archive, [1, 2, 3], number)
    rare = add(archive, [7, 8], 99)
    assert ids(archive.candidates([1, 2, 3, 7, 8]))[0] == rare


def test_a_hash_of_many_articles_is_no_evidence_and_is_not_kept_for_more(archive):
    for number in range(MAX_ARTICLES_PER_SHINGLE + 5):
        add(archive, [1, 2], number)
    assert archive.candidates([1, 2]) == []
    assert rows(archive, "SELECT count(*) FROM shingles") == [(2 * MAX_ARTICLES_PER_SHINGLE,)]


def test_a_second_fingerprint_adds_to_the_first(archive):
    article_id = add(archive, [1, 2])
    archive.fingerprint(article_id, [2, 3], 2)
    assert ids(archive.candidates([1, 3])) == [article_id]
    assert rows(archive, "SELECT article_id, version FROM fingerprints") == [(article_id, 2)]


def test_a_candidate_comes_with_its_first_and_last_text_and_those_of_copies_with_text_of_their_own(archive):
    article_id = add(archive, [1, 2], body="First.")
    for text in ("Second.", "Third."):
        archive.revise(article_id, make.content(text, title="Revised", content_hash=f"1:{text}"), make.NOW)
    for number in range(MAX_COPIES + 1):
        copied = make.article(f"https://b.example/{number}", f"Copy {number}.", site="b.example", published_at=None)
        archive.add_copy(copied, Copy(article_id, "test 1", 0.75, number > 0), (), make.NOW)
    texts = [(text.site, text.title, text.body) for text in archive.candidates([1, 2])]
    assert texts[:2] == [("news.example", "A title", "First."), ("news.example", "Revised", "Third.")]
    assert sorted(texts[2:]) == [("b.example", "A title", f"Copy {number}.") for number in (1, 2, 3)]


def test_a_copy_is_a_row_of_its_own_and_in_the_change_log(archive):
    article_id = add(archive, [1, 2])
    copy = make.article("https://b.example/1", "Its own text.", site="b.example", title="Its own headline")
    copy_id = archive.add_copy(copy, Copy(article_id, "test 1", 0.75, True), (), make.NOW)
    (row,) = rows(archive, "SELECT article_id, url, site, title, body, method, score, adds FROM copies")
    expected = ("https://b.example/1", "b.example", "Its own headline", "Its own text.", "test 1", 0.75, 1)
    assert row == (article_id, *expected)
    changes = rows(archive, "SELECT kind, id, article_id FROM changes ORDER BY seq")
    assert changes == [("article", article_id, article_id), ("copy", copy_id, article_id)]
