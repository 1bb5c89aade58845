"""A folder of marked pages as the scoring scripts read it, with metrics of a few lines beside it."""

import gzip
import json
from pathlib import Path
from typing import Any

METRICS = """
import re
from collections import Counter

_WORD = re.compile(r"\\w+")


def word_prf(found, marked):
    a, b = Counter(_WORD.findall((found or "").lower())), Counter(_WORD.findall((marked or "").lower()))
    hits = (a & b).total()
    return (hits / a.total(), hits / b.total(), 2 * hits / (a.total() + b.total())) if hits else (0.0, 0.0, 0.0)


def snippet_confusion(text, wanted, unwanted):
    hits = sum(one in text for one in wanted)
    return hits, sum(one in text for one in unwanted), len(wanted) - hits, 0


def title_match(found, marked):
    return found == marked, False


def author_match(found, marked):
    return found == marked, False


def date_match(found, marked):
    return (found or "")[:10] == marked, False


def day(text):
    return text if len(text) == 10 else None
"""


def marked_set(folder: Path, name: str, **pages: tuple[str, dict[str, Any]]) -> Path:
    """Write a set of pages, each its markup and what is marked; return the folder that `--data` names."""
    data = folder / "data"
    (data / name / "html").mkdir(parents=True)
    (folder / "quality").mkdir(exist_ok=True)
    (folder / "quality/metrics.py").write_text(METRICS)
    with (data / name / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for number, (html, marks) in pages.items():
            (data / name / "html" / f"{number}.html.gz").write_bytes(gzip.compress(html.encode()))
            truth.write(json.dumps({"id": number, "url": f"https://news.example/{number}"} | marks) + "\n")
    return data
