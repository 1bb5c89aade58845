"""Rules as `rules.toml` has them, for tests of every room."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ingest.configuration.rules_toml import parse_rules
from ingest.rules.rule import Rules
from storage.records import WantedFeed

PATH = Path("rules.toml")


def rules(*tables: dict[str, Any], feeds: Iterable[WantedFeed] = ()) -> Rules:
    """Return the rules of these tables. A table without a name is named by its number."""
    named = [{"name": f"rule {number}"} | table for number, table in enumerate(tables, start=1)]
    return parse_rules(PATH, {"rules": named}, tuple(feeds))


def drop(**conditions: object) -> dict[str, Any]:
    return {"action": "drop"} | conditions


def keep(**conditions: object) -> dict[str, Any]:
    return {"action": "keep"} | conditions
