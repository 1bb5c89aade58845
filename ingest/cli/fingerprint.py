import click

from ingest.cli.options import Options, global_options
from ingest.text.markup import count


@click.command(name="fingerprint")
@click.option("--again", is_flag=True, help="Of all articles, not only where the fingerprint is out of date.")
@global_options
@click.pass_obj
def command(options: Options, again: bool) -> None:
    """Compute the fingerprints that find copies, with today's method. No article is changed.

    To go on with an interrupted run, run it again without --again.
    """
    from ingest.cli.output.logs import log_to_stderr
    from ingest.maintenance.copies import refresh

    log_to_stderr(options)
    done = 0
    options.if_interrupted = lambda: f"{count(done, 'article')} fingerprinted; run it again without --again to go on"
    with options.existing_archive("fingerprint") as archive:
        if again:
            with archive.transaction():
                archive.forget_fingerprints()
        while True:
            with archive.transaction():
                refreshed = refresh(archive)
            if not refreshed:
                break
            done += refreshed
    options.print_confirmation({"articles": done}, f"{count(done, 'article')} fingerprinted")
