"""ingest keeps an archive of the news: it polls feeds, fetches and cleans every article they announce,
recognises what it has already, and appends the rest to one SQLite file.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.content import Content, Method

if sys.platform == "win32":  # before an import asks for what Windows lacks
    sys.stderr.write(
        "ingest: it does not run on Windows, which lacks fork and flock; use Linux, macOS or WSL instead\n"
    )
    sys.exit(2)

__all__ = ("__version__", "extract_page")
__version__ = "0.1.0"


def extract_page(
    html: bytes | str,
    url: str,
    *,
    content_type: str | None = None,
    title: str | None = None,
    authors: Sequence[str] = (),
    published_at: datetime | None = None,
    language: str | None = None,
    method: "Method" = "combined",
    keep: Sequence[str] = (),
    drop: Sequence[str] = (),
    now: datetime | None = None,
) -> "Content":
    """Extract the article of a page that was fetched from `url`. Nothing is fetched, read or written.

    `html` is the page as received, or as text. `content_type` is the Content-Type header, which may name its charset.
    `title`, `authors` and `published_at` are what is known of the article, from its feed for instance: they stand
    before what the page says, and the title helps to find the text. `language` counts if the page names none. `keep`
    and `drop` are CSS selectors, as in `sites.toml`. `method` is as `articles.method` in `settings.toml`. `now` is
    when the page was fetched: the page's dates are read as of then.

    A page without an article raises nothing: `verdict` of the result is "no_text" or "walled", and `reason` says why.
    Raises ValueError if an argument is wrong, and MemoryError.

    The first call loads the libraries, for about half a second. Calls from several threads take turns. No limit of
    time or memory holds: extract pages that may be hostile in a process that has one.
    """
    from ingest.workers.one_page import extract

    return extract(
        html,
        url,
        content_type=content_type,
        title=title,
        authors=authors,
        published_at=published_at,
        language=language,
        method=method,
        selectors=(keep, drop),
        now=now,
    )
