"""The one reading of a URL's authority (RFC 3986 §3.2): what is checked, compared and asked is the same host.

Browsers read hosts alike (https://url.spec.whatwg.org/#host-parsing), but for percent-encoding, which is refused.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

IPAddress = IPv4Address | IPv6Address

_PORTS = {"http": 80, "https": 443}
_PORT_MAX = 65535
_HOST_MAX = 253  # characters, RFC 1035 §2.3.4
_HIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
_AUTHORITY = re.compile(r"(?:(?P<credentials>.*)@)?(?P<host>\[[^][]*\]|[^][:@]*)(?::(?P<port>[0-9]{0,9}))?", re.DOTALL)
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")


@dataclass(frozen=True, slots=True)
class Authority:
    """`host` is ASCII in lower case without the root's dot, IPv6 in brackets; `port` is None for the scheme's own.

    `literal` is the IP address that the host spells, if it does; `credentials` are "user[:password]" as written.
    """

    credentials: str
    host: str
    port: int | None
    literal: IPAddress | None

    @property
    def netloc(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


def read_url(url: str, base: str = "") -> tuple[SplitResult, Authority]:
    """Split an http(s) URL, resolved against `base`. Raises ValueError, with the cause, for all else."""
    try:
        parts = urlsplit(urljoin(base, url.strip()))  # drops tabs and line breaks, as browsers do
    except ValueError:
        raise ValueError("the URL's host cannot be read") from None  # the cause may show a password
    if parts.scheme not in _PORTS:
        raise ValueError(f"only http and https are fetched, not {parts.scheme or 'a URL without a scheme'}")
    if _HIDDEN.search(parts.netloc):
        raise ValueError("the URL has a space, a backslash or a control character in its host")
    found = _AUTHORITY.fullmatch(parts.netloc)
    if not found or int(found["port"] or 1) not in range(1, _PORT_MAX + 1):
        raise ValueError("the URL's host or port cannot be read")
    if not found["host"]:
        raise ValueError("the URL has no host")
    port = int(found["port"]) if found["port"] else None
    host, literal = _read_host(found["host"])
    return parts, Authority(found["credentials"] or "", host, None if port == _PORTS[parts.scheme] else port, literal)


def origin(url: str) -> str:
    """Return scheme, host and port. Raises ValueError as `read_url` does."""
    parts, authority = read_url(url)
    return f"{parts.scheme}://{authority.netloc}"


def without_credentials(text: str) -> str:
    """Return a URL, or a text with URLs in it, without the user names and passwords in them."""
    return _CREDENTIALS.sub("", text)


def for_message(url: str) -> str:
    """Return what was given as a URL without credentials, also where they, or no scheme, keep it from being one."""
    try:
        read_url(url)
    except ValueError:
        is_words = " " in url and "//" not in url and ":" not in url.partition("@")[0]
        return url if "@" not in url or is_words else f"…{url.rpartition('@')[2]}"
    return without_credentials(url)


def credentials_of(url: str) -> str:
    """Return "user[:password]" as written, "" if the URL has none."""
    found = _CREDENTIALS.search(url)
    return found[0][:-1] if found and "/" not in url[: found.start() - len("://")] else ""


def with_credentials(url: str, source: str) -> str:
    """Return `url` with the credentials of the URL `source` if both are of one origin, else as it is."""
    credentials = credentials_of(source)
    if not credentials or credentials_of(url) or origin(url) != origin(source):
        return url
    return url.replace("://", f"://{credentials}@", 1)


def _read_host(written: str) -> tuple[str, IPAddress | None]:
    fault = ValueError(f"{written!a:.100} cannot be a host")
    try:
        if written.startswith("["):
            literal = IPv6Address("" if "%" in written else written[1:-1])  # a zone is one machine's own affair
            return f"[{literal}]", literal
        host = (written.lower() if written.isascii() else _punycode(written)).removesuffix(".")
    except ValueError:
        raise fault from None
    spelled = _ipv4(host)
    if len(host) > _HOST_MAX or not _NAME.fullmatch(host) or (_NUMBER.fullmatch(host) and not spelled):
        raise fault
    return (str(spelled) if spelled else host), spelled


def _ipv4(host: str) -> IPAddress | None:
    """The IP address that `host` spells, also in the short, octal, hexadecimal and decimal forms of inet_aton(3)."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _punycode(host: str) -> str:
    """IDNA 2008 after the mapping of UTS 46, else 2003 (emoji). Raises ValueError."""
    import idna  # its tables cost 10 ms, and hardly any host needs them

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:
        return host.encode("idna").decode("ascii").lower()
