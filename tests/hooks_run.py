"""Senders over a real archive, with receivers that a test scripts and a clock that only the test moves."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.configuration.config import Config
from ingest.configuration.hooks import HookSettings
from ingest.configuration.settings import Settings
from ingest.deliveries.transport import Event, Sent
from ingest.pipeline import open_writer
from ingest.pipeline.context import Context
from storage.archive import Archive
from tests import builders as make

TAKEN = Sent(taken=True, status=200)
DOWN = Sent(taken=False, status=503, error="it answered 503")
REFUSED = Sent(taken=False, refused=True, status=400, error="it answered 400")
STOPPED = Sent(taken=False, stopped=True, status=410, error="it answered 410")


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Receiver:
    """Answers tries as `script` says, each once, and then takes everything. `got` are the events of each try.

    In the script, `Killed` kills the sender after the receiver has got the events; "before" kills it before.
    """

    script: "deque[Any]" = field(default_factory=deque)
    got: list[list[Event]] = field(default_factory=list)
    taken: list[list[Event]] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def send(self, events: Sequence[Event]) -> Sent:
        answer = self.script.popleft() if self.script else TAKEN
        if answer == "before":
            raise Killed
        self.got.append(list(events))
        if self.hold:
            await self.hold.wait()
        if answer is Killed or answer.taken:
            self.taken.append(list(events))
        if answer is Killed:
            raise Killed
        return answer

    def seqs(self) -> list[int]:
        return [event["data"]["seq"] for events in self.taken for event in events]


def hook(name: str = "one", **fields: Any) -> HookSettings:
    return HookSettings(**({"name": name, "command": ["true"], "start": "beginning", "tries": 2} | fields))


class HooksRun:
    """An archive with hooks; each hook's receiver is in `receivers` by its name."""

    def __init__(self, path: Path, *hooks: HookSettings) -> None:
        self.path, self.now_at = path, make.NOW
        self.receivers = {each.name: Receiver() for each in hooks}
        self.settings = Settings(hooks=hooks)
        self._articles = 0
        with closing(Archive(path, "test")) as archive, archive.transaction():
            archive.subscribe_hooks(hooks, self.now_at)

    @asynccontextmanager
    async def context(self) -> AsyncIterator[Context]:
        async with open_writer(self.path, "test") as writer:
            parts: Any = {"client": None, "pool": None, "budget": None}
            clock = lambda: self.now_at  # noqa: E731 (a clock)
            yield Context(
                Config(self.settings), **parts, writer=writer, clock=clock, rng=random.Random(1), observers=[]
            )

    def add(self, archive: Archive, count: int = 1, **fields: Any) -> None:
        for _ in range(count):
            self._articles += 1
            url = f"https://news.example/{self._articles}"
            archive.add_article(make.article(url, body=f"Text {self._articles}.", **fields), [], self.now_at)

    def later(self, **duration: float) -> "HooksRun":
        self.now_at += timedelta(**duration)
        return self


@contextmanager
def scripted(run: HooksRun) -> Iterator[HooksRun]:
    """Let senders give their events to the run's receivers."""

    @asynccontextmanager
    async def open_transport(hook: HookSettings, *_: object) -> AsyncIterator[Receiver]:
        yield run.receivers[hook.name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.deliveries.sender.open_transport", open_transport)
        yield run
