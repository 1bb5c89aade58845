import pytest

from ingest.dedupe.fingerprint import VERSION, content_hash, normalise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Two  words\n\there", "two words here"),
        ("l’article", "l'article"),
        ("l\u00b4article", "l'article"),
        ("« Oui ! »", '"Oui!"'),
        ("„Ja“ – sagte sie", "»Ja« - sagte sie"),
        ("co\u00adoperate", "cooperate"),
        ("zero\u200bwidth", "zerowidth"),
        ("e\u0301t\u00e9", "\u00e9te\u0301"),
        ("e\u200d\u0301", "\u00e9"),
        ("ﬁnal ＡＢＣ１", "final ABC1"),  # noqa: RUF001 (compatibility forms)
        ("STRASSE", "straße"),
        ("wait\u2026", "wait..."),
        ("\u22125 degrees", "-5 degrees"),
        ("日本語、テスト。", "日本語、テスト"),
    ],
)
def test_texts_that_differ_in_typesetting_have_one_hash(one, other):
    assert content_hash(one) == content_hash(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.5", "15"),
        ("1.5", "1 5"),
        ("-5", "5"),
        ("-$5", "$5"),
        (".5", "5"),
        ("-.5", ".5"),
        ("5%", "5"),
        ("$5", "€5"),
        ("1,000", "1.000"),
        ("10:30", "1030"),
        ("3-5", "3 -5"),
        ("v1.5", "v15"),
        ("C", "C#"),
        ("C#", "C++"),
        ("we're", "were"),
        ("a b", "ab"),
        ("resume", "résumé"),
    ],
)
def test_texts_that_differ_in_figures_symbols_or_letters_have_two_hashes(one, other):
    assert content_hash(one) != content_hash(other)


def test_the_stop_after_a_number_is_dropped():
    assert normalise("It costs 1.5. Then, in 2024-05-01: 3.") == "it costs 1.5 then in 2024-05-01 3"


def test_a_hash_begins_with_the_methods_version():
    version, _, digest = content_hash("words").partition(":")
    assert int(version) == VERSION
    assert len(bytes.fromhex(digest)) == 16


def test_the_hash_is_the_same_in_every_run():
    assert content_hash("Hello, World 1.5") == "1:65742959a72419e00e47e97dc112529a"
