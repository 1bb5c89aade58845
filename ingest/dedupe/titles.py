"""Whether two headlines are one, or may be.

A headline comes with the site's name after it or before it, and is cut short by some feeds.
"""

import re
from collections.abc import Iterable

from ingest.dedupe.fingerprint import normalise
from ingest.dedupe.shingles import tokens

AGREE = 0.5  # of the words of the shorter headline
LEAST_CUT = 20  # characters of a headline that is cut short, for it to be one with what begins so
LEAST_NAME = 3  # letters of a site's name

_DIVIDED = re.compile(r"\s+[-|/:·•»«–—―]+\s+|\s*[|»–—―\uff5c]\s*|:\s+")
_CUT = re.compile(r"\s*(?:…|\.\.\.)$")
_FIGURE = re.compile(r"\d")
_VERSION = re.compile(r"\d.*\D|\D.*\d")
_NO_LETTERS = re.compile(r"[\W_]+")


def same_title(new: str | None, old: str | None, sites: Iterable[str | None] = ()) -> bool:
    """Whether `new` says no more than `old`; `sites` are names and hosts of the sites they are from.

    Case, punctuation and a site's name do not count. A text without a headline is under no other one.
    """
    if not new or not normalise(new):
        return True
    if not old:
        return False
    names = frozenset(name for site in sites for name in _names(site or ""))
    return bool(_forms(new, names) & _forms(old, names)) or _is_cut(new, old) or _is_cut(old, new)


def titles_agree(one: str | None, other: str | None) -> bool:
    """Whether two headlines may be of one text: half of the words, and no other figures; or there are not two."""
    these, those = title_words(one), title_words(other)
    return not these or not those or agree(these, those)


def agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Likewise, of the tokens of two headlines."""
    has_other_figures = any(map(_FIGURE.search, one - other)) and any(map(_FIGURE.search, other - one))
    return not has_other_figures and len(one & other) >= AGREE * max(min(len(one), len(other)), 1)


def differ_in_figures_only(one: frozenset[str], other: frozenset[str], *, within_site: bool) -> bool:
    """Whether the tokens of two headlines differ in nothing but figures: "Lecture 101" and "Lecture 102".

    Two sites may give other figures for one event, but not another version.
    """
    only_here, only_there = one - other, other - one
    apart = only_here | only_there
    if not only_here or not only_there or not all(map(_FIGURE.search, apart)):
        return False
    return within_site or any(map(_VERSION.search, apart))


def title_words(title: str | None) -> frozenset[str]:
    """The headline's tokens, each once."""
    return frozenset(tokens(normalise(title or "")))


def _forms(title: str, names: frozenset[str]) -> set[str]:
    """The headline as it is compared, with the site's name and without."""
    forms = {normalise(title)}
    divisions = list(_DIVIDED.finditer(title))
    for divided in divisions[:1] + divisions[1:][-1:]:
        before, after = title[: divided.start()], title[divided.end() :]
        forms.update(normalise(rest) for rest, name in ((before, after), (after, before)) if _letters(name) in names)
    return forms


def _names(site: str) -> set[str]:
    """A site's name by its letters; of a host, also that of each of its labels but the last."""
    labels = site.split(".")[:-1] if " " not in site else []
    return {letters for name in (site, *labels) if len(letters := _letters(name)) >= LEAST_NAME}


def _letters(name: str) -> str:
    return _NO_LETTERS.sub("", normalise(name))


def _is_cut(cut: str, title: str) -> bool:
    beginning = normalise(_CUT.sub("", cut))
    return bool(_CUT.search(cut)) and len(beginning) >= LEAST_CUT and normalise(title).startswith(beginning)
