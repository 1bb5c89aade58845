"""Whether two headlines are one, or may be of one text.

A headline may have the site's name after it or before it, and some feeds cut it short.
"""

import re
from collections.abc import Iterable

from ingest.dedupe.fingerprint import normalise, tokens

MIN_SHARED = 0.5  # of the words of the shorter headline
MIN_CUT_CHARS = 20  # of a headline that is cut short
MIN_NAME_LETTERS = 3  # of a site's name

_DIVIDER = re.compile(r"\s+[-|/:·•»«–—―]+\s+|\s*[|»–—―\uff5c]\s*|:\s+")
_ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.)$")
_DIGIT = re.compile(r"\d")
_VERSION = re.compile(r"\d.*\D|\D.*\d")
_NO_LETTERS = re.compile(r"[\W_]+")


def same_title(new: str | None, old: str | None, sites: Iterable[str | None] = ()) -> bool:
    """Return whether two headlines are one. `sites` are names and hosts of their sites.

    Ignore case, punctuation and a site's name. A missing `new` headline is the same as any, a missing `old` one is not.
    """
    if not new or not normalise(new):
        return True
    if not old:
        return False
    names = frozenset(name for site in sites for name in _names(site or ""))
    return bool(_forms(new, names) & _forms(old, names)) or _is_beginning(new, old) or _is_beginning(old, new)


def agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two headlines, as tokens, share half of their words and have no different figures."""
    has_other_figures = any(map(_DIGIT.search, one - other)) and any(map(_DIGIT.search, other - one))
    return not has_other_figures and len(one & other) >= MIN_SHARED * max(min(len(one), len(other)), 1)


def differ_in_figures_only(one: frozenset[str], other: frozenset[str], *, within_site: bool) -> bool:
    """Return whether two headlines, as tokens, differ only in figures: "Lecture 101" and "Lecture 102".

    Two sites may give different figures for one event, but not different versions.
    """
    only_here, only_there = one - other, other - one
    differing = only_here | only_there
    if not only_here or not only_there or not all(map(_DIGIT.search, differing)):
        return False
    return within_site or any(map(_VERSION.search, differing))


def title_words(title: str | None) -> frozenset[str]:
    return frozenset(tokens(normalise(title or "")))


def _forms(title: str, names: frozenset[str]) -> set[str]:
    """Return the normalised headline, with the site's name and without."""
    forms = {normalise(title)}
    dividers = list(_DIVIDER.finditer(title))
    for divider in dividers[:1] + dividers[1:][-1:]:
        before, after = title[: divider.start()], title[divider.end() :]
        forms.update(normalise(rest) for rest, name in ((before, after), (after, before)) if _letters(name) in names)
    return forms


def _names(site: str) -> set[str]:
    """Return the letters of a site's name; of a host, also of each label but the last."""
    labels = site.split(".")[:-1] if " " not in site else []
    return {letters for name in (site, *labels) if len(letters := _letters(name)) >= MIN_NAME_LETTERS}


def _letters(name: str) -> str:
    return _NO_LETTERS.sub("", normalise(name))


def _is_beginning(cut: str, title: str) -> bool:
    """Return whether `cut` ends in an ellipsis and is the beginning of `title`."""
    beginning = normalise(_ELLIPSIS.sub("", cut))
    return bool(_ELLIPSIS.search(cut)) and len(beginning) >= MIN_CUT_CHARS and normalise(title).startswith(beginning)
