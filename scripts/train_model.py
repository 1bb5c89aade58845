"""Fits `model.json` to pages that people marked by hand, or cleans each with a model that has not seen its site.

    .venv/bin/pip install catboost rapidfuzz
    .venv/bin/python scripts/train_model.py [PAGES]               # fits on all pages and writes the model
    .venv/bin/python scripts/train_model.py [PAGES] --folds DIR   # five folds, a site always in one; the model stays

PAGES (default: ../shared/data/articles) holds truth.jsonl and html/ID.html.gz. A block is the article's when half of
its words stand, in order, in the marked body. Every other page is learned with what a feed would tell of it. DIR gets
alone.jsonl and feed.jsonl, without and with a feed's entry, as `scripts/score_articles.py` writes them.
"""

import argparse
import gzip
import hashlib
import json
import math
import re
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
from rapidfuzz.distance import LCSseq
from score_articles import ARTICLES, SENTENCE, cleaned

from ingest.articles.body import selection
from ingest.articles.body.blocks import Blocks
from ingest.articles.body.features import Matrix, features, with_advice
from ingest.articles.body.model import FILE, made_of
from ingest.articles.extract import advice, page_blocks
from ingest.articles.metadata import facts
from ingest.articles.tree import parse

FOLDS = 5
TREES, DEPTH, RATE = 250, 6, 0.08
LEAST_PAGES = 6  # that a name must stand on
LONGEST_WORDS = 120  # a longer block weighs no more: the page is cut in few pieces, not the piece important
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Page:
    blocks: Blocks
    titles: tuple[list[str], list[str]]
    evidence: tuple[str, str]
    advice: Any
    body: str
    words: list[int]
    right: list[bool]
    fold: int


def read(row: dict[str, Any], html: bytes) -> Page:
    tree = parse(html, None)
    said = facts.read(tree, url=row["url"] or "", now=datetime.now(UTC))
    blocks = page_blocks(tree)
    body = row["body"] or ""
    words, hits = shares(blocks.texts, body)
    alone = [title for title in (said.headline, *said.names) if title]
    told = " ".join(SENTENCE.split(body)[:2])
    site = ".".join(urlsplit(row["url"] or row["id"]).netloc.removeprefix("www.").split(".")[-2:])
    return Page(
        blocks,
        (alone, [row["title"] or "", *alone]),
        (said.text or said.summary or "", told or said.text or said.summary or ""),
        advice(tree, blocks.texts),
        body,
        words,
        [2 * hit >= count > 0 for hit, count in zip(hits, words, strict=True)],
        int(hashlib.sha256(site.encode()).hexdigest(), 16) % FOLDS,
    )


def shares(texts: list[str], body: str) -> tuple[list[int], list[int]]:
    """How many words each text has, and how many of them a longest common subsequence with the body."""
    numbers: dict[str, int] = {}
    wanted = [numbers.setdefault(word, len(numbers)) for word in WORD.findall(body.lower())]
    owners, found = [], []
    for owner, text in enumerate(texts):
        for word in WORD.findall(text.lower()):
            owners.append(owner)
            found.append(numbers.setdefault(word, len(numbers)))
    hits, words = [0] * len(texts), [0] * len(texts)
    for owner in owners:
        words[owner] += 1
    if wanted and found:
        for step in LCSseq.opcodes(found, wanted):
            if step.tag == "equal":
                for at in range(step.src_start, step.src_end):
                    hits[owners[at]] += 1
    return words, hits


def name_weights(pages: Iterable[Page]) -> dict[str, float]:
    """Log-odds of article text in elements so named; a page counts once."""
    seen: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for page in pages:
        inside: Counter[str] = Counter()
        right: Counter[str] = Counter()
        for place, words, is_right in zip(page.blocks.places, page.words, page.right, strict=True):
            names: set[str] = set()
            while place >= 0:
                names |= page.blocks.within[place].tokens
                place = page.blocks.within[place].parent  # noqa: PLW2901
            for name in names:
                inside[name] += words
                right[name] += words * is_right
        for name, words in inside.items():
            if words:
                seen[name] += 1
                good[name] += right[name] / words  # type: ignore[assignment]
    shares = {name: (good[name] + 1) / (count + 2) for name, count in seen.items() if count >= LEAST_PAGES}
    return {name: round(math.log(share / (1 - share)), 2) for name, share in sorted(shares.items())}


def rows_of(task: tuple[Page, dict[str, float], int]) -> Matrix | None:
    page, weights, told = task
    return features(page.blocks, weights, page.titles[told], page.evidence[told]) if page.blocks.texts else None


def fit(pages: list[Page], rows: list[list[Any]], *, advised: bool) -> catboost.CatBoost:
    pairs = enumerate(zip(pages, rows, strict=True))
    chosen = [(page, pair[number % 2]) for number, (page, pair) in pairs if page.blocks.texts]
    if advised:
        chosen = [(page, with_advice(one, page.advice)) for page, one in chosen]
    weights = [np.minimum(np.array(page.words) + 1, LONGEST_WORDS) / (sum(page.words) + 200) for page, _ in chosen]
    model = catboost.CatBoostClassifier(
        iterations=TREES, depth=DEPTH, learning_rate=RATE, l2_leaf_reg=6, rsm=0.4, border_count=64, random_seed=1,
        thread_count=2, verbose=0,
        allow_writing_files=False,
    )  # fmt: skip
    labels = np.concatenate([page.right for page, _ in chosen]).astype(int)
    return model.fit(np.vstack([one for _, one in chosen]), labels, sample_weight=1000 * np.concatenate(weights))


def clean_by_folds(truth: list[dict[str, Any]], pages: list[Page], html: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with (out / "alone.jsonl").open("w") as alone, (out / "feed.jsonl").open("w") as with_feed:
        for fold in range(FOLDS):
            unseen = made_of(fitted([page for page in pages if page.fold != fold]))
            selection.model = lambda unseen=unseen: unseen  # type: ignore[assignment,misc]
            here = [row for row, page in zip(truth, pages, strict=True) if page.fold == fold]
            for file, told in ((alone, False), (with_feed, True)):
                clean = partial(cleaned, folder=html, told=told, now=datetime.now(UTC))
                with Pool() as pool:
                    for row in pool.imap(clean, here, chunksize=16):
                        file.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(f"fold {fold}: {len(here)} pages", flush=True)


def all_rows(pages: list[Page], weights: dict[str, float]) -> list[list[Any]]:
    with Pool() as pool:
        flat = pool.map(rows_of, [(page, weights, told) for page in pages for told in (0, 1)], chunksize=32)
    return [flat[number : number + 2] for number in range(0, len(flat), 2)]


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


def fitted(pages: list[Page]) -> dict[str, Any]:
    weights = name_weights(pages)
    rows = all_rows(pages, weights)
    forests = {name: written(fit(pages, rows, advised=name == "advised")) for name in ("alone", "advised")}
    return forests | {"weights": weights}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="?", default=ARTICLES)
    parser.add_argument("--folds", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    html = arguments.pages / "html"
    with (arguments.pages / "truth.jsonl").open(encoding="utf-8") as lines:
        truth = list(map(json.loads, lines))
    with Pool() as pool:
        bodies = (gzip.decompress((html / f"{row['id']}.html.gz").read_bytes()) for row in truth)
        pages = pool.starmap(read, zip(truth, bodies, strict=True), chunksize=16)
    if arguments.folds:
        clean_by_folds(truth, pages, html, arguments.folds)
        return
    data = fitted(pages)
    FILE.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size / 1000:.0f} kB, {len(data['weights'])} names, {TREES} trees")


if __name__ == "__main__":
    main()
