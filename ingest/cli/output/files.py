"""A command's output: stdout, or a file that is neither the archive nor a file of the configuration."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from ingest.cli.options import Options
from ingest.errors import IngestError
from storage.files import OutputRefused, Protected


def _or_stdout(_: click.Context, __: click.Parameter, output: Path | None) -> Path | None:
    return None if str(output) == "-" else output


output_option = partial(click.option, "--output", type=click.Path(path_type=Path), callback=_or_stdout)
"""`--output` of a command: a path, or None for stdout."""


def protected(options: Options, output: Path | None) -> Protected:
    """Return the files that no output may replace. Raise UsageError if `output` is one, before anything is opened."""
    protected = Protected(options.archive_path(), *options.config_files())
    if output:
        with errors_of(output):
            protected.check(output)
    return protected


@contextmanager
def errors_of(output: Path | None) -> Iterator[None]:
    """Raise UsageError if an output is refused, IngestError if it cannot be written. Errors of stdout stay."""
    try:
        yield
    except OutputRefused as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        if output is None:
            raise
        raise IngestError(f"{output}: cannot be written: {error.strerror}; name another file") from error
