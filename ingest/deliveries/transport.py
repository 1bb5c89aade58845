"""How a delivery gets to its receiver, and what came of a try: the same for commands and addresses."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
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
    hook: HookSettings, config: Config, archive: Path, clock: Callable[[], datetime]
) -> AsyncIterator[Transport]:
    """Yield the way to the hook's receiver. `config` has the hook's secrets and `[web]`.

    At the end a command that runs is ended. One transport of a hook may be open at a time.
    """
    raise NotImplementedError
    yield
