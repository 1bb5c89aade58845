"""A folder of marked pages, and how near texts come to what is marked (`ingest/articles/README.md` has the form)."""

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import metrics

DATA = Path(__file__).resolve().parents[3] / "shared/data"
SETS = ("articles", "newspapers", "worldnews", "snippets")  # the bundled model has learned from them
FIELDS = {"title": metrics.is_title, "author": metrics.is_author, "date": metrics.is_date}

Row = dict[str, Any]  # of truth or of predictions: id, title, author, date, body


def rows_of(file: Path) -> list[Row]:
    with file.open(encoding="utf-8") as lines:
        return list(map(json.loads, lines))


def by_id(rows: Iterable[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}


@dataclass(frozen=True)
class Marked:
    folder: Path = DATA

    @property
    def sets(self) -> list[str]:
        """The sets in the folder, those of SETS first."""
        found = sorted(file.parent.name for file in self.folder.glob("*/truth.jsonl"))
        return [name for name in SETS if name in found] + [name for name in found if name not in SETS]

    def truth(self, name: str) -> list[Row]:
        return rows_of(self.folder / name / "truth.jsonl")

    def html(self, name: str, page: Row) -> bytes:
        return gzip.decompress((self.folder / name / "html" / f"{page['id']}.html.gz").read_bytes())


def page_scores(text: str | None, page: Row) -> metrics.Scores:
    """Return a page's precision, recall and F1: over words, or over snippets if only those are marked."""
    if "body" not in page:
        return metrics.scores(*metrics.snippet_counts(text, page["with"], page["without"]))
    return metrics.word_scores(text, page["body"])


def figures(truth: Sequence[Row], found: Mapping[str, Row]) -> dict[str, float]:
    """Return the figures of a set by name, counts for `empty`. A page missing from `found` counts as empty."""
    bodies = [found.get(page["id"], {}).get("body") for page in truth]
    result: dict[str, float] = {"pages": len(truth), "empty": sum(not (body or "").strip() for body in bodies)}
    if all("body" in page for page in truth):
        each = [page_scores(body, page) for body, page in zip(bodies, truth, strict=True)]
        precision, recall, f1 = map(mean, zip(*each, strict=True))
        result |= {"bad": mean(one[2] < 0.5 for one in each), "under_0.8": mean(one[2] < 0.8 for one in each)}
    else:
        pairs = zip(bodies, truth, strict=True)
        counts = [metrics.snippet_counts(body, page["with"], page["without"]) for body, page in pairs]
        precision, recall, f1 = metrics.scores(*map(sum, zip(*counts, strict=True)))
    return result | {"f1": f1, "precision": precision, "recall": recall} | _figures_of_fields(truth, found)


def _figures_of_fields(truth: Sequence[Row], found: Mapping[str, Row]) -> dict[str, float]:
    """Return for each field that is marked and found: the share that is right, the number of pages without it, and for
    how many of these a value was found.
    """
    result: dict[str, float] = {}
    for name, is_right in FIELDS.items():
        pairs = [(found.get(page["id"], {}).get(name), page.get(name)) for page in truth if _is_marked(page, name)]
        known = [pair for pair in pairs if pair[1]]
        if known and any(name in row for row in found.values()):
            given = [bool(answer) for answer, marked in pairs if not marked]
            result[name] = mean(is_right(*pair) for pair in known)
            result |= {f"{name}_none": len(given), f"{name}_invented": sum(given)}
    return result


def _is_marked(page: Row, field: str) -> bool:
    """Return whether the field can be compared: a date must be a day."""
    return field != "date" or not page.get(field) or bool(metrics.day(page[field]))
