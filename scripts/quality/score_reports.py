"""Ask the product which reports made from one frame are one article.

    .venv/bin/python scripts/quality/score_reports.py [--use tuned|held] [--series N] [--seed S] [--wrong KIND]

Frames and words are in scripts/quality/reports.txt; those marked "held" must not be used to choose bounds.
A series is one filled frame with some background. Each of its pairs is another text made from it, minutes to weeks
later, on the same site or another: a copy, a correction, next week's figures, other names. Printed are, for each kind
and gap, the pairs and the share that is linked, and at the end precision and recall by gap.
"""

import argparse
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.dedupe import near
from storage.content import CandidateText

FRAMES = Path(__file__).parent / "reports.txt"
START = datetime(2025, 3, 3, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = {
    "en": "today", "de": "heute", "fr": "aujourd'hui", "es": "hoy", "ru": "сегодня", "ja": "本日", "pl": "dzisiaj",
    "zh": "今日", "sv": "i dag",
}  # fmt: skip
DENSE = ("ja", "zh")
SLOT = re.compile(r"\{([a-z]+)(\d*)\}")
GAPS = {
    "hours": (HOUR / 6, 18 * HOUR), "next day": (20 * HOUR, 30 * HOUR), "days": (2 * DAY, 6 * DAY),
    "weeks": (7 * DAY, 25 * DAY),
}  # fmt: skip
FAR = ("days", "weeks")
COPIES = ("headline", "byline", "cut", "edits", "links", "same")
REFILED = (*COPIES, "lead", "retold", "correction", "update")
OTHERS = {"all figures": (*FAR, "next day"), "few figures": FAR, "date only": FAR, "names": tuple(GAPS)}


@dataclass(frozen=True)
class Frame:
    language: str
    kind: str
    use: str
    title: str
    lead: str
    body: tuple[str, ...]

    @property
    def slots(self) -> set[str]:
        return {"".join(slot) for slot in SLOT.findall("\n".join((self.title, *self.body)))}


@dataclass(frozen=True)
class Report:
    frame: Frame
    values: dict[str, str]
    background: tuple[str, ...]
    site: str
    at: datetime
    words: dict[str, str] = field(repr=False)

    def filled(self, text: str) -> str:
        return SLOT.sub(lambda slot: self.value(slot[1], slot[0][1:-1]), text)

    def value(self, sort: str, name: str) -> str:
        if sort in ("day", "wday", "today", "month"):
            return dated(sort, self.at, self.words, self.frame.language, self.values["today"])
        return self.values[name]

    def candidate(self) -> CandidateText:
        lines = [*map(self.filled, self.frame.body), *self.background]
        return CandidateText(1, self.site, self.filled(self.frame.title), self.at, "\n".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--use", choices=("tuned", "held"))
    parser.add_argument("--series", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", help="print the pairs of this kind that are decided wrongly")
    arguments = parser.parse_args()
    words, frames = read(FRAMES.read_text(encoding="utf-8"))
    for use in ("tuned", "held"):
        if arguments.use in (None, use):
            chosen = [frame for frame in frames if frame.use == use]
            score(use, chosen, words, arguments)


def score(use: str, frames: list[Frame], words: dict[str, dict[str, str]], arguments: argparse.Namespace) -> None:
    counts: dict[tuple[bool, str, str], list[int]] = defaultdict(lambda: [0, 0])
    spent = 0.0
    for frame in frames:
        for number in range(arguments.series):
            rng = random.Random(f"{arguments.seed} {frame.language} {frame.kind} {number}")
            for kind, gap, copy, one, other in pairs(frame, words[frame.language], rng):
                start = time.perf_counter()
                linked = near.find(near.Text(other), {one: near.Text(one)}) is not None
                spent += time.perf_counter() - start
                count = counts[copy, kind, gap]
                count[0] += 1
                count[1] += linked
                if kind == arguments.wrong and linked != copy:
                    print(frame.language, frame.kind, gap, one.title, one.body, other.title, other.body, "", sep="\n")
    print(f"{use}: {sum(count for count, _ in counts.values())} pairs of {len(frames)} frames")
    for (copy, kind, gap), (count, linked) in sorted(counts.items(), key=lambda row: (not row[0][0], *row[0][1:])):
        print(f"  {'copy' if copy else 'other':7}{kind:13}{gap:10}{count:6}{linked / count:8.3f}")
    for near_or_far, gaps in (("within 36 hours", ("hours", "next day")), ("further apart", FAR)):
        found, copies = (sum(row[n] for key, row in counts.items() if key[0] and key[2] in gaps) for n in (1, 0))
        merged = sum(row[1] for key, row in counts.items() if not key[0] and key[2] in gaps)
        print(f"  {near_or_far}: precision {found / max(found + merged, 1):.3f}, recall {found / max(copies, 1):.3f}")
    print(f"  {1000 * spent / sum(count for count, _ in counts.values()):.2f} ms a pair")


def read(text: str) -> tuple[dict[str, dict[str, str]], list[Frame]]:
    words: dict[str, dict[str, str]] = {}
    frames = []
    for block in text.split("\n\n"):
        first, *lines = block.strip().split("\n")
        if first.startswith("["):
            words[first[1:-1]] = dict(line.split(": ", 1) for line in lines)
        elif first.startswith("="):
            title, lead, *body = lines
            frames.append(Frame(*first[2:].split(), title, lead, tuple(body)))
    return words, frames


def pairs(
    frame: Frame, words: dict[str, str], rng: random.Random
) -> Iterator[tuple[str, str, bool, CandidateText, CandidateText]]:
    """Yield the kind, the gap, whether the second text is a copy, and the two texts."""
    fill = words["fill"].split("|")
    background = tuple(rng.sample(fill, rng.choice((0, 0, 1, 1, 2, len(fill)))))
    values = {name: drawn(name, words, rng) for name in sorted(frame.slots)}
    values["today"] = rng.choice(("today", "today", "wday"))
    one = Report(frame, values, background, "wire.example", START + rng.randrange(500) * HOUR, words)
    for gap, (least, most) in GAPS.items():
        for change in COPIES if gap in FAR else REFILED:
            made = copied(one, change, rng, words)
            site = "wire.example" if rng.random() < (0.2 if gap in FAR else 0.5) else "paper.example"
            other = replace(made, site=site, published_at=later(one.at, least, most, rng))
            yield change, gap, True, one.candidate(), other
        for change, gaps in OTHERS.items():
            if gap not in gaps:
                continue
            site = "wire.example" if rng.random() < 0.5 else "paper.example"
            made = replace(one, at=later(one.at, least, most, rng), site=site)
            made = replace(made, values=changed(values, change, words, rng))
            if (text := made.candidate()).body != one.candidate().body:
                yield change, gap, False, one.candidate(), text


def later(at: datetime, least: timedelta, most: timedelta, rng: random.Random) -> datetime:
    return at + least + rng.random() * (most - least)


def drawn(name: str, words: dict[str, str], rng: random.Random) -> str:
    match name.rstrip("0123456789"):
        case "n":
            return str(rng.randrange(10, 990))
        case "d":
            return f"{rng.uniform(0.2, 60):.1f}"
        case "r":
            return f"{rng.randrange(5, 12)}-{rng.choice(('1/8', '3/8', '5/8', '7/8', '3/16', '11/16'))}"
        case "w":
            return rng.choice(words["numbers"].split())
        case "q":
            return words["nil"] if rng.random() < 0.3 else f"{rng.uniform(0.2, 60):.1f} {words['unit']}"
        case "up":
            return rng.choice(words["directions"].split("|"))
        case "co" | "pe" | "pl" as sort:
            lists = {"co": "companies", "pe": "people", "pl": "places"}
            return rng.choice(words[lists[sort]].split("|"))
        case _:
            return ""


def dated(sort: str, at: datetime, words: dict[str, str], language: str, today: str) -> str:
    months, weekdays = words["months"].split(), words["weekdays"].split()
    if sort == "day":
        return words["date"].format(month=months[at.month - 1], d=at.day)
    if sort == "month":
        return months[at.month - 1]
    return TODAY[language] if sort == "today" and today == "today" else weekdays[at.weekday()]


def changed(values: dict[str, str], change: str, words: dict[str, str], rng: random.Random) -> dict[str, str]:
    """Return the values of another report."""
    names = {name for name in values if name[:2] in ("co", "pe", "pl")}
    figures = sorted(values.keys() - names - {"day", "wday", "month2", "today"})
    kept = {"all figures": 0.1, "few figures": 0.75, "date only": 1, "names": 0.9}[change]
    redrawn = {name for name in figures if rng.random() >= kept}
    if change == "few figures" and figures and not redrawn:
        redrawn = {rng.choice(figures)}
    if change == "names":
        redrawn |= names
    made = dict(values)
    for name in sorted(redrawn):
        for _ in range(20):
            made[name] = drawn(name, words, rng)
            if made[name] != values[name]:
                break
    return made


def copied(one: Report, change: str, rng: random.Random, words: dict[str, str]) -> CandidateText:
    """Return the report's text as it is sent again or printed by another site."""
    text = one.candidate()
    lines = text.body.split("\n")
    fill = [line for line in words["fill"].split("|") if line not in lines]
    title = text.title or ""
    match change:
        case "headline":
            title = " ".join(title.split()[:-1]) or title
        case "byline":
            lines[0] = (
                f"{words['places'].split('|')[0].upper()}, {words['months'].split()[one.at.month - 1]} - {lines[0]}"
            )
        case "cut":
            lines = lines[: max(len(lines) - 1, 1)]
        case "edits":
            lines = [edited(line, rng, one.frame.language) for line in lines]
        case "links":
            lines += rng.choices(words["companies"].split("|"), k=3)
        case "lead":
            lines[0] = one.filled(one.frame.lead)
        case "retold":
            lines[0] = one.filled(one.frame.lead)
            title = lines[0][:25] if one.frame.language in DENSE else " ".join(lines[0].split()[:8])
        case "correction":
            lines[rng.randrange(len(lines))] += "".join(rng.sample(fill, min(1, len(fill))))
            title, *lines = corrected([f"CORRECTED - {title}", *lines], rng)
        case "update":
            lines[0] = one.filled(one.frame.lead)
            lines += fill[:2]
    return replace(text, title=title, body="\n".join(lines))


def edited(line: str, rng: random.Random, language: str) -> str:
    """Drop one of the line's words that is neither a name nor a figure."""
    pieces = list(line) if language in DENSE else line.split()
    usual = [place for place, piece in enumerate(pieces) if place and piece.islower()]
    if language in DENSE:
        usual = [place for place, piece in enumerate(pieces) if piece in "は、がをに的了"]
    if len(usual) > 2:
        del pieces[rng.choice(usual)]
    return ("" if language in DENSE else " ").join(pieces)


def corrected(lines: list[str], rng: random.Random) -> list[str]:
    """Change one number of the lines, wherever it occurs."""
    numbers = re.findall(r"\d+", "\n".join(lines))
    if not numbers:
        return lines
    number = rng.choice(numbers)
    return [re.sub(rf"\b{number}\b", str(int(number) + 3), line) for line in lines]


if __name__ == "__main__":
    main()
