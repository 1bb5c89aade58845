"""Sites as a user names them."""

from difflib import get_close_matches

from ingest.dedupe import urls
from ingest.errors import IngestError
from storage.reader import Reader


def known_site(archive: Reader, host: str) -> str:
    """Return the site of a host or address, as articles have it. Raise IngestError if no article is of that site."""
    site = urls.site(host if "://" in host else f"https://{host}")
    for name in (host, site):
        if archive.sites(site=name):
            return name
    close = get_close_matches(site, archive.sites())
    hint = f"did you mean {' or '.join(close)}?" if close else "`ingest search` shows the sites of what it finds"
    raise IngestError(f"{host}: the archive has no article of this site; {hint}")
