"""`ingest hooks`: what users see of their hooks, and do to them, with and without a daemon."""

import json
import sys

import pytest

from tests.builders_feeds import item, rss
from tests.command_run import LOOPBACK, sentence, until
from tests.hook_receiver import DOWN, GONE, REFUSED, SECRET, Receiver


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def news(feeds, site, receiver, monkeypatch):
    """Three articles, and the hooks `press` and `desk`, which are tried once."""
    monkeypatch.setenv("NEWS_SECRET", SECRET)
    tables = [
        f'[[hooks]]\nname = "{name}"\nurl = "{receiver.url("/" + name)}"\nsecret = "${{NEWS_SECRET}}"\ntries = 1\n'
        'allow_addresses = ["127.0.0.0/8"]\n'
        for name in ("press", "desk")
    ]
    site.page("/one.xml", rss(item(3), item(2), item(1)))
    return feeds.set_up(site.url("/one.xml"), settings=LOOPBACK + "".join(tables))


def listed(folder):
    return {hook["name"]: hook for hook in folder.ingest("hooks", "list", "--json").json}


def lines(result):
    assert result.code == 0, result.err
    return [line.split() for line in result.out.splitlines()]


def test_the_list_shows_hooks_before_their_first_run_and_after_their_last(news, receiver):
    assert [line[:2] for line in lines(news.ingest("hooks", "list"))[1:]] == [["press", "new"], ["desk", "new"]]
    receiver.script("/press", DOWN)
    assert news.ingest("now", "-q").code == 0
    press, desk = (listed(news)[name] for name in ("press", "desk"))
    assert (press["state"], press["behind"], press["last_error"]) == ("failing", 3, "HTTP 503")
    assert (desk["state"], desk["behind"], desk["delivered"]) == ("ok", 0, 3)
    (news.config / "settings.toml").write_text(LOOPBACK)
    assert news.ingest("now", "-q").code == 0
    assert {hook["state"] for hook in listed(news).values()} == {"off"}


def test_without_hooks_the_list_says_how_to_write_one(feeds):
    assert feeds.ingest("now", "-q").code == 0
    result = feeds.ingest("hooks", "list")
    assert (result.code, result.out, "there are no hooks" in result.err) == (0, "", True)
    assert "there are no dead letters" in feeds.ingest("hooks", "dead").err


def test_dead_letters_are_shown_and_sent_again(news, receiver):
    receiver.script("/press", REFUSED, REFUSED)
    news.ingest("now", "-q")
    assert receiver.seqs("/press") == [1, 2, 3]
    (_, first, second) = lines(news.ingest("hooks", "dead", "PRESS"))
    assert first[1:3] == second[1:3] == ["press", "1"]
    assert first[-3:] == ["400", "HTTP", "400"]
    letters = news.ingest("hooks", "dead", "--json").rows
    assert [letter["events"] for letter in letters] == [[event] for event in receiver.events("/press")[:2]]
    assert news.ingest("hooks", "dead", "desk").out == ""
    assert "press: 1 dead letter to be sent again" in news.ingest("hooks", "resend", "press", second[0]).out
    news.ingest("now", "-q")
    assert receiver.seqs("/press") == [1, 2, 3, 2]
    assert news.ingest("hooks", "resend", "press").code == 0
    news.ingest("now", "-q")
    assert receiver.seqs("/press") == [1, 2, 3, 2, 1]
    assert receiver.events("/press")[3] == receiver.events("/press")[1]
    assert listed(news)["press"]["dead"] == 0
    told = sentence(news.ingest("hooks", "resend", "press", 77), code=1)
    assert told == "press: it has no 1 dead letter 77; `ingest hooks dead press` shows what there is"


def test_a_daemon_tells_of_dead_letters_and_stopped_hooks_and_sends_again_what_it_is_asked_to(news, receiver):
    receiver.script("/press", GONE)
    receiver.script("/desk", REFUSED)
    with news.daemon() as daemon:
        daemon.logs("nothing more is sent until `ingest hooks resend press`")
        daemon.logs("see `ingest hooks dead desk`")
        until(lambda: (listed(news)["desk"]["delivered"], listed(news)["press"]["behind"]) == (2, 3))
        press, desk = listed(news)["press"], listed(news)["desk"]
        assert (desk["state"], desk["dead"], desk["behind"]) == ("ok", 1, 0)
        assert (press["state"], press["dead"], press["delivered"]) == ("stopped", 0, 0)
        rows = [line.split()[:5] for line in news.ingest("status").out.splitlines()]
        assert ["press", "stopped", "3", "0", "0"] in rows
        assert news.ingest("hooks", "resend", "press").code == 0
        until(lambda: receiver.seqs("/press") == [1, 1, 2, 3])
        until(lambda: listed(news)["press"]["state"] == "ok")
        assert news.ingest("hooks", "resend", "desk").code == 0
        until(lambda: receiver.seqs("/desk") == [1, 2, 3, 1])
        assert news.ingest("hooks", "rewind", "press", 2).code == 0
        until(lambda: receiver.seqs("/press") == [1, 1, 2, 3, 3])
        told = sentence(news.ingest("hooks", "rewind", "press", 4), code=1)
        assert told.endswith("refused: press: there is no change 4: the last one is 3; name it or an earlier one")


def test_a_hook_that_is_set_back_sends_again_from_there(news, receiver):
    news.ingest("now", "-q")
    assert news.ingest("hooks", "rewind", "press", 1).out == "press: goes on with the first change after 1\n"
    news.ingest("now", "-q")
    assert receiver.seqs("/press") == [1, 2, 3, 2, 3]
    assert receiver.events("/press")[3] == receiver.events("/press")[1]


def test_a_hook_that_is_set_ahead_leaves_out_what_was_pending(news, receiver):
    receiver.script("/press", DOWN)
    news.ingest("now", "-q")
    assert news.ingest("hooks", "rewind", "press", 2).code == 0
    assert (listed(news)["press"]["state"], listed(news)["press"]["behind"]) == ("ok", 1)
    news.ingest("now", "-q")
    assert receiver.seqs("/press") == [1, 3]


def test_dead_letters_and_hooks_that_are_off_are_deleted(news, receiver):
    receiver.script("/press", REFUSED, REFUSED, REFUSED)
    news.ingest("now", "-q")
    first = news.column("SELECT id FROM deliveries ORDER BY id")[0]
    assert news.ingest("hooks", "drop", "press", first, "--json").json == {"hook": "press", "deliveries": 1}
    assert "take it out there first" in sentence(news.ingest("hooks", "forget", "press"), code=1)
    assert news.ingest("hooks", "drop", "press").out == "press: 2 dead letters deleted\n"
    (news.config / "settings.toml").write_text(LOOPBACK)
    news.ingest("now", "-q")
    assert news.ingest("hooks", "forget", "press", "-q").out == ""
    assert list(listed(news)) == ["desk"]
    told = sentence(news.ingest("hooks", "resend", "pres"), code=1)
    assert told == "pres: there is no hook of this name; `ingest hooks list` shows the hooks"


def test_a_hook_whose_name_was_written_in_another_case_is_forgotten_alone(news):
    news.ingest("now", "-q")
    settings = news.config / "settings.toml"
    settings.write_text(settings.read_text().replace('"press"', '"Press"'))
    news.ingest("now", "-q")
    assert news.ingest("hooks", "forget", "press", "--json").json["hook"] == "press"
    assert [(name, hook["state"]) for name, hook in listed(news).items()] == [("desk", "ok"), ("Press", "ok")]


def test_a_test_sends_one_event_and_writes_nothing(news, receiver, tmp_path):
    result = news.ingest("hooks", "test", "press")
    assert (result.code, result.out) == (0, "press: taken (HTTP 204)\n")
    (event,) = receiver.events("/press")
    assert (event["type"], event["data"], event["id"][:5]) == ("test", {"hook": "press"}, "test-")
    assert not list(tmp_path.glob("news.db*"))
    for answer, told in ((DOWN, "not taken: HTTP 503"), (REFUSED, "refused: HTTP 400"), (GONE, "stopped: HTTP 410")):
        receiver.script("/press", answer)
        result = news.ingest("hooks", "test", "press")
        assert (result.code, result.out) == (1, f"press: {told}\n")
    told = sentence(news.ingest("hooks", "test", "pres"), code=2)
    assert told == "pres: there is no hook of this name; did you mean press?"


def test_a_test_runs_a_command_beside_the_daemon_s(folder, tmp_path):
    code = f"import sys; open({str(tmp_path / 'got')!r}, 'a').write(sys.stdin.read()); sys.exit(3)"
    command = json.dumps([sys.executable, "-c", code])
    folder.set_up(settings=f'{LOOPBACK}[[hooks]]\nname = "desk"\ncommand = {command}\n')
    result = folder.ingest("hooks", "test", "desk", "--json")
    assert (result.code, result.json["status"], result.json["error"]) == (1, 3, "exit code 3")
    assert json.loads((tmp_path / "got").read_text())["type"] == "test"
    assert not list(tmp_path.glob("news.db*"))


def test_only_the_secret_of_the_tested_hook_is_needed(news, monkeypatch):
    settings = news.config / "settings.toml"
    settings.write_text(
        settings.read_text() + '[[hooks]]\nname = "x"\nurl = "https://x.example/"\nsecret = "${NO_X}"\n'
    )
    assert news.ingest("hooks", "test", "press").code == 0
    told = sentence(news.ingest("hooks", "test", "x"), code=2)
    assert told.startswith(f"{settings}: hook x: secret: the environment variable NO_X is not set; give it a secret: ")
    assert news.ingest("hooks", "list").code == 0
