"""A URL as written → the address that a request goes to."""

from base64 import b64encode
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote_to_bytes

from ingest.hosts import DEFAULT_PORTS, MAX_URL_CHARS, IPAddress, read_url

# Sent unchanged, escapes included: a signed URL must arrive as it is.
_SAFE = "!#$%&'()*+,/:;=?@[]~|"


@dataclass(frozen=True, slots=True)
class Address:
    """`host` and `literal` are those of `hosts.Authority`. `path` includes the query and is ASCII.

    `credentials` are "user[:password]" or "".
    """

    scheme: str
    credentials: str = field(repr=False)
    host: str
    path: str
    literal: IPAddress | None

    @property
    def name(self) -> str:
        """The host without its port, IPv6 without brackets."""
        return self._name_and_port[0]

    @property
    def port(self) -> int:
        return self._name_and_port[1]

    @property
    def _name_and_port(self) -> tuple[str, int]:
        name, colon, port = self.host.rpartition(":")
        if not colon or self.host.endswith("]"):
            name, port = self.host, str(DEFAULT_PORTS[self.scheme])
        return name.strip("[]"), int(port)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def url(self) -> str:
        """The URL without credentials."""
        return f"{self.origin}{self.path}"

    @property
    def authorization(self) -> str | None:
        """The header's value (RFC 7617) for the credentials."""
        if not self.credentials:
            return None
        user, _, password = map(unquote_to_bytes, self.credentials.partition(":"))
        return f"Basic {b64encode(user + b':' + password).decode()}"


def address_of(url: str, base: str = "") -> Address:
    """Read a URL, resolved against `base`. Raises ValueError, with the cause, if it is not http(s)."""
    if len(url) > MAX_URL_CHARS:
        raise ValueError(f"the URL is longer than {MAX_URL_CHARS} characters")
    split, authority = read_url(url, base)
    query = f"?{_quoted(split.query)}" if split.query else ""
    path = (_quoted(split.path) or "/") + query
    return Address(split.scheme, _quoted(authority.credentials), authority.host, path, authority.literal)


def redirected(source: Address, location: str) -> Address:
    """Return the address that a Location (RFC 9110 §10.2.2) from `source` names. Raises ValueError as `address_of`.

    The user's credentials stay on their origin. Credentials in a Location are dropped.
    """
    target = address_of(location, source.url)
    return replace(target, credentials=source.credentials if target.origin == source.origin else "")


def _quoted(text: str) -> str:
    return quote(text, safe=_SAFE, errors="surrogateescape")
