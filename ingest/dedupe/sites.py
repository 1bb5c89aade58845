"""Where one publisher's hosts end and another's begin: the registrable domain, by the public suffix list."""

from functools import lru_cache
from ipaddress import ip_address

# They give each of their users a name, and are not on the list.
_SHARED = frozenset(
    "beehiiv.com canalblog.com dreamwidth.org fc2.com free.fr ghost.io hashnode.dev hypotheses.org livejournal.com"
    " mataroa.blog medium.com micro.blog neocities.org over-blog.com sourceforge.io squarespace.com substack.com"
    " tumblr.com typepad.com weebly.com wordpress.com write.as".split()
)
_BLOGSPOT = "blogspot."  # its domains of countries were on the list once


@lru_cache(maxsize=4096)  # hosts; a look-up takes 17 µs
def registrable(host: str) -> str:
    """Return the registrable domain of a host in its normal form: `news.example.co.uk` → `example.co.uk`.

    An IP address, a public suffix and a single label are their own. Below a suffix that nobody has listed, it is the
    last two labels. The list comes with the library `tld`: its import and reading take 0.05 s and 2 MB, once a process.
    """
    if ":" in host or _is_address(host):
        return host
    from tld import get_fld

    found = get_fld(f"http://{_unicode(host)}/", fail_silently=True, search_private=True)
    labels = found.count(".") + 1 if found else 2
    domain = ".".join(host.split(".")[-labels:])
    if domain in _SHARED or domain.startswith(_BLOGSPOT):
        return ".".join(host.split(".")[-labels - 1 :])
    return domain


def without_variant(host: str) -> str:
    """`host` without the label that marks a mobile or AMP variant, or `www`.

    Below a shared host the label is somebody's name, and stays: `m.tumblr.com` is a blog.
    """
    for label in ("www.", "m.", "mobile.", "amp."):
        rest = host.removeprefix(label)
        if rest != host and "." in rest and (label == "www." or registrable(host) != host):
            return rest
    return host


def _unicode(host: str) -> str:
    """The list has its suffixes in their own script."""
    if "xn--" not in host:
        return host
    import idna  # its tables cost 10 ms, and hardly any host needs them

    try:
        return idna.decode(host)
    except UnicodeError:
        return host


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
