import asyncio

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
    from ingest.cli.output.logs import log_daemon
    from ingest.daemon.service import Service

    log_daemon(options)
    options.logs_errors = options.json
    options.archive_path(options.settings())  # refuses a file of the configuration
    asyncio.run(Service(options.config_dir(), options.archive).run())
