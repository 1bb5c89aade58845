"""POSTs to one address that the user has named: under the guard of pages, without redirects and manners."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from ingest.web.guard import Guard
from ingest.web.headers import retry_after_at
from ingest.web.limits import Budget, Deadline
from ingest.web.response import WebOptions

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

    from ingest.web.wire import Wire, WireResponse

MAX_ANSWER_BYTES = 4 * 1024  # enough for the sentence that says what is wrong


@dataclass(frozen=True, slots=True)
class Answer:
    """`location` is a redirect's target. `body` may be cut."""

    status: int
    headers: Mapping[str, str]
    location: str | None
    body: bytes

    def not_before(self, now: datetime) -> datetime | None:
        """Return the instant of Retry-After, None if it names no future one."""
        return retry_after_at(self.headers.get("retry-after", ""), now)


class Poster:
    """Keeps the connection for the next POST. Credentials in `url` are sent as Basic authentication.

    The options' `timeout_s` is for one POST with its answer.
    """

    def __init__(self, url: str, options: WebOptions, resolver: "AbstractResolver | None" = None) -> None:
        self._url = url
        self._options = options
        self._resolver = resolver
        self._guard = Guard(options.allow_addresses, options.setting)
        self._wire: Wire

    async def __aenter__(self) -> Self:
        from ingest.web.wire import Wire

        budget = Budget(self._options.bodies_bytes)
        self._wire = await Wire(self._options, self._guard, budget, self._resolver).__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._wire.__aexit__()

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Return the answer, of any status. Raises Unreachable, TimedOut or Refused."""
        from ingest.web.wire import Dropped

        deadline = Deadline(self._options.timeout_s)
        try:
            response = await self._post_once(body, headers, deadline)
        except Dropped:  # the receiver may have closed the kept connection just now
            response = await self._post_once(body, headers, deadline)
        return Answer(response.status, response.headers, response.location, response.body)

    async def _post_once(self, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> "WireResponse":
        address = self._guard.check_url(self._url)
        sent = dict(headers) | ({"Authorization": address.authorization} if address.authorization else {})
        return await self._wire.post(address, sent, body, deadline=deadline, cut_bytes=MAX_ANSWER_BYTES)
