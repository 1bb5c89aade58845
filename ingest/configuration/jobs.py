"""`[backups]`, `[reports]` and `[[exports]]` of settings.toml: what the daemon does by a calendar."""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from ingest.configuration.sections import Section, SelectionSettings, valid
from ingest.crontab import is_crontab, is_time_zone

Format = Literal["jsonl", "csv", "txt", "parquet", "markdown", "html", "atom"]

_Schedule = Annotated[
    str,
    valid(lambda line: not line or is_crontab(line)),
    Field(description='a crontab line such as "30 3 * * mon-fri", or ""'),
]
_TimeZone = Annotated[str, valid(is_time_zone), Field(description='the name of a time zone, such as "Europe/Paris"')]
_Folder = Annotated[Path, Field(strict=False, description="a folder")]
_Keep = Annotated[int, Field(ge=0, description="an integer, 0 or more")]


class _Job(Section):
    schedule: _Schedule = ""
    time_zone: _TimeZone = "UTC"


class BackupSettings(_Job):
    folder: _Folder = Path("backups")
    keep: Annotated[int, Field(ge=1, description="an integer, 1 or more")] = 7


class ReportSettings(_Job):
    folder: _Folder = Path("reports")
    keep: _Keep = 0


class ExportSettings(_Job):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", description="letters, digits, dots and hyphens")
    format: Format = Field(default="jsonl", description=f"one of {', '.join(get_args(Format))}")
    folder: _Folder = Path("exports")
    changes: bool = Field(default=False, description="true or false")
    keep: _Keep = 0
    selection: SelectionSettings = Field(default=SelectionSettings(), description="a table of filters")
