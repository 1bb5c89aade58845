"""One GET, politely. The steps:

guard      refuse a URL that names a forbidden address
robots     ask robots.txt whether the page may be fetched
manners    wait for the host's turn, then for one of the client's slots
wire       send the request; the guard checks the address that it connects to
redirect   do the same for the next URL
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from multidict import CIMultiDict

from ingest.errors import FetchError, HostBusy, Refused, TimedOut, Unreachable
from ingest.hosts import without_credentials
from ingest.web.address import Address, redirected
from ingest.web.guard import Guard
from ingest.web.headers import product_token, retry_after_at
from ingest.web.limits import Budget, Deadline
from ingest.web.manners import Clock, HostMemory, Manners, Pace, Sleep, Slots
from ingest.web.request import RequestOptions
from ingest.web.response import NotModified, Response, Validators, WebOptions
from ingest.web.robots import MAX_ROBOTS_BYTES, MAX_ROBOTS_REDIRECTS, Robots

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

    from ingest.web.wire import Wire, WireResponse

MAX_REDIRECTS = 10
BLOCK_TIME = timedelta(seconds=60)  # after a 429 without a usable Retry-After
_PERMANENT = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_MAX_COOKIES_BYTES = 8 * 1024


@dataclass(slots=True)
class _Get:
    """A GET on its way through redirects. `address` is the current one, `passed` the earlier ones.

    `cut_bytes` is the argument of `Wire.get`.

    `cookies` are those that responses have set, kept for this GET only, by origin and name. `request` holds for the
    addresses that it says, each checked anew.
    """

    address: Address
    deadline: Deadline
    accept: str
    validators: Validators | None = None
    robots: bool = False
    request: RequestOptions | None = None
    cut_bytes: int | None = None
    max_redirects: int = MAX_REDIRECTS
    passed: list[str] = field(default_factory=list)
    permanent: Address | None = None
    all_permanent: bool = True
    cookies: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def options(self) -> RequestOptions | None:
        """Return the request options if they hold for the current address."""
        return self.request if self.request and self.request.hold_for(self.address) else None

    def sent_validators(self) -> Validators | None:
        """Return the validators if the current address gave them: no other address gets them."""
        validators = self.validators
        known = validators and validators.url == self.address.url and (validators.etag or validators.last_modified)
        return validators if known else None

    def headers(self) -> CIMultiDict[str]:
        options = self.options()
        headers = CIMultiDict(options.headers if options else ())
        headers.setdefault("Accept", self.accept)
        if options and options.user_agent:
            headers["User-Agent"] = options.user_agent
        if authorization := self.address.authorization or (options and options.authorization):
            headers["Authorization"] = authorization
        if validators := self.sent_validators():
            if validators.etag:
                headers["If-None-Match"] = validators.etag
            if validators.last_modified:
                headers["If-Modified-Since"] = validators.last_modified
        cookies = {name: f"{name}={value}" for name, value in options.cookies} if options else {}
        cookies |= self.cookies.get(self.address.origin, {})
        if cookies:
            headers["Cookie"] = "; ".join(cookies.values())
        return headers

    def follow(self, response: "WireResponse") -> None:
        """Go on to the response's Location. Raises Refused if it is not a URL to fetch."""
        assert response.location is not None
        try:
            target = redirected(self.address, response.location)
        except ValueError as error:
            shown = without_credentials(ascii(response.location))
            raise Refused(self.address.url, f"redirects to {shown:.200}: {error}") from error
        self.all_permanent = self.all_permanent and response.status in _PERMANENT
        if self.all_permanent:
            self.permanent = target
        jar = self.cookies.setdefault(self.address.origin, {})
        for pair in response.cookies:
            if pair.isascii() and sum(map(len, jar.values())) + len(pair) < _MAX_COOKIES_BYTES:
                jar[pair.partition("=")[0]] = pair
        self.passed.append(self.address.url)
        self.address = target


class Client:
    """The one way to the network. `memory` keeps each host's Retry-After and robots.txt.

    `ready` is awaited before each request: it holds requests back while their results would pile up. `pace_of` gives
    the pace of hosts that have one of their own, and None for others.
    """

    def __init__(
        self,
        options: WebOptions,
        memory: HostMemory,
        *,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        ready: Callable[[], Awaitable[None]] | None = None,
        resolver: "AbstractResolver | None" = None,
        pace_of: Callable[[str], Pace | None] = lambda _: None,
    ) -> None:
        self._options = options
        self._clock = clock
        self._ready = ready
        self._resolver = resolver
        self._guard = Guard(options.allow_addresses)
        self._robots = Robots(memory, self._get_robots, clock)
        pace = Pace(options.per_host_interval_s, options.per_host_concurrency)
        self._manners = Manners(memory, lambda host: pace_of(host) or pace, clock, sleep)
        self._slots = Slots(options.concurrency)
        self.budget = Budget(options.bodies_bytes)
        self.wire: Wire

    async def __aenter__(self) -> Self:
        from ingest.web.wire import Wire

        self.wire = await Wire(self._options, self._guard, self.budget, self._resolver).__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.wire.__aexit__()

    async def get(
        self,
        url: str,
        *,
        accept: str,
        validators: Validators | None = None,
        robots: bool = False,
        request: RequestOptions | None = None,
    ) -> Response | NotModified:
        """Return the response, of any status. Raises Unreachable, TimedOut, HostBusy or Refused, each for `url`.

        Credentials in `url` are sent to its origin only. Nothing returned or raised contains them, nor `request`.
        """
        if request:
            url = request.addressed(url)
        deadline = Deadline(self._options.timeout_s)
        get = _Get(self._guard.check_url(url), deadline, accept, validators, robots and self._options.robots, request)
        response = await self._follow_redirects(url, get)
        url = without_credentials(url)
        if response.location is not None:
            raise Unreachable(url, f"more than {MAX_REDIRECTS} redirects, the last to {get.address.url}")
        final_url, permanent_url = get.address.url, get.permanent.url if get.permanent else None
        ms = round((self._options.timeout_s - deadline.left_s) * 1000)
        if response.status == HTTPStatus.NOT_MODIFIED and get.sent_validators():
            return NotModified(url, final_url, permanent_url, response.headers, ms)
        found = (response.status, response.headers, response.body, ms, response.share, get.passed, response.ip_address)
        return Response(url, final_url, permanent_url, *found)

    async def _get_robots(self, url: str) -> "WireResponse":
        get = _Get(self._guard.check_url(url), Deadline(self._options.timeout_s), "text/plain, */*;q=0.5")
        get.cut_bytes, get.max_redirects = MAX_ROBOTS_BYTES, MAX_ROBOTS_REDIRECTS
        return await self._follow_redirects(url, get)

    async def _follow_redirects(self, url: str, get: _Get) -> "WireResponse":
        """Return the last response, which is a redirect only if there were too many."""
        try:
            while True:
                response = await self._send(get)
                if response.location is None or len(get.passed) == get.max_redirects:
                    return response
                get.follow(response)
                self._guard.check(get.address)
        except FetchError as error:
            raise _for_url(without_credentials(url), get, error) from error

    def waiting(self) -> list[dict[str, Any]]:
        """Return the hosts whose next request waits: see `Manners.waiting`."""
        return self._manners.waiting()

    async def _send(self, get: _Get) -> "WireResponse":
        """Send the request. If the connection was dropped, send it again, at the host's next turn."""
        from ingest.web.wire import Dropped

        try:
            return await self._send_once(get)
        except Dropped:
            return await self._send_once(get)

    async def _send_once(self, get: _Get) -> "WireResponse":
        address, host = get.address, get.address.host
        if get.robots:
            options = get.options()
            await self._check_robots(address, (options and options.user_agent) or self._options.user_agent)
        async with self._manners.turn(address.url, host, self._slot()):
            try:
                response = await self.wire.get(address, get.headers(), deadline=get.deadline, cut_bytes=get.cut_bytes)
            except TimedOut:
                await self._manners.note(host, answered=False)
                raise
        await self._manners.note(host, answered=True)
        if until := _blocked_until(response, self._clock()):
            await self._manners.block(host, until)
        return response

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        async with self._slots.slot():
            if self._ready:
                await self._ready()
            await self.budget.room()
            yield

    async def _check_robots(self, address: Address, user_agent: str) -> None:
        await self._manners.check(address.url, address.host)
        token = product_token(user_agent)
        try:
            delay_s = await self._robots.check(address, token)
        except Unreachable:
            await self._manners.check(address.url, address.host)  # prefer an error that says how long to wait
            raise
        await self._manners.slow_down(address.host, delay_s, token)


def _for_url(url: str, get: _Get, error: FetchError) -> FetchError:
    """Return the same error for the URL that was asked for."""
    cause = f"redirected to {get.address.url}: {error.cause}" if get.passed else error.cause
    return HostBusy(url, cause, error.until) if isinstance(error, HostBusy) else type(error)(url, cause)


def _blocked_until(response: "WireResponse", now: datetime) -> datetime | None:
    """Return until when the host wants no request (RFC 6585 §4, RFC 9110 §15.6.4), None if it does not say."""
    value, status = response.headers.get("retry-after"), response.status
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.SERVICE_UNAVAILABLE and value):
        return retry_after_at(value or "", now) or now + BLOCK_TIME
    return None
