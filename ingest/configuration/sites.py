"""Settings for single sites, `sites.toml`: read and checked."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.articles.selectors import NO_SELECTORS, Selectors, selector_fault
from ingest.configuration.files import read_toml
from ingest.configuration.settings import shown
from ingest.errors import ConfigError
from ingest.hosts import read_url

MAX_INTERVAL_S = 86_400  # one request a day; a longer interval is a slip of the pen
MAX_CONCURRENCY = 100  # as for web.per_host_concurrency

_PORT = re.compile(r"(\[.*\]|[^:]*):\d+")


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The settings of a site and of its subdomains.

    `next_pages`: the pages that an article continues on are fetched. `interval_s` and `concurrency` replace
    `web.per_host_interval_s` and `web.per_host_concurrency`; None leaves them.
    """

    site: str = ""
    selectors: Selectors = NO_SELECTORS
    next_pages: bool = True
    interval_s: float | None = None
    concurrency: int | None = None


DEFAULT = SiteSettings()


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites that have settings of their own."""

    sites: tuple[SiteSettings, ...] = ()

    def of(self, host: str) -> SiteSettings:
        """Return the settings of the longest site that `host` is or belongs to, DEFAULT if there is none.

        `host` may begin with `www.` and end in a port.
        """
        has_port = _PORT.fullmatch(host)
        name = (has_port[1] if has_port else host).strip("[]").removeprefix("www.")
        found = (one for one in self.sites if name == one.site or name.endswith(f".{one.site}"))
        return max(found, key=lambda one: len(one.site), default=DEFAULT)


NO_SITES = Sites()


def path_of(config_dir: Path) -> Path:
    return config_dir / "sites.toml"


def load(config_dir: Path) -> Sites:
    """Read the sites; without a file there are none. Raise ConfigError with a line for each fault."""
    path = path_of(config_dir)
    return parse_sites(path, read_toml(path) or {})


def parse_sites(path: Path, values: dict[str, Any]) -> Sites:
    """Return the sites of the file's TOML. Raise ConfigError with every fault, a line each."""
    tables = values.get("sites", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: sites: {shown(tables)} is not a list of sites; write [[sites]] above each")
    faults = [f"{path}: {key}: unknown key; the file knows only [[sites]]" for key in values if key != "sites"]
    first: dict[str, int] = {}
    for number, table in enumerate(tables, start=1):
        where = f"{path}: site {number} ({shown(table['site']) if 'site' in table else 'without site'})"
        faults += [f"{where}: {fault}" for fault in _faults_of(table)]
        name = site_name(table.get("site"))
        if name and first.setdefault(name, number) != number:
            faults.append(f"{where}: site: {name} is that of site {first[name]} already; join the two")
    if faults:
        raise ConfigError("\n".join(faults))
    return Sites(tuple(map(_settings_of, tables)))


def site_name(value: object) -> str | None:
    """Return the host without `www.`, as `Sites.of` compares it. Return None if `value` is not a host alone."""
    if not isinstance(value, str) or not value or set(value) & set("/?#@\\ ") or _PORT.fullmatch(value):
        return None
    try:
        name = read_url(f"http://{value}")[1].name
    except ValueError:
        return None
    return name.strip("[]").removeprefix("www.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_INTERVAL_S


def _are_selectors(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(selector, str) for selector in value)


# What each key may hold; the text completes the sentence "… is not …".
KEYS: dict[str, tuple[Callable[[Any], object], str]] = {
    "site": (site_name, 'a host such as "example.org"; write it without scheme, port and path'),
    "keep": (_are_selectors, 'a list of CSS selectors like ["article"]'),
    "drop": (_are_selectors, 'a list of CSS selectors like [".related", "aside"]'),
    "next_pages": (lambda v: type(v) is bool, "true or false"),
    "interval_s": (_is_number, f"a number of seconds from 0 to {MAX_INTERVAL_S}"),
    "concurrency": (lambda v: type(v) is int and 1 <= v <= MAX_CONCURRENCY, f"an integer from 1 to {MAX_CONCURRENCY}"),
}


def _faults_of(table: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with one site."""
    if "site" not in table:
        yield f"site: is missing; give {KEYS['site'][1]}"
    for key, value in table.items():
        if key not in KEYS:
            yield f"{key}: unknown key; a site knows {', '.join(sorted(KEYS))}"
        elif not KEYS[key][0](value):
            yield f"{key}: {shown(value)} is not {KEYS[key][1]}"
        elif key in ("keep", "drop"):
            faults = ((selector, selector_fault(selector)) for selector in value)
            yield from (f"{key}: {shown(one)} is not a CSS selector: {fault}" for one, fault in faults if fault)


def _settings_of(table: dict[str, Any]) -> SiteSettings:
    return SiteSettings(
        site_name(table["site"]) or "",
        Selectors(tuple(table.get("keep", ())), tuple(table.get("drop", ()))),
        table.get("next_pages", DEFAULT.next_pages),
        table.get("interval_s"),
        table.get("concurrency"),
    )
