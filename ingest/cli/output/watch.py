"""What `ingest status --watch` shows: a screen of lines on a terminal, one line otherwise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.cli.output.feeds import ahead
from ingest.cli.output.hooks import hook_line
from ingest.cli.output.text import distance, short, table_lines
from ingest.text.markup import count

Shown = Mapping[str, Any]
"""`ingest.report.state.watched`, with `archive`, `writer` and `in_flight`: the daemon's answer, or None."""

LIMIT = 50  # rows of a section: more than a screen has
NO_FLIGHT: Shown = {"polls": 0, "feeds": [], "pages": 0, "addresses": [], "waits": 0, "hosts": []}


@dataclass(frozen=True, slots=True)
class Section:
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


def screen(shown: Shown, columns: int, lines: int, note: str = "") -> list[tuple[str, bool]]:
    """Return up to `lines` lines, and whether each is a heading. What has no row has no heading."""
    flight = shown["in_flight"] or NO_FLIGHT
    top = [f"{writer_of(shown)}; archive {shown['archive']}", totals_line(shown), note or "q ends"]
    if flight["feeds"]:
        top.insert(2, f"polling {', '.join(flight['feeds'])}")
    hooks = [hook for hook in shown["hooks"] if hook["behind"] or hook["state"] in ("failing", "stopped")]
    top += [f"alert: {alert['subject']}: {alert['reason']}" for alert in shown["alerts"][:2]]
    top += [hook_line(hook) for hook in hooks[:2]]
    screen = [(short(line, columns), False) for line in top[:lines]]
    sections = [section for section in _sections(shown, flight) if section.rows]
    for section, rows in _fitted(sections, lines - len(screen)):
        heading, *body = table_lines(section.rows[:rows], section.header, columns)
        screen += [("", False), (heading, True), *((line, False) for line in body)]
    return screen[:lines]


def totals_line(shown: Shown) -> str:
    """Return "2 polls and 3 pages in flight, 1 host waits, 14 entries pending"; without a daemon what is pending."""
    pending = f"{count(shown['pending'], 'entry', 'entries')} pending"
    if shown["in_flight"] is None:
        return pending
    polls, pages, waits = (shown["in_flight"][name] for name in ("polls", "pages", "waits"))
    waiting = count(waits, "host waits", "hosts wait")
    return f"{count(polls, 'poll')} and {count(pages, 'page')} in flight, {waiting}, {pending}"


def writer_of(shown: Shown) -> str:
    writer = shown["writer"]
    return f"`ingest {writer['command']}` (process {writer['pid']}) is writing" if writer else "nothing is writing"


def line_of(shown: Shown) -> str:
    """Return the state in one line, for a pipe."""
    last = [f"last article {row['id']}: {row['title'] or row['url']}" for row in shown["articles"][:1]]
    return short("; ".join([writer_of(shown), totals_line(shown), *last]))


def _sections(shown: Shown, flight: Shown) -> Iterable[Section]:
    waits = {
        host["host"]: [host["host"], host["why"], ahead(host["until"]), host["requests"]] for host in flight["hosts"]
    }
    for host in shown["blocked"]:
        waits.setdefault(host["host"], [host["host"], "Retry-After", ahead(host["blocked_until"]), ""])
    yield Section(["page being fetched"], [[address] for address in flight["addresses"]])
    yield Section(["host that waits", "for", "until", "requests"], list(waits.values()))
    yield Section(
        ["pending at", "entries", "next"],
        [[row["host"], row["entries"], ahead(row["due_at"])] for row in shown["queue"]],
    )
    yield Section(
        ["last poll", "result", "new", "when"],
        [[row["feed"], _result(row), row["entries_new"], distance(row["at"])] for row in shown["polls"]],
    )
    yield Section(["next feed", "due"], [[row["feed"], ahead(row["due_at"])] for row in shown["next_feeds"]])
    yield Section(
        ["last article", "site", "when"],
        [[row["title"] or row["url"], row["site"], distance(row["archived_at"])] for row in shown["articles"]],
    )


def _result(poll: Mapping[str, Any]) -> str:
    result = str(poll["outcome"]).replace("_", " ")
    return f"{result}: {poll['error']}" if poll["error"] else result


def _fitted(sections: Sequence[Section], lines: int) -> Iterable[tuple[Section, int]]:
    """Share the lines out: an empty one, a heading and a row for each section, then a row more in turn."""
    fitting = sections[: lines // 3]
    rows = [1] * len(fitting)
    left = lines - 3 * len(fitting)
    while left > 0:
        growing = [number for number, section in enumerate(fitting) if rows[number] < len(section.rows)][:left]
        if not growing:
            break
        for number in growing:
            rows[number] += 1
        left -= len(growing)
    return zip(fitting, rows, strict=True)
