"""Where one publisher's hosts end and another's begin, without the public suffix list."""

from ipaddress import ip_address

# Second labels under a country's domain below which names are given out: co.uk, com.au, gouv.fr, blogspot.de.
_GENERIC = frozenset(
    "ac asso blogspot co com edu gob gouv gov govt go ltd me mil ne net nhs nom or org plc police sch".split()
)
# Hosts whose subdomains belong to different people.
_SHARED = frozenset(
    "altervista.org amazonaws.com appspot.com azurewebsites.net bearblog.dev beehiiv.com blogspot.com"
    " canalblog.com cloudfront.net codeberg.page dreamwidth.org fc2.com firebaseapp.com fly.dev"
    " free.fr ghost.io github.io gitlab.io hashnode.dev hatenablog.com herokuapp.com hypotheses.org"
    " livejournal.com mataroa.blog medium.com micro.blog neocities.org netlify.app notion.site"
    " onrender.com over-blog.com pages.dev readthedocs.io sourceforge.io squarespace.com srht.site"
    " substack.com tumblr.com typepad.com vercel.app web.app webflow.io weebly.com wixsite.com"
    " wordpress.com workers.dev write.as".split()
)


def registrable(host: str) -> str:
    """The part of a host name that one owner registered: `news.example.co.uk` → `example.co.uk`."""
    labels = host.split(".")
    if ":" in host or _is_address(host):
        return host
    is_generic = len(labels) > 1 and len(labels[-1]) == 2 and labels[-2] in _GENERIC  # noqa: PLR2004 (a country's code)
    is_shared = ".".join(labels[-2:]) in _SHARED
    return ".".join(labels[-3 if is_generic or is_shared else -2 :])


def without_variant(host: str) -> str:
    """`host` without the label that marks a mobile or AMP variant, or `www`.

    Below a shared host the label is somebody's name, and stays: `m.tumblr.com` is a blog.
    """
    for label in ("www.", "m.", "mobile.", "amp."):
        rest = host.removeprefix(label)
        if rest != host and "." in rest and (label == "www." or registrable(host) != host):
            return rest
    return host


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
