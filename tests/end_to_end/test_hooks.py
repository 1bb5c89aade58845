"""Hooks of a running daemon and of `ingest now`, with real receivers and a real command."""

import json
import signal
import sys

import pytest

from tests.builders_feeds import item, rss
from tests.command_run import LOOPBACK, until
from tests.hook_receiver import DOWN, SECRET, Receiver

COPY = "import shutil, sys; shutil.copyfileobj(sys.stdin, open({!r}, 'a'))"


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def hooked(feeds, site, receiver, monkeypatch):
    """A folder with a feed. Call it with the hooks: each a path of the receiver, or a command, and other keys."""
    monkeypatch.setenv("NEWS_SECRET", SECRET)

    def set_up(**hooks):
        tables = "".join(_table(name, receiver, hook) for name, hook in hooks.items())
        return feeds.set_up(site.url("/one.xml"), settings=LOOPBACK + tables)

    return set_up


def _table(name, receiver, hook):
    url, command = hook.pop("path", None), hook.pop("command", None)
    target = {"command": command} if command else {"url": receiver.url(url), "secret": "${NEWS_SECRET}"}
    allowed = {} if command else {"allow_addresses": ["127.0.0.0/8"]}
    keys = {"name": name} | target | allowed | hook
    return "[[hooks]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def announce(folder, site, *numbers):
    """Let the feed announce these articles, and a running daemon poll it."""
    site.page("/one.xml", rss(*map(item, numbers)))
    assert folder.ingest("now", "-q").code == 0


def hooks(folder):
    return {hook["name"]: hook for hook in folder.ingest("status", "--json").json["hooks"]}


def test_what_is_archived_is_delivered_at_once_to_an_address_and_to_a_command(hooked, site, receiver, tmp_path):
    lines = tmp_path / "lines"
    command = [sys.executable, "-c", COPY.format(str(lines))]
    folder = hooked(press={"path": "/press"}, desk={"command": command, "batch_size": 10})
    with folder.daemon() as daemon:
        until(lambda: receiver.seqs("/press") == [1])
        announce(folder, site, 2, 1)
        until(lambda: receiver.seqs("/press") == [1, 2])
        until(lambda: lines.exists() and len(lines.read_text().splitlines()) == 2)
        until(lambda: {name: hook["delivered"] for name, hook in hooks(folder).items()} == {"desk": 2, "press": 2})
        metrics = daemon.get("/metrics")[1]
        assert daemon.end() == 0
    assert 'ingest_hook_events_total{hook="press"} 2.0' in metrics
    assert 'ingest_hook_behind{hook="desk"} 0.0' in metrics
    (event, _) = receiver.events("/press")
    assert [json.loads(line)["id"] for line in lines.read_text().splitlines()] == [
        event["id"] for event in receiver.events("/press")
    ]
    assert (event["type"], event["data"]["record"]["title"]) == ("article", "Title 1")
    (change, _) = folder.ingest("changes").rows
    assert event["data"] == change
    assert "2 articles, 4 events delivered" in daemon.text()


def test_a_receiver_that_is_down_gets_all_when_it_is_up_and_holds_up_no_other(hooked, site, receiver):
    receiver.script("/press", DOWN)
    folder = hooked(press={"path": "/press"}, desk={"path": "/desk"})
    with folder.daemon() as daemon:
        daemon.logs("hook press: 1 event not delivered: HTTP 503")
        announce(folder, site, 2, 1)
        until(lambda: receiver.seqs("/desk") == [1, 2])
        until(lambda: receiver.seqs("/press") == [1, 1, 2])
        daemon.logs("hook press: 1 event delivered")
        assert 'ingest_hook_failed_tries_total{hook="press"} 1.0' in daemon.get("/metrics")[1]
    first, again, _ = receiver.events("/press")
    assert first["id"] == again["id"]


def test_a_killed_daemon_s_successor_sends_the_same_again(hooked, site, receiver):
    receiver.hold("/press")
    folder = hooked(press={"path": "/press"})
    with folder.daemon() as daemon:
        until(lambda: receiver.seqs("/press") == [1])
        announce(folder, site, 2, 1)
        daemon.end(signal.SIGKILL)
    receiver.release()
    with folder.daemon() as daemon:
        until(lambda: receiver.seqs("/press") == [1, 1, 2])
        assert daemon.end() == 0
    first, again, _ = receiver.events("/press")
    assert first == again


def test_a_daemon_ends_in_time_while_a_delivery_is_in_flight(hooked, receiver, tmp_path):
    receiver.hold("/press")
    started = tmp_path / "started"
    stuck = [sys.executable, "-c", f"import time; open({str(started)!r}, 'w'); time.sleep(60)"]
    folder = hooked(press={"path": "/press"}, desk={"command": stuck})
    with folder.daemon() as daemon:
        until(lambda: receiver.events("/press") and started.exists())
        assert daemon.end() == 0
    assert [(hook["behind"], hook["delivered"]) for hook in hooks(folder).values()] == [(1, 0), (1, 0)]


def test_changed_hooks_are_followed_at_sighup_and_a_removed_one_keeps_its_place(hooked, site, receiver):
    folder = hooked(press={"path": "/press"})
    with folder.daemon() as daemon:
        until(lambda: receiver.seqs("/press") == [1])
        until(lambda: hooks(folder)["press"]["delivered"] == 1)
        hooked(desk={"path": "/desk", "start": "beginning"})
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: receiver.seqs("/desk") == [1])
        announce(folder, site, 2, 1)
        assert {name: hook["state"] for name, hook in hooks(folder).items()} == {"desk": "ok", "press": "off"}
        hooked(press={"path": "/press"})
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: receiver.seqs("/press") == [1, 2])


def test_now_delivers_at_its_end_and_a_faulty_hook_does_not_change_its_exit_code(hooked, site, receiver):
    receiver.script("/desk", DOWN)
    folder = hooked(press={"path": "/press", "batch_size": 5}, desk={"path": "/desk"})
    result = folder.ingest("now", "--json", "-q")
    assert result.code == 0
    desk, press = result.json["hooks"]
    assert (desk["delivered"], desk["behind"], desk["state"], desk["last_error"]) == (0, 1, "failing", "HTTP 503")
    assert (press["delivered"], press["behind"], press["state"]) == (1, 0, "ok")
    assert receiver.seqs("/press") == [1]
    site.page("/one.xml", rss(item(2), item(1)))
    folder.ingest("hooks", "resend", "desk")  # else it would wait for its next try
    out = folder.ingest("now", "-q").out
    assert "hook desk: 2 events delivered\nhook press: 1 event delivered\n" in out
    assert receiver.seqs("/desk") == [1, 1, 2]


def test_what_a_command_forgot_while_no_daemon_ran_is_delivered_later_and_no_record_of_it(hooked, receiver):
    receiver.script("/press", DOWN)
    folder = hooked(press={"path": "/press"})
    folder.ingest("now", "-q")
    (url,) = folder.column("SELECT url FROM articles")
    assert folder.ingest("forget", url).code == 0
    folder.ingest("hooks", "resend", "press")  # else it would wait for its next try
    with folder.daemon():
        until(lambda: receiver.seqs("/press") == [1, 1, 2])
    first, again, forgotten = receiver.events("/press")
    assert first["data"]["record"]["url"] == url
    assert again == first | {"data": first["data"] | {"record": None}}
    assert (forgotten["type"], forgotten["data"]["record"]) == ("forgotten", None)
