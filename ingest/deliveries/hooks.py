"""The senders of all hooks: as long as the daemon runs, or until nothing waits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ingest.deliveries.sender import HookObserver, Sender
from ingest.pipeline.context import Context
from storage.archive import Archive
from storage.errors import ArchiveError
from storage.feed_records import DueFeed
from storage.records import Outcome, Poll
from storage.rows import Row

DELIVERY_LIMIT_S = 60.0  # of `ingest now`, and one delivery more: hourly runs shall not pile up


class Senders:
    """An observer that wakes the senders after each commit of the stages."""

    def __init__(self, senders: Sequence[Sender]) -> None:
        self._senders = senders

    def wake(self) -> None:
        for sender in self._senders:
            sender.wake()

    def polled(self, feed: DueFeed, poll: Poll) -> None:  # noqa: ARG002 (an Observer's signature)
        self.wake()

    def settled(self, feed_id: int, outcome: Outcome) -> None:  # noqa: ARG002 (an Observer's signature)
        self.wake()

    def postponed(self, feed_id: int, reason: str) -> None:  # noqa: ARG002 (an Observer's signature)
        self.wake()


@asynccontextmanager
async def running_senders(
    context: Context, archive: Path, observers: Sequence[HookObserver] = ()
) -> AsyncIterator[Senders]:
    """Deliver what there is and what comes, until the end. What is in flight then is still pending in the archive."""
    senders = [Sender(hook, context, archive, observers) for hook in context.settings.hooks]
    tasks = [asyncio.create_task(sender.run(), name=f"hook {sender.name}") for sender in senders]
    woken = Senders(senders)
    context.observers.append(woken)
    try:
        yield woken
    finally:
        context.observers.remove(woken)
        await _end(tasks)
        with suppress(ArchiveError):  # the writer has raised it already
            await _save(context, senders)


async def deliver_waiting(context: Context, archive: Path, *, limit_s: float = DELIVERY_LIMIT_S) -> list[Row]:
    """Deliver what waits, to each hook until a try fails. After `limit_s`, no other delivery begins.

    Return for each hook of the settings its name, the events `delivered` now, and its state afterwards.
    """
    names = [hook.name for hook in context.settings.hooks]
    if not names:
        return []
    before = {row["name"]: row["delivered"] for row in await context.writer.read(lambda archive: archive.hook_health())}
    senders = [Sender(hook, context, archive, ()) for hook in context.settings.hooks]
    tasks = [asyncio.create_task(sender.run(until_idle=True)) for sender in senders]
    running = asyncio.gather(*tasks)
    try:
        await asyncio.wait([running], timeout=limit_s)
        for sender in senders:
            sender.finish()
        await running  # raises the archive's error
    finally:
        await _end(tasks)
    await _save(context, senders)
    shown = ("name", "state", "behind", "dead", "due_at", "last_error")
    return [
        {name: row[name] for name in shown} | {"delivered": row["delivered"] - before.get(row["name"], 0)}
        for row in await context.writer.read(lambda archive: archive.hook_health())
        if row["name"] in names
    ]


async def _end(tasks: "Sequence[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _save(context: Context, senders: Sequence[Sender]) -> None:
    if not any(sender.has_unsaved_place for sender in senders):
        return

    def save(archive: Archive) -> None:
        for sender in senders:
            sender.save(archive)

    await context.writer(save)
