"""What a GET is asked with and what it brings. Cheap to import: nothing here touches the network."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WebOptions:
    """`[web]` of the settings, and how many requests may be under way in all (`concurrency`).

    `timeout_s` is for one whole GET with its redirects, not counting the waiting for its turn.
    `max_bytes` caps the decoded body. `allow_addresses` are networks ("127.0.0.0/8") that the guard lets
    through. `ca_file` adds authorities (PEM) to the system's. `bodies_bytes` is what bodies in memory may take
    together (`budget`).
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


@dataclass(frozen=True, slots=True)
class Validators:
    """What an earlier answer said of itself, verbatim, and the final address that said it."""

    etag: str | None
    last_modified: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Response:
    """A final answer of any status; above 399 the body may be cut.

    `permanent_url` is where the unbroken prefix of 301 and 308 redirects led, None when the first hop
    was not one. Header names are lower-case. `body` is decoded. `ms` does not count the waiting for a turn.
    No URL has credentials in it. `share` is the body's, of what bodies may take together.
    """

    url: str
    final_url: str
    permanent_url: str | None
    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: int
    share: object = field(default=None, repr=False, compare=False)

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")


@dataclass(frozen=True, slots=True)
class NotModified:
    """304 to a request that carried validators; fields as in `Response`."""

    url: str
    final_url: str
    permanent_url: str | None
    headers: Mapping[str, str]
    ms: int
