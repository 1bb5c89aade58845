"""What every command takes, before or after its name."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ingest.errors import ConfigError

if TYPE_CHECKING:
    from ingest.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])
CURSOR = click.IntRange(0, 2**63 - 1)  # what SQLite can hold


@dataclass(slots=True)
class Options:
    config: Path | None = None
    archive: Path | None = None
    json: bool = False
    quiet: bool = False
    verbose: int = 0

    def config_dir(self) -> Path:
        from ingest.settings import find_config_dir

        return find_config_dir(self.config)

    def config_files(self) -> list[Path]:
        """Return where the configuration's files are, or would be."""
        with suppress(ConfigError):  # there is no folder
            return [self.config_dir() / name for name in ("settings.toml", "feeds.toml")]
        return []

    def settings(self) -> "Settings":
        from ingest.settings import load

        return load(self.config_dir())

    def archive_path(self, settings: "Settings | None" = None) -> Path:
        """Return where the archive is, or is to be made. With `settings`, refuse an empty file of the configuration."""
        path = self.archive or Path((settings or self.settings()).archive.path)
        if settings and any(file.exists() and path.exists() and path.samefile(file) for file in self.config_files()):
            raise ConfigError(f"{path}: a file of the configuration, not an archive; name another with --archive")
        return path


def _store(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
    options = ctx.ensure_object(Options)
    if value is not None and value is not False and parameter.name:
        setattr(options, parameter.name, value)


def _add(ctx: click.Context, parameter: click.Parameter, value: int) -> None:  # noqa: ARG001 (click's signature)
    ctx.ensure_object(Options).verbose += value


def global_options(function: F) -> F:
    """Adds the options; their values are in the context's `Options`."""
    for decorator in (
        click.option(
            "-v",
            "--verbose",
            count=True,
            expose_value=False,
            callback=_add,
            help="Say more; -vv adds tracebacks.",
        ),
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_store,
            help="Say nothing but results and errors.",
        ),
        click.option("--json", is_flag=True, expose_value=False, callback=_store, help="Print results as JSON."),
        click.option(
            "--archive",
            type=click.Path(path_type=Path),
            metavar="FILE",
            expose_value=False,
            callback=_store,
            help="The archive (default: settings, ./news.db).",
        ),
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            metavar="DIR",
            expose_value=False,
            callback=_store,
            help="The configuration (default: ./config, else the bundled one).",
        ),
    ):
        function = decorator(function)
    return function
