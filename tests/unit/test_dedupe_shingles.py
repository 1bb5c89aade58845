import pytest

from ingest.dedupe.figures import compare_figures, places
from ingest.dedupe.fingerprint import normalise, tokens
from ingest.dedupe.shingles import HEAD, HEAD_WINDOW, SHINGLE, WINDOW, WORD, Shingles


def shingles(text):
    return Shingles(tokens(normalise(text)))


def words(first, count):
    return " ".join(f"word{number}" for number in range(first, first + count))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Fed's rate: 4.5%", ["the", "fed", "s", "rate", "4.5%"]),
        ("3月4日の終値は38,395円", ["3", "月", "4", "日", "の", "終", "値", "は", "38,395", "円"]),
        ("iPhone发布会", ["iphone", "发", "布", "会"]),
        ("ราคา 38.5 บาท", [*"ราคา", "38.5", *"บาท"]),
        ("ລາວ ខ្មែរ", [*"ລາວ", *"ខ្មែរ"]),
        ("한국 경제", ["한국", "경제"]),
    ],
)
def test_tokens_are_words_figures_and_the_characters_of_scripts_without_spaces(text, expected):
    assert tokens(normalise(text)) == [normalise(token) for token in expected]


def test_a_shingle_is_four_words_or_eight_characters():
    assert shingles("one two three four five six").ends.tolist() == [4, 5, 6]
    assert shingles("港務局星期一晚上開會").ends.tolist() == [8, 9, 10]
    assert shingles("港務局 a b 星期一").ends.tolist() == [6, 7, 8]


def test_hashes_are_the_same_in_every_process_and_on_every_machine():
    text = shingles("one two three four five 港務局星期一晚上開會")
    assert text.hashes.tolist()[:2] == [3008271758799985405, 14912912685511079474]
    assert text.winnowed() == [-1824455206]


def test_equal_shingles_have_equal_hashes_at_any_place():
    one, other = shingles(words(0, 9)), shingles(f"{words(50, 7)} {words(0, 9)}")
    assert one.hashes.tolist() == other.hashes.tolist()[7:]
    assert len({*one.hashes.tolist(), *other.hashes.tolist()}) == len(other.hashes)


@pytest.mark.parametrize("text", ["", "one two three", "港務局"])
def test_a_text_shorter_than_a_shingle_has_none(text):
    assert shingles(text).hashes.tolist() == shingles(text).winnowed() == []


def test_the_shortest_text_with_a_shingle_keeps_it():
    assert len(shingles("one two three four").winnowed()) == 1


def test_a_shared_passage_of_a_window_and_a_shingle_is_found_at_any_place():
    for length, before in ((HEAD_WINDOW, 0), (WINDOW, HEAD)):
        passage = words(0, (length + SHINGLE) // WORD)
        one, other = (
            shingles(f"{words(base, before + 9)} {passage} {words(base + 5000, 200)}") for base in (10_000, 30_000)
        )
        assert set(one.winnowed()) & set(other.winnowed())


def test_the_beginning_keeps_more_than_the_rest():
    head, all_of_it = (len(shingles(words(0, count)).winnowed()) for count in (64, 1064))
    assert 7 <= head <= 20
    assert 40 <= all_of_it - head <= 90


def test_repetition_keeps_one_of_each():
    assert len(shingles("la " * 5000).winnowed()) == 1


def test_figures_are_compared_after_or_before_the_same_words():
    def figures(one, other):
        return compare_figures(places(shingles(one)), places(shingles(other)))

    same = "the index closed at 7126.2 points on the day"
    assert figures(same, same) == (2, 0)
    assert figures(same, same.replace("7126.2", "7,200")) == (0, 2)
    assert figures(same, "London: the index closed at 7126.2 before noon") == (1, 0)
    assert figures(same, "some 7126.2 other things were sold") == (0, 0)
    assert figures("株価指数の終値は38395円だった", "株価指数の終値は38400円だった") == (0, 1)
    row = "of them in all 3 4 5 were sold last week"
    assert figures(row, row.replace("4", "9")) == (4, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("There are now seven ships at the quay.", "There are now six ships at the quay."),
        ("Rainfall in the valley was 33.0 mm.", "Rainfall in the valley was nil."),
        ("The office will be closed on Monday again.", "The office will be closed on Friday again."),
        ("Der Bericht erscheint am 3. April wieder.", "Der Bericht erscheint am 3. Mai wieder."),
        ("中央銀行は短期市場で月曜日に", "中央銀行は短期市場で火曜日に"),
    ],
)
def test_number_words_months_and_days_of_the_week_are_figures(one, other):
    assert compare_figures(places(shingles(one)), places(shingles(other)))[1]
    assert not compare_figures(places(shingles(one)), places(shingles(one)))[1]


def test_figures_of_equal_places_are_compared_as_one_set():
    score = "They won the game by {} and they won the game by {} and so on to the end."
    one, other = (places(shingles(score.format(*goals))) for goals in ((3, 7), (7, 4)))
    same, differing = compare_figures(one, other)
    assert (same, differing) == (1, 3)
