"""What rules cost: comparing a text with many of them, and `ingest rules apply` over many filtered entries.

    .venv/bin/python scripts/benches/rules_cost.py [--rules 100] [--words 50] [--chars 10000] [--entries 100000]

The text is that of the sample newsroom. No word or pattern occurs in it, so that all are searched for. `apply` works on
an archive in a temporary folder; a third of the entries is taken up.
"""

import argparse
import random
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from ingest.maintenance.rules import Applied, apply_rules
from ingest.rules.evaluation import drop_with_article
from ingest.rules.matching import Words
from ingest.rules.rule import Condition, Rule, Rules
from ingest.rules.subject import Article, Subject, with_article
from storage.archive import Archive
from storage.records import NewEntry, Outcome, WantedFeed

ARTICLES = Path(__file__).parents[1] / "newsroom/articles"
ROUNDS = 21
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def text_of(languages: str, chars: int) -> str:
    files = sorted(path for folder in languages.split() for path in (ARTICLES / folder).glob("*.txt"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return (text * (chars // len(text) + 1))[:chars]


def rules_of(text: str, rules: int, words: int, *, patterns: bool) -> Rules:
    rng = random.Random(1)
    vocabulary = sorted({word for word in text.split() if word.isalpha() and word.isascii()})

    def word(number: int) -> str:
        phrase = f"{rng.choice(vocabulary)} q{number}x"
        return rf"re:\b{phrase}[0-9]+" if patterns else rng.choice([phrase, f"q{number}x"])

    each = (tuple(word(number) for number in range(n * words, (n + 1) * words)) for n in range(rules))
    return Rules(tuple(Rule(f"rule {n}", "drop", None, (Condition("text", Words(w)),)) for n, w in enumerate(each)))


def compare(text: str, rules: Rules) -> list[float]:
    """Return the CPU seconds of each comparison. Nothing of the text is kept between two of them."""
    entry, spent = Subject(None, {}, frozenset()), []
    for _ in range(ROUNDS):
        began = time.process_time()
        article = Article(None, (), (), None, "en", text, 1, ())
        assert drop_with_article(rules, entry, with_article(entry, article)) is None
        spent.append(time.process_time() - began)
    return spent


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apply(entries: int, folder: Path) -> None:
    with Archive(folder / "news.db", "bench") as archive:
        with archive.transaction():
            archive.subscribe([WantedFeed("https://news.example/feed.xml")], NOW)
        for start in range(1, entries + 1, 10_000):
            ids = range(start, min(start + 10_000, entries + 1))
            with archive.transaction():
                urls = {n: f"https://news.example/{n}" for n in ids}
                made = (
                    NewEntry(f"{n}", url, f"Title {'deal' if n % 3 else 'news'} {n}", summary="word " * 100,
                             canonical_url=url, host="news.example")
                    for n, url in urls.items()
                )  # fmt: skip
                archive.add_entries(1, made, NOW)
                for n in ids:
                    archive.settle(n, Outcome.FILTERED, rule="old", rule_hash="1:0")
        before, began, applied = peak_mb(), time.process_time(), Applied()
        rules = Rules((Rule("deals", "drop", None, (Condition("title", Words(("deal",))),)),))
        for checked in apply_rules(archive, rules, NOW):
            applied.count(checked)
        spent = time.process_time() - began
    more = f"{peak_mb() - before:.0f} MB more at the peak"
    print(f"apply to {entries} filtered entries: {spent:.1f} s of CPU, {more}; {applied}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--words", type=int, default=50)
    parser.add_argument("--chars", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=100_000)
    options = parser.parse_args()
    for language, folders in ("English", "kestrel openbench"), ("French", "fanal"):
        text = text_of(folders, options.chars)
        for patterns in (False, True):
            spent = compare(text, rules_of(text, options.rules, options.words, patterns=patterns))
            kind = "patterns" if patterns else "words"
            first, median = spent[0] * 1000, sorted(spent[1:])[ROUNDS // 2] * 1000
            print(f"{language}, {len(text)} characters, {options.rules} rules of {options.words} {kind}:", end=" ")
            print(f"{median:.1f} ms, the first time {first:.0f} ms; peak {peak_mb():.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        apply(options.entries, Path(folder))


if __name__ == "__main__":
    main()
