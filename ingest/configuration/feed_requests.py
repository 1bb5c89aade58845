"""The request options of a feed in `feeds.toml`: checked, and filled with secrets from the environment.

No value gets into an error: each may be a secret.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ingest.hosts import credentials_of
from ingest.web.headers import product_token
from ingest.web.request import RequestOptions

KEYS = ("headers", "cookies", "user_agent", "credentials")

Place = tuple[str, str]
"""A key, and the name below it ("" for a key without names)."""

_VARIABLE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 §5.6.2
_LINE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_NO_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

# What each value may be; the text completes the sentence "… is not …". The last is a valid value, for a variable that
# is not read yet.
_VALUES: dict[str, tuple[Callable[[str], object], str, str]] = {
    "headers": (_LINE.fullmatch, "one line of printable ASCII", "x"),
    "cookies": (lambda v: _LINE.fullmatch(v) and ";" not in v, "one line of printable ASCII without a semicolon", "x"),
    "user_agent": (
        lambda v: _LINE.fullmatch(v) and product_token(v),
        'a line of printable ASCII with a name that is no browser\'s, such as "mybot/1.0 (+https://…)"',
        "x/1",
    ),
    "credentials": (lambda v: ":" in v and not _NO_LINE.search(v), '"user:password" on one line', "x:x"),
}

# Headers that ingest sends itself, or that belong to the connection, and what to do instead.
_REFUSED = {
    "cookie": "write it under cookies",
    "user-agent": "write it as user_agent",
    "host": "each request has that of its address",
    "range": "pages are fetched in full",
    "accept-encoding": "it names what ingest can unpack",
} | dict.fromkeys(
    "connection content-encoding content-length date expect http2-settings keep-alive te trailer transfer-encoding"
    " upgrade via".split(),
    "it belongs to the connection",
)
_REFUSED_PREFIXES = {"if-": "ingest sends the validators itself", "proxy-": "it is for the proxy (web.proxy)"}


def faults_of(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the options as they are written, before variables are read."""
    for key in ("headers", "cookies"):
        values = table.get(key, {})
        if not isinstance(values, dict):
            yield f'{key}: is not a table such as {{ "Name" = "value" }}'
            continue
        yield from _faults_of_names(key, list(values))
    for (key, name), value in _values(table):
        _, allowed, sample = _VALUES[key]
        if not isinstance(value, str):
            yield f"{_shown(key, name)}: the value is not {allowed}"
        elif any(found[0] == "${" for found in _VARIABLE.finditer(value)):
            yield f"{_shown(key, name)}: `${{` begins no `${{NAME}}` of a variable; write `$${{` for the two characters"
        elif fault := _fault_of((key, name), value, dict.fromkeys(_variables(value), sample)):
            yield fault
    given = ["the address"] if credentials_of(str(table.get("url", ""))) else []
    given += ["credentials"] if "credentials" in table else []
    headers = table.get("headers", {})
    if isinstance(headers, dict) and "authorization" in map(str.lower, headers):
        given.append("the header Authorization")
    if len(given) > 1:
        yield f"{' and '.join(given)}: each says who asks; keep one of them"


def options_of(table: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[RequestOptions, list[str]]:
    """Return the options of a table without faults, and the faults of its variables."""
    read: dict[str, list[tuple[str, str]]] = {key: [] for key in KEYS}
    faults = []
    for (key, name), value in _values(table):
        missing = [variable for variable in _variables(value) if not environ.get(variable)]
        if missing:
            state = "is empty" if missing[0] in environ else "is not set"
            faults.append(f"{_shown(key, name)}: the environment variable {missing[0]} {state}; give it a value")
        elif fault := _fault_of((key, name), value, environ):
            faults.append(fault)
        else:
            read[key].append((name, _expanded(value, environ)))
    alone = {key: next((value for _, value in read[key]), None) for key in ("user_agent", "credentials")}
    return RequestOptions(table["url"], tuple(read["headers"]), tuple(read["cookies"]), **alone), faults


def without_values(value: object) -> object:
    """Return a TOML value for a message, without what is below the keys of request options."""
    if isinstance(value, dict):
        return {key: "…" if key in KEYS else without_values(inner) for key, inner in value.items()}
    return [without_values(inner) for inner in value] if isinstance(value, list) else value


def _faults_of_names(key: str, names: list[str]) -> Iterator[str]:
    for number, name in enumerate(names, start=1):
        lower = name.lower()
        prefix = next((prefix for prefix in _REFUSED_PREFIXES if lower.startswith(prefix)), "")
        if not _TOKEN.fullmatch(name):  # it may be a whole header with its value
            yield f"{key}: name {number} is not a name; write letters, digits and hyphens"
        elif key == "headers" and (why := _REFUSED.get(lower) or _REFUSED_PREFIXES.get(prefix)):
            yield f"headers: {name}: this header cannot be set; {why}"
        elif key == "headers" and lower in map(str.lower, names[: number - 1]):
            yield f"headers: {name}: is there twice; keep one"


def _values(table: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    """Yield the values that have a valid name, with their places."""
    for key in KEYS:
        values = table.get(key)
        if key in table and key in ("user_agent", "credentials"):
            yield (key, ""), values
        elif isinstance(values, dict):
            yield from (((key, name), value) for name, value in values.items() if _TOKEN.fullmatch(name))


def _fault_of(place: Place, written: str, values: Mapping[str, str]) -> str | None:
    """Return why the value with its variables cannot be sent."""
    is_valid, allowed, _ = _VALUES[place[0]]
    if is_valid(_expanded(written, values)):
        return None
    variables = [f"${{{variable}}}" for variable in _variables(written)]
    return f"{_shown(*place)}: the value{' with ' if variables else ''}{' and '.join(variables)} is not {allowed}"


def _variables(written: str) -> list[str]:
    return [found[1] for found in _VARIABLE.finditer(written) if found[1]]


def _expanded(written: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values[found[1]] if found[1] else "${", written)


def _shown(key: str, name: str) -> str:
    return f"{key}: {name}" if name else key
