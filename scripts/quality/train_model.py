"""Fits a model to marked pages: prints how good it is on sites that it has not seen, and writes the model file.

    .venv/bin/pip install -c scripts/constraints.txt -e '.[train]'
    .venv/bin/python scripts/quality/train_model.py --data PAGES --out model.json
    .venv/bin/python scripts/quality/train_model.py --data PAGES --folds DIR     # the figures only, and their texts

PAGES is a folder of marked pages; `ingest/articles/README.md` has its form. Without --data it is ../shared/data. To use
a model, put it in the place of `ingest/articles/body/model.json`. 2,277 pages take half an hour on two processors.

For the figures, the sites are divided into five folds. The pages of each fold are cleaned by a model that was fitted to
the other four. --folds keeps these texts as DIR/SET.jsonl for `scripts/quality/score_articles.py --folds DIR`. With
--feed, a feed's entry is beside each page: the true title and date, and the first two sentences as summary.

A block is the article's if half of its words are, in order, in the marked body. If only snippets are marked, only
blocks with a snippet count. The model does not learn from blocks that the rules leave out, nor from pages where no
choice of blocks is near the marks. It learns every second page with a feed's entry. `ingest/articles/body/CREDITS.md`
names the authors and the terms of the sets behind the bundled model.
"""

import argparse
import hashlib
import importlib.util
import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from marked import DATA, Marked, Row, by_id, figures
from numpy.typing import NDArray
from score_articles import HEAD, cells, cleaned, entry_of, failed, groups, line, write

from ingest.articles.body import selection
from ingest.articles.body.advice import Advice, advice
from ingest.articles.body.blocks import Blocks
from ingest.articles.body.features import features, with_advice
from ingest.articles.body.model import made_of
from ingest.articles.body.texts import Claims, Matrix
from ingest.articles.body.vetoes import vetoes
from ingest.articles.body.walk import blocks
from ingest.articles.extract import claims_of
from ingest.articles.metadata.fields import read_metadata
from ingest.articles.tree import parse
from ingest.text.words import words as title_words
from storage.records import NewEntry

if TYPE_CHECKING:
    from catboost import CatBoost

LIBRARIES = ("catboost", "rapidfuzz")
HOW_TO_INSTALL = ".venv/bin/pip install -c scripts/constraints.txt -e '.[train]'"
FOLDS = 5
TREES, DEPTH, RATE = 300, 6, 0.07
PROCESSES = 2
MIN_PAGES = 6  # with a name that gets a weight
MAX_BLOCK_WORDS = 120  # a longer block weighs no more: it is long because the page has few blocks, not important
SET_WEIGHTS = {"newspapers": 6, "snippets": 2}  # of each page; 1 in other sets
MIN_BEST_F1 = 0.8  # of the best choice of blocks; below, another text was marked, or only a part: 15 of 1774 pages
UNKNOWN = -1
MIN_SNIPPET_CHARS = 20  # a shorter block may be part of a snippet by chance

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Page:
    """`labels` say whether a block is the article's: 1, 0, or UNKNOWN. `claims` are without and with a feed."""

    set: str
    blocks: Blocks
    claims: tuple[Claims, Claims]
    advice: Advice | None
    words: NDArray[np.int64]
    labels: Labels
    fold: int

    @property
    def weights(self) -> Matrix:
        each = np.minimum(self.words + 1, MAX_BLOCK_WORDS) / (self.words.sum() + 200)
        return np.where(self.labels == UNKNOWN, 0, 1000 * SET_WEIGHTS.get(self.set, 1) * each).astype(np.float32)


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="PAGES", help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("model.json"), metavar="FILE", help="default: %(default)s")
    parser.add_argument("--folds", type=Path, metavar="DIR")
    parser.add_argument("--feed", action="store_true")
    parser.add_argument("--trees", type=int, default=TREES, help="default: %(default)s")
    arguments = parser.parse_args(given)
    if lacking := [name for name in LIBRARIES if importlib.util.find_spec(name) is None]:
        parser.error(f"{' and '.join(lacking)} not installed; to have them: {HOW_TO_INSTALL}")
    marked = Marked(arguments.data)
    tasks = [(name, row) for name in marked.sets for row in marked.truth(name)]
    if not tasks:
        parser.error(f"there is no SET/truth.jsonl in {arguments.data}; name the folder of marked pages with --data")
    if len({fold_of(row) for _, row in tasks}) == 1:
        parser.error(f"the sites of {arguments.data} are all in one fold; pages of more sites are needed")
    with Pool(PROCESSES) as pool:
        pages = [page for page in pool.imap(partial(read, marked), tasks, chunksize=8) if page is not None]
    found = cleaned_by_folds(marked, pages, trees=arguments.trees, feed=arguments.feed)
    report(marked, found)
    if arguments.folds:
        for name, rows in found.items():
            write(arguments.folds / f"{name}.jsonl", rows)
        return
    data = fitted(pages, arguments.trees)
    arguments.out.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    size = arguments.out.stat().st_size / 1000
    print(f"{arguments.out}: {size:.0f} kB, {len(data['weights'])} names, {arguments.trees} trees")


def read(marked: Marked, task: tuple[str, Row]) -> Page | None:
    name, row = task
    tree = parse(marked.html(name, row), None)
    if tree is None:
        return None
    metadata = read_metadata(tree, url=row["url"] or "", now=datetime.now(UTC))
    found = blocks(tree)
    if not found.texts:
        return None
    words = np.array([len(title_words(text)) for text in found.texts])
    if "body" in row:
        labels = of_body(found.texts, words, row["body"] or "")
    else:
        labels = of_snippets(found.texts, row["with"], row["without"])
    labels[np.array(vetoes(found), dtype=bool)] = UNKNOWN
    entries = NewEntry(guid="", url=row["url"], title=None), entry_of(row)
    without, beside = (claims_of(metadata, entry, "") for entry in entries)
    return Page(name, found, (without, beside), advice(tree, found.texts), words, labels, fold_of(row))


def fold_of(row: Row) -> int:
    """Return the fold of a page's site. In `snippets`, a page without an address has its site in the file's name."""
    address = row["url"] or row["id"]
    host = urlsplit(address).netloc.removeprefix("www.") or address.split("::")[-1].split("-")[0]
    site = ".".join(host.split(".")[-2:])
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % FOLDS


def of_body(texts: list[str], words: NDArray[np.int64], body: str) -> Labels:
    """Label the blocks by the marked body. All are UNKNOWN if no choice of blocks is near it."""
    wanted = title_words(body)
    hits = shared_words(texts, wanted)
    labels = (2 * hits >= words) & (words > 0)
    f1 = 2 * hits[labels].sum() / max(1, words[labels].sum() + len(wanted))
    return labels.astype(np.int64) if f1 >= MIN_BEST_F1 else np.full(len(texts), UNKNOWN)


def of_snippets(texts: list[str], wanted: list[str], unwanted: list[str]) -> Labels:
    """Label the blocks that hold a snippet, or are part of one."""
    flat = [" ".join(text.split()) for text in texts]

    def holds(text: str, snippets: list[str]) -> bool:
        return any(snippet in text or (len(text) > MIN_SNIPPET_CHARS and text in snippet) for snippet in snippets)

    good, bad = ([" ".join(snippet.split()) for snippet in snippets] for snippets in (wanted, unwanted))
    pairs = [(holds(text, good), holds(text, bad)) for text in flat]
    return np.array([UNKNOWN if is_good == is_bad else int(is_good) for is_good, is_bad in pairs])


def shared_words(texts: list[str], wanted: list[str]) -> NDArray[np.int64]:
    """Count the words of each text that are in a longest common subsequence with the body."""
    from rapidfuzz.distance import LCSseq

    numbers: dict[str, int] = {}
    body = [numbers.setdefault(word, len(numbers)) for word in wanted]
    owners, found = [], []
    for owner, text in enumerate(texts):
        for word in title_words(text):
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
    """Return for each name the log-odds that the text of elements with it is the article's. A page counts once."""
    seen: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for page in pages:
        inside: Counter[str] = Counter()
        right: Counter[str] = Counter()
        names: dict[int, set[str]] = {}
        for place, words, label in zip(page.blocks.places, page.words.tolist(), page.labels.tolist(), strict=True):
            if label == UNKNOWN:
                continue
            if place not in names:
                names[place] = names_of(page.blocks, place)
            for name in names[place]:
                inside[name] += words
                right[name] += words * label
        for name, words in inside.items():
            if words:
                seen[name] += 1
                good[name] += right[name] / words
    shares = {name: (good[name] + 1) / (count + 2) for name, count in seen.items() if count >= MIN_PAGES}
    return {name: round(math.log(share / (1 - share)), 2) for name, share in sorted(shares.items())}


def names_of(blocks: Blocks, place: int) -> set[str]:
    """Return the names of a place and its ancestors."""
    names: set[str] = set()
    while place >= 0:
        names |= blocks.elements[place].tokens
        place = blocks.elements[place].parent
    return names


def rows_of(task: tuple[Page, dict[str, float], int]) -> Matrix:
    page, weights, with_feed = task
    return features(page.blocks, weights, page.claims[with_feed])


def fitted(pages: list[Page], trees: int) -> dict[str, Any]:
    """Fit a model, and return the content of its file."""
    pages = [page for page in pages if (page.labels != UNKNOWN).any()]
    weights = name_weights(pages)
    with Pool(PROCESSES) as pool:
        tasks = [(page, weights, number % 2) for number, page in enumerate(pages)]
        rows = pool.map(rows_of, tasks, chunksize=32)
    forests = {"alone": forest(pages, rows, trees)}
    pairs = [(page, rows) for page, rows in zip(pages, rows, strict=True) if page.advice]
    rows = [with_advice(rows, page.blocks, page.advice.shares) for page, rows in pairs if page.advice]
    return forests | {"advised": forest([page for page, _ in pairs], rows, trees), "weights": weights}


def forest(pages: list[Page], rows: list[Matrix], trees: int) -> dict[str, Any]:
    import catboost

    model = catboost.CatBoostClassifier(
        iterations=trees, depth=DEPTH, learning_rate=RATE, l2_leaf_reg=6, rsm=0.4, border_count=64, random_seed=1,
        thread_count=PROCESSES, verbose=0, allow_writing_files=False,
    )  # fmt: skip
    labels = np.concatenate([page.labels for page in pages])
    known = labels != UNKNOWN
    weights = np.concatenate([page.weights for page in pages])
    return written(model.fit(np.vstack(rows)[known], labels[known], sample_weight=weights[known]))


def written(model: "CatBoost") -> dict[str, Any]:
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


def cleaned_by_folds(marked: Marked, pages: list[Page], *, trees: int, feed: bool) -> dict[str, list[Row]]:
    """Clean each page with a model that was fitted without its fold; return the rows by set."""
    now = datetime.now(UTC)
    found: dict[str, list[Row]] = {name: [] for name in marked.sets}
    for fold in range(FOLDS):
        held_out = {name: [row for row in marked.truth(name) if fold_of(row) == fold] for name in found}
        if not any(held_out.values()):
            continue
        data = fitted([page for page in pages if page.fold != fold], trees)
        with Pool(PROCESSES, use, [data]) as pool:
            for name, rows in held_out.items():
                clean = partial(cleaned, folder=marked.folder / name / "html", with_feed=feed, now=now)
                found[name] += pool.imap(clean, rows, chunksize=8)
        print(f"fold {fold + 1} of {FOLDS} is done", file=sys.stderr, flush=True)
    return found


def use(data: dict[str, Any]) -> None:
    """Let `extract` use another model in this process."""
    model = made_of(data)
    selection.model = lambda: model


def report(marked: Marked, found: dict[str, list[Row]]) -> None:
    """Print the table of `scripts/quality/score_articles.py`."""
    print(line(HEAD), line(["---"] * len(HEAD)), sep="\n")
    for name, rows in found.items():
        for group, truth in groups(name, marked.truth(name)):
            print(line(cells(group, "product", figures(truth, by_id(rows)), failed(rows, truth))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
