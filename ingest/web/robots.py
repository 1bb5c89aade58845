"""robots.txt (RFC 9309): may this page be asked for, and how slowly?"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from weakref import WeakValueDictionary

from ingest.errors import FetchError, Refused, Unreachable
from ingest.web.address import Address
from ingest.web.headers import product_token
from ingest.web.manners import Clock, HostNotes

if TYPE_CHECKING:
    from protego import Protego

MAX_BYTES = 500 * 1024  # RFC 9309 §2.5: what is beyond need not be read
MAX_REDIRECTS = 5  # RFC 9309 §2.3.1.2
CRAWL_DELAY_MAX_S = 30.0
_KEPT = timedelta(days=1)  # RFC 9309 §2.4
_FAILURE_KEPT = timedelta(minutes=10)  # so that a host whose robots.txt fails is not asked for it before every page
_CACHE_BYTES = 1024 * 1024  # of robots.txt texts; parsed they take up to thirty times as much


class Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...


Ask = Callable[[str], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class _Rules:
    """`parsed` is None when nothing is known; then `trouble` says why."""

    until: datetime
    parsed: "Protego | None"
    size_bytes: int
    trouble: str


class Robots:
    """`ask` fetches a robots.txt; it raises FetchError when no answer came."""

    def __init__(self, user_agent: str, notes: HostNotes, ask: Ask, clock: Clock) -> None:
        self._token = product_token(user_agent)
        self._notes = notes
        self._ask = ask
        self._clock = clock
        self._cache: dict[str, _Rules] = {}
        self._cache_bytes = 0
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def check(self, page: Address) -> float:
        """The seconds that the host wants between two requests.

        Raises Refused for a page it disallows, Unreachable while its robots.txt cannot be read.
        """
        rules = await self._rules(page)
        if rules.parsed is None:
            cause = f"robots.txt cannot be read ({rules.trouble}), so the page is not asked for"
            raise Unreachable(page.url, cause)
        if not rules.parsed.can_fetch(page.url, self._token):
            raise Refused(page.url, f"robots.txt of {page.host} disallows it")
        return min(rules.parsed.crawl_delay(self._token) or 0.0, CRAWL_DELAY_MAX_S)

    async def _rules(self, page: Address) -> _Rules:
        rules = self._cached(page.host)
        if rules is None:
            # Those who come for the same new host wait for the first, and find what it learnt.
            async with self._asking.setdefault(page.host, asyncio.Lock()):
                rules = self._cached(page.host)
                if rules is None:
                    rules = self._keep(page.host, await self._learn(page))
        return rules

    async def _learn(self, page: Address) -> _Rules:
        """From memory while that is fresh, else from the host, and then remembered."""
        known = await self._notes.read(page.host)
        if known.robots_at and _until(known.robots_status, known.robots_at) > self._clock():
            return _read(known.robots, known.robots_status, known.robots_at)
        text, status, at = known.robots, None, self._clock()
        try:
            answer = await self._ask(f"{page.origin}/robots.txt")
        except Refused as error:
            raise Refused(page.url, f"robots.txt: {error.cause}") from error
        except FetchError:
            pass  # an old copy serves while the host is unreachable (RFC 9309 §2.4)
        else:
            status = answer.status
            if status == HTTPStatus.OK:
                text = answer.body.decode("utf-8-sig", "replace")
            elif _answered(status):
                text = ""  # RFC 9309 §2.3.1.3: unavailable, so nothing is forbidden
        await self._notes.write(page.host, robots=text, robots_status=status, robots_at=at)
        return _read(text, status, at)

    def _cached(self, host: str) -> _Rules | None:
        rules = self._cache.get(host)
        return rules if rules and rules.until > self._clock() else None

    def _keep(self, host: str, rules: _Rules) -> _Rules:
        old = self._cache.pop(host, None)
        self._cache[host] = rules
        self._cache_bytes += rules.size_bytes - (old.size_bytes if old else 0)
        while self._cache_bytes > _CACHE_BYTES:
            self._cache_bytes -= self._cache.pop(next(iter(self._cache))).size_bytes
        return rules


def _answered(status: int | None) -> bool:
    return status is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS


def _until(status: int | None, at: datetime) -> datetime:
    return at + (_KEPT if _answered(status) else _FAILURE_KEPT)


def _read(text: str | None, status: int | None, at: datetime) -> _Rules:
    from protego import Protego

    parsed = None if text is None else Protego.parse(text)
    return _Rules(_until(status, at), parsed, len(text or "") + 500, str(status or "no answer"))
