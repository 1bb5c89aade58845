"""`[[hooks]]`: what is refused, and where the secrets come from."""

import json
from base64 import b64encode

import pytest

from ingest.configuration import config as configuration
from ingest.configuration import settings as settings_module
from ingest.configuration.hooks import HookSettings, secrets_of
from ingest.configuration.settings import Settings
from ingest.errors import ConfigError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = {"url": "https://desk.example/in", "secret": "${DESK}"}


def hook(**keys):
    return {"name": "desk"} | keys


def whsec(size_bytes):
    return f"whsec_{b64encode(bytes(range(size_bytes))).decode()}"


def _toml(value):
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_toml(inner)}' for key, inner in value.items())}}}"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else json.dumps(value)


def fault(tmp_path, *hooks, extra=""):
    """Return the sentence for a settings file with these hooks, after the file's path."""
    path = tmp_path / "settings.toml"
    tables = ("[[hooks]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items()) for keys in hooks)
    path.write_text("".join(tables) + extra)
    with pytest.raises(ConfigError) as caught:
        settings_module.load(tmp_path)
    (line,) = str(caught.value).splitlines()
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({}, "hooks 1: desk: a hook has either a command or a url; keep one of them"),
        (URL | {"command": ["x"]}, "hooks 1: desk: a hook has either a command or a url; keep one of them"),
        (
            {"url": "https://desk.example/in"},
            'hooks 1: desk: secret: is missing; write "${NAME}", the variable that has the secret of its address',
        ),
        ({"command": ["x"], "secret": "${DESK}"}, "hooks 1: desk: secret: a command needs none; remove it"),
        ({"command": [" "]}, "hooks 1: desk: command: the program is empty; write its name or path"),
        ({"command": ["x"], "allow_addresses": ["::1"]}, "hooks 1: desk: allow_addresses: is for a url; remove it"),
        (URL | {"url": "ftp://x/"}, 'hooks 1.url: "ftp://x/" is not an http or https address'),
        (URL | {"url": "https://u:p@ x/"}, 'hooks 1.url: "… x/" is not an http or https address'),
        (
            URL | {"kinds": ["merge", "article"]},
            'hooks 1.kinds: "merge" is not a list of "article", "copy", "revision",',
        ),
        (
            URL | {"selection": {"site": 1}},
            "hooks 1.selection.site: unknown key; the table selection of [[hooks]] knows",
        ),
        (URL | {"selection": {"sites": ["a site"]}}, 'hooks 1.selection.sites: ["a site"] is not a list of hosts'),
        (URL | {"selection": {"tags": [" "]}}, 'hooks 1.selection.tags: [" "] is not a list of words'),
        (URL | {"selection": {"match": ""}}, 'hooks 1.selection.match: "" is not a query of words, as in a search'),
        (URL | {"name": "../x"}, 'hooks 1.name: "../x" is not letters, digits, dots and hyphens'),
        (URL | {"timeout_s": 0}, "hooks 1.timeout_s: 0 is not a number of seconds above 0, up to 3600"),
    ],
)
def test_a_faulty_hook_is_reported_with_the_remedy(tmp_path, keys, told):
    assert fault(tmp_path, hook(**keys)).startswith(told)


@pytest.mark.parametrize(
    "secret", [SECRET, f"${{DESK}} {SECRET}", f"x${{DESK}}{SECRET}", "$DESK", "${DE SK}", "${}", "$${DESK}"]
)
def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path, secret):
    told = fault(tmp_path, hook(**URL | {"secret": secret}))
    assert told.startswith("hooks 1.secret: the value is not the name of a variable of the environment")
    assert SECRET not in told


def test_no_wrong_value_is_shown_that_may_have_a_secret(tmp_path):
    assert "Bearer" not in fault(tmp_path, hook(command="curl -H 'Authorization: Bearer x'"))
    assert "Bearer" not in fault(tmp_path, hook(command=["curl", {"Bearer": 1}]))
    assert "pass" not in fault(tmp_path, hook(**URL | {"url": "https://user:pass@desk.example:x/"}))
    (tmp_path / "settings.toml").write_text(f'hooks = ["{SECRET}"]')
    with pytest.raises(
        ConfigError, match=r"hooks 1: the value is not a section; write \[\[hooks\]\] and its keys below"
    ):
        settings_module.load(tmp_path)
    assert "pass" not in repr(HookSettings(**hook(**URL | {"url": "https://user:pass@desk.example/"})))


def test_sites_and_feeds_of_a_selection_are_named_as_on_the_command_line():
    names = {"sites": ["WWW.News.Example", "https://www.paper.example/a"], "feeds": ["https://u:p@paper.example/feed"]}
    selection = HookSettings(**hook(**URL, selection=names)).selection.selection()
    assert selection.sites == ("news.example", "paper.example")
    assert selection.feeds == ("https://paper.example/feed",)


def test_two_hooks_with_one_name_are_refused(tmp_path):
    told = fault(tmp_path, hook(**URL), hook(**URL | {"name": "Desk"}))
    assert told == "hooks: Desk: is the name of two hooks, in any case; give each a name of its own"
    assert fault(tmp_path, hook(**URL | {"name": "x"}), hook(**URL | {"name": "x"})).startswith("hooks: x: is the name")


@pytest.mark.parametrize("value", [SECRET, SECRET + "==", whsec(24), whsec(25), whsec(64), whsec(25).rstrip("=")])
def test_a_secret_of_the_convention_is_read(value):
    from standardwebhooks import Webhook

    hooks = [HookSettings(**hook(**URL | {"secret": "${DESK}  ${OLD}"})), HookSettings(name="x", command=("x",))]
    found = secrets_of(hooks, "settings.toml", {"DESK": value, "OLD": SECRET})
    assert list(found) == ["desk"]
    assert found["desk"].values == (value, SECRET)
    assert SECRET not in repr(found)
    Webhook(value)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "is not set; give it a secret: `whsec_` and 24 to 64 bytes in Base64; `echo"),
        ("", "is empty; give it a secret: `whsec_` and"),
        *((wrong, "is not `whsec_` and 24 to 64 bytes in Base64; `echo") for wrong in (
            "letters", whsec(23), whsec(65), SECRET[6:], f" {SECRET}", f"{SECRET}\n", "whsec_" + "é" * 32, SECRET[:-1],
            "whsec_-_KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_x",
        )),
    ],
)  # fmt: skip
def test_a_variable_without_a_secret_is_reported_and_not_shown(value, told):
    environ = {} if value is None else {"DESK": value}
    with pytest.raises(ConfigError) as caught:
        secrets_of([HookSettings(**hook(**URL))], "settings.toml", environ)
    line = str(caught.value)
    assert line.startswith(f"settings.toml: hook desk: secret: the environment variable DESK {told}")
    assert not value or value.strip() not in line


def test_only_what_sends_needs_the_secrets_and_a_changed_one_replaces_the_engine(tmp_path, monkeypatch):
    (tmp_path / "settings.toml").write_text(f'[[hooks]]\nname = "desk"\nurl = "{URL["url"]}"\nsecret = "${{DESK}}"\n')
    (tmp_path / "feeds.toml").touch()
    monkeypatch.delenv("DESK", raising=False)
    assert configuration.load(tmp_path).hook_secrets == {}
    with pytest.raises(ConfigError):
        configuration.load(tmp_path, sends=True)
    monkeypatch.setenv("DESK", SECRET)
    before = configuration.load(tmp_path, sends=True)
    assert before.of_engine == configuration.load(tmp_path, sends=True).of_engine
    monkeypatch.setenv("DESK", whsec(32))
    after = configuration.load(tmp_path, sends=True)
    assert after.of_engine != before.of_engine
    assert after.with_engine_of(before).of_engine == before.of_engine


def test_hooks_cannot_be_set_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("INGEST_HOOKS__SECRET", SECRET)
    with pytest.raises(ConfigError) as caught:
        settings_module.load(tmp_path)
    assert str(caught.value) == f"INGEST_HOOKS__SECRET: is a list of tables; write it in {tmp_path / 'settings.toml'}"
    assert Settings(hooks=[hook(**URL)]).hooks[0].name == "desk"
