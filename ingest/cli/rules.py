import asyncio
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from ingest.cli.options import Options, global_options
from ingest.cli.output.text import print_json, safe, short, table
from ingest.errors import ConfigError
from ingest.text.markup import count

if TYPE_CHECKING:
    from ingest.configuration.config import Config
    from ingest.maintenance.rules import RuleCount, RulesTest, TriedArticle
    from ingest.rules.rule import Rule, Rules

MAX_TITLE_COLUMNS = 40  # of an example in the table


@click.command(name="test")
@click.argument("name", metavar="[RULE]", required=False)
@click.option(
    "--last",
    default=500,
    show_default=True,
    type=click.IntRange(1),
    help="So many articles, the newest of the archive.",
)
@global_options
@click.pass_obj
def test_rules(options: Options, name: str | None, last: int) -> None:
    """Show what today's rules would have done to the last archived articles.

    With RULE, list the articles that this rule applies to. Nothing is written.
    """
    from ingest.configuration import config as configuration
    from ingest.maintenance.rules import RuleCount, RulesTest, count_filtered, try_rules
    from storage.reader import Reader

    config = configuration.load(options.config_dir(), secrets=False)
    rules = config.rules
    chosen = _rule_named(rules, name) if name is not None else None
    path = options.archive_path(config.settings)
    tested = RulesTest([RuleCount(rule) for rule in rules.rules if chosen in (None, rule)])
    listed: list[TriedArticle] = []
    with Reader(path) as archive:
        for article in try_rules(archive, rules, last=last):
            tested.count(article)
            if chosen in article.rules:
                listed.append(article)
        count_filtered(archive, rules, tested, last=last)
    if options.json:
        print_json(_as_dict(tested, listed if chosen else None))
        return
    if not rules.rules:
        _note_no_rules(options)
    elif chosen:
        _print_articles(tested.rules[0], tested.articles, listed)
    else:
        columns = ["rule", "action", "applies to", "decides", "examples"]
        table([_row(each) for each in tested.rules], columns)
        _print_summary(tested)


@click.command(name="apply")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@global_options
@click.pass_obj
def apply_rules(options: Options, dry_run: bool) -> None:
    """Take up the entries that rules have filtered and today's rules do not drop.

    What their pages have decided stays decided as long as these rules are unchanged. Other entries whose page decides
    are fetched again, by the daemon or the next `ingest now`.
    """
    from ingest.configuration import config as configuration
    from storage.errors import ArchiveLocked

    config = configuration.load(options.config_dir(), secrets=False)
    path = options.archive_path(config.settings)
    result = None if dry_run else _ask_daemon(options)
    if result is None:
        try:
            result = _apply_here(options, config, dry_run=dry_run)
        except ArchiveLocked:
            result = _ask_daemon(options)  # a daemon that has started meanwhile
            if result is None:
                raise
    written = "; nothing was written (--dry-run)" if dry_run else ""
    taken_up = "would be taken up again" if dry_run else "taken up again"
    options.print_result(
        result | {"dry_run": dry_run, "archive": str(path)},
        f"{count(sum(result.values()), 'filtered entry', 'filtered entries')}: {result['taken_up']} {taken_up},"
        f" {result['renamed']} dropped by another rule, {result['unchanged']} as before{written}",
    )


def _apply_here(options: Options, config: "Config", *, dry_run: bool) -> dict[str, int]:
    from ingest.maintenance.rules import Applied, apply_rules
    from ingest.pipeline import utc_now
    from storage.connection import guarded
    from storage.reader import Reader

    path, applied = options.archive_path(config.settings), Applied()
    with Reader(path) if dry_run else options.existing_archive("rules apply") as archive, guarded(path):
        for checked in apply_rules(archive, config.rules, utc_now()):
            applied.count(checked)
    return asdict(applied)


def _ask_daemon(options: Options) -> dict[str, int] | None:
    """Return the counts of the daemon that is writing to the archive, None if there is none."""
    from ingest.daemon.control import ask_daemon, daemon_of

    daemon = daemon_of(options.archive_path())
    if daemon is None:
        return None
    options.note(f"the daemon (process {daemon['pid']}) is asked to apply the rules")
    asyncio.run(ask_daemon(daemon, "reload"))  # the rules may have been edited by hand
    return asyncio.run(ask_daemon(daemon, "rules"))


def _rule_named(rules: "Rules", name: str) -> "Rule":
    by_name = {rule.name.casefold(): rule for rule in rules.rules}
    if found := by_name.get(name.casefold()):
        return found
    close = [by_name[each].name for each in get_close_matches(name.casefold(), by_name)]
    hint = f"did you mean {' or '.join(close)}?" if close else "`ingest rules test` shows them all"
    raise ConfigError(f"{name}: no rule has this name; {hint}")


def _note_no_rules(options: Options) -> None:
    from ingest.configuration.rules_toml import path_of

    path = path_of(options.config_dir())
    how = "its comments show how to write one" if path.exists() else "`ingest init DIR` writes one with the explanation"
    options.note(f"{path}: there are no rules, so everything is kept; {how}")


def _row(each: "RuleCount") -> list[Any]:
    examples = (f"{a.id} {short(a.title, MAX_TITLE_COLUMNS) or '(no title)'}" for a in each.examples)
    return [each.rule.name, each.rule.action, each.applies, each.decides, "; ".join(examples)]


def _print_articles(rule: "RuleCount", articles: int, listed: "list[TriedArticle]") -> None:
    done = {"drop": "dropped", "keep": "kept"}
    for article in listed:
        by = article.decided_by
        other = (
            "" if by is None or by is rule.rule else f'  ({done[by.action]} by the rule "{safe(by.name)}" before it)'
        )
        click.echo(f"{article.id:>6}  {short(article.title) or '(no title)'}  [{short(article.site)}]{other}")
    does = f"{rule.rule.action}s {rule.decides}"
    click.echo(f"of {count(articles, 'article')}, the rule applies to {rule.applies} and {does}")


def _print_summary(tested: "RulesTest") -> None:
    since = f", archived since {tested.since}" if tested.since else ""
    click.echo(
        f"of {count(tested.articles, 'article')}{since}, today's rules would have dropped {tested.dropped},"
        f" {tested.dropped_early} of them without fetching the page"
    )
    done = tested.filtered
    if filtered := done.taken_up + done.renamed + done.unchanged:
        click.echo(
            f"{count(filtered, 'entry was', 'entries were')} filtered since then;"
            f" `ingest rules apply` would take up {done.taken_up}"
        )


def _as_dict(tested: "RulesTest", listed: "list[TriedArticle] | None") -> dict[str, Any]:
    def article(each: "TriedArticle") -> dict[str, Any]:
        decided_by = each.decided_by.name if each.decided_by else None
        return {
            "id": each.id,
            "title": each.title,
            "site": each.site,
            "decided_by": decided_by,
            "drop": each.is_dropped,
        }

    rules = [
        {
            "rule": each.rule.name,
            "action": each.rule.action,
            "applies": each.applies,
            "decides": each.decides,
            "dropped": each.decides if each.rule.action == "drop" else 0,
            "examples": list(map(article, each.examples if listed is None else listed)),
        }
        for each in tested.rules
    ]
    names = ("articles", "since", "dropped", "dropped_early")
    return {name: getattr(tested, name) for name in names} | {"filtered": asdict(tested.filtered), "rules": rules}


@click.group(name="rules", commands=[test_rules, apply_rules])
@global_options
def command() -> None:
    """The rules of rules.toml: what they would do, and what they have dropped."""
