"""Addresses that are refused. They are checked when connecting, so that a name cannot lie about where it leads."""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, ip_address, ip_network

from ingest.errors import Refused
from ingest.hosts import IPAddress, for_message
from ingest.web.address import Address, address_of

AddressInfo = tuple[int, int, int, str, tuple[str | int, ...]]

_SHARED = ip_network("100.64.0.0/10")  # RFC 6598
_BENCHMARKS = (ip_network("198.18.0.0/15"), ip_network("2001:2::/48"))  # RFC 2544, RFC 5180
_RESERVED = (
    ip_network("192.0.0.0/24"),  # RFC 6890; a cloud keeps its metadata there
    ip_network("192.88.99.0/24"),  # RFC 7526
    ip_network("3fff::/20"),  # RFC 9637
    ip_network("64:ff9b:1::/48"),  # RFC 8215: what is embedded where is the network's own affair
    ip_network("fec0::/10"),  # RFC 3879
)
_CLOUD = ip_network("168.63.129.16")  # Azure's WireServer: a public address that leads to the machine's own host
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052
_COMPATIBLE = ip_network("::/96")  # RFC 4291 §2.5.5.1


class ForbiddenAddress(OSError):
    """Raised inside the connector. All have the same `str()`: when every address of a name is refused,
    happy eyeballs then raises the first as it is, and not a digest of all.
    """

    def __init__(self, cause: str) -> None:
        super().__init__("the address is refused")
        self.cause = cause


class Guard:
    """Refuses what is not globally routable, but for the networks in `allow` ("127.0.0.0/8")."""

    def __init__(self, allow: Iterable[str]) -> None:
        self._allowed = tuple(ip_network(network, strict=False) for network in allow)

    def check_url(self, url: str) -> Address:
        """Where `url` leads, if by its form it may be fetched. Raises Refused."""
        try:
            address = address_of(url)
        except ValueError as error:
            raise Refused(for_message(url), str(error)) from error
        self.check(address)
        return address

    def check(self, address: Address) -> None:
        """Raises Refused for a host that spells out a refused IP address."""
        cause = self._objection(address.literal) if address.literal else None
        if cause:
            raise Refused(address.url, cause)

    def check_address(self, ip: str) -> None:
        """Raises ForbiddenAddress."""
        cause = self._objection(ip_address(ip.partition("%")[0]))
        if cause:
            raise ForbiddenAddress(cause)

    def socket_factory(self, info: AddressInfo) -> socket.socket:
        """What the connector makes its sockets with: it sees each address that a name really leads to."""
        family, kind, protocol, _, address = info
        self.check_address(str(address[0]))
        return socket.socket(family, kind, protocol)

    def _objection(self, ip: IPAddress) -> str | None:
        inner = _inner(ip)
        if any(address in network for network in self._allowed for address in (ip, inner)):
            return None
        kind = _kind(inner)
        return kind and f"{ip} is {kind} address; add it to web.allow_addresses to permit it"


def _inner(ip: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 one stands for, else the address itself."""
    if isinstance(ip, IPv4Address):
        return ip
    embedded = ip.ipv4_mapped or ip.sixtofour
    if embedded:
        return embedded
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _kind(ip: IPAddress) -> str | None:
    """What makes `ip` unfit, None for an address of the public internet."""
    if ip.is_unspecified:
        return "an unspecified"
    if ip.is_loopback:
        return "a loopback"
    if ip.is_link_local:
        return "a link-local"
    if ip.is_multicast:
        return "a multicast"
    if ip in _SHARED:
        return "a carrier's shared"
    if any(ip in network for network in _BENCHMARKS):
        return "a benchmark"
    if ip in _CLOUD:
        return "a cloud's own"
    if ip.is_reserved or any(ip in network for network in _RESERVED):
        return "a reserved"
    return None if ip.is_global else "a private"
