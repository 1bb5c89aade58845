"""A feed's request options: what the list may have, what becomes of variables, which addresses they hold for."""

import pytest

from ingest.configuration import feedlist, feedlist_edits
from ingest.configuration.config import Config
from ingest.configuration.settings import Settings
from ingest.errors import ConfigError
from ingest.web.address import address_of
from ingest.web.request import RequestOptions
from tests.feed_lists import text_of

FEED = '[[feeds]]\nurl = "https://news.example/feed"\n'
SECRET = "s3cret"


def options(written, text, monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return feedlist.load(written(FEED + text)).requests()["https://news.example/feed"]


def test_variables_are_read_from_the_environment(written, monkeypatch):
    text = """
        headers = { "X-Api-Key" = "${KEY}", Authorization = "Bearer ${KEY}-${OTHER}" }
        cookies = { session = "$${KEY} $KEY $" }
        user_agent = "mybot/${OTHER}"
    """
    found = options(written, text, monkeypatch, KEY=SECRET, OTHER="${KEY}")
    assert found.headers == (("X-Api-Key", SECRET), ("Authorization", f"Bearer {SECRET}-${{KEY}}"))
    assert found.cookies == (("session", "${KEY} $KEY $"),)
    assert found.user_agent == "mybot/${KEY}"
    assert SECRET not in repr(found)


def test_a_feed_list_shows_no_value(written):
    found = feedlist.load(written(f'{FEED}credentials = "u:{SECRET}"'))
    config = Config(Settings(), found.feeds, found.requests())
    assert config.requests["https://news.example/feed"].credentials == f"u:{SECRET}"
    assert SECRET not in f"{found!r}{config!r}"


@pytest.mark.parametrize(
    ("written_as", "sent"), [("${USER_OF}:${PASSWORD}", "x:pä:ss"), ("${BOTH}", "x:y"), (":${PASSWORD}", ":pä:ss")]
)
def test_credentials_are_user_and_password(written, monkeypatch, written_as, sent):
    environment = {"USER_OF": "x", "PASSWORD": "pä:ss", "BOTH": "x:y"}
    assert options(written, f'credentials = "{written_as}"', monkeypatch, **environment).credentials == sent


def test_a_feed_without_options_has_none_and_credentials_of_an_address_are_some(written):
    own = "https://u:p@b.example/feed"
    assert feedlist.load(written(f'{FEED}\n[[feeds]]\nurl = "{own}"\n')).requests() == {
        "https://b.example/feed": RequestOptions(own)
    }


WHERE = "feed 1 (https://news.example/feed): "


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f'headers = "{SECRET}"', 'headers: is not a table such as { "Name" = "value" }'),
        (f'headers = {{ X = ["{SECRET}"] }}', "headers: X: the value is not one line of printable ASCII"),
        (f'headers = {{ X = "{SECRET}\\nY: 1" }}', "headers: X: the value is not one line of printable ASCII"),
        (f'headers = {{ X = " {SECRET}" }}', "headers: X: the value is not one line of printable ASCII"),
        (f'headers = {{ X = "{SECRET}é" }}', "headers: X: the value is not one line of printable ASCII"),
        (f'headers = {{ X = "${{{SECRET}" }}', "headers: X: `${` begins no `${NAME}` of a variable; write `$${`"),
        (f'headers = {{ "X: {SECRET}" = "" }}', "headers: name 1 is not a name; write letters, digits and hyphens"),
        (f'headers = {{ x-a = "1", X-A = "{SECRET}" }}', "headers: X-A: is there twice; keep one"),
        (f'headers = {{ COOKIE = "{SECRET}" }}', "headers: COOKIE: this header cannot be set; write it under cookies"),
        (f'headers = {{ Host = "{SECRET}" }}', "headers: Host: this header cannot be set; each request has that"),
        (f'headers = {{ If-Match = "{SECRET}" }}', "headers: If-Match: this header cannot be set; ingest sends"),
        (f'headers = {{ Proxy-X = "{SECRET}" }}', "headers: Proxy-X: this header cannot be set; it is for the proxy"),
        (f'headers = {{ TE = "{SECRET}" }}', "headers: TE: this header cannot be set; it belongs to the connection"),
        (f'cookies = {{ s = "{SECRET};" }}', "cookies: s: the value is not one line of printable ASCII without a semi"),
        (f'cookies = {{ "s=" = "{SECRET}" }}', "cookies: name 1 is not a name"),
        ('user_agent = "Mozilla/5.0 (X11) Firefox/1"', "user_agent: the value is not a line of printable ASCII with"),
        (f'credentials = "{SECRET}"', 'credentials: the value is not "user:password" on one line'),
        (f'credentials = "u:{SECRET}\\n"', 'credentials: the value is not "user:password" on one line'),
        (
            f'credentials = "u:{SECRET}"\nheaders = {{ authorization = "Bearer {SECRET}" }}',
            "credentials and the header Authorization: each says who asks; keep one of them",
        ),
        (f'[feeds.header]\nX = "{SECRET}"', "header: unknown key; a feed knows article, cookies, credentials, headers"),
    ],
)
def test_a_fault_names_the_key_and_shows_no_value(written, text, fault):
    with pytest.raises(ConfigError) as error:
        feedlist.load(written(FEED + text))
    (line,) = str(error.value).splitlines()
    assert line.partition(WHERE)[2].startswith(fault)
    assert SECRET not in line


@pytest.mark.parametrize(
    ("text", "environment", "fault"),
    [
        ('headers = { X = "${NO_KEY}" }', {}, "headers: X: the environment variable NO_KEY is not set; give it a"),
        ('cookies = { s = "a${NO_KEY}" }', {"NO_KEY": ""}, "cookies: s: the environment variable NO_KEY is empty"),
        ('headers = { X = "${KEY}" }', {"KEY": f"{SECRET}\n"}, "headers: X: the value with ${KEY} is not one line of"),
        ('user_agent = "${KEY}"', {"KEY": "Mozilla/5.0"}, "user_agent: the value with ${KEY} is not a line of"),
        ('credentials = "${KEY}"', {"KEY": SECRET}, 'credentials: the value with ${KEY} is not "user:password"'),
        ('credentials = "u:${KEY}"', {"KEY": f"{SECRET}\udcff"}, 'credentials: the value with ${KEY} is not "user'),
    ],
)
def test_a_faulty_variable_is_named_when_it_is_needed(written, monkeypatch, text, environment, fault):
    config_dir = written(FEED + text)
    assert feedlist.load(config_dir).feeds
    with pytest.raises(ConfigError) as error:
        options(written, text, monkeypatch, **environment)
    assert str(error.value).startswith(f"{config_dir / 'feeds.toml'}: {WHERE}{fault}")
    assert SECRET not in str(error.value)


def test_an_address_cannot_have_a_variable_nor_credentials_twice(written):
    with pytest.raises(ConfigError, match="url: has a variable, but an address is stored and shown; put the secret"):
        feedlist.load(written('[[feeds]]\nurl = "https://news.example/?key=${KEY}"\n'))
    with pytest.raises(ConfigError, match="the address and credentials: each says who asks; keep one of them"):
        feedlist.load(written('[[feeds]]\nurl = "https://u:p@news.example/"\ncredentials = "u:p"\n'))


@pytest.mark.parametrize("text", [f'[feeds]\nheaders = {{ X = "{SECRET}" }}', f'feeds = {{ cookies = "{SECRET}" }}'])
def test_a_list_of_a_wrong_form_shows_no_value(written, text):
    with pytest.raises(ConfigError, match="is not a list of feeds") as error:
        feedlist.load(written(text))
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("listed", "url", "holds"),
    [
        ("https://www.news.example/feed", "https://news.example/a", True),
        ("https://www.news.example/feed", "https://a.b.news.example:443/a", True),
        ("https://www.news.example/feed", "http://www.news.example/a", False),
        ("https://www.news.example/feed", "https://www.news.example:8443/a", False),
        ("https://news.example/feed", "https://news.example.org/a", False),
        ("https://news.example/feed", "https://evilnews.example/a", False),
        ("http://news.example/feed", "https://news.example/a", True),
        ("http://news.example:8080/feed", "https://www.news.example:8080/a", True),
        ("http://news.example:8080/feed", "https://news.example/a", False),
        ("http://news.example/feed", "http://news.example:8080/a", False),
        ("http://news.example/feed", "http://news.example:443/a", False),
        ("https://user.github.io/feed", "https://user.github.io/a", True),
        ("https://user.github.io/feed", "https://www.user.github.io/a", True),
        ("https://user.github.io/feed", "https://other.github.io/a", False),
        ("https://user.github.io/feed", "https://github.io/a", False),
        ("https://github.io/feed", "https://github.io/a", True),
        ("https://github.io/feed", "https://user.github.io/a", False),
        ("https://co.uk/feed", "https://bbc.co.uk/a", False),
        ("https://a.substack.com/feed", "https://b.substack.com/a", False),
        ("http://localhost/feed", "http://localhost/a", True),
        ("http://localhost/feed", "http://a.localhost/a", False),
        ("http://192.0.2.1/feed", "http://192.0.2.1/a", True),
        ("http://192.0.2.1/feed", "http://192.0.2.2/a", False),
        ("http://[2001:db8::1]:81/feed", "http://[2001:db8:0::1]:81/a", True),
        ("http://[2001:db8::1]/feed", "http://[2001:db8::2]/a", False),
        ("https://u:p@bücher.example/feed", "https://xn--bcher-kva.example/a", True),
    ],
)
def test_options_hold_for_the_feeds_site_and_over_no_weaker_a_way(listed, url, holds):
    assert RequestOptions(listed).hold_for(address_of(url)) is holds


LIST = """\
[[feeds]]
url = "https://u:p@a.example/feed"
headers = { X-A = "1", X-B = "${B}" }  # the key
name = "A"

[[feeds]]
url = "https://b.example/feed"
user_agent = "mybot/1"

[feeds.cookies]  # of the subscriber
session = "${SESSION}"
"""


def test_an_edit_leaves_the_options_as_they_are_written(written):
    config_dir = written(LIST)
    feedlist_edits.edit(config_dir, "A", feedlist_edits.Changes(tags=("en",)))
    feedlist_edits.edit(config_dir, "https://b.example/feed", feedlist_edits.Changes(name="B"))
    text = text_of(config_dir)
    assert text.replace('tags = ["en"]\n', "").replace('name = "B"\n', "") == LIST
    assert feedlist.load(config_dir).tables["https://b.example/feed"]["cookies"] == {"session": "${SESSION}"}
    feedlist_edits.remove(config_dir, "B")
    assert "SESSION" not in text_of(config_dir)


def test_an_edit_changes_and_removes_options(written):
    config_dir = written(LIST)
    changes = feedlist_edits.Changes(headers={"X-B": "2", "X-C": "3"}, cookies={"c": "4"}, user_agent="other/1")
    assert feedlist_edits.edit(config_dir, "A", changes).changed
    assert not feedlist_edits.edit(config_dir, "A", changes).changed
    headers = '{ X-A = "1", X-B = "2", X-C = "3"}  # the key\n'
    assert headers in text_of(config_dir)
    unset = feedlist_edits.Changes(credentials="u:p", unset=("cookies", "user_agent"))
    assert feedlist_edits.edit(config_dir, "https://b.example/feed", unset).changed
    assert feedlist.load(config_dir).tables["https://b.example/feed"] == {
        "url": "https://b.example/feed",
        "credentials": "u:p",
    }
    before = text_of(config_dir)
    with pytest.raises(ConfigError, match="the address and credentials: each says who asks"):
        feedlist_edits.edit(config_dir, "A", feedlist_edits.Changes(credentials=f"u:{SECRET}"))
    with pytest.raises(ConfigError, match="headers: Host: this header cannot be set"):
        feedlist_edits.edit(config_dir, "A", feedlist_edits.Changes(headers={"Host": SECRET}))
    assert text_of(config_dir) == before
