"""The whole configuration, read and checked: settings, feed list, rules, sites."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.configuration import feedlist, rules_toml, sites
from ingest.configuration import settings as settings_module
from ingest.configuration.settings import Settings
from ingest.configuration.sites import NO_SITES, Sites
from ingest.rules.rule import NO_RULES, Rules
from ingest.web.request import RequestOptions
from storage.records import WantedFeed


@dataclass(frozen=True, slots=True)
class Config:
    """What a pipeline is made from. `requests` are the feeds' request options, by the URL without credentials."""

    settings: Settings
    feeds: tuple[WantedFeed, ...] = ()
    requests: Mapping[str, RequestOptions] = field(default_factory=dict)
    rules: Rules = NO_RULES
    sites: Sites = NO_SITES

    @property
    def of_engine(self) -> tuple[Settings, Rules, Sites]:
        """The parts that an engine is started with. If they change, it is replaced."""
        return self.settings, self.rules, self.sites


def load(config_dir: Path, *, empty_allowed: bool = True, secrets: bool = True) -> Config:
    """Read all files. Raise ConfigError with a line for each fault of the first file that has any.

    Without `secrets`, no environment variable is needed, and `requests` is empty: nothing can be fetched with it.
    """
    settings = settings_module.load(config_dir)
    listed = feedlist.load(config_dir, empty_allowed=empty_allowed)
    requests = listed.requests() if secrets else {}
    rules = rules_toml.load(config_dir, listed.feeds)
    return Config(settings, listed.feeds, requests, rules, sites.load(config_dir))
