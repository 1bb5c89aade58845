"""`Settings`: the values of `settings.toml`, and of the variables `INGEST_<SECTION>__<KEY>`, which come first.

Importing pydantic takes 0.1 s: the commands import this module, `ingest --version` does not.
"""

import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

import ingest
from ingest.configuration.files import read_toml
from ingest.configuration.hooks import HookSettings
from ingest.configuration.jobs import BackupSettings, ExportSettings, ReportSettings
from ingest.configuration.sections import NETWORKS, Networks, Section, SelectionSettings, named_apart, valid
from ingest.crontab import CrontabError
from ingest.errors import ConfigError
from ingest.hosts import for_message, is_web_address, without_credentials
from ingest.web.headers import product_token
from storage.content import Method

_PREFIX = "INGEST_"
_MAX_SHOWN = 60  # characters of a refused value in an error


def _cores() -> int:
    """Return the number of cores this process may use. A container may have fewer than the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _user_agent() -> str:
    """Return the program's name and an address for publishers: every mail host has a postmaster (RFC 2142 §5)."""
    host = re.sub(r"[^a-z0-9.-]", "", socket.gethostname().lower()) or "localhost"
    return f"ingest/{ingest.__version__} (news archiver; postmaster@{host})"


def _is_host_and_port(address: str) -> bool:
    split = urlsplit(f"//{address}")
    return bool(split.hostname) and split.port is not None and split.netloc == address and "@" not in address


CLUSTER = '"local:N" with N from 1 to 1000, "tcp://host:port" or "tls://host:port"'


def _is_cluster(where: str) -> bool:
    kind, _, rest = where.partition(":")
    if kind == "local":
        return re.fullmatch(r"[1-9]\d{0,2}|1000", rest, re.ASCII) is not None
    try:
        return kind in ("tcp", "tls") and rest.startswith("//") and _is_host_and_port(rest.removeprefix("//"))
    except ValueError:  # of the port
        return False


class ArchiveSettings(Section):
    path: Path = Field(default=Path("news.db"), strict=False, description="a file path")
    keep_pages: bool = Field(default=True, description="true or false")


class PollSettings(Section):
    min_interval_s: int = Field(default=300, ge=1, description="an integer number of seconds, 1 or more")
    max_interval_s: int = Field(default=86_400, ge=1, description="an integer number of seconds, 1 or more")
    requests_per_day: float = Field(default=0.0, ge=0, le=288, description="a number from 0 to 288")
    concurrency: int = Field(default=64, ge=1, le=1000, description="an integer from 1 to 1000")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_interval_s > self.max_interval_s:
            raise ValueError(f"min_interval_s ({self.min_interval_s}) is above max_interval_s ({self.max_interval_s})")
        return self


class WebSettings(Section):
    user_agent: Annotated[str, valid(product_token)] = Field(
        default_factory=_user_agent,
        pattern=r"^[!-~]([ -~]*[!-~])?$",
        description='a line of printable ASCII with a name that is no browser\'s, such as "mybot/1.0 (+https://…)"',
    )
    timeout_s: float = Field(default=30.0, gt=0, description="a number of seconds above 0")
    max_bytes: int = Field(default=10 * 1024 * 1024, ge=1024, description="an integer number of bytes, 1024 or more")
    per_host_concurrency: int = Field(default=2, ge=1, le=100, description="an integer from 1 to 100")
    per_host_interval_s: float = Field(default=1.0, ge=0, description="a number of seconds, 0 or more")
    robots: bool = Field(default=True, description="true or false")
    allow_addresses: Networks = Field(default=(), strict=False, description=NETWORKS)
    proxy: Annotated[str, valid(lambda url: not url or is_web_address(url))] = Field(
        default="", description='an http or https URL, or ""'
    )
    ca_file: Annotated[str, valid(lambda path: not path or Path(path).is_file())] = Field(
        default="", description='an existing file, or ""'
    )


class ArticleSettings(Section):
    method: Method = Field(default="combined", description='"combined", "blocks" or "trafilatura"')
    workers: int = Field(default_factory=_cores, ge=1, le=1000, description="an integer from 1 to 1000")
    time_limit_s: float = Field(default=20.0, gt=0, description="a number of seconds above 0")
    memory_limit_mb: int = Field(default=1024, ge=128, description="an integer number of megabytes, 128 or more")
    page_memory_mb: int = Field(default=160, ge=32, description="an integer number of megabytes, 32 or more")
    tries: int = Field(default=5, ge=1, description="an integer, 1 or more")
    cluster: Annotated[str, valid(lambda where: not where or _is_cluster(where))] = Field(
        default="", description=f'{CLUSTER}, or ""'
    )


class DaemonSettings(Section):
    http: Annotated[str, valid(lambda address: not address or _is_host_and_port(address))] = Field(
        default="127.0.0.1:9464", description='host:port, or ""'
    )


class _Environment(EnvSettingsSource):
    def prepare_field_value(
        self,
        field_name: str,
        field: FieldInfo,
        value: object,  # noqa: ARG002 (`INGEST_WEB` means nothing: each key has a variable)
        value_is_complex: bool,  # noqa: ARG002 (the signature is the library's)
    ) -> dict[str, Any] | None:
        if field_name in TABLES:  # `load` refuses it
            return None
        return self.explode_env_vars(field_name, field, self.env_vars) or None


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", strict=True, env_prefix=_PREFIX, env_nested_delimiter="__", env_nested_max_split=1
    )

    archive: ArchiveSettings = ArchiveSettings()
    poll: PollSettings = PollSettings()
    web: WebSettings = WebSettings()
    articles: ArticleSettings = ArticleSettings()
    daemon: DaemonSettings = DaemonSettings()
    backups: BackupSettings = BackupSettings()
    reports: ReportSettings = ReportSettings()
    exports: Annotated[tuple[ExportSettings, ...], named_apart("two exports have this name; give each its own")] = (
        Field(default=(), strict=False)
    )
    hooks: Annotated[
        tuple[HookSettings, ...],
        named_apart("is the name of two hooks, in any case; give each a name of its own"),
    ] = Field(default=(), strict=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (`_Environment` replaces it)
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (no .env file is read)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (nor are secret files)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return _Environment(settings_cls), init_settings


HIDDEN = ("secret", "command")  # keys whose wrong value may be a secret, or have one
TABLES = ("exports", "hooks")  # sections that may be there several times
SECTIONS: dict[str, type[Section]] = {
    name: type(field.default) for name, field in Settings.model_fields.items() if name not in TABLES
} | {"exports": ExportSettings, "hooks": HookSettings}


def path_of(config_dir: Path) -> Path:
    return config_dir / "settings.toml"


def load(config_dir: Path) -> Settings:
    """Read the settings; without a file, return the defaults. Raise ConfigError with a line for each fault."""
    path = path_of(config_dir)
    values = read_toml(path) or {}
    faults = [
        f"{name}: unknown section; there are {', '.join(SECTIONS)}"
        for name, section in _variables()
        if section not in SECTIONS
    ]
    faults += [
        f"{name}: is a list of tables; write it in {path}" for name, section in _variables() if section in TABLES
    ]
    try:
        settings = Settings(**values)
    except ValidationError as error:
        faults += [_sentence(path, fault) for fault in error.errors()]
    if faults:
        raise ConfigError("\n".join(faults))
    return settings


def shown(value: object) -> str:
    """Return `value` as the file has it, without passwords, cut to fit into a sentence."""
    text = without_credentials(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


def _variables() -> Iterator[tuple[str, str]]:
    """Yield the name of each environment variable `INGEST_<SECTION>__<KEY>`, and its section."""
    for name in os.environ:
        section, delimiter, _ = name.upper().removeprefix(_PREFIX).partition("__")
        if name.upper().startswith(_PREFIX) and delimiter:
            yield name, section.lower()


def _sentence(path: Path, fault: Any) -> str:  # noqa: ANN401 (pydantic's ErrorDetails is not exported)
    """Return a fault as a sentence: the place, the value, what is allowed."""
    section, *keys = map(str, fault["loc"])
    if section not in SECTIONS:
        return f"{path}: {section}: unknown section; there are {', '.join(SECTIONS)}"
    variables = [name for name, of_section in _variables() if of_section == section]
    place, table = f"{path}: {section}", f"[{section}]"
    if section in TABLES:
        place, table = f"{path}: {section}" + (f" {int(keys.pop(0)) + 1}" if keys else ""), f"[[{section}]]"
    model, value = SECTIONS[section], fault["input"]
    if fault["type"] == "value_error" and not keys:
        return f"{', '.join(variables) or place}: {fault['ctx']['error']}"
    if not keys:
        value = "the value" if section == "hooks" else shown(value)
        return f"{place}: {value} is not a section; write {table} and its keys below"
    if keys[0] == "selection" and keys[1:]:
        place, table, model = f"{place}.selection", f"the table selection of {table}", SelectionSettings
        keys.pop(0)
    key = keys[0]
    variable = f"{_PREFIX}{section}__{key}".upper()
    where = next((name for name in variables if name.upper() == variable), f"{place}.{key}")
    if key not in model.model_fields:
        return f"{where}: unknown key; {table} knows {', '.join(sorted(model.model_fields))}"
    if fault["type"] == "missing":
        return f"{where}: is missing; write {model.model_fields[key].description}"
    value = for_message(value) if key in ("proxy", "url") and isinstance(value, str) else value
    reason = fault.get("ctx", {}).get("error")
    because = f": {reason}" if isinstance(reason, CrontabError) else ""
    shown_value = "the value" if key in HIDDEN else shown(value)
    return f"{where}: {shown_value} is not {model.model_fields[key].description}{because}"


def with_cluster(settings: Settings, where: str | None) -> Settings:
    """Return the settings with the cluster of a command line, if it names one ("": none). Raises ConfigError."""
    if where is None:
        return settings
    if where and not _is_cluster(where):
        raise ConfigError(f"--cluster {for_message(where)!r} is not a cluster: give {CLUSTER}")
    return settings.model_copy(update={"articles": settings.articles.model_copy(update={"cluster": where})})
