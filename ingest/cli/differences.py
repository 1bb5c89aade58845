"""What differs between two texts of one paragraph a line."""

from difflib import unified_diff

import click

from ingest.cli.output import safe

COLOURS = {"-": "red", "+": "green"}


def differences(old: str, new: str, *, context: int = 0) -> list[str]:
    """The lines of a unified diff, without its headers; `context` are unchanged lines around each change."""
    lines = list(unified_diff(old.split("\n"), new.split("\n"), n=context, lineterm=""))[2:]
    return [line for line in lines if not line.startswith("@@")]


def coloured(line: str) -> str:
    """For `click.echo`, which leaves the colours out where it writes to no terminal."""
    return click.style(f"{line[0]} {safe(line[1:])}", fg=COLOURS.get(line[0]))
