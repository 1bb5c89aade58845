"""The options that every command takes, before or after its name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ingest.cli.output.text import as_json, safe
from ingest.errors import ConfigError

if TYPE_CHECKING:
    from ingest.configuration.settings import Settings
    from storage.archive import Archive

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Options:
    """The values of the global options, and how a command with these options reads and prints."""

    config: Path | None = None
    archive: Path | None = None
    json: bool = False
    quiet: bool = False
    verbose: int = 0
    logs_errors: bool = False  # the error that ends the command is a record of its log
    if_interrupted: Callable[[], str] | None = None  # returns what is done, and how to go on

    def config_dir(self) -> Path:
        from ingest.configuration.directory import find_config_dir

        return find_config_dir(self.config)

    def is_bundled(self) -> bool:
        """Return whether the configuration is the sample that comes with the program."""
        from ingest.configuration.directory import is_bundled

        return is_bundled(self.config)

    def config_files(self) -> list[Path]:
        """Return the paths of the configuration's files. The files may not exist."""
        from ingest.configuration.directory import FILES

        with suppress(ConfigError):  # there is no folder
            return [self.config_dir() / name for name in FILES]
        return []

    def settings(self) -> "Settings":
        from ingest.configuration.settings import load

        return load(self.config_dir())

    def archive_path(self, settings: "Settings | None" = None) -> Path:
        """Return the archive's path. With `settings`, raise ConfigError if it is a file of the configuration."""
        path = self.archive or Path((settings or self.settings()).archive.path)
        if settings and any(file.exists() and path.exists() and path.samefile(file) for file in self.config_files()):
            raise ConfigError(f"{path}: a file of the configuration, not an archive; name another with --archive")
        return path

    @contextmanager
    def existing_archive(self, command: str) -> "Iterator[Archive]":
        """Open the archive for writing. Raise the archive's errors; a missing archive is one."""
        from storage.archive import Archive
        from storage.reader import Reader

        path = self.archive_path()
        with Reader(path):  # raises if there is no archive: a writer would make one
            pass
        with Archive(path, command) as archive:
            yield archive

    def note(self, text: str) -> None:
        """Print to stderr a line that is no result, unless --quiet."""
        if not self.quiet:
            click.echo(safe(text), err=True)

    def print_result(self, value: object, text: str) -> None:
        """Print `value` with --json, else `text`."""
        click.echo(as_json(value) if self.json else text)

    def print_confirmation(self, value: object, line: str) -> None:
        """Print `value` with --json, else `line` unless --quiet: it says only that the command is done."""
        if self.json or not self.quiet:
            self.print_result(value, safe(line))


def _store(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:  # noqa: ANN401 (each option has a type)
    options = ctx.ensure_object(Options)
    if parameter.name == "verbose":  # counts on both sides of the command's name: `ingest -v now -v`
        options.verbose += value
    elif value and parameter.name:
        setattr(options, parameter.name, value)


_option = partial(click.option, expose_value=False, callback=_store)
_path = partial(_option, type=click.Path(path_type=Path))
_GLOBAL = (
    _option("-v", "--verbose", count=True, help="Say more; -vv adds tracebacks."),
    _option("-q", "--quiet", is_flag=True, help="Say nothing but results and errors."),
    _option("--json", is_flag=True, help="Print results as JSON."),
    _path("--archive", metavar="FILE", help="The archive (default: settings, ./news.db)."),
    _path("--config", metavar="DIR", help="The configuration (default: ./config, else the bundled one)."),
)


cluster_option = click.option(
    "--cluster",
    metavar="WHERE",
    help="Extract on a Dask cluster: local:N, tcp://HOST:PORT or tls://HOST:PORT (default: articles.cluster).",
)


def global_options(function: F) -> F:
    """Add the global options to a command. Their values are in the context's `Options`."""
    for decorator in _GLOBAL:
        function = decorator(function)
    return function
