"""Fits `model.json` to marked pages, or cleans each page with a model that has not seen its site.

    .venv/bin/pip install -c scripts/constraints.txt -e '.[train]'
    .venv/bin/python scripts/train_model.py                    # fits on all pages and writes the model
    .venv/bin/python scripts/train_model.py --folds DIR        # five folds, a site always in one; the model stays

The pages are those of ../shared/data. A block is the article's when half of its words stand, in order, in the marked
body; of `snippets` only the blocks that hold a snippet count. Blocks that the rules leave out are not learned from, nor
are pages whose marks no choice of blocks comes near. Every other page is learned with what a feed would tell of it.
DIR gets SET.jsonl for each set, as `scripts/score_articles.py --folds DIR` reads them. The authors and terms of the
sets stand in `ingest/articles/body/CREDITS.md`.
"""

import argparse
import hashlib
import json
import math
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import catboost
import numpy as np
from marked import DATA, SETS, Marked, Row
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from score_articles import cleaned, entry_of, write

from ingest.articles.body import selection
from ingest.articles.body.advice import Advice, advice
from ingest.articles.body.blocks import Blocks
from ingest.articles.body.features import Evidence, Matrix, features, with_advice
from ingest.articles.body.model import FILE, made_of
from ingest.articles.body.vetoes import vetoes
from ingest.articles.extract import evidence_of, page_blocks
from ingest.articles.metadata import metadata as facts
from ingest.articles.tree import parse
from ingest.text.words import words as words_of
from storage.records import NewEntry

FOLDS = 5
TREES, DEPTH, RATE = 300, 6, 0.07
PROCESSES = 2
LEAST_PAGES = 6  # that a name must stand on
LONGEST_WORDS = 120  # a longer block weighs no more: the page is cut in few pieces, not the piece important
WEIGHTS = {"articles": 1, "newspapers": 6, "worldnews": 1, "snippets": 2}
LEAST_F1 = 0.8  # of the best choice of blocks; under it the marks are of another text, or of a part: 15 of 1774 pages
UNKNOWN = -1
SNIPPET_CHARS = 20  # a shorter block may stand in a snippet by chance

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Page:
    """`labels` say of each block whether it is the article's: 1, 0, or UNKNOWN."""

    set: str
    blocks: Blocks
    evidence: tuple[Evidence, Evidence]
    advice: Advice | None
    words: NDArray[np.int64]
    labels: Labels
    fold: int

    @property
    def weights(self) -> Matrix:
        each = np.minimum(self.words + 1, LONGEST_WORDS) / (self.words.sum() + 200)
        return np.where(self.labels == UNKNOWN, 0, 1000 * WEIGHTS[self.set] * each).astype(np.float32)


def read(task: tuple[str, Row], folder: Path = DATA) -> Page | None:
    name, row = task
    tree = parse(Marked(folder).html(name, row), None)
    if tree is None:
        return None
    said = facts.read(tree, url=row["url"] or "", now=datetime.now(UTC))
    blocks = page_blocks(tree)
    if not blocks.texts:
        return None
    words = np.array([len(words_of(text)) for text in blocks.texts])
    if "body" in row:
        labels = of_body(blocks.texts, words, row["body"] or "")
    else:
        labels = of_snippets(blocks.texts, row["with"], row["without"])
    labels[np.array(vetoes(blocks))] = UNKNOWN
    entry = NewEntry(guid="", url=row["url"], title=None)
    return Page(
        name,
        blocks,
        (evidence_of(said, entry), evidence_of(said, entry_of(row))),
        advice(tree, blocks.texts),
        words,
        labels,
        fold_of(row),
    )


def fold_of(row: Row) -> int:
    """Number the fold of a page's site, which an address or, in `snippets`, a file's name begins with."""
    address = row["url"] or row["id"]
    host = urlsplit(address).netloc.removeprefix("www.") or address.split("::")[-1].split("-")[0]
    site = ".".join(host.split(".")[-2:])
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % FOLDS


def of_body(texts: list[str], words: NDArray[np.int64], body: str) -> Labels:
    """All are UNKNOWN if the blocks cannot make the body."""
    wanted = words_of(body)
    hits = shared_words(texts, wanted)
    labels = (2 * hits >= words) & (words > 0)
    f1 = 2 * hits[labels].sum() / max(1, words[labels].sum() + len(wanted))
    return labels.astype(np.int64) if f1 >= LEAST_F1 else np.full(len(texts), UNKNOWN)


def of_snippets(texts: list[str], wanted: list[str], unwanted: list[str]) -> Labels:
    """A block that holds a snippet, or stands in one, is what the snippet is."""
    flat = [" ".join(text.split()) for text in texts]

    def holds(text: str, snippets: list[str]) -> bool:
        return any(snippet in text or (len(text) > SNIPPET_CHARS and text in snippet) for snippet in snippets)

    good, bad = ([" ".join(snippet.split()) for snippet in snippets] for snippets in (wanted, unwanted))
    pairs = [(holds(text, good), holds(text, bad)) for text in flat]
    return np.array([UNKNOWN if is_good == is_bad else int(is_good) for is_good, is_bad in pairs])


def shared_words(texts: list[str], wanted: list[str]) -> NDArray[np.int64]:
    """How many words of each text are in a longest common subsequence with the body."""
    numbers: dict[str, int] = {}
    body = [numbers.setdefault(word, len(numbers)) for word in wanted]
    owners, found = [], []
    for owner, text in enumerate(texts):
        for word in words_of(text):
            owners.append(owner)
            found.append(numbers.setdefault(word, len(numbers)))
    hits = np.zeros(len(texts), np.int64)
    if body and found:
        for step in LCSseq.opcodes(found, body):
            if step.tag == "equal":
                for at in range(step.src_start, step.src_end):
                    hits[owners[at]] += 1
    return hits


def name_weights(pages: Iterable[Page]) -> dict[str, float]:
    """Log-odds of article text in elements so named; a page counts once."""
    seen: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for page in pages:
        inside: Counter[str] = Counter()
        right: Counter[str] = Counter()
        above: dict[int, set[str]] = {}
        for place, words, label in zip(page.blocks.places, page.words.tolist(), page.labels.tolist(), strict=True):
            if label == UNKNOWN:
                continue
            if place not in above:
                above[place] = names_above(page.blocks, place)
            for name in above[place]:
                inside[name] += words
                right[name] += words * label
        for name, words in inside.items():
            if words:
                seen[name] += 1
                good[name] += right[name] / words  # type: ignore[assignment]
    shares = {name: (good[name] + 1) / (count + 2) for name, count in seen.items() if count >= LEAST_PAGES}
    return {name: round(math.log(share / (1 - share)), 2) for name, share in sorted(shares.items())}


def names_above(blocks: Blocks, place: int) -> set[str]:
    names: set[str] = set()
    while place >= 0:
        names |= blocks.within[place].tokens
        place = blocks.within[place].parent
    return names


def rows_of(task: tuple[Page, dict[str, float], int]) -> Matrix:
    page, weights, told = task
    return features(page.blocks, weights, page.evidence[told])


def fitted(pages: list[Page]) -> dict[str, Any]:
    pages = [page for page in pages if (page.labels != UNKNOWN).any()]
    weights = name_weights(pages)
    with Pool(PROCESSES) as pool:
        tasks = [(page, weights, number % 2) for number, page in enumerate(pages)]
        rows = pool.map(rows_of, tasks, chunksize=32)
    forests = {"alone": forest(pages, rows)}
    pairs = [(page, rows) for page, rows in zip(pages, rows, strict=True) if page.advice]
    rows = [with_advice(rows, page.blocks, page.advice.shares) for page, rows in pairs if page.advice]
    return forests | {"advised": forest([page for page, _ in pairs], rows), "weights": weights}


def forest(pages: list[Page], rows: list[Matrix]) -> dict[str, Any]:
    model = catboost.CatBoostClassifier(
        iterations=TREES, depth=DEPTH, learning_rate=RATE, l2_leaf_reg=6, rsm=0.4, border_count=64, random_seed=1,
        thread_count=PROCESSES, verbose=0, allow_writing_files=False,
    )  # fmt: skip
    labels = np.concatenate([page.labels for page in pages])
    known = labels != UNKNOWN
    weights = np.concatenate([page.weights for page in pages])
    return written(model.fit(np.vstack(rows)[known], labels[known], sample_weight=weights[known]))


def written(model: catboost.CatBoost) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        model.save_model(f"{folder}/model.json", format="json")
        data = json.loads(Path(folder, "model.json").read_text())
    trees = data["oblivious_trees"]
    blank = {"float_feature_index": 0, "border": 3e38}  # a level that a shorter tree lacks: never exceeded
    splits = [(tree["splits"] or []) + [blank] * (DEPTH - len(tree["splits"] or [])) for tree in trees]
    return {
        "bias": data["scale_and_bias"][1][0],
        "asked": [[split["float_feature_index"] for split in tree] for tree in splits],
        "bounds": [[split["border"] for split in tree] for tree in splits],
        "values": [[round(v, 4) for v in (t["leaf_values"] + [0.0] * 2**DEPTH)[: 2**DEPTH]] for t in trees],
    }


def clean_by_folds(marked: Marked, pages: list[Page], out: Path, *, feed: bool) -> None:
    now = datetime.now(UTC)
    found: dict[str, list[Row]] = {name: [] for name in SETS}
    for fold in range(FOLDS):
        unseen = made_of(fitted([page for page in pages if page.fold != fold]))
        selection.model = lambda unseen=unseen: unseen  # type: ignore[assignment,misc]
        for name in SETS:
            here = [row for row in marked.truth(name) if fold_of(row) == fold]
            clean = partial(cleaned, folder=marked.folder / name / "html", told=feed, now=now)
            with Pool(PROCESSES) as pool:
                found[name] += pool.imap(clean, here, chunksize=8)
        print(f"fold {fold} is cleaned", flush=True)
    for name, rows in found.items():
        write(out / f"{name}.jsonl", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=Path, metavar="DIR")
    parser.add_argument("--feed", action="store_true", help="with --folds: a feed's entry beside each page")
    arguments = parser.parse_args()
    marked = Marked()
    tasks = [(name, row) for name in SETS for row in marked.truth(name)]
    with Pool(PROCESSES) as pool:
        pages = [page for page in pool.imap(read, tasks, chunksize=8) if page is not None]
    if arguments.folds:
        clean_by_folds(marked, pages, arguments.folds, feed=arguments.feed)
        return
    data = fitted(pages)
    FILE.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size / 1000:.0f} kB, {len(data['weights'])} names, {TREES} trees")


if __name__ == "__main__":
    main()
