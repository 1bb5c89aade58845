"""The configuration's README describes every key with its default."""

import json
import re
import tomllib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from standardwebhooks import WebhookVerificationError

from ingest.configuration import feedlist, sites
from ingest.configuration.directory import BUNDLED
from ingest.configuration.rules_toml import KEYS, parse_rules
from ingest.configuration.sections import Section
from ingest.configuration.settings import SECTIONS, TABLES, Settings
from ingest.crontab import is_crontab
from ingest.deliveries.events import alert_event, change_event
from ingest.deliveries.webhook import signed
from storage.records import WantedFeed
from tests.documents import CHECKOUT, room, rows

CONFIG = room("config")
OF_THIS_MACHINE = ("user_agent", "workers")
PATHS = ("path", "folder")


def table(section: str) -> dict[str, str]:
    """Return {key: default} as the README has them."""
    text = CONFIG.section("settings.toml").partition(f"**{heading(section)}**")[2]
    return {cells[0].strip("`"): cells[1].strip("`") for cells in rows(text)}


def heading(section: str) -> str:
    return f"[[{section}]]" if section in TABLES else f"[{section}]"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_is_described(section):
    assert list(table(section)) == list(SECTIONS[section].model_fields)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_default_is_as_described(section, monkeypatch):
    for name in [name for name in __import__("os").environ if name.startswith("INGEST_")]:
        monkeypatch.delenv(name)
    true = {
        key: field.get_default(call_default_factory=True)
        for key, field in SECTIONS[section].model_fields.items()
        if not field.is_required()
    }
    described = {key: text for key, text in table(section).items() if text != "required"}
    assert set(described) == set(true)
    for key, text in described.items():
        if key not in OF_THIS_MACHINE:
            value = true[key]
            value = value.model_dump(exclude_defaults=True) if isinstance(value, Section) else value
            default = tomllib.loads(f"value = {text}")["value"]
            assert default == (list(value) if isinstance(value, tuple) else str(value) if key in PATHS else value), key


@pytest.mark.parametrize("section", SECTIONS)
def test_the_bundled_file_has_every_key_at_its_default(section):
    text = (CHECKOUT / "config/settings.toml").read_text(encoding="utf-8")
    part = re.split(r"^(?:# \[)?\[", text.partition(f"{heading(section)}\n")[2], flags=re.MULTILINE)[0]
    described = {key: value for key, value in table(section).items() if value != "required"}
    stated = dict(re.findall(r"^# (\w+) = (.+)$", part, re.MULTILINE))
    assert list(stated) == list(table(section))
    assert {key: value for key, value in stated.items() if key in described} == described


def test_every_key_of_the_feed_list_is_described():
    section = CONFIG.section("feeds.toml")
    keys = [cells[0].strip("`") for cells in rows(section)]
    assert keys == list(feedlist.KEYS)
    (example,) = re.findall(r"^```toml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    keys.remove("interval_s")  # or a schedule
    assert list(tomllib.loads(example)["feeds"][0]) == keys


def test_the_examples_of_the_calendar_are_crontab_lines():
    lines = re.findall(r'[`"]("[^"`]*"|@\w+)`', CONFIG.section("Calendar"))
    assert len(lines) >= 10
    assert [line for line in lines if not is_crontab(line.strip('"'))] == []


def test_every_key_of_a_rule_is_described():
    section = CONFIG.section("rules.toml")
    assert [cells[0].strip("`") for cells in rows(section)] == list(KEYS)
    (example,) = re.findall(r"^```toml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    tables = tomllib.loads(example)
    assert list(tables["rules"][0]) == list(KEYS)
    parse_rules(CONFIG.path, tables, [WantedFeed("https://v.example/", "The Verge", ("tech",))])  # raises ConfigError


def test_every_key_of_a_site_is_described_and_in_the_bundled_file():
    section = CONFIG.section("sites.toml")
    keys = [cells[0].strip("`") for cells in rows(section)]
    assert keys == list(sites.KEYS)
    (example,) = re.findall(r"^```toml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    bundled = "\n".join(line.removeprefix("# ") for line in sites.path_of(BUNDLED).read_text().splitlines()[2:])
    for text in (example, bundled):
        (table,) = tomllib.loads(text)["sites"]
        assert list(table) == keys
        sites.parse_sites(BUNDLED, {"sites": [table]})


def test_the_events_of_a_hook_are_as_described():
    change, alert = map(json.loads, re.split(r"\n(?=\{)", CONFIG.blocks("json")[0].strip()))
    instants = {"seq": 3, "at": change["timestamp"]}
    assert alert_event(alert["id"][:16], instants | {"kind": "began", "alert": alert["data"]}) == alert
    assert change_event(change["id"][:16], change["data"]) == change


def test_a_signature_is_verified_as_described():
    code = next(code for code in CONFIG.blocks("python") if "standardwebhooks" in code)
    names: dict[str, Callable[..., object]] = {}
    exec(code, names)
    secret, now = f"whsec_{b64encode(b'k' * 24).decode()}", datetime.now(UTC)
    headers = signed("a-1-1", '{"id":"a-1-1"}', [secret], now)
    assert names["event_of"](headers, b'{"id":"a-1-1"}', secret) == {"id": "a-1-1"}
    with pytest.raises(WebhookVerificationError):
        names["event_of"](headers, b'{"id":"a-1-2"}', secret)


def test_the_hooks_of_the_example_are_valid():
    (example,) = (code for code in CONFIG.blocks("toml") if "[[hooks]]" in code)
    assert [hook.name for hook in Settings(**tomllib.loads(example)).hooks] == ["index", "energy-desk"]
