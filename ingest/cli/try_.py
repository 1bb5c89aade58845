import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.text import print_json, safe, safe_lines, short
from ingest.text.markup import count

if TYPE_CHECKING:
    from ingest.configuration.sites import SiteSettings
    from ingest.pipeline.trial import Request, Trial

MAX_TEXT_CHARS = 800  # of the Markdown, and
MAX_BLOCK_COLUMNS = 60  # of a block that is left out; without -v


@click.command(name="try")
@click.argument("url")
@click.option("--feed", "name", metavar="NAME_OR_URL", help="As an entry of this feed of the list.")
@click.option("--html", is_flag=True, help="Print the page as it was fetched, to write selectors for it.")
@global_options
@click.pass_obj
def command(options: Options, url: str, name: str | None, *, html: bool) -> int:
    """Show what would become of URL: fetch, verdict, text, and why each block was left out. Nothing is written.

    -v shows all of the text and of each block.
    """
    from ingest.configuration import config as configuration
    from ingest.configuration import feedlist
    from ingest.hosts import for_message, is_web_address
    from ingest.pipeline.trial import try_address

    scheme = "" if "://" in url else "https://"
    if not is_web_address(scheme + url):
        raise click.UsageError(f"{for_message(url) or 'nothing'} is no http or https address")
    config = configuration.load(options.config_dir(), empty_allowed=name is None)
    feed = feedlist.select(config.feeds, [name])[0] if name is not None else None
    trial = asyncio.run(try_address(scheme + url, config, options.archive_path(config.settings), feed))
    if options.json:
        print_json(_values(trial, html=html))
    elif html:
        click.echo(safe_lines(_html(trial)))
    else:
        _print(trial, full=options.verbose > 0)
    return 0 if trial.is_article else 1


def _html(trial: "Trial") -> str:
    """Return the page that the article begins on, else the first that came."""
    from ingest.text.charset import decode

    pages = [request for request in trial.requests if request.body]
    page = next((page for page in pages if page.final_url in trial.pages), pages[0] if pages else None)
    return decode(page.body, page.content_type) if page else ""


def _values(trial: "Trial", *, html: bool) -> dict[str, Any]:
    """Return what --json prints."""
    from storage.content import NOT_STORED

    content = asdict(trial.content) if trial.content else {}
    requests = [{key: value for key, value in asdict(one).items() if key != "body"} for one in trial.requests]
    values = {
        "url": trial.url,
        "outcome": trial.outcome,
        "reason": trial.reason,
        "shortfall": trial.shortfall,
        "article": asdict(trial.article) if trial.article else None,
        "archive": trial.has_archive,
        "site": asdict(trial.site),
        "requests": requests,
        "pages": trial.pages,
        "content": {key: value for key, value in content.items() if key not in NOT_STORED or key == "media"} or None,
        "blocks": [block._asdict() for block in trial.blocks],
    }
    return values | ({"html": _html(trial)} if html else {})


def _print(trial: "Trial", *, full: bool) -> None:
    _print_line("address", safe(trial.url))
    for request in trial.requests:
        _print_line("request", _answer(request))
    if len(trial.pages) > 1:
        _print_line("pages", f"{len(trial.pages)} of one article")
    if settings := _settings(trial.site):
        _print_line("site", settings)
    again = "; it would be tried again" if trial.outcome == "pending" else ""
    _print_line("outcome", trial.outcome + (f": {short(trial.reason)}" if trial.reason else "") + again)
    if trial.shortfall:
        _print_line("no text", short(trial.shortfall))
    _print_line("archive", _archive(trial))
    content = trial.content
    if content and content.verdict == "article":
        published = f"{content.published_at:%Y-%m-%d %H:%M} UTC" if content.published_at else "unknown"
        origin = f" (from {content.published_from}, to the {content.published_precision})"
        _print_line("title", short(content.title) or "(none)")
        _print_line("authors", short(", ".join(content.authors)) or "(none)")
        _print_line("published", published + (origin if content.published_at else ""))
        _print_line("language", content.language or "unknown")
        if content.access:
            _print_line(
                "access", content.access + (f": {short(content.access_reason)}" if content.access_reason else "")
            )
        _print_line("text", f"{count(content.words, 'word')} from the {content.body_from} by {content.extractor}")
        if content.markdown:
            _print_text(content.markdown, full=full)
    _print_left_out(trial, full=full)


def _print_line(name: str, value: str) -> None:
    click.echo(f"{name:<12}{value}")


def _answer(request: "Request") -> str:
    if request.error is not None:
        return f"{safe(request.url)}: {short(request.error)}"
    redirected = "".join(f" → {safe(url)}" for url in [*request.passed, request.final_url][1:])
    size = f"{request.size_bytes:,} bytes, {short(request.content_type) or 'without type'}, {request.ms} ms"
    return f"{safe(request.url)}{redirected}: HTTP {request.status}, {size}"


def _settings(site: "SiteSettings") -> str:
    """Return the settings of the site that differ from the default, "" if none does."""
    selectors = {"keep": site.selectors.keep, "drop": site.selectors.drop}
    values = [f"{name} {', '.join(given)}" for name, given in selectors.items() if given]
    values += [] if site.next_pages else ["next pages are not fetched"]
    values += [f"interval_s {site.interval_s:g}"] if site.interval_s is not None else []
    values += [f"concurrency {site.concurrency}"] if site.concurrency is not None else []
    return f"{safe(site.site)}: {safe('; '.join(values))}" if values else ""


def _archive(trial: "Trial") -> str:
    if not trial.has_archive:
        return "there is none yet: everything is new"
    if trial.article is None:
        return "has no such article"
    return f"article {trial.article.id}, {safe(trial.article.url)}, {short(trial.article.title) or '(no title)'}"


def _print_text(markdown: str, *, full: bool) -> None:
    shown = markdown if full or len(markdown) <= MAX_TEXT_CHARS else f"{markdown[:MAX_TEXT_CHARS].rstrip()} …"
    click.echo()
    click.echo(safe_lines(shown))
    if shown is not markdown:
        click.echo(f"({count(len(markdown), 'character')} of Markdown; -v shows all)")


def _print_left_out(trial: "Trial", *, full: bool) -> None:
    left_out = [block for block in trial.blocks if block.reason is not None]
    if not trial.blocks:
        return
    click.echo()
    _print_line("blocks", f"{len(trial.blocks) - len(left_out)} in the text, {len(left_out)} left out")
    for block in left_out:
        text = safe_lines(block.text).replace("\n", "\n    ") if full else short(block.text, MAX_BLOCK_COLUMNS)
        click.echo(f"  - {text}\n      {short(block.reason)}")
