"""Words, patterns, sites and languages against texts."""

import pytest

from ingest.rules.matching import MAX_WORD_CHARS, Languages, Sites, Text, Words, fault_of


def matches(word: str, text: str, *, anywhere: bool = False) -> bool:
    return Words((word,), anywhere=anywhere).match(Text(text))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("deal", "The DEAL of the day"),
        ("deal", "“Deal!”, they said"),
        ("deal", "Deal's off"),
        ("black friday", "It is Black Friday:"),
        ("straße", "DIE STRASSE"),
        ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
        ("istanbul", "İSTANBUL'da"),
        ("élection", "L’ÉLECTION"),
        ("l'élection", "après l’élection"),
        ("co-op", "the co\u2011op shop"),
        ("é", "e\u0301 alone"),
        ("c++", "in C++, mostly"),
        (".net", "on .NET 9"),
        ("$5", "for $5"),
        ("ai", "最新AI技術"),
        ("技術", "最新AI技術"),
        ("人", "人々"),
        ("삼성", "삼성이 만든"),
        ("ข่าว", "อ่านข่าววันนี้"),
        ("हिन्दी", "आज हिन्दी में"),
        ("deal", "dealer, deal"),
        ("\u0131ş\u0131k", "IŞIK"),
        ('צה"ל', "דובר צה״ל"),
        ('"fair use"', "“Fair Use” again"),
        ("black  friday", "Black Friday"),
        ("Bundes\xadregierung", "Bundesregierung"),
        ("deal", "de\u200bal"),
        ("❤️", "I ❤ you"),
    ],
)
def test_a_word_matches_as_a_complete_word_in_any_case(word, text):
    assert matches(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("deal", "The dealer's ordeal"),
        ("deal", "deal_5"),
        ("black friday", "Black and Friday"),
        ("black friday", "Black\nFriday"),
        ("election", "L’élection"),
        ("हिन", "हिन्दी"),
        ("$5", "for $50"),
    ],
)
def test_a_piece_of_a_word_and_another_word_do_not_match(word, text):
    assert not matches(word, text)


def test_in_an_address_a_word_matches_anywhere():
    assert matches("/Sponsored", "https://a.example/news/sponsored-by", anywhere=True)
    assert not matches("/sponsored", "https://a.example/sponsor", anywhere=True)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"re:\bsave \$[0-9]+", "Now SAVE $20", True),
        (r"re:\bsave \$[0-9]+", "Now save 20", False),
        ("re:^deal", "a deal", False),
        ("re:^deal", "first\ndeal", False),
        ("re:(?m)^deal", "first\ndeal", True),
        ("re:(?-i)Deal", "deal", False),
        (r"re:été\pL*", "Les ÉTÉS", True),
        ("re:[\u4e00-\u9fff]{2}", "最新", True),
    ],
)
def test_a_pattern_searches_the_text_in_any_case(pattern, text, expected):
    assert matches(pattern, text) is expected


def test_one_of_several_words_and_patterns_is_enough():
    words = Words(("never", "re:(?-i)X", "re:(?P<a>y)(?P<b>z)", "re:(?P<a>w)", "re:c|d"))
    assert [text for text in "x X yz w d e".split() if words.match(Text(text))] == ["X", "yz", "w", "d"]


def test_patterns_of_one_list_do_not_change_each_other():
    assert not Words(("re:a|b", "re:^c$")).match(Text("xcx"))
    quoted = Words((r"re:\Qa+", r"re:\Qb\Ec"))
    assert [text for text in ("a+", "bc", "aa") if quoted.match(Text(text))] == ["a+", "bc"]


def test_a_text_with_half_a_character_is_searched():
    assert Words(("re:b", "c")).match(Text("a\ud800b"))


def test_the_time_of_a_pattern_is_linear():
    assert not matches("re:(a+)+$", "a" * 100_000 + "b")  # an engine that backtracks never ends


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("re:(", "is not a pattern of RE2: missing ): (; RE2 has no lookahead, no lookbehind and no back-references"),
        ("re:(?=a)", "is not a pattern of RE2: invalid perl operator: (?=; RE2 has no lookahead"),
        ("re:", 'is an empty pattern; write one after "re:"'),
        (r"re:\bété\b", r"would miss matches: \b, \B and \w know only ASCII letters"),
        (r"re:\\\\\wé", "would miss matches"),
        ("re:" + "(?:\\pL{50} ){9}" * 5, "is too large a pattern; repeat less in it, or split it"),
        ("x" * (MAX_WORD_CHARS + 1), "is longer than 1000 characters; split it"),
        ("\u200b\xad", "has no character that can be seen"),
        ("re:a\ud800", "is not a pattern of RE2: it is not Unicode text"),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said_with_the_remedy(word, fault):
    assert (fault_of(word) or "").startswith(fault)


@pytest.mark.parametrize("word", [r"re:\\bé", r"re:\bete\b", "é", "re:(a|b)*", r"re:\pLé"])
def test_a_sound_word_or_pattern_has_no_fault(word):
    assert fault_of(word) is None


def test_a_faulty_pattern_writes_nothing_to_stderr(capfd):
    fault_of("re:(")
    assert capfd.readouterr() == ("", "")


def test_a_site_is_the_host_and_those_below_it():
    sites = Sites(("example.org",))
    hosts = ("example.org", "news.example.org", "notexample.org", "example.org.net", "org")
    assert [sites.match(Text(host)) for host in hosts] == [True, True, False, False, False]


def test_a_language_is_the_tag_and_its_regions():
    languages = Languages(("de", "pt-BR"))
    tags = ("de", "de-AT", "DE", "den", "pt-br", "pt", "pt-PT")
    assert [languages.match(Text(tag)) for tag in tags] == [True, True, True, False, True, False, False]
