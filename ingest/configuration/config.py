"""The whole configuration, read and checked: settings, feed list, rules, sites."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.configuration import feedlist, rules_toml, sites
from ingest.configuration import settings as settings_module
from ingest.configuration.settings import Settings
from ingest.configuration.sites import NO_SITES, Sites
from ingest.rules.rule import NO_RULES, Rules
from storage.records import WantedFeed


@dataclass(frozen=True, slots=True)
class Config:
    """What a pipeline is made from. `credentials` are those of `feedlist.FeedList`."""

    settings: Settings
    feeds: tuple[WantedFeed, ...] = ()
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    rules: Rules = NO_RULES
    sites: Sites = NO_SITES

    @property
    def of_engine(self) -> tuple[Settings, Rules, Sites]:
        """The parts that an engine is started with. If they change, it is replaced."""
        return self.settings, self.rules, self.sites


def load(config_dir: Path, *, empty_allowed: bool = True) -> Config:
    """Read all files. Raise ConfigError with a line for each fault of the first file that has any."""
    settings = settings_module.load(config_dir)
    listed = feedlist.load(config_dir, empty_allowed=empty_allowed)
    return Config(settings, *listed, rules_toml.load(config_dir, listed.feeds), sites.load(config_dir))
