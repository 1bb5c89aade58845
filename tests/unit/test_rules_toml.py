"""`rules.toml`: what is read, and what is refused."""

import re

import pytest

from ingest.configuration import rules_toml
from ingest.configuration.directory import BUNDLED
from ingest.errors import ConfigError
from ingest.rules.matching import Text
from ingest.rules.rule import NO_RULES
from storage.records import WantedFeed

FEEDS = (
    WantedFeed("https://a.example/feed", "Alpha", ("en", "tech")),
    WantedFeed("https://b.example/feed", "Beta", ("de", "/News")),
)


@pytest.fixture
def load(tmp_path):
    def load(text: str):
        (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
        return rules_toml.load(tmp_path, FEEDS)

    return load


@pytest.fixture
def faults(load, tmp_path):
    def faults(text: str) -> list[str]:
        with pytest.raises(ConfigError) as raised:
            load(text)
        return [line.removeprefix(f"{tmp_path}/rules.toml: ") for line in str(raised.value).splitlines()]

    return faults


def rule(*lines: str) -> str:
    return "\n".join(("[[rules]]", 'name = "x"', 'action = "drop"', *lines, ""))


def test_without_a_file_there_are_no_rules(tmp_path):
    assert rules_toml.load(tmp_path, FEEDS) == NO_RULES


def test_the_bundled_file_has_no_rules_and_its_examples_are_understood(tmp_path):
    text = (BUNDLED / "rules.toml").read_text(encoding="utf-8")
    assert rules_toml.load(BUNDLED, FEEDS) == NO_RULES
    lines = (line.removeprefix("# ") for line in text.splitlines())
    (tmp_path / "rules.toml").write_text("\n".join(line for line in lines if re.match(r"\[\[|\w+ = ", line)))
    feeds = (WantedFeed("https://v.example/", "The Verge", ("tech",)),)
    assert [rule.name for rule in rules_toml.load(tmp_path, feeds).rules] == ["no deals", "about chips", "the rest"]


def test_the_feeds_of_a_rule_are_those_with_its_names_and_tags(load):
    scopes = {
        'feeds = ["ALPHA", "https://b.example/feed"]': {"https://a.example/feed", "https://b.example/feed"},
        'tags = ["/News", "en"]': {"https://a.example/feed", "https://b.example/feed"},
        'feeds = ["alpha", "beta"]\ntags = ["de"]': {"https://b.example/feed"},
        "": None,
    }
    for line, urls in scopes.items():
        assert load(rule(line)).rules[0].feed_urls == urls


def test_sites_and_languages_are_compared_in_the_form_that_articles_have(load):
    rules = load(rule('sites = ["WWW.Ünlü.example."]', 'language = ["pt_br"]')).rules[0]
    sites, language = (condition.matcher for condition in rules.conditions)
    assert (sites.match(Text("xn--nl-wkac.example")), language.match(Text("pt-BR"))) == (True, True)


def test_equal_files_are_equal_rules(load):
    text = rule('title = ["a", "re:b"]', "min_words = 3")
    assert load(text) == load(text) != load(text.replace("3", "4"))


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ('titel = ["a"]', "titel: unknown key; did you mean title?"),
        ("xyz = 1", "xyz: unknown key; a rule knows name, action, feeds, tags, sites, url"),
        ('title = "a"', 'title: "a" is not a list of words like ["deal", "black friday"]'),
        ("title = [1]", "title: [1] is not a list of words"),
        ("title = []", "title: the list is empty, so that the rule would never apply; name something"),
        ('title = [" "]', 'title: [" "] is not a list of words'),
        ("title = ['re:(']", 'title: "re:(" is not a pattern of RE2: missing ): ('),
        ("text = ['re:\\bé']", r'text: "re:\\bé" would miss matches'),
        ('feeds = ["Alpa"]', "feeds: Alpa: no feed on the list has this name or URL; did you mean Alpha?"),
        ('tags = ["tec"]', 'tags: "tec": no feed on the list has this tag; did you mean tech?'),
        (
            'feeds = ["alpha"]\ntags = ["de"]',
            "tags: no feed of this rule has one of them, so that it would never apply",
        ),
        ('sites = ["a b"]', 'sites: "a b" is not a site like "example.org"'),
        ('sites = ["https://a.example/"]', 'sites: "https://a.example/" is not a site'),
        ('sites = ["a.example:8080"]', 'sites: "a.example:8080" is not a site like "example.org"; write it without'),
        ('language = ["German"]', 'language: "German" is not a language tag like "de" or "pt-BR"'),
        (
            'language = ["zh-hans-cn"]',
            'language: "zh-hans-cn" has a script, which the language of no article has; write "zh-',
        ),
        ("min_words = -1", "min_words: -1 is not a number of words, 0 or more"),
        ("max_words = true", "max_words: true is not a number of words"),
        ("min_words = 9\nmax_words = 8", "min_words: 9 is more than max_words"),
    ],
)
def test_a_fault_names_the_rule_the_cause_and_the_remedy(faults, lines, fault):
    (line,) = faults(rule(lines))
    assert line.startswith(f'rule 1 ("x"): {fault}')


def test_every_fault_has_a_line(faults):
    text = 'top = 1\n[[rules]]\naction = "dorp"\n[[rules]]\nname = "x"\naction = "keep"\n' + rule("min_words = 1.5")
    assert faults(text) == [
        "top: unknown key; the file knows only [[rules]]",
        "rule 1 (without a name): name: is missing; give a line of text",
        'rule 1 (without a name): action: "dorp" is not "keep" or "drop"',
        'rule 3 ("x"): min_words: 1.5 is not a number of words, 0 or more',
        'rule 3 ("x"): name: "x" is that of rule 2 already',
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rules = 3", "rules: 3 is not a list of rules; write [[rules]] above each"),
        ("[[rules", "is not TOML: "),
        (
            "[[rules]]\nname = 'a'\naction = 'drop'\n[[rules]]\nname = 3\naction = []",
            "rule 2 (without a name): name: 3 is",
        ),
        (rule(f"title = {['re:a'] * 5001}"), "there are 5001 patterns; 5000 are the most"),
        ("".join(f'[[rules]]\nname = "{n}"\naction = "keep"\n' for n in range(1001)), "there are 1001 rules; 1000 are"),
    ],
)
def test_a_file_that_is_no_list_of_rules_is_a_fault(faults, text, fault):
    assert faults(text)[0].startswith(fault)
