"""Feeds added, edited and removed: the rest of the list stays as it is written."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ingest.configuration import feedlist, feedlist_edits
from ingest.errors import ConfigError
from storage.records import WantedFeed
from tests.feed_lists import ALPHA, BETA, GAMMA, LIST, text_of


def test_a_feed_is_added_below_the_others_which_stay_as_written(written):
    config_dir = written(LIST)
    feed = WantedFeed("https://d.example/feed", 'The "Delta"', ("de", "x"), 60, "feed")
    assert feedlist_edits.add(config_dir, feed, title="Delta") == feed
    assert feedlist.load(config_dir).feeds == (ALPHA, BETA, GAMMA, feed)
    assert text_of(config_dir) == (
        f'{LIST}\n[[feeds]]\nurl = "https://d.example/feed"\nname = "The \\"Delta\\""\n'
        'tags = ["de", "x"]\ninterval_s = 60\narticle = "feed"\n'
    )


def test_the_first_feed_starts_the_list(tmp_path):
    assert feedlist_edits.add(tmp_path, WantedFeed("https://a.example/feed"))
    assert text_of(tmp_path) == '[[feeds]]\nurl = "https://a.example/feed"\n'


def test_a_feed_without_a_name_gets_its_title_unless_another_feed_has_that(tmp_path):
    for path in ("a", "b"):
        feedlist_edits.add(tmp_path, WantedFeed(f"https://{path}.example/"), title="News")
    assert [feed.name for feed in feedlist.load(tmp_path).feeds] == ["News", None]


@pytest.mark.parametrize(
    ("feed", "message"),
    [
        (WantedFeed(ALPHA.url, "Other"), "is that of feed 1 already"),
        (WantedFeed("https://d.example/", "alpha"), "is that of feed 1 already"),
        (WantedFeed("d.example"), "is not an http or https address"),
    ],
)
def test_a_feed_that_breaks_the_list_is_not_added(written, feed, message):
    config_dir = written(LIST)
    with pytest.raises(ConfigError, match=message):
        feedlist_edits.add(config_dir, feed)
    assert text_of(config_dir) == LIST


@pytest.mark.parametrize(
    ("word", "feed", "gone"),
    [
        ("alpha", ALPHA, '[[feeds]]\nurl = "https://a.example/feed"  # the best\nname = "Alpha"\ntags = ["en"]\n'),
        (BETA.url, BETA, '[[feeds]]\nurl = "https://b.example/feed"\ninterval_s = 1800\narticle = "feed"\n\n'),
        ("Gamma", GAMMA, '[[feeds]]\nurl = "https://c.example/feed"\nname = "Gamma"\n'),
    ],
)
def test_a_feed_is_removed_with_its_lines_alone(written, word, feed, gone):
    config_dir = written(LIST)
    assert feedlist_edits.remove(config_dir, word) == feed
    assert text_of(config_dir) == LIST.replace(gone, "")
    assert feedlist.load(config_dir).feeds == tuple(other for other in (ALPHA, BETA, GAMMA) if other != feed)


def test_removing_an_unknown_feed_changes_nothing(written):
    config_dir = written(LIST)
    with pytest.raises(ConfigError, match="did you mean Gamma"):
        feedlist_edits.remove(config_dir, "gama")
    assert text_of(config_dir) == LIST


@pytest.mark.parametrize(
    "command", [feedlist_edits.remove, partial(feedlist_edits.edit, changes=feedlist_edits.Changes(article="feed"))]
)
@pytest.mark.parametrize(
    "text",
    [
        'feeds = [{ url = "https://a.example/feed" }]\n',
        '[[feeds]]\nurl = "https://z.example/"\nname = """\\\n[[feeds]]\\\n"""\n[[feeds]]\nurl = "https://a.example/feed"\n',
    ],
)
def test_a_list_in_an_unusual_form_is_left_to_its_owner(written, text, command):
    config_dir = written(text)
    with pytest.raises(ConfigError, match="edit it by hand"):
        command(config_dir, "https://a.example/feed")
    assert text_of(config_dir) == text


def test_line_ends_and_mode_stay_as_they_are(tmp_path):
    path = tmp_path / "feeds.toml"
    path.write_bytes(LIST.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    feedlist_edits.remove(tmp_path, "Gamma")
    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n") == 14
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_list_behind_a_symbolic_link_is_edited_where_it_lies(written, tmp_path):
    written(LIST)
    linked = tmp_path / "config"
    linked.mkdir()
    (linked / "feeds.toml").symlink_to(tmp_path / "feeds.toml")
    feedlist_edits.remove(linked, "Gamma")
    assert (linked / "feeds.toml").is_symlink()
    assert feedlist.load(tmp_path).feeds == (ALPHA, BETA)


def test_a_list_that_cannot_be_written_stays_as_it_is(written, monkeypatch):
    config_dir = written(LIST)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigError, match="cannot be written: No space left on device"):
        feedlist_edits.remove(config_dir, "Gamma")
    assert text_of(config_dir) == LIST
    assert [path.name for path in config_dir.iterdir()] == ["feeds.toml"]


def test_a_folder_that_is_not_there_cannot_be_written(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        feedlist_edits.add(tmp_path / "nope", ALPHA)


def test_many_feeds_are_added_at_once_and_each_left_out_says_why(written):
    config_dir = written(LIST)
    delta = WantedFeed("https://d.example/", "Delta")
    named_as_another = WantedFeed("https://e.example/", "DELTA", ("x",))
    mail = WantedFeed("mailto:x@d.example", "Mail")
    added = feedlist_edits.add_all(config_dir, [replace(ALPHA, name="Other"), delta, mail, named_as_another])
    assert added.feeds == (delta, replace(named_as_another, name=None))
    assert feedlist.load(config_dir).feeds[3:] == added.feeds
    assert [(left.url, left.reason) for left in added.left_out] == [
        (ALPHA.url, "on the list already"),
        ("…d.example", 'url: "…d.example" is not an http or https address with a host'),
    ]
    assert [(left.url, left.name) for left in added.unnamed] == [(named_as_another.url, "DELTA")]
    assert text_of(config_dir).startswith(LIST)


# changed


MANY_COMMENTS = """\
[[feeds]]
url = "https://a.example/feed"
  name = 'Alpha'  # as they call it
tags = [
  "en",  # language
  # what it is about
  "tech",
]

# Group two.
[[feeds]]
url = "https://b.example/feed"
"""


def changed(config_dir: Path, which: str, **changes) -> str:
    feedlist_edits.edit(config_dir, which, feedlist_edits.Changes(**changes))
    return text_of(config_dir)


def test_a_feed_is_changed_in_its_place_and_its_comments_stay(written):
    text = changed(written(MANY_COMMENTS), "alpha", name="Beta", tags=("new", "en"), untags=("tech",), interval_s=60)
    assert text == MANY_COMMENTS.replace("'Alpha'", '"Beta"').replace('"tech",\n]', '"new",\n]\ninterval_s = 60')


def test_a_key_that_is_unset_goes_back_to_its_default(written):
    config_dir = written(LIST)
    text = changed(config_dir, BETA.url, unset=("interval_s", "article", "name", "tags"))
    assert text == LIST.replace('interval_s = 1800\narticle = "feed"\n', "")
    assert changed(config_dir, "alpha", unset=("tags",), tags=("de",)) == text.replace('"en"', '"de"')


def test_changing_nothing_leaves_the_file_alone(written):
    config_dir = written(LIST)
    before = (config_dir / "feeds.toml").stat()
    changed(config_dir, "alpha", name="Alpha", tags=("en",))
    assert (config_dir / "feeds.toml").stat().st_ino == before.st_ino


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"interval_s": 0},
            r"/feeds\.toml: feed 1 \(\S+\): interval_s: 0 is not an integer number of seconds from 1 to",
        ),
        ({"interval_s": 10**30}, "interval_s: 1000000000000000000000000000000 is not an integer number"),
        ({"name": "gamma"}, r'feed 3 .+: name: "Gamma" is that of feed 1 already'),
        ({"name": "a\nb"}, r'name: "a\\nb" is not a line of text'),
        ({"tags": (" ",)}, r"tags: .+ is not a list of words"),
        ({"untags": ("fr",)}, r"^https://a\.example/feed: has no tag fr; it has en$"),
    ],
)
def test_a_change_that_is_refused_names_file_and_key(written, changes, message):
    config_dir = written(LIST)
    with pytest.raises(ConfigError, match=message):
        changed(config_dir, "alpha", **changes)
    assert text_of(config_dir) == LIST


def test_a_windows_list_keeps_its_line_ends_and_its_mark(tmp_path):
    path = tmp_path / "feeds.toml"
    path.write_bytes(b"\xef\xbb\xbf" + LIST.replace("\n", "\r\n").encode())
    feedlist_edits.add(tmp_path, WantedFeed("https://d.example/"))
    changed(tmp_path, "alpha", name="Beta", article="feed")
    feedlist_edits.remove(tmp_path, "Gamma")
    body = path.read_bytes()
    assert body.startswith(b"\xef\xbb\xbf# My feeds.\r\n")
    assert body.count(b"\r\n") == body.count(b"\n") == 18
    assert [feed.name for feed in feedlist.load(tmp_path).feeds] == ["Beta", None, None]


def test_what_another_program_has_written_meanwhile_is_not_overwritten(written):
    config_dir = written(LIST)

    def candidates():
        written("# by hand\n")
        yield WantedFeed("https://d.example/")

    with pytest.raises(ConfigError, match="another program has just changed it"):
        feedlist_edits.add_all(config_dir, candidates())
    assert text_of(config_dir) == "# by hand\n"


def test_commands_that_change_the_list_at_once_lose_nothing(written):
    config_dir = written(LIST)
    feeds = [WantedFeed(f"https://n{number}.example/", tags=("new",)) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda feed: feedlist_edits.add(config_dir, feed, title="News"), feeds))
    there = feedlist.load(config_dir).feeds
    assert {feed.url for feed in there[3:]} == {feed.url for feed in feeds}
    assert [feed.name for feed in there].count("News") == 1
