"""Hooks as `ingest status` and `ingest now` print them."""

from collections.abc import Iterable, Mapping
from typing import Any

from ingest.cli.output.text import distance, short, table
from ingest.text.markup import count


def hooks_table(hooks: Iterable[Mapping[str, Any]]) -> None:
    """Print a line for each hook of `hook_health`."""
    header = ["hook", "state", "behind", "delivered", "dead letters", "next try", "trouble"]
    rows = [
        [hook["name"], hook["state"], hook["behind"], hook["delivered"], hook["dead"], _next_try(hook), _trouble(hook)]
        for hook in hooks
    ]
    table(rows, header)


def hook_line(hook: Mapping[str, Any]) -> str:
    """Return what a run delivered to a hook: "hook press: 3 events delivered, 2 wait: failing, in 4 min: refused"."""
    waiting = f", {hook['behind']} wait" if hook["behind"] else ""
    letters = f", {count(hook['dead'], 'dead letter')}" if hook["dead"] else ""
    line = f"hook {hook['name']}: {count(hook['delivered'], 'event')} delivered{waiting}{letters}"
    if hook["state"] == "stopped":
        return f"{line}; stopped, `ingest hooks resend {hook['name']}` starts it again: {short(hook['last_error'])}"
    if hook["state"] == "failing":
        return f"{line}; tried again {_next_try(hook)}: {short(hook['last_error'])}"
    return line


def _next_try(hook: Mapping[str, Any]) -> str:
    if hook["state"] != "failing":
        return ""
    ahead = distance(hook["due_at"])
    return ahead if ahead.startswith("in ") else "due"


def _trouble(hook: Mapping[str, Any]) -> str:
    if not hook["last_error"]:
        return ""
    return f"{hook['tries']} × {hook['last_error']}" if hook["tries"] > 1 else str(hook["last_error"])
