"""Which of a page's titles is the headline."""

import re
from urllib.parse import urlsplit

from ingest.articles.words import fold, likeness
from ingest.text import clean_line

BACKED = 0.5  # likeness of an <h1> to what the page calls itself, below which it names something else
MAX_TITLE_CHARS = 400
SITE_WORDS = 4  # a site's name is seldom longer
HEADLINE_WORDS = 4  # a headline is seldom shorter

_SEPARATOR = re.compile(r"\s+[|·•»«:–—-]+\s+|\s*\|\s*|\s+::\s+")
_CUT_SHORT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")


def is_cut_short(title: str) -> bool:
    return bool(_CUT_SHORT.search(title))


def headline(
    *, h1s: list[str], named: list[str], structured: str | None, site_name: str | None, url: str
) -> str | None:
    """The <h1> that the page's own title backs, else the structured headline, else the title without the site.

    `named` is what the page calls itself, best first: og:title, twitter:title, <title>. They are evidence rather
    than the headline because they carry the site's name or are rewritten for search engines.
    """
    site = _site_folds(site_name, url)
    titles = [bare for title in [*named, structured] if title and (bare := without_site(title, site))]
    candidates = [(h1, folded) for text in h1s if (h1 := clean_line(text)[:MAX_TITLE_CHARS]) and (folded := fold(h1))]
    best, backing = None, 0.0
    for h1, folded in candidates:
        if folded.replace(" ", "") in site:
            continue
        strength = max((_backing(folded, fold(title)) for title in titles), default=0.0)
        if strength > backing:
            best, backing = h1, strength
    if best and backing >= BACKED:
        return best
    if structured and not is_cut_short(structured):
        return clean_line(structured)
    own = [h1 for h1, folded in candidates if folded.replace(" ", "") not in site]
    if len(own) == 1 and len(own[0].split()) >= HEADLINE_WORDS and all(len(t.split()) < HEADLINE_WORDS for t in titles):
        return own[0]  # what the page calls itself names the site, or nothing
    return titles[0] if titles else next((h1 for h1, _ in candidates), None)


def _backing(h1: str, title: str) -> float:
    if title and (title.startswith(f"{h1} ") or h1.startswith(f"{title} ")):
        return max(likeness(h1, title), BACKED)
    return likeness(h1, title)


def without_site(title: str, site: set[str]) -> str:
    """`title` without the parts at its ends that name the site."""
    title = clean_line(title)
    parts = _SEPARATOR.split(title)
    if len(parts) == 1:
        return title
    last, first = parts[-1], parts[0]
    if _names_site(last, site) or (len(last.split()) <= SITE_WORDS and len(fold(title)) > 2 * len(fold(last))):
        return without_site(title[: title.rindex(last)].rstrip(" |·•»«:–—-"), site)
    if _names_site(first, site):
        return without_site(title[len(first) :].lstrip(" |·•»«:–—-"), site)
    return title


def _names_site(part: str, site: set[str]) -> bool:
    return fold(part).replace(" ", "") in site


def _site_folds(site_name: str | None, url: str) -> set[str]:
    """The site's name as it may stand in a title: as it says, as its host, as its host without the suffix."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    names = {site_name or "", host, *labels[:-1], "".join(labels[:-1])}
    return {fold(name).replace(" ", "") for name in names} - {""}
