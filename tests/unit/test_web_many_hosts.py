"""What is kept of hosts, when over the weeks there are very many of them."""

from ingest.web.address import address_of
from ingest.web.manners import HostNotes
from ingest.web.robots import Robots
from ingest.web.wire import Answer
from tests.builders_web import DictMemory, FakeClock


async def test_of_ten_thousand_hosts_only_so_many_rules_are_kept_in_memory():
    async def ask(url):
        return Answer(404, {}, None, (), b"", 1)

    robots = Robots("testreader/1.0", HostNotes(DictMemory()), ask, FakeClock())
    for number in range(10_000):
        await robots.check(address_of(f"http://host-{number}.example/a"))
    assert len(robots._cache) < 2500
    assert len(robots._asking) == 0
