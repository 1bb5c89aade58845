"""The commands: arguments in, one call, a printed result, an exit code. No business logic.

Exit codes: 0 done · 1 nothing could be done · 2 usage or configuration · 3 archive locked, damaged,
too new or unwritable.
"""

import importlib
import os
import sys
import traceback
from typing import Any

import click

from ingest import __version__
from ingest.cli.options import Options, global_options

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
    "init": "ingest.cli.init",
}


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


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "obj": None})
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
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code; every error has become one sentence on stderr."""
    options = Options()
    try:
        result: Any = cli.main(arguments, prog_name="ingest", standalone_mode=False, obj=options)
        sys.stdout.flush()
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone, and is told nothing
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 (the last door: it becomes a sentence)
        return _report(error, options)
    return result if isinstance(result, int) else 0


def _report(error: Exception, options: Options) -> int:
    from ingest.errors import ConfigError, IngestError
    from storage.errors import ArchiveError

    if options.verbose > 1:
        traceback.print_exception(error)
    if isinstance(error, IngestError | ArchiveError):
        click.echo(f"ingest: {error}", err=True)
    else:
        click.echo(f"ingest: a fault in ingest itself: {error!r}; run it again with -vv and report it", err=True)
    return 3 if isinstance(error, ArchiveError) else 2 if isinstance(error, ConfigError) else 1
