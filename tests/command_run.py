"""Commands run as a user runs them: a folder with a configuration and an archive, and `ingest` in it."""

import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

import ingest.cli
from storage.reader import Reader
from tests import limits
from tests.forked import CHECKOUT, Forked

MAX_WAIT_S = 20
ENGLISH, FRENCH = "The orchard keeps its gate", "L’été des forêts"
LOOPBACK = """
[web]
allow_addresses = ["127.0.0.0/8"]
per_host_interval_s = 0.0
robots = false
timeout_s = 10
[articles]
workers = 1
[daemon]
http = "127.0.0.1:0"
"""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The exit code and the output of a command. Lines of `out` may be JSON."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Process(subprocess.Popen[bytes]):
    """A process that is killed if its test fails: the end of `with` waits for it, and a follower never ends."""

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, *rest)  # type: ignore[arg-type]


class ForkedProcess(Process, Forked):
    """The same, forked."""


@dataclass
class Folder:
    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config"

    @property
    def archive(self) -> Path:
        return self.path / "news.db"

    def set_up(self, *urls: str, settings: str = LOOPBACK, article: str = "feed") -> "Folder":
        """Write a configuration of feeds without names. `article` is the source of their texts."""
        self.config.mkdir(exist_ok=True)
        (self.config / "settings.toml").write_text(settings)
        tables = (f'[[feeds]]\nurl = "{url}"\narticle = "{article}"\n' for url in urls)
        (self.config / "feeds.toml").write_text("\n".join(tables))
        return self

    def arguments(self, *words: object) -> list[str]:
        return ["--config", str(self.config), "--archive", str(self.archive), *map(str, words)]

    def ingest(self, *words: object) -> CommandResult:
        """Run the command in this process."""
        return ingest_here(*self.arguments(*words))

    def start(self, *words: object, forked: bool = True, **options: Any) -> Process:
        """Start the command in a process of its own, with pipes.

        Not `forked`, or with options that a forked process cannot have, the interpreter starts too.
        """
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0}
        environment = {"env": os.environ | {"PYTHONPATH": str(CHECKOUT)}}
        limit = options.get("preexec_fn")
        known = options.keys() <= {"stdin", "stdout", "stderr", "bufsize", "env", "preexec_fn"}
        if forked and known and (limit is None or limit.__module__ == limits.__name__):
            return ForkedProcess(self.arguments(*words), **(pipes | environment | options))
        command = [sys.executable, "-m", "ingest", *self.arguments(*words)]
        return Process(command, **(pipes | environment | options))

    def run(self, *words: object, **options: Any) -> CommandResult:
        """Run the command in a process of its own."""
        with self.start(*words, **options) as process:
            out, err = process.communicate(timeout=60)
        return CommandResult(process.returncode, (out or b"").decode(), (err or b"").decode())

    def on_terminal(self, *words: object, columns: int) -> str:
        """Run the command with a terminal of so many columns as stdout, and return what the terminal gets."""
        pty = pytest.importorskip("pty")
        master, terminal = pty.openpty()
        width = {"TERM": "xterm-256color", "COLUMNS": str(columns)}
        environment = os.environ | width | {"PYTHONPATH": str(CHECKOUT)}
        with self.start(*words, stdout=terminal, env=environment) as process:
            os.close(terminal)
            shown = b""
            with suppress(OSError):  # EIO: the other end is closed
                while piece := os.read(master, 65536):
                    shown += piece
        os.close(master)
        assert process.returncode == 0
        return shown.decode().replace("\r\n", "\n")

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        with Reader(self.archive) as reader:
            return list(reader.rows(sql, parameters))

    def column(self, sql: str, *parameters: object) -> list[Any]:
        return [next(iter(row.values())) for row in self.rows(sql, *parameters)]

    def titles(self) -> list[str]:
        return self.column("SELECT title FROM articles ORDER BY title")

    @contextmanager
    def daemon(self, *words: object, **options: Any) -> "Iterator[Daemon]":
        """Yield a daemon that watches its feeds. It is killed at the end."""
        log_path = self.path / "daemon.log"
        with log_path.open("wb") as log, self.start("daemon", *words, stderr=log, **options) as process:
            daemon = Daemon(process, log_path)
            try:
                daemon.logs("watching")
                yield daemon
            finally:
                process.kill()


@dataclass
class Daemon:
    process: "subprocess.Popen[bytes]"
    log: Path

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def logs(self, words: str) -> None:
        """Wait until the words are in its log."""
        until(lambda: words in self.text() or self.process.poll() is not None)
        assert words in self.text(), self.text()

    def get(self, path: str) -> tuple[int, str]:
        """Return the answer at the address that it logged last."""
        address = re.findall(r"answering on (http://[\d.]+:\d+)", self.text())[-1]
        try:
            with urlopen(address + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit code. Less than ten seconds are promised."""
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


def ingest_here(*arguments: str) -> CommandResult:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = ingest.cli.run(list(arguments))
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return CommandResult(code, *texts)


def sentence(result: CommandResult, *, code: int) -> str:
    """Return the one sentence of a command that failed."""
    assert (result.code, result.out) == (code, "")
    assert "Traceback" not in result.err
    assert "a fault in ingest" not in result.err
    (line,) = result.err.splitlines()
    assert line.startswith("ingest: ")
    return line.removeprefix("ingest: ")


def until(condition: Callable[[], object], *, within_s: float = MAX_WAIT_S) -> None:
    """Wait until the condition holds. Fail the test if it never does."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.02)


def read_lines(process: "subprocess.Popen[bytes]", count: int) -> list[str]:
    """Return the next `count` lines of a process's output, or more that came with them."""
    assert process.stdout is not None
    text = b""
    while text.count(b"\n") < count or not text.endswith(b"\n"):
        assert select.select([process.stdout], [], [], MAX_WAIT_S)[0], f"no more than {text!r} came"
        piece = os.read(process.stdout.fileno(), 65536)
        assert piece, f"it ended after {text!r}"
        text += piece
    return text.decode().splitlines()
