"""What the user of a feed wants sent with its requests, and to which addresses."""

from base64 import b64encode
from dataclasses import dataclass, field

from ingest.hosts import DEFAULT_PORTS, registrable_domain, with_credentials
from ingest.web.address import Address, address_of

_UPGRADE = ("http", DEFAULT_PORTS["http"], "https", DEFAULT_PORTS["https"])


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """The request options of a feed. They are secrets: the repr has no value of them.

    `url` is the feed's URL as it is listed. Credentials in it are sent to its origin only. The other options hold for
    the feed's site (`hold_for`). `credentials` are "user:password".
    """

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    cookies: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    user_agent: str | None = field(default=None, repr=False)
    credentials: str | None = field(default=None, repr=False)

    def hold_for(self, address: Address) -> bool:
        """Return whether `address` is of the feed's site, and over no weaker a way.

        It has the feed's registrable domain. It is https if the feed is. It has the feed's port, or http and https
        have their default ports. For an IP address, a public suffix or a single label, the host must be the same.
        """
        own = address_of(self.url)
        if own.scheme == "https" and address.scheme != "https":
            return False
        if own.port != address.port and (own.scheme, own.port, address.scheme, address.port) != _UPGRADE:
            return False
        return own.name == address.name or registrable_domain(own.name) == registrable_domain(address.name)

    def addressed(self, url: str) -> str:
        """Return `url` with the credentials of the feed's URL if it has the feed's origin."""
        return with_credentials(url, self.url)

    @property
    def authorization(self) -> str | None:
        """The header's value (RFC 7617) for `credentials`."""
        return self.credentials and f"Basic {b64encode(self.credentials.encode()).decode()}"
