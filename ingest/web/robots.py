"""robots.txt (RFC 9309): whether a page may be fetched, and how slowly."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from ingest.errors import FetchError, Refused, Unreachable
from ingest.web.address import Address
from ingest.web.manners import Clock, HostMemory

if TYPE_CHECKING:
    from protego import Protego

    from ingest.web.wire import WireResponse

MAX_ROBOTS_BYTES = 500 * 1024  # RFC 9309 §2.5: the rest need not be read
MAX_ROBOTS_REDIRECTS = 5  # RFC 9309 §2.3.1.2
MAX_CRAWL_DELAY_S = 30.0
_LIFETIME = timedelta(days=1)  # RFC 9309 §2.4
_FAILURE_LIFETIME = timedelta(minutes=10)  # else a failing robots.txt is requested before every page
_MAX_CACHE_BYTES = 1024 * 1024  # of robots.txt texts; parsed they take up to thirty times as much

Get = Callable[[str], Awaitable["WireResponse"]]


@dataclass(frozen=True, slots=True)
class _Rules:
    """`parsed` is None if robots.txt cannot be read; `trouble` then says why."""

    until: datetime
    parsed: "Protego | None"
    size_bytes: int
    trouble: str


class Robots:
    """The rules of all hosts. `get` fetches a robots.txt and raises FetchError if no response came."""

    def __init__(self, memory: HostMemory, get: Get, clock: Clock) -> None:
        self._memory = memory
        self._get = get
        self._clock = clock
        self.cache: dict[str, _Rules] = {}
        self._cache_bytes = 0
        self.fetching: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def check(self, page: Address, token: str) -> float:
        """Return the seconds that the host wants between two requests of the client with this product token.

        Raises Refused if the page is disallowed, Unreachable while robots.txt cannot be read.
        """
        rules = await self._rules(page)
        if rules.parsed is None:
            raise Unreachable(page.url, f"robots.txt cannot be read ({rules.trouble}), so the page is not asked for")
        if not rules.parsed.can_fetch(page.url, token):
            raise Refused(page.url, f"robots.txt of {page.host} disallows it")
        return min(rules.parsed.crawl_delay(token) or 0.0, MAX_CRAWL_DELAY_S)

    async def _rules(self, page: Address) -> _Rules:
        if rules := self._cached(page.host):
            return rules
        # Only the first task fetches a host's robots.txt; the others wait for it.
        async with self.fetching.setdefault(page.host, asyncio.Lock()):
            return self._cached(page.host) or self._keep(page.host, await self._load(page))

    async def _load(self, page: Address) -> _Rules:
        """Return the rules in memory while they are fresh, else fetch and remember them."""
        known = await self._memory.recall(page.host)
        if known.robots_at and _until(known.robots_status, known.robots_at) > self._clock():
            return _parse(known.robots, known.robots_status, known.robots_at)
        text, status, at = known.robots, None, self._clock()
        try:
            response = await self._get(f"{page.origin}/robots.txt")
        except Refused as error:
            raise Refused(page.url, f"robots.txt: {error.cause}") from error
        except FetchError:
            pass  # an old copy serves while the host is unreachable (RFC 9309 §2.4)
        else:
            status = response.status
            if status == HTTPStatus.OK:
                text = response.body.decode("utf-8-sig", "replace")
            elif _is_answer(status):
                text = ""  # RFC 9309 §2.3.1.3: unavailable, so nothing is forbidden
        await self._memory.remember(page.host, robots=text, robots_status=status, robots_at=at)
        return _parse(text, status, at)

    def _cached(self, host: str) -> _Rules | None:
        rules = self.cache.get(host)
        return rules if rules and rules.until > self._clock() else None

    def _keep(self, host: str, rules: _Rules) -> _Rules:
        old = self.cache.pop(host, None)
        self.cache[host] = rules
        self._cache_bytes += rules.size_bytes - (old.size_bytes if old else 0)
        while self._cache_bytes > _MAX_CACHE_BYTES:
            self._cache_bytes -= self.cache.pop(next(iter(self.cache))).size_bytes
        return rules


def _is_answer(status: int | None) -> bool:
    return status is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS


def _until(status: int | None, at: datetime) -> datetime:
    return at + (_LIFETIME if _is_answer(status) else _FAILURE_LIFETIME)


def _parse(text: str | None, status: int | None, at: datetime) -> _Rules:
    from protego import Protego

    parsed = None if text is None else Protego.parse(text)
    return _Rules(_until(status, at), parsed, len(text or "") + 500, str(status or "no answer"))
