"""The options of a client, and the results of a GET. Cheap to import: nothing here touches the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WebOptions:
    """`[web]` of the settings, and the limits of all requests together.

    `timeout_s` is for one GET with its redirects, without waiting for its turn. `max_bytes` limits the decoded body.
    `allow_addresses` are networks ("127.0.0.0/8") that the guard permits. `ca_file` adds authorities (PEM) to the
    system's. `concurrency` limits the requests in flight, `bodies_bytes` the bodies in memory (`limits`). `setting`
    names a key of the settings in messages.
    """

    user_agent: str
    timeout_s: float = 30.0
    max_bytes: int = 10 * 1024 * 1024
    per_host_concurrency: int = 2
    per_host_interval_s: float = 1.0
    robots: bool = True
    allow_addresses: tuple[str, ...] = ()
    proxy: str | None = None
    ca_file: str | None = None
    concurrency: int = 64
    bodies_bytes: int = 6 * 1024 * 1024
    setting: str = "web.{}"


@dataclass(frozen=True, slots=True)
class Validators:
    """The validators (RFC 9110 §8.8) of an earlier response, verbatim, and the final URL that sent them."""

    etag: str | None
    last_modified: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Response:
    """The final response of a GET, of any status. Above 399 the body may be cut. No URL has credentials in it.

    `permanent_url` is the target of the leading 301 and 308 redirects, None if the first redirect is another. Header
    names are lower-case. `body` is decoded. `ms` does not count waiting for a turn. `share` is the body's share of
    the memory budget. `passed` are the addresses that were redirected. `ip_address` is the server's, None behind a
    proxy.
    """

    url: str
    final_url: str
    permanent_url: str | None
    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: int
    share: object = field(default=None, repr=False, compare=False)
    passed: Sequence[str] = ()
    ip_address: str | None = None

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304 to a request with validators; the fields are those of `Response`."""

    url: str
    final_url: str
    permanent_url: str | None
    headers: Mapping[str, str]
    ms: int
