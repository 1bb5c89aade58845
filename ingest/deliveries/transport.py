"""How a delivery gets to its receiver, and what came of a try: the same for commands and addresses."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ingest.configuration.config import Config
from ingest.configuration.hooks import HookSettings

Event = dict[str, Any]
"""An event as receivers get it: id, type, timestamp, data."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a try came to. Without `taken`, `refused` or `stopped` it is to be tried again.

    `refused`: the receiver does not want this delivery, now or later. `stopped`: it wants no more at all. `status` is
    an HTTP status or an exit code, `error` one sentence. `not_before` is what Retry-After asked for.
    """

    taken: bool
    refused: bool = False
    stopped: bool = False
    status: int | None = None
    error: str | None = None
    not_before: datetime | None = None


class Transport(Protocol):
    async def send(self, events: Sequence[Event]) -> Sent:
        """Try once. Return within the hook's `timeout_s`, or a second later. Raises nothing but CancelledError."""
        ...


@asynccontextmanager
async def open_transport(
    hook: HookSettings, config: Config, archive: Path | None, clock: Callable[[], datetime]
) -> AsyncIterator[Transport]:
    """Yield the way to the hook's receiver. `config` has the hook's secrets and `[web]`.

    The archive's only writer names the archive: a command that a killed writer has left is then ended before another
    one starts. One transport of a hook may be open in it at a time.
    """
    if hook.command:
        from ingest.deliveries.command import CommandTransport
        from ingest.deliveries.command_lock import CommandLock, lock_path

        lock = CommandLock(lock_path(archive, hook.name) if archive else None)
        with closing(lock):
            yield CommandTransport(hook, lock)
    else:
        from ingest.deliveries.webhook import WebhookTransport, options_of
        from ingest.web.post import Poster

        async with Poster(hook.url, options_of(hook, config.settings.web)) as poster:
            yield WebhookTransport(hook, config.hook_secrets[hook.name], clock, poster)


def as_json(value: object) -> str:
    """Return one line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace").decode()  # a lone surrogate cannot be sent
