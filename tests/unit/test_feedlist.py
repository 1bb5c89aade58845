from collections import Counter
from pathlib import Path

import pytest

from ingest.configuration import feedlist
from ingest.configuration.directory import BUNDLED
from ingest.errors import ConfigError
from tests.feed_lists import ALPHA, BETA, GAMMA, LIST


def faults(config_dir: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        feedlist.load(config_dir)
    return [line.removeprefix(f"{config_dir}/feeds.toml: ") for line in str(raised.value).splitlines()]


def test_the_list_is_read_in_its_order(written):
    assert feedlist.load(written(LIST)).feeds == (ALPHA, BETA, GAMMA)


def test_the_bundled_list_holds_tagged_feeds_of_several_languages():
    feeds = feedlist.load(BUNDLED).feeds
    languages = Counter(feed.tags[0] for feed in feeds)
    assert all(feed.name and feed.url.startswith("https://") for feed in feeds)
    assert languages["en"] >= 25
    assert min(languages["fr"], languages["de"]) >= 12
    assert len(languages) > 3
    assert all(len(language) == 2 for language in languages)


def test_an_empty_list_is_a_list(written):
    assert feedlist.load(written("# nothing yet\n")).feeds == ()


def test_a_missing_list_is_a_fault_with_a_remedy(tmp_path):
    assert faults(tmp_path) == ["there is no feed list; `ingest feeds add URL` starts one"]


def test_every_fault_names_its_feed(written):
    config_dir = written(
        '[[feeds]]\nurl = "ftp://a.example/"\nurls = 1\n'
        '[[feeds]]\nname = ""\ntags = ["en", 3]\n'
        '[[feeds]]\nurl = "https://a.example/"\ninterval_s = true\narticle = "both"\n'
    )
    known = "article, cookies, credentials, headers, interval_s, name, schedule, tags, time_zone, url, user_agent"
    assert faults(config_dir) == [
        'feed 1 (ftp://a.example/): url: "ftp://a.example/" is not an http or https address with a host',
        f"feed 1 (ftp://a.example/): urls: unknown key; a feed knows {known}",
        "feed 2 (without url): url: is missing; give an http or https address with a host",
        'feed 2 (without url): name: "" is not a line of text',
        'feed 2 (without url): tags: ["en", 3] is not a list of words like ["en", "security"]',
        "feed 3 (https://a.example/): interval_s: true is not an integer number of seconds from 1 to 1000000000",
        'feed 3 (https://a.example/): article: "both" is not "page" or "feed"',
    ]


@pytest.mark.parametrize(
    "url", ["a.example", "https://", "https:///x", "https://a b/", "http://a:x/", "http://[a/", ""]
)
def test_an_address_without_scheme_or_host_is_a_fault(written, url):
    assert len(faults(written(f'[[feeds]]\nurl = "{url}"\n'))) == 1


def test_the_same_url_or_name_twice_is_a_fault(written):
    again = '[[feeds]]\nurl = "https://a.example/feed"\nname = "gamma"\n'
    assert faults(written(f"{LIST}\n{again}")) == [
        'feed 4 (https://a.example/feed): url: "https://a.example/feed" is that of feed 1 already',
        'feed 4 (https://a.example/feed): name: "gamma" is that of feed 3 already',
    ]


def test_other_keys_and_values_than_feeds_are_faults(written):
    assert faults(written('title = "x"\n')) == ["title: unknown key; the list knows only [[feeds]]"]
    assert faults(written('[feeds]\nurl = "x"\n'))[0].endswith("is not a list of feeds; write [[feeds]] above each")


def test_feeds_are_selected_by_url_or_by_name_in_any_case_in_the_lists_order():
    feeds = (ALPHA, BETA, GAMMA)
    assert feedlist.select(feeds, ["GAMMA", BETA.url, "gamma"]) == (BETA, GAMMA)


def test_an_unknown_feed_is_answered_with_close_ones():
    with pytest.raises(ConfigError, match=r"^alpa: no feed .* did you mean Alpha\?$"):
        feedlist.select((ALPHA, BETA), ["alpa"])
    with pytest.raises(ConfigError, match=r"did you mean https://b\.example/feed"):
        feedlist.select((ALPHA, BETA), ["http://b.example/feed"])
    with pytest.raises(ConfigError, match="`ingest feeds list` shows them all"):
        feedlist.select((), ["alpha"])
