"""Finds the headline among a page's titles."""

import re
from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter

from ingest.hosts import site as site_of
from ingest.text.markup import clean_line, from_title, is_cut_short
from ingest.text.words import fold, likeness

MIN_LIKENESS = 0.5  # of an <h1> to the page's titles, below which it names something else
SURE_LIKENESS = 0.9  # from which h2 and h3 are not searched
MAX_TITLE_CHARS = 400
MAX_SITE_WORDS = 4  # a site's name is seldom longer
MIN_HEADLINE_WORDS = 4  # a headline is seldom shorter; a section's name is

_BARS = "|｜ㅣ"  # noqa: RUF001 (Chinese and Korean sites have their own)
_SEPARATOR = re.compile(rf"\s+[|·•»«:–—-]+\s+|\s*[{_BARS}]\s*|\s+::\s+")
_ENDS = f" {_BARS}·•»«:–—-"
_BAR = re.compile(rf"\s*[{_BARS}]\s*")


def headline(shown: str | None, titles: Sequence[str], news_headline: str | None, site: Collection[str]) -> str | None:
    """Return the structured headline of a news article, else the shown one. Drop a kicker that the title omits.

    Newspapers put the headline that was written by hand into their structured data, and often one for search engines
    into <h1>. `shown` is the result of `shown_headline`; `titles` and `site` are its arguments.
    """
    found = (_of_news(news_headline, titles, site) if news_headline else None) or shown
    title = titles[0] if titles else ""
    if found and found != title and not is_cut_short(title) and fold(found).endswith(f" {fold(title)}"):
        return title
    return found


def _of_news(structured: str, titles: Sequence[str], site: Collection[str]) -> str | None:
    """Return the structured headline. Return None if it is cut short, or only repeats the <title>."""
    line = from_title(structured)
    last = _SEPARATOR.split(line)[-1]
    if last != line and _names_site(last, site):
        line = line[: line.rindex(last)].rstrip(_ENDS)
    line = _before_bar(line)
    folded = fold(line)
    first, *others = map(fold, dict.fromkeys(titles)) if titles else [""]
    only_title = folded != first and folded in others
    return None if only_title or is_cut_short(line) else line


def shown_headline(
    h1s: Sequence[str],
    titles: Sequence[str],
    structured: str | None,
    site: Collection[str],
    minor: Iterable[str] = (),
) -> str | None:
    """Return the <h1> that the titles confirm, else the structured headline, else the first title.

    `titles` are og:title, twitter:title, <title>, each without the site's name. They are evidence, not the headline,
    because they are rewritten for search engines. `minor` are the texts of h2 and h3, read only if no <h1> is
    confirmed. `site` is the result of `site_keys`.
    """
    titles = [*titles, *([without_site(structured, site)] if structured else [])]
    folded_titles = [fold(title) for title in dict.fromkeys(titles)]
    own = _without_site_headings(h1s, site)
    best, likeness_of_best = _best(own, folded_titles)
    if best and likeness_of_best >= SURE_LIKENESS:
        return best
    lesser = next((line for line in _without_site_headings(minor, site) if fold(line) in folded_titles), None)
    if lesser and (not best or likeness(fold(best), fold(lesser)) < MIN_LIKENESS):
        return lesser
    if best and likeness_of_best >= MIN_LIKENESS:
        return best
    if len(own) == 1 and len(fold(own[0]).split()) >= MIN_HEADLINE_WORDS:
        return own[0]  # titles are rewritten for search engines
    if structured and not is_cut_short(structured):
        return from_title(structured)
    return titles[0] if titles else next(iter(own), None)


def _without_site_headings(headings: Iterable[str], site: Collection[str]) -> list[str]:
    lines = ((line, fold(line)) for text in headings if (line := _before_bar(clean_line(text)[:MAX_TITLE_CHARS])))
    found = {folded: line for line, folded in lines if folded and folded.replace(" ", "") not in site}
    return list(found.values())


def _before_bar(heading: str) -> str:
    """Cut the names of sections and sites after a bar, unless too little is left."""
    if not any(bar in heading for bar in _BARS):
        return heading
    first = _BAR.split(heading)[0]
    return first if len(first.split()) >= MIN_HEADLINE_WORDS else heading


def _best(headings: list[str], titles: list[str]) -> tuple[str | None, float]:
    each = ((max((_likeness(fold(heading), title) for title in titles), default=0.0), heading) for heading in headings)
    strength, heading = max(each, key=itemgetter(0), default=(0.0, None))
    return heading, strength


def _likeness(h1: str, title: str) -> float:
    """Return the likeness; at least MIN_LIKENESS if one begins with the other."""
    if title and (title.startswith(f"{h1} ") or h1.startswith(f"{title} ")):
        return max(likeness(h1, title), MIN_LIKENESS)
    return likeness(h1, title)


def without_site(title: str, site: Collection[str]) -> str:
    """Cut pieces at both ends of the title that name the site."""
    title = clean_line(title)
    pieces = _SEPARATOR.split(title)
    if len(pieces) == 1:
        return title
    last, first = pieces[-1], pieces[0]
    if _names_site(last, site) or (len(last.split()) <= MAX_SITE_WORDS and len(fold(title)) > 2 * len(fold(last))):
        return without_site(title[: title.rindex(last)].rstrip(_ENDS), site)
    if _names_site(first, site):
        return without_site(title[len(first) :].lstrip(_ENDS), site)
    return title


def _names_site(piece: str, site: Collection[str]) -> bool:
    return fold(piece).replace(" ", "") in site


def site_keys(site_name: str | None, url: str) -> set[str]:
    """Return the names of the site in titles, folded, without spaces: its own name, its host, the host's labels."""
    host = site_of(url)
    labels = host.split(".")[:-1]
    names = {site_name or "", host, *labels, "".join(labels)}
    return {fold(name).replace(" ", "") for name in names} - {""}
