"""Secrets of request options: sent where they belong, and found in no file and no output after a run."""

import signal
from base64 import b64encode
from urllib.parse import quote

import pytest

from tests.builders_feeds import item, page, rss
from tests.command_run import LOOPBACK, sentence
from tests.site import Answer

VALUES = {
    "KEY_OF": "k3y-marker/=",
    "SESSION_OF": "s3ssion-marker",
    "AGENT_OF": "ag3nt-marker",
    "USER_OF": "us3r-marker",
    "PASSWORD_OF": "pässw0rd-marker",
}
BASIC = b64encode(f"{VALUES['USER_OF']}:{VALUES['PASSWORD_OF']}".encode()).decode()
SPELLINGS = {
    spelling.encode()
    for value in (*VALUES.values(), BASIC.rstrip("=")[:-1], BASIC[4:])
    for spelling in (value, quote(value, safe=""), ascii(value)[1:-1])
}
OPTIONS = """headers = { "X-Key" = "${KEY_OF}" }
cookies = { session = "${SESSION_OF}" }
user_agent = "mybot/1.0 (${AGENT_OF})"
credentials = "${USER_OF}:${PASSWORD_OF}"
"""


def shows_none(*texts):
    found = b"\n".join(text if isinstance(text, bytes) else text.encode() for text in texts)
    return not [spelling for spelling in SPELLINGS if spelling in found]


def bytes_of(folder):
    return b"\n".join(path.read_bytes() for path in sorted(folder.path.rglob("*")) if path.is_file())


@pytest.fixture
def paper(site, sites):
    """Feeds and pages that end in every way there is."""
    other = sites("127.0.0.2")
    leads = {
        "/away": other.url("/x"),
        "/loop": "/loop",
        "/bad": "http://exa%00mple.org/",
        "/nowhere": "http://127.0.0.3:1/",
    }
    for path, location in leads.items():
        site.redirect(path, location)
    other.page("/x", page(7))
    site.page("/ok", page(1, head='<link rel="next" href="/next">'))
    site.page("/refresh", f'<meta http-equiv="refresh" content="0; url={other.url("/y")}">')
    site.page("/private", '<meta http-equiv="refresh" content="0; url=http://10.0.0.1/">')
    site.page("/forbidden", "no", status=401)
    site.page("/broken", "no", status=503)
    site.raw("/noise", b"\x00\x01 no HTTP\r\n\r\n")
    site.hang("/slow")
    pages = (
        "ok",
        "refresh",
        "private",
        "forbidden",
        "broken",
        "noise",
        "slow",
        "missing",
        *(path[1:] for path in leads),
    )
    entries = [item(n, link=f"/{path}", text="") for n, path in enumerate(pages)]
    site.page("/feed.xml", rss(*entries))
    for path in ("/forbidden.xml", "/away.xml", "/bad.xml", "/noise.xml"):
        site.redirect(path, path.removesuffix(".xml"))
    site.other = other
    return site


def set_up(folder, paper, *paths):
    quick = LOOPBACK.replace("timeout_s = 10", "timeout_s = 0.3")
    folder.set_up(*map(paper.url, paths), settings=quick, article="page")
    feeds = folder.config / "feeds.toml"
    feeds.write_text(feeds.read_text().replace('article = "page"\n', f'article = "page"\n{OPTIONS}'))
    return feeds


@pytest.fixture
def environment(monkeypatch):
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_no_file_and_no_output_has_a_secret(paper, folder, environment, caplog):
    paths = ("/feed.xml", "/forbidden.xml", "/away.xml", "/bad.xml", "/noise.xml", "/slow", "/missing.xml")
    url = paper.url("/feed.xml")
    set_up(folder, paper, *paths)
    outputs = [
        folder.ingest(*command.split())
        for command in f"""
            now -vv
            now -vv --json
            status
            status --json
            explain {url}
            explain --json {paper.url("/forbidden")}
            show 1 --json
            changes
            export --format jsonl
            feeds list --json
            feeds export
            feeds check -vv
            feeds check --json
            feeds edit {url} --tag en --json
            feeds edit {url} --header X-Other=${{KEY_OF}} -vv
            feeds edit {url} --header X-Key
            feeds add {paper.url("/")} -vv
            backup {folder.path / "copy.db"}
        """.strip().splitlines()
    ]
    assert shows_none(caplog.text, *(text for result in outputs for text in (result.out, result.err)))
    assert outputs[0].code == 0
    assert folder.column("SELECT count(*) FROM articles") == [2]
    assert shows_none(bytes_of(folder))
    asked = paper.requests_of("/ok")[0].headers
    assert (asked["x-key"], asked["cookie"]) == (VALUES["KEY_OF"], f"session={VALUES['SESSION_OF']}")
    assert (asked["user-agent"], asked["authorization"]) == (f"mybot/1.0 ({VALUES['AGENT_OF']})", f"Basic {BASIC}")
    assert {path for path in ("/x", "/y") if paper.other.requests_of(path)} == {"/x", "/y"}
    assert shows_none(repr([request.headers for request in paper.other.requests]))
    assert not shows_none(repr([request.headers for request in paper.requests]))


def test_a_daemon_shows_no_secret_and_polls_at_once_with_a_new_option(paper, folder, environment):
    feeds = set_up(folder, paper, "/own.xml", "/forbidden.xml")
    right = Answer(200, {}, rss(item(1, link="/ok", text=""), item(2, link="/bad", text="")))
    paper.answer("/own.xml", lambda asked: right if asked.headers.get("x-more") else Answer(401))
    with folder.daemon("-vv") as daemon:
        daemon.logs("/own.xml: failed (HTTP 401)")
        feeds.write_text(feeds.read_text().replace("headers = {", 'headers = { "X-More" = "${KEY_OF}",', 1))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.logs("/own.xml: 2 new")
        environment.delenv("KEY_OF")  # a command that asks the daemon needs no secret
        asked = folder.ingest("now", "--feed", paper.url("/own.xml"))
        assert asked.code == 0
        served = [daemon.get(path)[1] for path in ("/health", "/metrics")]
        assert shows_none(bytes_of(folder))  # with the write-ahead log
        feeds.write_text(feeds.read_text().replace("${KEY_OF}", "${NO_KEY}", 1))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.logs("the environment variable NO_KEY is not set")
        assert daemon.end() == 0
    assert shows_none(*served, asked.out, asked.err, bytes_of(folder))
    assert len(paper.requests_of("/forbidden.xml")) == 1
    assert paper.requests_of("/own.xml")[-1].headers["x-more"] == VALUES["KEY_OF"]


def test_the_traceback_of_a_fault_shows_no_secret(paper, folder, environment, caplog):
    async def fail(*arguments):
        raise RuntimeError(repr(arguments))

    set_up(folder, paper, "/feed.xml")
    environment.setattr("ingest.pipeline.poll.parsed_feed", fail)
    result = folder.ingest("now", "-vv")
    assert "Traceback" in caplog.text
    assert "a fault in ingest: RuntimeError" in folder.column("SELECT error FROM polls")[0]
    assert shows_none(result.out, result.err, caplog.text, bytes_of(folder))


def test_only_commands_that_fetch_need_the_variables(paper, folder, environment):
    feeds = set_up(folder, paper, "/feed.xml")
    where = f"{feeds}: feed 1 ({paper.url('/feed.xml')}): "
    environment.setenv("PASSWORD_OF", f"{VALUES['PASSWORD_OF']}\n")
    fault = f'{where}credentials: the value with ${{USER_OF}} and ${{PASSWORD_OF}} is not "user:password" on one line'
    assert sentence(folder.ingest("now"), code=2) == fault
    environment.delenv("SESSION_OF")
    missing = f"{where}cookies: session: the environment variable SESSION_OF is not set; give it a value"
    for command in (["now", "-vv"], ["try", paper.url("/ok")], ["feeds", "check"], ["feeds", "add", paper.url("/")]):
        result = folder.ingest(*command)
        assert (result.code, missing in result.err, fault.partition(": feed 1")[2] in result.err) == (2, True, True)
        assert shows_none(result.out, result.err)
    for command in (["feeds", "list"], ["feeds", "export"], ["feeds", "edit", paper.url("/feed.xml"), "--tag", "en"]):
        assert folder.ingest(*command).code == 0
    assert paper.requests == []


HOOK = """
[[hooks]]
name = "{path}"
url = "http://reader:h00k-marker@{host}/t0ken-marker/{path}?key=t0ken-marker"
secret = "${{HOOK_OF}} ${{OLD_HOOK_OF}}"
tries = 1
timeout_s = 0.3
allow_addresses = ["127.0.0.0/8"]
"""
COMMAND = """
[[hooks]]
name = "disk"
command = ["sh", "-c", "echo $INGEST_HOOK >&2; exit 65", "c0mmand-marker"]
tries = 1
"""
OF_HOOKS = {
    "HOOK_OF": f"whsec_{b64encode(b'h00k-key' * 4).decode()}",
    "OLD_HOOK_OF": f"whsec_{b64encode(b'0ld-key-' * 4).decode()}",
}
MARKERS = (
    *OF_HOOKS.values(),
    "h00k-marker",
    b64encode(b"reader:h00k-marker").decode(),
    "t0ken-marker",
    "c0mmand-marker",
)


def test_no_file_and_no_output_has_a_secret_of_a_hook(site, feeds, monkeypatch, caplog):
    for name, value in OF_HOOKS.items():
        monkeypatch.setenv(name, value)
    asked = []

    def refuse(request):
        asked.append(request.headers)
        return Answer(422, {"Content-Type": "text/plain"}, f"{request.path} {request.headers['authorization']}")

    target = "/t0ken-marker/{}?key=t0ken-marker".format
    site.answer(target("refused"), refuse)
    site.page(target("broken"), "no", status=503)
    site.page(target("gone"), "no", status=410)
    site.hang(target("slow"))
    site.redirect(target("away"), target("else"), status=307)
    site.raw(target("noise"), b"\x00\x01 no HTTP\r\n\r\n")
    settings = feeds.config / "settings.toml"
    paths = ("refused", "broken", "slow", "away", "gone", "noise")
    settings.write_text(LOOPBACK + COMMAND + "".join(HOOK.format(host=site.host, path=path) for path in paths))
    commands = f"""
        now -vv
        hooks list
        hooks list --json
        hooks dead
        hooks dead --json
        hooks test refused
        hooks test noise
        hooks test disk --json
        hooks resend gone -vv
        now --json
        status
        status --json
        changes
        backup {feeds.path / "copy.db"}
    """
    outputs = [feeds.ingest(*command.split()) for command in commands.strip().splitlines()]
    with feeds.daemon("-vv") as daemon:
        daemon.process.send_signal(signal.SIGHUP)
        daemon.logs("configuration read again")
        served = [daemon.get(at)[1] for at in ("/health", "/metrics")]
        assert daemon.end() == 0
    texts = [caplog.text, *served, *(text for result in outputs for text in (result.out, result.err))]
    files = [file.read_bytes() for file in feeds.path.rglob("*") if file.is_file() and file != settings]
    found = b"\n".join([*files, *(text.encode() for text in texts)])
    assert [marker for marker in MARKERS if marker.encode() in found] == []
    assert asked[0]["authorization"].startswith("Basic ")
    assert [result.code for result in outputs[:2]] == [0, 0]
    states = {hook["name"]: hook["state"] for hook in outputs[2].json}
    again = dict.fromkeys(("broken", "slow", "away", "noise"), "failing")
    assert states == again | {"disk": "ok", "refused": "ok", "gone": "stopped"}
