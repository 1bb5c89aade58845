import asyncio
import logging

import click

from ingest.cli.options import Options, global_options


@click.command(name="daemon")
@global_options
@click.pass_obj
def command(options: Options) -> None:
    """Poll each feed on its own adaptive clock, until SIGTERM or SIGINT.

    SIGHUP reads the configuration again. /health and /metrics are served on daemon.http. With --json the log is lines
    of JSON.
    """
    from ingest.cli.logs import log_to_stderr
    from ingest.daemon.service import run

    level = logging.WARNING if options.quiet else logging.DEBUG if options.verbose > 1 else logging.INFO
    pattern = "%(asctime)s %(levelname)s %(message)s"
    log_to_stderr(level, pattern=pattern, tracebacks=options.verbose > 1, json=options.json)
    options.logs_errors = options.json
    options.archive_path(options.settings())  # refuses a file of the configuration
    asyncio.run(run(options.config_dir(), options.archive))
