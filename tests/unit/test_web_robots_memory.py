"""The rules of very many hosts, as they collect over weeks."""

from ingest.web.address import address_of
from ingest.web.robots import Robots
from ingest.web.wire import WireResponse
from tests.builders_web import DictMemory, FakeClock


def robots(get):
    return Robots(DictMemory(), get, FakeClock())


async def check(rules, count):
    for number in range(count):
        await rules.check(address_of(f"http://host-{number}.example/a"), "testreader")


async def test_of_ten_thousand_hosts_only_so_many_rules_are_kept_in_memory():
    async def get(url):
        return WireResponse(404, {}, None, (), b"")

    rules = robots(get)
    await check(rules, 10_000)
    assert len(rules.cache) < 2500
    assert len(rules.fetching) == 0


async def test_large_rules_are_kept_within_bounds():
    async def get(url):
        return WireResponse(200, {}, None, (), b"# " + b"x" * 200_000)

    rules = robots(get)
    await check(rules, 20)
    assert sum(kept.size_bytes for kept in rules.cache.values()) <= 1024 * 1024
    assert len(rules.cache) == 5
