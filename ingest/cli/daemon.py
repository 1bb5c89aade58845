import asyncio
import logging

import click

from ingest.cli.options import Options, global_options


@click.command(name="daemon")
@global_options
@click.pass_obj
def command(options: Options) -> None:
    """Poll each feed on its own adaptive clock, until SIGTERM or SIGINT.

    SIGHUP reads the configuration again. /health and /metrics are served on daemon.http.
    """
    from ingest.cli.logs import log_to_stderr
    from ingest.daemon import run

    level = logging.WARNING if options.quiet else logging.DEBUG if options.verbose > 1 else logging.INFO
    log_to_stderr(level, pattern="%(asctime)s %(levelname)s %(message)s", tracebacks=options.verbose > 1)
    options.archive_path(options.settings())  # refuses a file of the configuration
    asyncio.run(run(options.config_dir(), options.archive))
