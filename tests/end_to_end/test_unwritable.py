"""An archive that cannot be written is an alert, which hooks get before the process ends."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress

import pytest

from ingest.configuration import config as configuration
from ingest.deliveries import unwritable
from ingest.deliveries.events import alert_event
from storage.errors import ArchiveUnwritable
from storage.reader import Reader
from tests.builders_feeds import item, rss
from tests.command_run import CHECKOUT, LOOPBACK
from tests.limits import little_room


@pytest.fixture
def hooked(folder, site):
    """An archive of an article, and a hook whose command appends its events to the file `got`."""
    site.page("/feed.xml", rss(item(1)))
    append = f"import sys; open({str(folder.path / 'got')!r}, 'a').write(sys.stdin.read())"
    folder.set_up(site.url("/feed.xml")).ingest("now", "-q")
    site.page("/feed.xml", rss(*map(item, range(5))))
    set_hooks(folder, alert=append)
    (folder.path / "got").touch()
    return folder


def set_hooks(folder, **commands):
    tables = [
        f'[[hooks]]\nname = "{name}"\ncommand = {json.dumps([sys.executable, "-c", command])}\nkinds = ["alert"]\n'
        for name, command in commands.items()
    ]
    (folder.config / "settings.toml").write_text("\n".join([LOOPBACK, *tables]))


def got(folder):
    return [json.loads(line) for line in (folder.path / "got").read_text().splitlines()]


def events(folder):
    """Return the archive's own events of alerts."""
    with Reader(folder.archive) as reader:
        return [alert_event(reader.archive_id(), row) for row in reader.alert_events(0, 100)]


def test_hooks_get_it_once_and_later_the_same_event_is_a_row(hooked, site):
    for _ in range(2):
        result = hooked.run("now", "-q", preexec_fn=little_room)
        assert (result.code, "the disk" in result.err) == (3, True)
    (event,) = got(hooked)
    assert (event["type"], event["data"]["kind"]) == ("alert.began", "archive_unwritable")
    assert event["data"]["subject"] == str(hooked.archive)
    assert event["data"]["reason"] in result.err
    assert events(hooked) == []
    assert hooked.ingest("now", "-q").code == 0
    began, ended = events(hooked)
    assert began == event
    assert (ended["type"], ended["data"]["began_at"]) == ("alert.ended", event["data"]["began_at"])
    assert hooked.ingest("now", "-q").code == 0
    assert len(events(hooked)) == 2
    assert not list(hooked.path.glob("*-unwritable"))
    # the next trouble is another one
    site.page("/feed.xml", rss(*map(item, range(9))))
    assert hooked.run("now", "-q", preexec_fn=little_room).code == 3
    assert got(hooked)[:3] == [event, event, ended]  # past the archive, and then by the ordinary way
    assert got(hooked)[3]["id"] not in (began["id"], ended["id"])
    assert len(got(hooked)) == 4


def test_a_daemon_that_is_started_again_and_again_sends_it_once_and_ends_with_3(hooked):
    with closing(sqlite3.connect(hooked.archive)) as db, db:
        db.execute("UPDATE feeds SET due_at = '2000-01-01T00:00:00Z'")
    for _ in range(2):
        with hooked.start("daemon", preexec_fn=little_room, stderr=subprocess.DEVNULL) as daemon:
            assert daemon.wait(timeout=40) == 3
    (event,) = got(hooked)
    with hooked.daemon():
        pass
    assert events(hooked) == [event]  # it ends when the daemon has written for a while
    assert hooked.ingest("now", "-q").code == 0
    assert [each["type"] for each in events(hooked)] == ["alert.began", "alert.ended"]


def test_a_hook_that_hangs_or_fails_holds_up_nobody_and_is_tried_at_the_next_start(hooked, monkeypatch):
    monkeypatch.setattr(unwritable, "NOTIFY_TIMEOUT_S", 1.0)
    append = f"import sys; open({str(hooked.path / 'got')!r}, 'a').write(sys.stdin.read())"
    flaky = f"import os, sys; os.path.exists({str(hooked.path / 'flag')!r}) or sys.exit(1); {append}"
    set_hooks(hooked, hanging="import time; time.sleep(60)", flaky=flaky, good=append)
    config, error = configuration.load(hooked.config, sends=True), ArchiveUnwritable("the disk is full")

    def notify():
        asyncio.run(unwritable.notify_unwritable(config, hooked.archive, error))
        return len(got(hooked))

    began = time.monotonic()
    assert notify() == 1
    assert time.monotonic() - began < 30
    set_hooks(hooked, flaky=flaky, good=append)
    config = configuration.load(hooked.config, sends=True)
    (hooked.path / "flag").touch()
    assert [notify(), notify()] == [2, 2]
    first, second = got(hooked)
    assert first == second


def test_in_a_read_only_folder_the_note_is_in_the_folder_for_temporary_files(hooked, powerless, tmp_path_factory):
    _, options = powerless
    folder, temporary = tmp_path_factory.mktemp("got"), tmp_path_factory.mktemp("temporary")
    set_hooks(hooked, alert=f"import sys; open({str(folder / 'got')!r}, 'a').write(sys.stdin.read())")
    environment = {"env": os.environ | {"PYTHONPATH": str(CHECKOUT), "TMPDIR": str(temporary)}}
    for path in hooked.path.glob("news.db*"):
        path.chmod(0o444)
    hooked.path.chmod(0o555)
    for _ in range(2):
        assert hooked.run("now", "-q", **options, **environment).code == 3
    (line,) = (folder / "got").read_text().splitlines()
    (note,) = temporary.glob("ingest-unwritable-*")
    # without a note it is sent again, as the same event
    note.unlink()
    assert hooked.run("now", "-q", **options, **environment).code == 3
    assert (folder / "got").read_text().splitlines() == [line, line]
    hooked.path.chmod(0o755)
    for path in hooked.path.glob("news.db*"):
        path.chmod(0o644)
    assert hooked.run("now", "-q", **environment).code == 0
    assert events(hooked)[0] == json.loads(line)
    assert not list(temporary.glob("ingest-unwritable-*"))


def test_on_a_disk_that_is_really_full_hooks_get_it(hooked, tmp_path_factory):
    disk = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        archive = disk / "news.db"
        archive.write_bytes(hooked.archive.read_bytes())
        words = ("now", "-q", "--archive", archive)
        filling = disk / "filling"
        with suppress(OSError), filling.open("wb", buffering=0) as file:
            while file.write(b"." * 4096):
                pass
        assert hooked.ingest(*words).code == 3
        (event,) = got(hooked)
        filling.unlink()
        assert hooked.ingest(*words).code == 0
        with Reader(archive) as reader:
            began, ended = reader.alert_events(0, 10)
            assert alert_event(reader.archive_id(), began)["id"] == event["id"]
            assert ended["alert"]["ended_at"]
        assert not list(disk.glob("*-unwritable"))
    finally:
        subprocess.run(["umount", disk], check=True)


def test_where_there_is_no_archive_yet_there_is_no_alert(hooked):
    assert hooked.ingest("now", "-q", "--archive", hooked.path / "no" / "news.db").code == 3
    hooked.archive.unlink()
    assert hooked.run("now", "-q", preexec_fn=little_room).code == 3
    assert got(hooked) == []
