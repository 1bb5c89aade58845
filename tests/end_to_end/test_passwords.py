"""Passwords in feed addresses: sent where they belong, and written nowhere but in the feed list."""

import signal
from base64 import b64encode

import pytest

from tests.builders_feeds import item, page, rss
from tests.command_run import LOOPBACK, sentence
from tests.site import Answer

SECRETS = ("s3cret-marker", "t0ken-marker")
USER, TOKEN = f"reader:{SECRETS[0]}", SECRETS[1]
ENCODED = [
    b64encode(f"{credentials}{end}".encode()).decode().rstrip("=")[:-1]
    for credentials, end in [(USER, ""), (TOKEN, ":")]
]


def with_user(url, credentials=USER):
    return url.replace("://", f"://{credentials}@")


def shows_none(text):
    found = text if isinstance(text, bytes) else text.encode()
    return not any(secret.encode() in found for secret in (*SECRETS, *ENCODED))


def bytes_of_archive(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.path.glob("news.db*")) if path.is_file())


@pytest.fixture
def paper(site, sites):
    """Feeds that end in every way there is; /ok.xml, its pages and /moved.xml want the user's name."""
    away = sites("127.0.0.2")
    own = with_user(site.url("/c"), USER)
    entries = [
        item(0, link="/a", text=""),
        item(1, link=site.url("/b"), text=""),
        item(2, link=own, guid=f"<guid>{own}</guid>"),
    ]
    site.page("/ok.xml", rss(*entries, item(3), item(4, link="/gone", text="")))
    for path in ("/a", "/b", "/c"):
        site.page(path, page(ord(path[1])))
    site.redirect("/moved.xml", "/ok.xml", status=301)
    site.redirect("/away.xml", away.url("/x.xml"))
    away.page("/x.xml", rss(item(5)))
    site.redirect("/bad-redirect.xml", with_user("http://exa%00mple.org/"))
    site.redirect("/loop.xml", "/loop.xml")
    site.redirect("/nowhere.xml", "http://127.0.0.3:1/")
    site.page("/401.xml", "no", status=401)
    site.page("/410.xml", "no", status=410)
    site.page("/html.xml", page(1))
    site.page("/broken.xml", "<rss><channel><item><title>&#xd800;</title><link>/a</link></it")
    site.raw("/noise.xml", b"\x00\x01 no HTTP\r\n\r\n")
    site.hang("/slow.xml")
    return site


ENDS = ("ok moved away bad-redirect loop nowhere 401 404 410 html broken noise slow").split()


def test_a_password_is_written_nowhere_but_in_the_feed_list(paper, folder):
    urls = [paper.url(f"/{end}.xml") for end in ENDS]
    others = [f"https://127.0.0.1:{paper.port}/tls.xml", "http://10.0.0.1/"]
    listed = [*map(with_user, [*urls, *others]), with_user("http://a.invalid/", TOKEN)]
    folder.set_up(*listed, article="page", settings=LOOPBACK.replace("timeout_s = 10", "timeout_s = 0.3"))
    the_list = (folder.config / "feeds.toml").read_text()
    commands = f"""
        now -v
        now --json
        now --feed {listed[0]}
        now --feed {urls[8]}
        now --feed {USER}@a/
        status
        status --json
        explain {listed[0]}
        explain {with_user(paper.url("/a"))}
        explain --json {with_user(paper.url("/c"))}
        show {USER}@a/
        show 1 --json
        search commission
        changes
        export --format jsonl
        feeds list
        feeds list --json
        feeds export
        feeds check
        feeds check --json
        feeds check {with_user(paper.url("/new.xml"))}
        feeds add {listed[1]}
        feeds add {with_user("http://exa%00mple.org/")}
        feeds add https://reader:{SECRETS[0]}/x@news.example/
        feeds remove {with_user("http://b/")}
        no-such-command {with_user("http://b/")}
    """
    for command in filter(None, map(str.split, commands.splitlines())):
        result = folder.ingest(*command)
        assert shows_none(result.out + result.err), command
        assert "a fault in ingest" not in result.err
    assert folder.column("SELECT url FROM feeds ORDER BY id")[: len(urls)] == urls
    assert folder.column("SELECT count(*) FROM articles") == [5]
    assert shows_none(bytes_of_archive(folder))
    assert (folder.config / "feeds.toml").read_text() == the_list
    folder.ingest("backup", folder.path / "news.db.copy")
    assert shows_none(bytes_of_archive(folder))
    asked = {request.path: request.headers.get("authorization") for request in paper.requests}
    basic = f"Basic {b64encode(USER.encode()).decode()}"
    assert {asked[path] for path in ("/ok.xml", "/moved.xml", "/a", "/b", "/c", "/gone")} == {basic}


def test_a_daemon_shows_no_password_and_uses_a_new_one(paper, folder):
    url = paper.url("/ok.xml")
    folder.set_up(with_user(url), with_user(paper.url("/401.xml"), TOKEN))
    with folder.daemon("-vv") as daemon:
        daemon.logs("HTTP 401")
        daemon.logs(f"{url}: 5 new")
        list_of_new = folder.set_up(with_user(url, "reader:other")).config / "feeds.toml"
        assert "other" in list_of_new.read_text()
        result = folder.ingest("now", "--feed", url)
        assert result.code == 0
        said = [daemon.get(path)[1] for path in ("/health", "/metrics")]
        assert daemon.end() == 0
    assert shows_none("".join([*said, daemon.text(), result.out, result.err]))
    assert shows_none(bytes_of_archive(folder))
    last = paper.requests_of("/ok.xml")[-1].headers["authorization"]
    assert last == f"Basic {b64encode(b'reader:other').decode()}"


@pytest.mark.parametrize("other_settings", [False, True])
def test_a_feed_with_another_password_is_polled_at_once_at_sighup(site, folder, other_settings):
    right = f"Basic {b64encode(USER.encode()).decode()}"
    answers = {right: Answer(200, {}, rss(item(1)))}
    site.answer("/feed.xml", lambda asked: answers.get(asked.headers.get("authorization"), Answer(401)))
    site.page("/other.xml", rss(item(2)))
    url, other = site.url("/feed.xml"), with_user(site.url("/other.xml"))
    folder.set_up(with_user(url, "reader:old"), other)
    with folder.daemon() as daemon:
        daemon.logs("HTTP 401")
        daemon.logs("/other.xml: 1 new")
        settings = LOOPBACK.replace("timeout_s = 10", "timeout_s = 11") if other_settings else LOOPBACK
        folder.set_up(with_user(url), other, settings=settings)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.logs(f"{url}: 1 new")
        assert daemon.end() == 0
    assert len(site.requests_of("/other.xml")) == 1


def test_two_feeds_that_differ_in_the_user_only_are_refused(folder):
    url = "https://news.example/feed"
    folder.set_up(with_user(url), with_user(url, TOKEN))
    result = sentence(folder.ingest("now"), code=2)
    assert result.endswith(f'url: "{url}" is that of feed 1 already, and another user or password makes no other feed')
    assert shows_none(result)


@pytest.mark.parametrize(
    "url", ["https://u:{}/x@a.example/", "https://u: {}@a.example/", "ftp://{}@a.example/", "u:{}@a/"]
)
def test_a_faulty_list_is_named_without_the_password_that_may_be_the_fault(folder, url):
    folder.set_up(url.format(SECRETS[0]))
    for command in (
        ["now"],
        ["feeds", "list"],
        ["feeds", "add", "--unchecked", url.format(SECRETS[0]).replace("u:", "u: ")],
    ):
        result = folder.ingest(*command)
        assert result.code == 2
        assert "is not an http" in result.err or "is no http" in result.err
        assert shows_none(result.out + result.err)


@pytest.mark.parametrize(
    "body",
    [
        'feeds = ["{url}"]',
        '[feeds]\nurl = "{url}"',
        '[[feeds]]\nurl = ["{url}"]',
        '[[feeds]]\nurl = "{url}"\ntags = "{url}"',
        '[[feeds]]\nurl = "https://a.example/"\nname = "{url}"\n[[feeds]]\nurl = "https://b.example/"\nname = "{url}"',
    ],
)
def test_a_password_is_taken_out_of_a_faulty_value_before_that_is_cut(folder, body):
    long = with_user("https://news.example/feed", f"reader:{SECRETS[0]}{60 * 'x'}")
    folder.set_up()
    (folder.config / "feeds.toml").write_text(body.format(url=long))
    result = folder.ingest("now")
    assert (result.code, shows_none(result.err)) == (2, True)
    assert "news.example" in result.err


@pytest.mark.parametrize("words", [("now", "{url}"), ("export", "--since", "{url}"), ("now", "--feed", "{url}")])
def test_a_traceback_shows_no_password(folder, words):
    folder.set_up("https://news.example/feed")
    result = folder.ingest("-vv", *(word.format(url=with_user("https://other.example/")) for word in words))
    assert (result.code, "Traceback" in result.err) == (2, True)
    assert "https://other.example/" in result.err
    assert shows_none(result.err)


def test_an_edit_shows_no_password_of_a_name(folder):
    url = with_user("https://news.example/feed")
    folder.set_up(url)
    for flags in ([], ["--json"]):
        result = folder.ingest("feeds", "edit", url, "--name", with_user("https://a.example/"), *flags)
        assert "https://a.example/" in result.out
        assert shows_none(result.out)


def test_the_list_keeps_a_password_that_is_added_or_imported_and_exports_none(paper, folder):
    folder.set_up()
    url, other = with_user(paper.url("/ok.xml")), with_user("https://news.example/feed", TOKEN)
    result = folder.ingest("feeds", "add", url)
    assert (result.out, shows_none(result.out)) == (f"added: {paper.url('/ok.xml')} (News)\n", True)
    outlines = f'<outline text="{other}" xmlUrl="{other}"/><outline xmlUrl="{paper.url("/ok.xml")}"/>'
    (folder.path / "list.opml").write_text(f"<opml><body>{outlines}</body></opml>")
    assert folder.ingest("feeds", "import", folder.path / "list.opml").out.startswith("added: 1 of 2 feeds")
    the_list = (folder.config / "feeds.toml").read_text()
    assert (url in the_list, other in the_list) == (True, True)
    exported = folder.ingest("feeds", "export").out
    assert 'xmlUrl="https://news.example/feed"' in exported
    assert shows_none(exported)
    for which in (url, "https://news.example/feed"):
        assert folder.ingest("feeds", "remove", which).code == 0
    assert shows_none((folder.config / "feeds.toml").read_text())


def test_a_password_for_a_site_finds_its_feed(site, folder):
    site.page("/", '<link rel="alternate" type="application/rss+xml" href="/own.xml">')
    basic = f"Basic {b64encode(USER.encode()).decode()}"
    site.page("/own.xml", rss(item(1)))
    folder.set_up()
    result = folder.ingest("feeds", "add", with_user(site.url()))
    assert result.out == f"added: {site.url('/own.xml')} (News)\n"
    assert with_user(site.url("/own.xml")) in (folder.config / "feeds.toml").read_text()
    assert {request.headers.get("authorization") for request in site.requests} == {basic}
