"""What every command takes, before or after its name."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ingest.errors import ConfigError

if TYPE_CHECKING:
    from ingest.configuration.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

_AGO = re.compile(r"(\d+) ?(min(?:ute)?s?|h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?)(?: ago)?")
_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)  # in text, an earlier year would not have four digits
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def instant(text: str, now: datetime) -> datetime:
    """The instant that a user means: a date, an ISO 8601 instant, "7d", "today"; in UTC unless it names a zone.

    Raises ValueError or OverflowError.
    """
    word = text.strip().lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if word in ("today", "yesterday"):
        return midnight - timedelta(days=word == "yesterday")
    if ago := _AGO.fullmatch(word):
        return now - timedelta(**{_UNITS[ago[2][0]]: int(ago[1])})
    at = datetime.fromisoformat(text.strip())
    return max(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC), _EARLIEST)


class Instant(click.ParamType[datetime]):
    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return instant(str(value), datetime.now(UTC))
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no instant: name a date such as 2026-03-01, an instant such as 2026-03-01T14:30Z, or 7d,"
                " 12h, 2w, today, yesterday (all in UTC)",
                param,
                ctx,
            )


INSTANT = Instant()
CURSOR = click.IntRange(0, 2**63 - 1)  # what SQLite can hold


@dataclass(slots=True)
class Options:
    config: Path | None = None
    archive: Path | None = None
    json: bool = False
    quiet: bool = False
    verbose: int = 0
    logs_errors: bool = False  # the sentence of an error is a record of the log
    so_far: Callable[[], str] | None = None  # what a command that is interrupted has done

    def config_dir(self) -> Path:
        from ingest.configuration.settings import find_config_dir

        return find_config_dir(self.config)

    def is_bundled(self) -> bool:
        """Whether the configuration is the sample that comes with the program, installed or as a checkout."""
        from ingest.configuration.settings import BUNDLED, is_bundled

        directory = self.config_dir()
        return is_bundled(directory) or (self.config is None and directory == BUNDLED)

    def config_files(self) -> list[Path]:
        """Return where the configuration's files are, or would be."""
        with suppress(ConfigError):  # there is no folder
            return [self.config_dir() / name for name in ("settings.toml", "feeds.toml")]
        return []

    def settings(self) -> "Settings":
        from ingest.configuration.settings import load

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
