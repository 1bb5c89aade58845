"""Refuses IP addresses that are not public. It checks when connecting: a name may lead anywhere."""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, ip_address, ip_network

from ingest.errors import Refused
from ingest.hosts import IPAddress, for_message
from ingest.web.address import Address, address_of

AddressInfo = tuple[int, int, int, str, tuple[str | int, ...]]

_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052
_COMPATIBLE = ip_network("::/96")  # RFC 4291 §2.5.5.1
# In this order: the first that fits names the address.
_PROPERTIES = (
    ("is_unspecified", "an unspecified"),
    ("is_loopback", "a loopback"),
    ("is_link_local", "a link-local"),
    ("is_multicast", "a multicast"),
    ("is_reserved", "a reserved"),
)
_NETWORKS = (
    (ip_network("100.64.0.0/10"), "a carrier's shared"),  # RFC 6598
    (ip_network("198.18.0.0/15"), "a benchmark"),  # RFC 2544
    (ip_network("2001:2::/48"), "a benchmark"),  # RFC 5180
    (ip_network("168.63.129.16"), "a cloud's own"),  # Azure's WireServer: public, but leads to the machine's own host
    (ip_network("192.0.0.0/24"), "a reserved"),  # RFC 6890; a cloud keeps its metadata there
    (ip_network("192.88.99.0/24"), "a reserved"),  # RFC 7526
    (ip_network("3fff::/20"), "a reserved"),  # RFC 9637
    (ip_network("64:ff9b:1::/48"), "a reserved"),  # RFC 8215: each network embeds addresses in its own way
    (ip_network("fec0::/10"), "a reserved"),  # RFC 3879
)


class ForbiddenAddress(OSError):
    """Raised inside the connector. All have one `str()`: if every address of a name is refused, happy eyeballs then
    raises the first error itself, not a summary.
    """

    def __init__(self, cause: str) -> None:
        super().__init__("the address is refused")
        self.cause = cause


class Guard:
    """Refuses addresses that are not globally routable, except in the networks `allow` ("127.0.0.0/8").

    `setting` names a key of the settings in messages.
    """

    def __init__(self, allow: Iterable[str], setting: str = "web.{}") -> None:
        self._setting = setting
        self._allowed = tuple(ip_network(network, strict=False) for network in allow)

    def check_url(self, url: str) -> Address:
        """Return the address of `url`. Raises Refused if it must not be fetched, judging by the URL alone."""
        try:
            address = address_of(url)
        except ValueError as error:
            raise Refused(for_message(url), str(error)) from error
        self.check(address)
        return address

    def check(self, address: Address) -> None:
        """Raise Refused if the host spells a refused IP address."""
        if address.literal and (cause := self._objection(address.literal)):
            raise Refused(address.url, cause)

    def check_address(self, ip: str) -> None:
        """Raise ForbiddenAddress if the IP address is refused."""
        if cause := self._objection(ip_address(ip.partition("%")[0])):
            raise ForbiddenAddress(cause)

    def socket_factory(self, info: AddressInfo) -> socket.socket:
        """Make a socket for the connector, which passes each address that a name really leads to."""
        family, kind, protocol, _, address = info
        self.check_address(str(address[0]))
        return socket.socket(family, kind, protocol)

    def _objection(self, ip: IPAddress) -> str | None:
        inner = _inner(ip)
        if any(address in network for network in self._allowed for address in (ip, inner)):
            return None
        kind = _kind(inner)
        return kind and f"{ip} is {kind} address; add it to {self._setting.format('allow_addresses')} to permit it"


def _inner(ip: IPAddress) -> IPAddress:
    """Return the IPv4 address embedded in an IPv6 address, else the address itself."""
    if isinstance(ip, IPv4Address):
        return ip
    if embedded := ip.ipv4_mapped or ip.sixtofour:
        return embedded
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _kind(ip: IPAddress) -> str | None:
    """Return why `ip` is refused, None if it is on the public internet."""
    kinds = [kind for name, kind in _PROPERTIES if getattr(ip, name)]
    kinds += [kind for network, kind in _NETWORKS if ip in network]
    return next(iter(kinds), None if ip.is_global else "a private")
