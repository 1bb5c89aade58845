"""The marked pages of ../shared/data, and how near a text comes to what was marked.

The metrics are those of ../shared/quality/metrics.py, which is loaded by its path.
"""

import gzip
import importlib.util
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "shared/data"
SETS = ("articles", "newspapers", "worldnews", "snippets")
FIELDS = ("title", "author", "date")

Row = dict[str, Any]  # of truth or of predictions: id, title, author, date, body


def rows_of(file: Path) -> list[Row]:
    with file.open(encoding="utf-8") as lines:
        return list(map(json.loads, lines))


@dataclass
class Marked:
    """A folder with a set in each of its folders; `quality/metrics.py` stands beside it."""

    folder: Path = DATA

    @property
    def absent(self) -> Path | None:
        """What is needed and is not there."""
        return next((path for path in (self.folder, self._metrics_file) if not path.exists()), None)

    def truth(self, name: str) -> list[Row]:
        return rows_of(self.folder / name / "truth.jsonl")

    def html(self, name: str, page: Row) -> bytes:
        return gzip.decompress((self.folder / name / "html" / f"{page['id']}.html.gz").read_bytes())

    def prf(self, text: str | None, page: Row) -> tuple[float, float, float]:
        """Return a page's precision, recall and F1: of words, or of snippets where only those are marked."""
        if "body" not in page:
            return _prf(*self._confused(text, page))
        precision, recall, f1 = self._metrics.word_prf(text, page["body"])
        return precision, recall, f1

    def words(self, text: str) -> list[str]:
        found: list[str] = self._metrics._WORD.findall(text.lower())  # noqa: SLF001
        return found

    def figures(self, truth: Sequence[Row], found: Mapping[str, Row]) -> dict[str, float]:
        """Return the figures of score.py by name, counts for `empty`. A page missing from `found` counts as empty."""
        bodies = [found.get(page["id"], {}).get("body") for page in truth]
        figures: dict[str, float] = {"pages": len(truth), "empty": sum(not (body or "").strip() for body in bodies)}
        if all("body" in page for page in truth):
            each = [self.prf(body, page) for body, page in zip(bodies, truth, strict=True)]
            precision, recall, f1 = map(mean, zip(*each, strict=True))
            figures |= {"bad": mean(one[2] < 0.5 for one in each), "under_0.8": mean(one[2] < 0.8 for one in each)}
        else:
            counts = [self._confused(body, page) for body, page in zip(bodies, truth, strict=True)]
            precision, recall, f1 = _prf(*map(sum, zip(*counts, strict=True)))
        return figures | {"f1": f1, "precision": precision, "recall": recall} | self._of_fields(truth, found)

    def _of_fields(self, truth: Sequence[Row], found: Mapping[str, Row]) -> dict[str, float]:
        """For each field that is marked and given: the share that is exact, how many pages have none, and for how many
        of these one is given.
        """
        figures: dict[str, float] = {}
        for name in FIELDS:
            match = getattr(self._metrics, f"{name}_match")
            pairs = [
                (found.get(page["id"], {}).get(name), page.get(name)) for page in truth if self._counts(page, name)
            ]
            known = [pair for pair in pairs if pair[1]]
            if known and any(name in row for row in found.values()):
                given = [bool(answer) for answer, marked in pairs if not marked]
                figures[name] = mean(match(*pair)[0] for pair in known)
                figures |= {f"{name}_none": len(given), f"{name}_invented": sum(given)}
        return figures

    def _counts(self, page: Row, field: str) -> bool:
        """Tell whether the field is marked as a thing to compare: a date that is not a day is not."""
        return field != "date" or not page.get(field) or bool(self._metrics.day(page[field]))

    def _confused(self, text: str | None, page: Row) -> tuple[int, int, int]:
        hits, extra, missing, _ = self._metrics.snippet_confusion(text or "", page["with"], page["without"])
        return hits, extra, missing

    @property
    def _metrics_file(self) -> Path:
        return self.folder.parent / "quality/metrics.py"

    @cached_property
    def _metrics(self) -> Any:  # noqa: ANN401 (a module)
        spec = importlib.util.spec_from_file_location("metrics", self._metrics_file)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def by_id(rows: Iterable[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}


def _prf(hits: int, extra: int, missing: int) -> tuple[float, float, float]:
    return hits / ((hits + extra) or 1), hits / ((hits + missing) or 1), 2 * hits / ((2 * hits + extra + missing) or 1)
