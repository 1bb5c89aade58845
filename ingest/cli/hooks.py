import asyncio
import os
import secrets
from dataclasses import asdict
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

import click

from ingest.cli.arguments import CURSOR
from ingest.cli.options import Options, global_options
from ingest.cli.output.hooks import hooks_table
from ingest.cli.output.text import distance, print_json, safe, table
from ingest.errors import ConfigError, IngestError
from ingest.text.markup import count

if TYPE_CHECKING:
    from ingest.configuration.hooks import HookSettings
    from ingest.configuration.settings import Settings
    from ingest.deliveries.transport import Sent

NEW = {"state": "new", "behind": 0, "delivered": 0, "dead": 0, "tries": 0} | dict.fromkeys(
    ("due_at", "delivered_at", "last_status", "last_error", "stopped_at", "added_at")
)

_name = click.argument("name", metavar="NAME")
_ids = click.argument("ids", metavar="[ID]...", nargs=-1, type=CURSOR)


@click.command(name="list")
@global_options
@click.pass_obj
def list_hooks(options: Options) -> None:
    """Print the hooks: how far each is, and what troubles it.

    The state is ok, failing, stopped (its receiver wanted no more), off (not in the settings any more) or new (it
    begins with the next run).
    """
    from storage.reader import Reader

    settings = options.settings()
    path = options.archive_path(settings)
    hooks: list[dict[str, Any]] = []
    if path.exists() or not settings.hooks:
        with Reader(path) as archive:
            hooks = archive.hook_health()
    known = {hook["name"] for hook in hooks}
    hooks += [{"name": hook.name} | NEW for hook in settings.hooks if hook.name not in known]
    if options.json:
        print_json(hooks)
    elif hooks:
        hooks_table(hooks)
    else:
        options.note("there are no hooks; config/README.md says how to write one into settings.toml")


@click.command(name="dead")
@click.argument("name", metavar="[NAME]", required=False)
@global_options
@click.pass_obj
def dead_letters(options: Options, name: str | None) -> None:
    """Print the dead letters: deliveries that a receiver has refused at every try.

    --json prints a letter a line, with its events.
    """
    from ingest.deliveries.events import events_of
    from storage.reader import Reader

    with Reader(options.archive_path()) as archive:
        letters = archive.dead_letters(name and _known(archive.hook_names(), name))
        for letter in letters if options.json else ():
            print_json(letter | {"events": list(events_of(archive, letter["source"], tuple(letter["seqs"])))})
    if options.json:
        return
    if not letters:
        options.note("there are no dead letters")
        return
    rows = [
        [each["id"], each["hook"], len(each["seqs"]), distance(each["tried_at"]), each["status"], each["error"]]
        for each in letters
    ]
    table(rows, ["id", "hook", "events", "last try", "status", "error"])


@click.command(name="resend")
@_name
@_ids
@global_options
@click.pass_obj
def resend(options: Options, name: str, ids: tuple[int, ...]) -> None:
    """Send dead letters again, before anything newer: all of the hook, or those with an ID.

    A hook that was stopped goes on, and one that waits for its next try is tried at once.
    """
    hook, letters = _change(options, "resend", name, ids=list(ids) or None)
    line = f"{hook}: {count(letters, 'dead letter')} to be sent again, and nothing waits for its next try"
    options.print_confirmation({"hook": hook, "deliveries": letters}, line)


@click.command(name="drop")
@_name
@_ids
@global_options
@click.pass_obj
def drop(options: Options, name: str, ids: tuple[int, ...]) -> None:
    """Delete dead letters: all of the hook, or those with an ID. The archive keeps the articles."""
    hook, letters = _change(options, "drop", name, ids=list(ids) or None)
    line = f"{hook}: {count(letters, 'dead letter')} deleted"
    options.print_confirmation({"hook": hook, "deliveries": letters}, line)


@click.command(name="rewind")
@_name
@click.argument("seq", type=CURSOR)
@global_options
@click.pass_obj
def rewind(options: Options, name: str, seq: int) -> None:
    """Let a hook go on with the first change after SEQ, back or ahead, as `ingest changes --after SEQ` does.

    0 sends everything again. Pending deliveries of changes go, dead letters stay.
    """
    hook, _ = _change(options, "rewind", name, seq=seq)
    options.print_confirmation({"hook": hook, "seq": seq}, f"{hook}: goes on with the first change after {seq}")


@click.command(name="forget")
@_name
@global_options
@click.pass_obj
def forget(options: Options, name: str) -> None:
    """Delete what the archive knows of a hook that is not in the settings any more, with its dead letters."""
    hook, letters = _change(options, "forget", name)
    line = f"{hook}: forgotten, with {count(letters, 'dead letter')}"
    options.print_confirmation({"hook": hook, "deliveries": letters}, line)


@click.command(name="test")
@_name
@global_options
@click.pass_obj
def test(options: Options, name: str) -> int:
    """Send a sample event of the type "test" to the hook's receiver. Nothing is written."""
    settings = options.settings()
    hooks = {hook.name: hook for hook in settings.hooks}
    hook = hooks[_known(list(hooks), name, ConfigError)]
    sent = asyncio.run(_send_sample(options, settings, hook))
    what = "taken" if sent.taken else "refused" if sent.refused else "stopped" if sent.stopped else "not taken"
    how = "exit code" if hook.command else "HTTP"
    detail = f": {sent.error}" if sent.error else f" ({how} {sent.status})"
    options.print_result({"hook": hook.name} | asdict(sent), safe(f"{hook.name}: {what}{detail}"))
    return 0 if sent.taken else 1


async def _send_sample(options: Options, settings: "Settings", hook: "HookSettings") -> "Sent":
    from ingest.configuration.config import Config
    from ingest.configuration.hooks import secrets_of
    from ingest.configuration.settings import path_of
    from ingest.deliveries.transport import open_transport
    from ingest.pipeline import utc_now
    from storage.records import to_text

    config = Config(settings, hook_secrets=secrets_of([hook], path_of(options.config_dir()), os.environ))
    now: datetime = utc_now()
    sample = {
        "id": f"test-{secrets.token_hex(8)}-{int(now.timestamp())}",
        "type": "test",
        "timestamp": to_text(now),
        "data": {"hook": hook.name},
    }
    async with open_transport(hook, config, None, utc_now) as transport:
        return await transport.send([sample])


def _change(
    options: Options, do: 'Literal["resend", "drop", "rewind", "forget"]', name: str, **asked: object
) -> tuple[str, int]:
    """Have the archive's writer do it: a daemon if there is one. Return the hook's name and the deliveries."""
    from storage.errors import ArchiveLocked
    from storage.reader import Reader

    with Reader(options.archive_path()) as archive:
        hook = _known(archive.hook_names(), name)
    request = {"do": do, "hook": hook} | asked
    deliveries = _ask_daemon(options, request)
    if deliveries is None:
        try:
            deliveries = _change_here(options, request)
        except ArchiveLocked:
            deliveries = _ask_daemon(options, request)  # a daemon that has started meanwhile
            if deliveries is None:
                raise
    return hook, deliveries


def _change_here(options: Options, request: dict[str, Any]) -> int:
    from ingest.deliveries.requests import change_hook

    with options.existing_archive(f"hooks {request['do']}") as archive, archive.transaction():
        return change_hook(archive, **request)


def _ask_daemon(options: Options, request: dict[str, Any]) -> int | None:
    """Return the deliveries of the daemon's answer, None if no daemon is writing to the archive."""
    from ingest.daemon.control import ask_daemon, daemon_of

    daemon = daemon_of(options.archive_path())
    if daemon is None:
        return None
    return int(asyncio.run(ask_daemon(daemon, "hooks", request))["deliveries"])


def _known(names: list[str], name: str, fault: type[IngestError] = IngestError) -> str:
    """Return the name as it is written there. Raise `fault` if it is not one of the names."""
    if name in names:  # a hook that is off may differ from one of the settings in case only
        return name
    by_name = {each.casefold(): each for each in names}
    if found := by_name.get(name.casefold()):
        return found
    close = [by_name[each] for each in get_close_matches(name.casefold(), by_name)]
    hint = f"did you mean {' or '.join(close)}?" if close else "`ingest hooks list` shows the hooks"
    raise fault(f"{name}: there is no hook of this name; {hint}")


@click.group(name="hooks", commands=[list_hooks, dead_letters, resend, drop, rewind, test, forget])
@global_options
def command() -> None:
    """The hooks of settings.toml: how far each is, what its receiver refused, and what to send again."""
