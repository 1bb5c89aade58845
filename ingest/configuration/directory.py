"""The configuration's folder: found for a command, or written by `ingest init`."""

import os
from pathlib import Path

import ingest
from ingest.errors import ConfigError

_PACKAGE = Path(ingest.__file__).parent
_INSTALLED = _PACKAGE / "config"
BUNDLED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "config"  # in a wheel, else in a checkout

FILES = ("settings.toml", "feeds.toml", "rules.toml", "sites.toml")


def find_config_dir(option: Path | None) -> Path:
    """Return `option` (`--config`), else ./config, else BUNDLED. Raise ConfigError if `option` is no folder."""
    wanted = option or Path("config")
    try:
        exists = wanted.is_dir()
    except OSError as error:
        raise ConfigError(f"{wanted}: cannot be read: {error.strerror}") from error
    if option is not None and not exists:
        raise ConfigError(f"{option}: there is no such folder; `ingest init {option}` writes a configuration there")
    return wanted if exists else BUNDLED


def is_bundled(option: Path | None) -> bool:
    """Return whether `find_config_dir(option)` is the bundled folder. A checkout's is not if `option` names it."""
    found = find_config_dir(option)
    return found.resolve() == _INSTALLED.resolve() or (option is None and found == BUNDLED)


def init(directory: Path, *, sample: bool = False) -> list[Path]:
    """Write a commented configuration into `directory`, which is made if needed. Return the paths of its files.

    The feed list is empty, or the bundled one with `sample`. Raises ConfigError if a file exists already, before
    anything is written, or if a file cannot be written.
    """
    feeds = (BUNDLED / "feeds.toml").read_bytes()
    if not sample:
        feeds = feeds.partition(b"\n\n")[0] + b"\n"  # the first comment alone
    bodies = {directory / name: (BUNDLED / name).read_bytes() for name in FILES} | {directory / "feeds.toml": feeds}
    existing = [str(path) for path in bodies if os.path.lexists(path)]
    if existing:
        raise ConfigError(f"{' and '.join(existing)}: exists already and is left as it is; name another folder")
    written: list[Path] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, body in bodies.items():
            with path.open("xb") as file:
                written.append(path)
                file.write(body)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise ConfigError(f"{directory}: cannot be written: {error.strerror}") from error
    return written
