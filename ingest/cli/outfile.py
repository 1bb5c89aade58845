"""Where a command's output goes: to stdout, or into a file that no command may mistake for the archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ingest.cli.options import Options
from ingest.errors import IngestError
from storage.files import OutputRefused, Protected


def or_stdout(_: click.Context, __: click.Parameter, output: Path | None) -> Path | None:
    """Turn `-` into None: stdout, the default. A callback of click's."""
    return None if str(output) == "-" else output


def protected(options: Options, output: Path | None) -> Protected:
    """Return what no output may be written onto. Raise UsageError, before anything is opened, if `output` is of it."""
    protected = Protected(options.archive_path(), *options.config_files())
    if output:
        with named(output):
            protected.check(output)
    return protected


@contextmanager
def named(output: Path) -> Iterator[None]:
    """An output that is refused, or fails, ends the command with one sentence."""
    try:
        yield
    except OutputRefused as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise IngestError(f"{output}: cannot be written: {error.strerror}; name another with --output") from error
