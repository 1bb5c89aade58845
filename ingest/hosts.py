"""A URL's authority (RFC 3986 §3.2), read in this one place: credentials, host, port, site, registrable domain.

Browsers read hosts alike (https://url.spec.whatwg.org/#host-parsing), but for percent-encoding, which is refused.
"""

import re
import socket
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

IPAddress = IPv4Address | IPv6Address

MAX_URL_CHARS = 8192  # servers take no more (RFC 9110 §4.1 asks for 8000)
DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_PORT = 65535
_MAX_NAME_CHARS = 253  # RFC 1035 §2.3.4
_HIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
_AUTHORITY = re.compile(r"(?:(?P<credentials>.*)@)?(?P<name>\[[^][]*\]|[^][:@]*)(?::(?P<port>[0-9]{0,9}))?", re.DOTALL)
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")

# Hosting services that give each user a subdomain and are not on the public suffix list.
_HOSTING = frozenset(
    "beehiiv.com canalblog.com dreamwidth.org fc2.com free.fr ghost.io hashnode.dev hypotheses.org livejournal.com"
    " mataroa.blog medium.com micro.blog neocities.org over-blog.com sourceforge.io squarespace.com substack.com"
    " tumblr.com typepad.com weebly.com wordpress.com write.as".split()
)
_BLOGSPOT = "blogspot."  # earlier versions of the list had its country domains


@dataclass(frozen=True, slots=True)
class Authority:
    """`host` is "name[:port]" without the scheme's default port. Requests to one server share it.

    `name` is lower-case ASCII without a final dot, IPv6 in brackets. `literal` is the IP address that it spells, if
    any. `credentials` are "user[:password]" as written.
    """

    credentials: str
    name: str
    host: str
    literal: IPAddress | None


def read_url(url: str, base: str = "") -> tuple[SplitResult, Authority]:
    """Split an http(s) URL, resolved against `base`. Raises ValueError, with the cause, for anything else."""
    try:
        split = urlsplit(urljoin(base, url.strip()))  # drops tabs and line breaks, as browsers do
    except ValueError:
        raise ValueError("the URL's host cannot be read") from None  # the cause may show a password
    return split, _read_authority(split.scheme, split.netloc)


@lru_cache(maxsize=4096)  # hosts; a page's address is read ten times on its way
def _read_authority(scheme: str, netloc: str) -> Authority:
    if scheme not in DEFAULT_PORTS:
        raise ValueError(f"only http and https are fetched, not {scheme or 'a URL without a scheme'}")
    if _HIDDEN.search(netloc):
        raise ValueError("the URL has a space, a backslash or a control character in its host")
    found = _AUTHORITY.fullmatch(netloc)
    if not found or int(found["port"] or 1) not in range(1, _MAX_PORT + 1):
        raise ValueError("the URL's host or port cannot be read")
    if not found["name"]:
        raise ValueError("the URL has no host")
    name, literal = _read_name(found["name"])
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    host = name if port == DEFAULT_PORTS[scheme] else f"{name}:{port}"
    return Authority(found["credentials"] or "", name, host, literal)


def is_web_address(text: str) -> bool:
    """Return whether `text` is an http(s) URL with a host and without spaces and control characters."""
    return _authority(text) is not None and text.isprintable() and " " not in text


def host_key(url: str) -> str:
    """Return the host with its port (`Authority.host`), "" if `url` is not http(s)."""
    authority = _authority(url)
    return authority.host if authority else ""


def site(url: str) -> str:
    """Return the host without `www.` and port, "" if `url` is not http(s)."""
    return _name(url).removeprefix("www.")


def site_named(host_or_url: str) -> str:
    """Return the site that a user names by its host or by an address, "" if that is neither."""
    return site(host_or_url if "://" in host_or_url else f"https://{host_or_url}")


def same_publisher(a: str, b: str) -> bool:
    """Return whether the hosts of two URLs have one registrable domain."""
    name = _name(a)
    return bool(name) and registrable_domain(name) == registrable_domain(_name(b))


@lru_cache(maxsize=4096)  # hosts; a look-up takes 17 µs
def registrable_domain(host: str) -> str:
    """Return the registrable domain by the public suffix list: `news.example.co.uk` → `example.co.uk`.

    An IP address, a public suffix and a single label are returned unchanged. Under an unlisted suffix it is the last
    two labels. The list comes with the library `tld`: import and reading take 0.05 s and 2 MB, once a process.
    """
    if ":" in host or _ip_address(host):
        return host
    from tld import get_fld

    found = get_fld(f"http://{_unicode(host)}/", fail_silently=True, search_private=True)
    labels = found.count(".") + 1 if found else 2
    domain = ".".join(host.split(".")[-labels:])
    if domain in _HOSTING or domain.startswith(_BLOGSPOT):
        return ".".join(host.split(".")[-labels - 1 :])
    return domain


def has_known_suffix(host: str) -> bool:
    """Return whether a host is an IP address, or ends in a suffix of the public suffix list as `example.org` does."""
    from tld import get_fld

    name = _name(f"http://{host}")
    return bool(_ip_address(name) or get_fld(f"http://{_unicode(name)}/", fail_silently=True, search_private=True))


def without_variant(host: str) -> str:
    """Return `host` without a first label `www`, `m`, `mobile` or `amp`.

    Directly below a hosting service the label is a user's name and stays: `m.tumblr.com` is a blog.
    """
    for label in ("www.", "m.", "mobile.", "amp."):
        rest = host.removeprefix(label)
        if rest != host and "." in rest and (label == "www." or registrable_domain(host) != host):
            return rest
    return host


def without_credentials(text: str) -> str:
    """Return a URL, or a text with URLs, without user names and passwords."""
    return _CREDENTIALS.sub("", text)


def for_message(url: str) -> str:
    """Return user input without credentials, also if it is not a valid URL."""
    if _authority(url):
        return without_credentials(url)
    is_words = " " in url and "//" not in url and ":" not in url.partition("@")[0]
    return url if "@" not in url or is_words else f"…{url.rpartition('@')[2]}"


def credentials_of(url: str) -> str:
    """Return "user[:password]" as written, "" if the URL has none."""
    found = _CREDENTIALS.search(url)
    return found[0][:-1] if found and "/" not in url[: found.start() - len("://")] else ""


def with_credentials(url: str, source: str) -> str:
    """Return `url` with the credentials of the URL `source` if both have one origin, else unchanged."""
    credentials = credentials_of(source)
    if not credentials or credentials_of(url) or _origin(url) != _origin(source):
        return url
    return url.replace("://", f"://{credentials}@", 1)


def _origin(url: str) -> str:
    split, authority = read_url(url)
    return f"{split.scheme}://{authority.host}"


def _authority(url: str) -> Authority | None:
    try:
        return read_url(url)[1]
    except ValueError:
        return None


def _name(url: str) -> str:
    authority = _authority(url)
    return authority.name.strip("[]") if authority else ""


def _read_name(written: str) -> tuple[str, IPAddress | None]:
    fault = ValueError(f"{written!a:.100} cannot be a host")
    try:
        if written.startswith("["):
            address = IPv6Address("" if "%" in written else written[1:-1])  # a zone has a meaning on one machine only
            return f"[{address}]", address
        name = (written.lower() if written.isascii() else _punycode(written)).removesuffix(".")
    except ValueError:
        raise fault from None
    is_number = _NUMBER.fullmatch(name) is not None
    literal = (_ip_address(name) or _inet_aton(name)) if is_number else None
    if len(name) > _MAX_NAME_CHARS or not _NAME.fullmatch(name) or (is_number and not literal):
        raise fault
    return (str(literal) if literal else name), literal


def _ip_address(host: str) -> IPAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _inet_aton(host: str) -> IPAddress | None:
    """Read the short, octal, hexadecimal and decimal forms of inet_aton(3)."""
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _punycode(host: str) -> str:
    """Encode by IDNA 2008 after the mapping of UTS 46, else by IDNA 2003 (emoji). Raises ValueError."""
    import idna  # its tables cost 10 ms, and hardly any host needs them

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:
        return host.encode("idna").decode("ascii").lower()


def _unicode(host: str) -> str:
    """Decode punycode: the public suffix list has its suffixes in their own script."""
    if "xn--" not in host:
        return host
    import idna  # its tables cost 10 ms, and hardly any host needs them

    try:
        return idna.decode(host)
    except UnicodeError:
        return host
