"""`[backups]`, `[reports]` and `[[exports]]` of settings.toml: what the daemon does by a calendar."""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from ingest.configuration.sections import Name, Section, SelectionSettings, valid
from ingest.crontab import check, is_time_zone

Format = Literal["jsonl", "csv", "txt", "parquet", "markdown", "html", "atom", "warc"]


def _checked(line: str) -> str:
    if line:
        check(line)
    return line


_Schedule = Annotated[
    str,
    AfterValidator(_checked),
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
    format: Literal["html", "json"] = Field(default="html", description='"html" or "json"')
    days: Annotated[int, Field(ge=1, le=3660, description="an integer from 1 to 3660")] = 7
    folder: _Folder = Path("reports")
    keep: _Keep = 0
    command: tuple[str, ...] = Field(default=(), strict=False, description='a list of words, such as ["mail-report"]')
    timeout_s: Annotated[float, Field(gt=0, le=3600, description="a number above 0, 3600 at most")] = 60


class ExportSettings(Section):
    name: Name
    schedule: _Schedule = ""
    time_zone: _TimeZone = "UTC"
    format: Format = Field(default="jsonl", description=f"one of {', '.join(get_args(Format))}")
    folder: _Folder = Path("exports")
    changes: bool = Field(default=False, description="true or false")
    keep: _Keep = 0
    selection: SelectionSettings = Field(default=SelectionSettings(), description="a table of filters")
