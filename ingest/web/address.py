"""A URL as written → the address a request goes to."""

from base64 import b64encode
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote_to_bytes

from ingest.hosts import IPAddress, read_url

LONGEST_URL = 8192  # characters; servers take no more (RFC 9110 §4.1 asks for 8000)
# Sent as it stands, escapes included: a signed URL must arrive unchanged.
_SAFE = "!#$%&'()*+,/:;=?@[]~|"


@dataclass(frozen=True, slots=True)
class Address:
    """`host` is "name[:port]", lower-case, without a default port; `path` has the query with it and is ASCII;
    `literal` is the IP address that the name spells out, if it does; `credentials` are "user[:password]" or "".
    """

    scheme: str
    credentials: str = field(repr=False)
    host: str
    path: str
    literal: IPAddress | None

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def url(self) -> str:
        """Without the credentials, which only `authorization` shows."""
        return f"{self.origin}{self.path}"

    @property
    def authorization(self) -> str:
        """The header's value (RFC 7617) that the credentials make."""
        user, _, password = map(unquote_to_bytes, self.credentials.partition(":"))
        return f"Basic {b64encode(user + b':' + password).decode()}"


def address_of(url: str, base: str = "") -> Address:
    """Raises ValueError, with the cause, for what is not an http(s) URL, resolved against `base`."""
    if len(url) > LONGEST_URL:
        raise ValueError(f"the URL is longer than {LONGEST_URL} characters")
    parts, authority = read_url(url, base)
    query = f"?{_quoted(parts.query)}" if parts.query else ""
    credentials = _quoted(authority.credentials)
    path = (_quoted(parts.path) or "/") + query
    return Address(parts.scheme, credentials, authority.netloc, path, authority.literal)


def redirected(hop: Address, location: str) -> Address:
    """Where a Location (RFC 9110 §10.2.2) leads from `hop`. Raises ValueError as `address_of` does.

    Credentials are the asker's alone: they stay on their origin, and those in a Location are dropped.
    """
    target = address_of(location, hop.url)
    return replace(target, credentials=hop.credentials if target.origin == hop.origin else "")


def _quoted(text: str) -> str:
    return quote(text, safe=_SAFE, errors="surrogateescape")
