"""The documents' commands, exit codes and metrics are those of the program."""

import re
import shlex
import signal

import click
import pytest

from ingest.cli import COMMANDS, INTERRUPTED, cli
from tests.command_run import Folder, until
from tests.documents import README, READMES, Document, room, rows

LINE = re.compile(r"^(?:\$ )?((?:INGEST_\w+=\S+ )?ingest .+?)(?:\s+#.*)?$", re.MULTILINE)


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command, or the command of a group, that the words name, and the words after its name."""
    context = click.Context(cli)
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        place = next((place for place, word in enumerate(words) if not word.startswith("-")), None)
        if place is None:
            break
        found = command.get_command(context, words[place])
        assert found, f"{' '.join(words)}: there is no such command"
        command, words = found, [*words[:place], *words[place + 1 :]]
    return command, words


def options_of(command: click.Command) -> set[str]:
    names = {name for one in (cli, command) for parameter in one.params for name in parameter.opts}
    return names | {"-h", "--help", "--version"}


@pytest.mark.parametrize("document", READMES, ids=str)
def test_every_command_line_to_copy_is_understood(document: Document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "subscriptions.opml").touch()  # a file that a command line names
    for block in [*document.blocks("sh"), *document.blocks("console")]:
        for line in LINE.findall(block):
            words = [word for word in shlex.split(line) if "=" not in word or word.startswith("-")][1:]
            command, rest = resolved(words)
            with command.make_context(command.name, rest):  # raises UsageError
                pass


@pytest.mark.parametrize("document", READMES, ids=str)
def test_every_command_and_option_in_the_text_exists(document: Document):
    for code in re.findall(r"`(ingest(?: [^`\n]+)?)`", document.prose):
        words = re.sub(r"[\[\]|…\\]", " ", code).split()[1:]
        command, rest = resolved(words)
        for option in (word for word in rest if word.startswith("-") and len(word) > 1):
            assert option in options_of(command), code


@pytest.mark.parametrize("document", [README, room("ingest/cli")], ids=str)
def test_every_command_has_a_row(document: Document):
    table = rows("".join(document.text.partition("| command | does |")[1:]))
    named = {word for cells in table for word in re.findall(r"`ingest (\w+)", cells[0])}
    assert named == set(COMMANDS)


def test_every_option_of_every_command_is_described():
    text = room("ingest/cli").text
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        commands = command.commands.values() if isinstance(command, click.Group) else [command]
        for one in commands:
            for parameter in one.params:
                options = [option for option in parameter.opts if option.startswith("--")]
                assert not options or any(option in text for option in parameter.opts), f"{name} {options}"


def test_the_exit_codes_are_described():
    import ingest.cli

    codes = [int(cells[0]) for cells in rows(room("ingest/cli").section("Exit codes"))]
    assert codes == [0, 1, 2, 3, INTERRUPTED + signal.SIGINT, INTERRUPTED + signal.SIGTERM]
    assert all(str(code) in (ingest.cli.__doc__ or "") for code in codes)


def test_every_metric_is_described(tmp_path):
    folder = Folder(tmp_path).set_up()
    with folder.daemon() as daemon:
        until(lambda: "answering" in daemon.text())
        status, body = daemon.get("/metrics")
    assert status == 200
    served = {name for name in re.findall(r"^# TYPE (\S+) ", body, re.MULTILINE) if not name.endswith("_created")}
    assert served == {cells[0].strip("`") for cells in rows(room("scripts").section("Watching"))}
