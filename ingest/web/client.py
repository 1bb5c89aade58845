"""One GET, politely.

guard      where the URL leads by its form
robots     may this page be asked for
manners    the host's turn, then one of the client's slots
wire       the request; the guard sees the address it connects to
redirect   the same again for the hop it leads to
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from ingest.errors import FetchError, HostBusy, Refused, TimedOut, Unreachable
from ingest.hosts import without_credentials
from ingest.web.address import Address, redirected
from ingest.web.budget import Budget
from ingest.web.deadline import Deadline
from ingest.web.guard import Guard
from ingest.web.headers import retry_after_at
from ingest.web.manners import Clock, HostMemory, HostNotes, Manners, Sleep, Slots
from ingest.web.response import NotModified, Response, Validators, WebOptions
from ingest.web.robots import MAX_BYTES as ROBOTS_MAX_BYTES
from ingest.web.robots import MAX_REDIRECTS as ROBOTS_MAX_REDIRECTS
from ingest.web.robots import Robots

if TYPE_CHECKING:
    from ingest.web.wire import Answer, Wire

MAX_REDIRECTS = 10
BLOCKED = timedelta(seconds=60)  # after 429 without a Retry-After, or with one that makes no sense
_PERMANENT = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_COOKIES_MAX_BYTES = 8 * 1024


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Wish:
    """How a GET is asked, on every hop; `cut_bytes` as in `Wire.ask`."""

    accept: str
    validators: Validators | None = None
    robots: bool = False
    cut_bytes: int | None = None
    max_redirects: int = MAX_REDIRECTS

    def validators_for(self, hop: Address) -> Validators | None:
        """They go to the address they came from, and nowhere else."""
        validators = self.validators
        known = validators and validators.url == hop.url and (validators.etag or validators.last_modified)
        return validators if known else None


@dataclass(slots=True)
class _Trip:
    """A GET on its way from hop to hop. Cookies are kept by origin, and only so long."""

    hop: Address
    deadline: Deadline
    redirects: int = 0
    permanent: Address | None = None
    all_permanent: bool = True
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def headers(self, wish: _Wish) -> dict[str, str]:
        headers = {"Accept": wish.accept}
        validators = wish.validators_for(self.hop)
        if validators:
            if validators.etag:
                headers["If-None-Match"] = validators.etag
            if validators.last_modified:
                headers["If-Modified-Since"] = validators.last_modified
        if cookies := self.cookies.get(self.hop.origin):
            headers["Cookie"] = "; ".join(cookies.values())
        return headers

    def follow(self, answer: "Answer") -> None:
        """Raises ValueError for a Location that cannot be followed."""
        assert answer.location is not None
        target = redirected(self.hop, answer.location)
        self.all_permanent = self.all_permanent and answer.status in _PERMANENT
        if self.all_permanent:
            self.permanent = target
        jar = self.cookies.setdefault(self.hop.origin, {})
        for pair in answer.cookies:
            if pair.isascii() and sum(map(len, jar.values())) + len(pair) < _COOKIES_MAX_BYTES:
                jar[pair.partition("=")[0]] = pair
        self.hop = target
        self.redirects += 1


class Client:
    """The one way to the network. What hosts tell (Retry-After, robots.txt) goes to `memory` and comes from there.

    Before each request `ready` is awaited: it holds back what would only pile up.
    """

    def __init__(
        self,
        options: WebOptions,
        memory: HostMemory,
        *,
        clock: Clock = _utc_now,
        sleep: Sleep = asyncio.sleep,
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        notes = HostNotes(memory)
        self._options = options
        self._clock = clock
        self._ready = ready
        self._guard = Guard(options.allow_addresses)
        self._robots = Robots(options.user_agent, notes, self._ask_robots, clock)
        self._manners = Manners(
            notes,
            concurrency=options.per_host_concurrency,
            interval_s=options.per_host_interval_s,
            clock=clock,
            sleep=sleep,
        )
        self._slots = Slots(options.concurrency)
        self._budget = Budget(options.bodies_bytes)
        self._wire: Wire

    async def __aenter__(self) -> Self:
        from ingest.web.wire import Wire

        self._wire = await Wire(self._options, self._guard, self._budget).__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._wire.__aexit__()

    async def get(
        self, url: str, *, accept: str, validators: Validators | None = None, robots: bool = False
    ) -> Response | NotModified:
        """Raises Unreachable, TimedOut, HostBusy or Refused, each for `url`; any answered status is a Response.

        The credentials in `url` are sent to its origin, and are in nothing that is returned or raised.
        """
        wish = _Wish(accept, validators, robots=robots and self._options.robots)
        trip, answer = await self._travel(url, wish)
        url = without_credentials(url)
        if answer.location is not None:
            raise Unreachable(url, f"more than {MAX_REDIRECTS} redirects, the last to {trip.hop.url}")
        permanent_url = trip.permanent.url if trip.permanent else None
        ms = round((self._options.timeout_s - trip.deadline.left_s) * 1000)
        if answer.status == HTTPStatus.NOT_MODIFIED and wish.validators_for(trip.hop):
            return NotModified(url, trip.hop.url, permanent_url, answer.headers, ms)
        return Response(url, trip.hop.url, permanent_url, answer.status, answer.headers, answer.body, ms, answer.share)

    async def _ask_robots(self, url: str) -> "Answer":
        wish = _Wish("text/plain, */*;q=0.5", cut_bytes=ROBOTS_MAX_BYTES, max_redirects=ROBOTS_MAX_REDIRECTS)
        return (await self._travel(url, wish))[1]

    async def _travel(self, url: str, wish: _Wish) -> "tuple[_Trip, Answer]":
        """From hop to hop to the last answer, which is a redirect only when there were too many."""
        trip = _Trip(self._guard.check_url(url), Deadline(self._options.timeout_s))
        try:
            while True:
                answer = await self._answer(trip, wish)
                if answer.location is None or trip.redirects == wish.max_redirects:
                    return trip, answer
                self._follow(trip, answer)
        except FetchError as error:
            raise _for(without_credentials(url), trip, error) from error

    async def _answer(self, trip: _Trip, wish: _Wish) -> "Answer":
        """Asks once more, at the host's next turn, when the connection was dropped."""
        from ingest.web.wire import Dropped

        try:
            return await self._visit(trip, wish)
        except Dropped:
            return await self._visit(trip, wish)

    async def _visit(self, trip: _Trip, wish: _Wish) -> "Answer":
        hop = trip.hop
        if wish.robots:
            await self._ask_leave(hop)
        async with self._manners.turn(hop.url, hop.host, self._slot()):
            try:
                answer = await self._wire.ask(hop, trip.headers(wish), deadline=trip.deadline, cut_bytes=wish.cut_bytes)
            except TimedOut:
                await self._manners.note(hop.host, answered=False)
                raise
        await self._manners.note(hop.host, answered=True)
        until = _blocked_until(answer, self._clock())
        if until:
            await self._manners.block(hop.host, until)
        return answer

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        async with self._slots.slot():
            if self._ready:
                await self._ready()
            await self._budget.room()
            yield

    async def _ask_leave(self, hop: Address) -> None:
        await self._manners.check(hop.url, hop.host)
        try:
            delay_s = await self._robots.check(hop)
        except Unreachable:
            await self._manners.check(hop.url, hop.host)  # when the host said how long, that is the better answer
            raise
        await self._manners.slow_down(hop.host, delay_s)

    def _follow(self, trip: _Trip, answer: "Answer") -> None:
        try:
            trip.follow(answer)
        except ValueError as error:
            target = without_credentials(ascii(answer.location))
            raise Refused(trip.hop.url, f"redirects to {target:.200}: {error}") from error
        self._guard.check(trip.hop)


def _for(url: str, trip: _Trip, error: FetchError) -> FetchError:
    """The same error for the URL that was asked."""
    cause = f"redirected to {trip.hop.url}: {error.cause}" if trip.redirects else error.cause
    return HostBusy(url, cause, error.until) if isinstance(error, HostBusy) else type(error)(url, cause)


def _blocked_until(answer: "Answer", now: datetime) -> datetime | None:
    """Until when the host asks to be left alone (RFC 6585 §4, RFC 9110 §15.6.4); None when it does not."""
    value = answer.headers.get("retry-after")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or (answer.status == HTTPStatus.SERVICE_UNAVAILABLE and value):
        return retry_after_at(value or "", now) or now + BLOCKED
    return None
