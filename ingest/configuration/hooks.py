"""`[[hooks]]` of settings.toml: who gets the archive's events. Secrets come from the environment.

No secret gets into an error, nor into a repr.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ingest.configuration.sections import NETWORKS, Name, Networks, Section, SelectionSettings, valid
from ingest.errors import ConfigError
from ingest.hosts import is_web_address

Kind = Literal["article", "copy", "revision", "forgotten", "alert"]
CHANGES: tuple[Kind, ...] = ("article", "copy", "revision", "forgotten")

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_PREFIX = "whsec_"  # noqa: S105 (it begins every secret of the convention)
# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
_SECRET_BYTES = range(24, 64 + 1)
_SECRET_FORM = (
    f"`{_SECRET_PREFIX}` and 24 to 64 bytes in Base64; `echo {_SECRET_PREFIX}$(openssl rand -base64 32)` makes one"
)


class HookSettings(Section):
    name: Name
    command: tuple[str, ...] = Field(
        default=(), strict=False, repr=False, description='a program and its arguments, such as ["./load.py", "--fast"]'
    )
    url: Annotated[str, valid(lambda url: not url or is_web_address(url))] = Field(
        default="", repr=False, description="an http or https address"
    )
    secret: Annotated[str, valid(lambda text: all(map(_VARIABLE.fullmatch, text.split())))] = Field(
        default="",
        description='the name of a variable of the environment, "${NEWS_SECRET}", or two names during a change of it',
    )
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
        if self.command and not self.command[0].strip():
            raise ValueError(f"{self.name}: command: the program is empty; write its name or path")
        if any("\0" in word for word in self.command):
            raise ValueError(f"{self.name}: command: has a null character, which no program can be given; remove it")
        if self.url and not self.secret.strip():
            raise ValueError(
                f'{self.name}: secret: is missing; write "${{NAME}}", the variable that has the secret of its address'
            )
        if self.command and self.secret.strip():
            raise ValueError(f"{self.name}: secret: a command needs none; remove it")
        if self.command and self.allow_addresses:
            raise ValueError(f"{self.name}: allow_addresses: is for a url; remove it")
        return self

    @property
    def variables(self) -> list[str]:
        """The variables of the environment that have the secrets."""
        return _VARIABLE.findall(self.secret)


@dataclass(frozen=True, slots=True)
class HookSecrets:
    """The secrets of a hook, each `whsec_` and Base64. A delivery is signed with each of them."""

    values: tuple[str, ...] = field(repr=False)


def secrets_of(hooks: Iterable[HookSettings], where: object, environ: Mapping[str, str]) -> dict[str, HookSecrets]:
    """Return the secrets of the hooks that have a url, by name.

    Raises ConfigError with a line for each variable that is missing or has no secret.
    """
    found: dict[str, HookSecrets] = {}
    faults = []
    for hook in hooks:
        faults += [
            f"{where}: hook {hook.name}: secret: the environment variable {variable} {fault}"
            for variable in hook.variables
            if (fault := _fault_of(environ.get(variable)))
        ]
        if hook.url:
            found[hook.name] = HookSecrets(tuple(environ.get(variable, "") for variable in hook.variables))
    if faults:
        raise ConfigError("\n".join(faults))
    return found


def _fault_of(value: str | None) -> str | None:
    """Return what is wrong with the value of a variable, without showing it."""
    if not value:
        return f"{'is not set' if value is None else 'is empty'}; give it a secret: {_SECRET_FORM}"
    encoded = value.removeprefix(_SECRET_PREFIX).rstrip("=")
    try:  # urlsafe letters are refused: other programs would skip them, and have another key
        key = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (NotBase64, ValueError):
        key = b""
    if not value.startswith(_SECRET_PREFIX) or len(key) not in _SECRET_BYTES:
        return f"is not {_SECRET_FORM}"
    return None
