"""The commands: arguments in, one call, a printed result, an exit code. No business logic.

Exit codes: 0 done · 1 nothing could be done · 2 usage or configuration · 3 archive locked, damaged,
gone, too new or unwritable · 130 interrupted by SIGINT, 143 by SIGTERM.
"""

import errno
import importlib
import io
import logging
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from types import FrameType

import click

from ingest import __version__
from ingest.cli.options import Options, global_options
from ingest.cli.output import is_open
from ingest.text.markup import clean, cut_within

INTERRUPTED = 128  # and the signal's number, as a shell has it
AT_ONCE_S = 0.2  # timeout(1) sends a signal to the process and to its group
MAX_OF_ERROR = 300  # characters at each end of a sentence: what it names may be endless
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

COMMANDS = {
    "now": "ingest.cli.now",
    "daemon": "ingest.cli.daemon",
    "feeds": "ingest.cli.feeds",
    "status": "ingest.cli.status",
    "search": "ingest.cli.search",
    "show": "ingest.cli.show",
    "explain": "ingest.cli.explain",
    "changes": "ingest.cli.changes",
    "export": "ingest.cli.export",
    "reclean": "ingest.cli.reclean",
    "split": "ingest.cli.split",
    "merge": "ingest.cli.merge",
    "fingerprint": "ingest.cli.fingerprint",
    "backup": "ingest.cli.backup",
    "init": "ingest.cli.init",
}


_ended_by: int = signal.SIGINT
_ended_at = float("-inf")


class LazyGroup(click.Group):
    """Imports a command's module when it is asked for: `ingest --version` pays for none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """The command's exit code (None: 0), once all it has said is out."""
        try:
            result = super().invoke(ctx)
            if is_open(sys.stdout):
                sys.stdout.flush()
        except BrokenPipeError:  # who reads has gone, and is told nothing
            _let_go_of_stdout()
            return 0
        except KeyboardInterrupt:  # click would answer it with an empty line
            raise _Interrupted from None
        return result


class _Interrupted(Exception):
    """Ctrl-C or SIGTERM ended the command."""


@click.command(
    cls=LazyGroup,
    commands=dict.fromkeys(COMMANDS, click.Command("later")),
    context_settings={"help_option_names": ["-h", "--help"], "obj": None},
)
@click.version_option(__version__, prog_name="ingest", message="%(prog)s %(version)s")
@global_options
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Keep an archive of the news.

    Polls feeds, fetches every article they announce, cleans the pages to the articles' own text, and
    appends what is new to one SQLite file.
    """
    ctx.ensure_object(Options)


def main(arguments: list[str] | None = None) -> None:
    """The command line; ends the process."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = run(arguments)
    except KeyboardInterrupt:  # a second one, while the first was answered
        code = INTERRUPTED + _ended_by
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(KeyboardInterrupt):  # one that has come just now
            signal.signal(number, signal.SIG_DFL)  # Python's own end would answer one more with a traceback
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End the command as Ctrl-C does: where asyncio runs, by its own way to the end."""
    global _ended_at, _ended_by
    before, _ended_at, _ended_by = _ended_at, time.monotonic(), number
    if _ended_at - before < AT_ONCE_S:
        return
    by_ctrl_c = signal.getsignal(signal.SIGINT)
    (by_ctrl_c if callable(by_ctrl_c) else signal.default_int_handler)(number, frame)


def run(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code; every error has become one sentence on stderr."""
    options = Options()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what is read by programs is UTF-8 in every locale
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        result = cli.main(arguments, prog_name="ingest", standalone_mode=False, obj=options)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except (_Interrupted, click.exceptions.Abort, KeyboardInterrupt):
        click.echo(f"ingest: interrupted{': ' + options.so_far() if options.so_far else ''}", err=True)
        return INTERRUPTED + _ended_by
    except Exception as error:  # noqa: BLE001 (the last door: it becomes a sentence)
        from ingest.hosts import without_credentials

        if options.verbose > 1:
            click.echo(without_credentials("".join(traceback.format_exception(error))), err=True)
        sentence, code = _told(error)
        sentence = without_credentials(sentence)
        if options.logs_errors:
            logging.getLogger("ingest").critical("%s", sentence)
        else:
            said = "\n".join(cut_within(line, MAX_OF_ERROR) for line in clean(sentence).split("\n"))
            click.echo(f"ingest: {said}", err=True)
        return code
    return result if isinstance(result, int) else 0


def _told(error: Exception) -> tuple[str, int]:
    """The sentence and the exit code for an error that ends a command."""
    from ingest.errors import ConfigError, IngestError, is_out_of_memory
    from storage.errors import ArchiveError

    if isinstance(error, ArchiveError):
        return str(error), 3
    if isinstance(error, IngestError):
        return str(error), 2 if isinstance(error, ConfigError) else 1
    if isinstance(error, click.ClickException):
        usage = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "ingest"
        message = error.format_message().rstrip(".")
        stop = "" if message.endswith("?") else ";"
        return f"{message}{stop} `{usage} --help` tells what is allowed", error.exit_code
    if isinstance(error, OSError) and error.filename is None and error.errno in NO_ROOM:
        _let_go_of_stdout()
        return f"the output cannot be written: {error.strerror}; send it to another place", 1
    if is_out_of_memory(error):
        return "the memory this process may take is used up; let it have more (`ulimit -v`, the service's limit)", 1
    return f"a fault in ingest itself: {error!r}; run it again with -vv and report it", 1


def _let_go_of_stdout() -> None:
    """What is still buffered goes nowhere, and Python's end does not stumble over it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
