"""Two texts beside each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text.compare import changes, normal_sentences, sentences, shared

TEXTS = st.text("ab .,\n", max_size=60)


def shown(old, new):
    marks = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    return ["".join(marks[each.kind].format(each.text) for each in line) for line in changes(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("One two.", "One three.", ["One [-two-][+three+]."]),
        ("One.\nTwo.", "One.\nTwo.\nThree.", ["One.", "Two.", "[+Three.+]"]),
        ("One.\nTwo.\nThree.", "One.\nThree.", ["One.", "[-Two.-]", "Three."]),
        ("One.\nTwo was here.", "Two is here.", ["[-One.-]", "Two [-was-][+is+] here."]),
        ("One\ntwo", "One two", ["[-One-]", "[+One +]two"]),
        ("a b c d e", "x y c d e", ["[-a b-][+x y+] c d e"]),
        ("Nothing alike.", "All of it is new.", ["[-Nothing alike.-]", "[+All of it is new.+]"]),
        ("Same.", "Same.", ["Same."]),
    ],
)
def test_words_that_came_and_went_are_marked(old, new, meant):
    assert shown(old, new) == meant


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_their_changes(old, new):
    lines = changes(old, new)

    def text(kind):
        return ["".join(each.text for each in line) for line in lines_of(lines, kind)]

    assert text("added") == new.split("\n")
    assert text("removed") == old.split("\n")


def lines_of(lines, kind):
    """The lines of one of the texts."""
    whole = [line for line in lines if not line or {each.kind for each in line} & {"same", kind}]
    return [[each for each in line if each.kind in ("same", kind)] for line in whole]


@pytest.mark.parametrize("old", ["ab ba " * 40_000, "\n".join("ab" * 40_000), " ".join(map(str, range(40_000)))])
def test_a_hostile_text_is_compared_in_bounded_time(old):
    assert changes(old, old[::-1])


def test_sentences_of_any_script_are_compared():
    assert sentences("He said “No.” Then left. 3.5 %? Yes。中文。好") == [
        ["He said “No.” ", "Then left. ", "3.5 %? ", "Yes。", "中文。", "好"]
    ]
    (line,) = shared("One two. Three.", normal_sentences("ONE TWO. Four.", str.lower), str.lower)
    assert [(each.text, each.shared) for each in line] == [("One two. ", True), ("Three.", False)]
