"""Which of a page's titles is the headline."""

import re
from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter
from urllib.parse import urlsplit

from ingest.text.markup import clean_line, from_title
from ingest.text.words import fold, likeness

BACKED = 0.5  # likeness of an <h1> to what the page calls itself, below which it names something else
ALIKE = 0.9  # the same, from which no lesser heading is looked at
MAX_TITLE_CHARS = 400
SITE_WORDS = 4  # a site's name is seldom longer
HEADLINE_WORDS = 4  # a headline is seldom shorter; a section's name is

_BARS = "|｜ㅣ"  # noqa: RUF001 (Chinese and Korean sites have their own)
_SEPARATOR = re.compile(rf"\s+[|·•»«:–—-]+\s+|\s*[{_BARS}]\s*|\s+::\s+")
_ENDS = f" {_BARS}·•»«:–—-"
_BAR = re.compile(rf"\s*[{_BARS}]\s*")
_CUT_SHORT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")


def is_cut_short(title: str) -> bool:
    return bool(_CUT_SHORT.search(title))


def headline(
    shown: str | None, *, named: Sequence[str], structured: str | None, site: Collection[str], is_news: bool = False
) -> str | None:
    """The structured headline of a news article, else the shown one; without a kicker that the page's title omits.

    Newspapers put the headline that was written by hand into their structured data, and often one for search engines
    into <h1>. `shown` is what `shown_headline` gives; the rest is what it is given.
    """
    found = _of_news(structured, named, site) if is_news and structured else None
    found = found or shown
    title = named[0] if named else ""
    if found and found != title and not is_cut_short(title) and fold(found).endswith(f" {fold(title)}"):
        return title
    return found


def _of_news(structured: str, named: Sequence[str], site: Collection[str]) -> str | None:
    """The structured headline, unless it is cut short or but the <title> for search engines."""
    line = _before_bar(_without_name(from_title(structured), site))
    folded = fold(line)
    first, *others = map(fold, dict.fromkeys(named)) if named else [""]
    only_title = folded != first and folded in others
    return None if only_title or is_cut_short(line) else line


def shown_headline(
    *,
    h1s: Sequence[str],
    named: Sequence[str],
    structured: str | None,
    site: Collection[str],
    minor: Iterable[str] = (),
) -> str | None:
    """The <h1> that the page's own title backs, else the structured headline, else the title without the site.

    `named` is what the page calls itself, best first: og:title, twitter:title, <title>, each without the site. They
    are evidence rather than the headline because they are rewritten for search engines. `minor` are the lesser
    headings, looked at only where no <h1> is backed; `site` is what `site_folds` gives.
    """
    titles = [*named, *([without_site(structured, site)] if structured else [])]
    folded_titles = [fold(title) for title in dict.fromkeys(titles)]
    own = _own(h1s, site)
    best, backing = _best(own, folded_titles)
    if best and backing >= ALIKE:
        return best
    lesser = next((line for line in _own(minor, site) if fold(line) in folded_titles), None)
    if lesser and (not best or likeness(fold(best), fold(lesser)) < BACKED):
        return lesser
    if best and backing >= BACKED:
        return best
    if len(own) == 1 and len(fold(own[0]).split()) >= HEADLINE_WORDS:
        return own[0]  # titles are rewritten for search engines
    if structured and not is_cut_short(structured):
        return from_title(structured)
    return titles[0] if titles else next(iter(own), None)


def _own(headings: Iterable[str], site: Collection[str]) -> list[str]:
    """The headings that do not name the site, each once."""
    lines = ((line, fold(line)) for text in headings if (line := _before_bar(clean_line(text)[:MAX_TITLE_CHARS])))
    found = {folded: line for line, folded in lines if folded and folded.replace(" ", "") not in site}
    return list(found.values())


def _before_bar(heading: str) -> str:
    """The heading without the names of sections and sites after a bar, unless too little is left."""
    if not any(bar in heading for bar in _BARS):
        return heading
    first = _BAR.split(heading)[0]
    return first if len(first.split()) >= HEADLINE_WORDS else heading


def _best(headings: list[str], titles: list[str]) -> tuple[str | None, float]:
    backed = ((max((_backing(fold(heading), title) for title in titles), default=0.0), heading) for heading in headings)
    strength, heading = max(backed, key=itemgetter(0), default=(0.0, None))
    return heading, strength


def _backing(h1: str, title: str) -> float:
    if title and (title.startswith(f"{h1} ") or h1.startswith(f"{title} ")):
        return max(likeness(h1, title), BACKED)
    return likeness(h1, title)


def without_site(title: str, site: Collection[str]) -> str:
    """`title` without the parts at its ends that name the site."""
    title = clean_line(title)
    parts = _SEPARATOR.split(title)
    if len(parts) == 1:
        return title
    last, first = parts[-1], parts[0]
    if _names_site(last, site) or (len(last.split()) <= SITE_WORDS and len(fold(title)) > 2 * len(fold(last))):
        return without_site(title[: title.rindex(last)].rstrip(_ENDS), site)
    if _names_site(first, site):
        return without_site(title[len(first) :].lstrip(_ENDS), site)
    return title


def _without_name(title: str, site: Collection[str]) -> str:
    """`title` without a last part that names the site."""
    last = _SEPARATOR.split(title)[-1]
    return title[: title.rindex(last)].rstrip(_ENDS) if last != title and _names_site(last, site) else title


def _names_site(part: str, site: Collection[str]) -> bool:
    return fold(part).replace(" ", "") in site


def site_folds(site_name: str | None, url: str) -> set[str]:
    """The site's name as it may stand in a title: as it says, as its host, as its host without the suffix."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    names = {site_name or "", host, *labels[:-1], "".join(labels[:-1])}
    return {fold(name).replace(" ", "") for name in names} - {""}
