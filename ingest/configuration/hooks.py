"""`[[hooks]]` of settings.toml: who gets the archive's events."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ingest.configuration.sections import NETWORKS, Networks, Section, SelectionSettings, valid
from ingest.hosts import is_web_address

Kind = Literal["article", "copy", "revision", "forgotten", "alert"]
CHANGES: tuple[Kind, ...] = ("article", "copy", "revision", "forgotten")


class HookSettings(Section):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", description="letters, digits, dots and hyphens")
    command: tuple[str, ...] = Field(
        default=(), strict=False, description='a program and its arguments, such as ["./load.py", "--fast"]'
    )
    url: Annotated[str, valid(lambda url: not url or is_web_address(url))] = Field(
        default="", description="an http or https address"
    )
    secret: str = Field(default="", description='the name of a variable, "${NEWS_SECRET}"; two during a change of it')
    kinds: tuple[Kind, ...] = Field(
        default=CHANGES,
        strict=False,
        min_length=1,
        description='a list of "article", "copy", "revision", "forgotten" and "alert"',
    )
    reclean: bool = Field(default=False, description="true or false")
    start: Literal["now", "beginning"] = Field(default="now", description='"now" or "beginning"')
    selection: SelectionSettings = Field(default=SelectionSettings(), description="a table of filters")
    batch_size: int = Field(default=1, ge=1, le=1000, description="an integer from 1 to 1000")
    timeout_s: float = Field(default=30.0, gt=0, le=3600, description="a number of seconds above 0, up to 3600")
    tries: int = Field(default=5, ge=1, le=100, description="an integer from 1 to 100")
    allow_addresses: Networks = Field(default=(), strict=False, description=NETWORKS)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError(f"{self.name}: a hook has either a command or a url; keep one of them")
        return self
