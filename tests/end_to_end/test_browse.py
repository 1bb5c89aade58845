"""`ingest browse` as a user starts and ends it."""

import signal
import socket
from urllib.request import urlopen

from tests.command_run import read_lines


def test_a_signal_ends_it_without_noise_also_if_it_comes_thrice(folder, newsroom_archive):
    with folder.start("--archive", newsroom_archive, "browse", "--no-open", "--port", 0) as process:
        address = read_lines(process, 1)[0].strip()
        with urlopen(address) as answer:
            assert answer.status == 200
        for _ in range(3):
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, b"", b"Ctrl-C ends it.\n")


def test_why_it_does_not_start_is_one_sentence(folder, newsroom_archive, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = folder.ingest("--archive", newsroom_archive, "browse", "--no-open", "--port", port)
    (tmp_path / "notes.db").write_text("of another kind" * 100)
    missing = folder.ingest("--archive", tmp_path / "none.db", "browse", "--no-open", "--port", 0)
    damaged = folder.ingest("--archive", tmp_path / "notes.db", "browse", "--no-open", "--port", 0)
    assert (busy.code, missing.code, damaged.code) == (1, 3, 3)
    assert busy.err == (
        f"ingest: port {port} cannot be used (Address already in use); name another with --port, or 0 for a free one\n"
    )
    assert "there is no archive yet" in missing.err
    assert "not an SQLite file" in damaged.err


def test_without_the_extra_it_says_what_to_install(folder, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "vl_convert" else object())
    result = folder.ingest("browse")
    assert (result.code, result.err) == (
        1,
        "ingest: browse needs vl-convert-python; `pip install 'ingest[browse]'` installs what is missing\n",
    )
