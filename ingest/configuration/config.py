"""The whole configuration, read and checked: settings, feed list, rules, sites."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.configuration import feedlist, hooks, rules_toml, sites
from ingest.configuration import settings as settings_module
from ingest.configuration.hooks import HookSecrets
from ingest.configuration.settings import Settings
from ingest.configuration.sites import NO_SITES, Sites
from ingest.rules.rule import NO_RULES, Rules
from ingest.web.request import RequestOptions
from storage.records import WantedFeed


@dataclass(frozen=True, slots=True)
class Config:
    """What a pipeline is made from.

    `requests` are the feeds' request options, by the URL without credentials. `hook_secrets` are those of hooks with a
    url, by the hook's name.
    """

    settings: Settings
    feeds: tuple[WantedFeed, ...] = ()
    requests: Mapping[str, RequestOptions] = field(default_factory=dict)
    rules: Rules = NO_RULES
    sites: Sites = NO_SITES
    hook_secrets: Mapping[str, HookSecrets] = field(default_factory=dict)

    @property
    def of_engine(self) -> tuple[Settings, Rules, Sites, Mapping[str, HookSecrets]]:
        """The parts that an engine is started with. If they change, it is replaced."""
        return self.settings, self.rules, self.sites, self.hook_secrets

    def with_engine_of(self, other: "Config") -> "Config":
        """Return this configuration with the parts of `other` that an engine is started with."""
        parts = ("settings", "rules", "sites", "hook_secrets")
        return replace(self, **{name: getattr(other, name) for name in parts})


def load(config_dir: Path, *, empty_allowed: bool = True, secrets: bool = True, sends: bool = False) -> Config:
    """Read all files. Raise ConfigError with a line for each fault of the first file that has any.

    Without `secrets`, no environment variable is needed, and `requests` is empty: nothing can be fetched with it. Only
    with `sends` the secrets of hooks are read too: nothing can be delivered without.
    """
    settings = settings_module.load(config_dir)
    path = settings_module.path_of(config_dir)
    hook_secrets = hooks.secrets_of(settings.hooks, path, os.environ) if sends else {}
    listed = feedlist.load(config_dir, empty_allowed=empty_allowed)
    requests = listed.requests() if secrets else {}
    rules = rules_toml.load(config_dir, listed.feeds)
    return Config(settings, listed.feeds, requests, rules, sites.load(config_dir), hook_secrets)
