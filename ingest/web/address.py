"""A URL as written → the address a request goes to."""

import socket
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote, urljoin, urlsplit

IPAddress = IPv4Address | IPv6Address

_DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8192  # characters; servers take no more (RFC 9110 §4.1 asks for 8000)
# Sent as it stands, escapes included: a signed URL must arrive unchanged.
_SAFE = "!#$%&'()*+,/:;=?@[]~|"


@dataclass(frozen=True, slots=True)
class Address:
    """`host` is "name[:port]", lower-case, without a default port; `path` has the query with it and is ASCII;
    `literal` is the IP address that the name spells out, if it does; `credentials` are "user[:password]" or "".
    """

    scheme: str
    credentials: str
    host: str
    path: str
    literal: IPAddress | None

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def public_url(self) -> str:
        """For messages and for robots.txt: without the credentials."""
        return f"{self.origin}{self.path}"

    @property
    def url(self) -> str:
        if not self.credentials:
            return self.public_url
        return f"{self.scheme}://{self.credentials}@{self.host}{self.path}"


def address_of(url: str) -> Address:
    """Raises ValueError, with the cause, for what is not an absolute http(s) URL."""
    if len(url) > LONGEST_URL:
        raise ValueError(f"the URL is longer than {LONGEST_URL} characters")
    parts = urlsplit(url.strip())
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError(f"only http and https are fetched, not {parts.scheme or 'a URL without a scheme'}")
    if not parts.hostname:
        raise ValueError("the URL has no host")
    name = parts.hostname if parts.hostname.isascii() and _literal(parts.hostname) else _ascii_name(parts.hostname)
    literal = _literal(name)
    if literal:
        name = str(literal) if isinstance(literal, IPv4Address) else f"[{literal}]"
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    query = f"?{_quoted(parts.query)}" if parts.query else ""
    credentials = _quoted(parts.netloc.rpartition("@")[0])
    return Address(parts.scheme, credentials, f"{name}{port}", (_quoted(parts.path) or "/") + query, literal)


def redirected(hop: Address, location: str) -> Address:
    """Where a Location (RFC 9110 §10.2.2) leads from `hop`. Raises ValueError as `address_of` does.

    Credentials are the asker's alone: they stay on their origin, and those in a Location are dropped.
    """
    target = address_of(urljoin(hop.public_url, location.strip()))
    return replace(target, credentials=hop.credentials if target.origin == hop.origin else "")


def _quoted(text: str) -> str:
    return quote(text, safe=_SAFE, errors="surrogateescape")


def _literal(host: str) -> IPAddress | None:
    """The IP address that `host` spells, also in the short, octal, hexadecimal and decimal forms of inet_aton(3)."""
    try:
        return ip_address(host.partition("%")[0] if ":" in host else host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _ascii_name(host: str) -> str:
    """The name as DNS knows it. Raises ValueError for what cannot be one."""
    from yarl import URL

    return URL.build(scheme="http", host=host).raw_host or host
