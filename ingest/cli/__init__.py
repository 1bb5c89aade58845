"""The commands: arguments in, one call, a printed result, an exit code. No business logic.

Exit codes: 0 done · 1 nothing could be done · 2 usage or configuration · 3 archive locked, damaged,
gone, too new or unwritable · 130 interrupted by SIGINT, 143 by SIGTERM.
"""

import errno
import importlib
import io
import keyword
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
from ingest.text.markup import clean, cut_within

INTERRUPTED = 128  # plus the signal's number, as in a shell
SAME_SIGNAL_S = 0.2  # timeout(1) sends a signal to the process and to its group
MAX_ERROR_CHARACTERS = 300  # at each end of a sentence: a name in it may be endless
OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

# In the order of the help. Each is a module of this package, with an underscore after a word of Python's.
COMMANDS = (
    "now daemon backfill feeds hooks rules try status browse report search show explain changes export reclean split"
    " merge fingerprint forget backup init"
).split()


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for. `ingest --version` imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command: click.Command = importlib.import_module(f"ingest.cli.{module}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Return the command's exit code (None: 0) after its output is flushed."""
        try:
            result = super().invoke(ctx)
            if sys.stdout:  # None if the process was started with it closed
                sys.stdout.flush()
        except BrokenPipeError:  # the reader has gone: no error
            _discard_stdout()
            return 0
        except KeyboardInterrupt:  # click would print an empty line
            raise _Interrupted from None
        return result


class _Interrupted(Exception):
    """Ctrl-C or SIGTERM ended the command."""


@click.command(
    cls=LazyGroup,
    commands=dict.fromkeys(COMMANDS, click.Command("placeholder")),  # click suggests these names for a wrong one
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


class Interruption:
    """The signal that ends the command: SIGINT, or SIGTERM."""

    def __init__(self) -> None:
        self.number: int = signal.SIGINT
        self._came_at = float("-inf")

    @property
    def exit_code(self) -> int:
        return INTERRUPTED + self.number

    def on_sigterm(self, number: int, frame: FrameType | None) -> None:
        """End the command as Ctrl-C does: if asyncio runs, asyncio's handler of SIGINT cancels its tasks."""
        before, self._came_at, self.number = self._came_at, time.monotonic(), number
        if self._came_at - before < SAME_SIGNAL_S:
            return
        on_sigint = signal.getsignal(signal.SIGINT)
        (on_sigint if callable(on_sigint) else signal.default_int_handler)(number, frame)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process."""
    interruption = Interruption()
    signal.signal(signal.SIGTERM, interruption.on_sigterm)
    try:
        code = run(arguments, interruption)
    except KeyboardInterrupt:  # a second signal, while the first is answered
        code = interruption.exit_code
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(KeyboardInterrupt):  # a signal that has come just now
            signal.signal(number, signal.SIG_DFL)  # one more signal while Python ends would print a traceback
    sys.exit(code)


def run(arguments: list[str] | None = None, interruption: Interruption | None = None) -> int:
    """Run one command and return its exit code. Print an error as one sentence on stderr."""
    options = Options()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # programs read UTF-8 in every locale
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        result = cli.main(arguments, prog_name="ingest", standalone_mode=False, obj=options)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except (_Interrupted, click.exceptions.Abort, KeyboardInterrupt):
        done = f": {options.if_interrupted()}" if options.if_interrupted else ""
        click.echo(f"ingest: interrupted{done}", err=True)
        return (interruption or Interruption()).exit_code
    except Exception as error:  # noqa: BLE001 (every error ends here, as a sentence)
        from ingest.hosts import without_credentials

        if options.verbose > 1:
            click.echo(without_credentials("".join(traceback.format_exception(error))), err=True)
        sentence, code = _sentence_and_code(error)
        sentence = without_credentials(sentence)
        if options.logs_errors:
            logging.getLogger("ingest").critical("%s", sentence)
        else:
            lines = (cut_within(line, MAX_ERROR_CHARACTERS) for line in clean(sentence).split("\n"))
            click.echo("ingest: " + "\n".join(lines), err=True)
        return code
    return result if isinstance(result, int) else 0


def _sentence_and_code(error: Exception) -> tuple[str, int]:
    """Return the sentence and the exit code for the error that ended a command."""
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
        return f"{message}{stop} `{usage} --help` shows what is allowed", error.exit_code
    if isinstance(error, OSError) and error.filename is None and error.errno in OUTPUT_ERRORS:
        _discard_stdout()
        return f"the output cannot be written: {error.strerror}; send it to another place", 1
    if is_out_of_memory(error):
        return "the memory this process may take is used up; let it have more (`ulimit -v`, the service's limit)", 1
    return f"a fault in ingest itself: {error!r}; run it again with -vv and report it", 1


def _discard_stdout() -> None:
    """Send buffered output to /dev/null: Python flushes it at its end, which would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
