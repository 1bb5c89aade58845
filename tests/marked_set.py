"""A folder of marked pages as the scripts in scripts/quality read it."""

import gzip
import json
from pathlib import Path
from typing import Any


def marked_set(folder: Path, name: str, **pages: tuple[str, dict[str, Any]]) -> Path:
    """Write a set of pages, each its markup and what is marked; return the folder that `--data` names."""
    data = folder / "data"
    (data / name / "html").mkdir(parents=True)
    with (data / name / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for number, (html, marks) in pages.items():
            (data / name / "html" / f"{number}.html.gz").write_bytes(gzip.compress(html.encode()))
            truth.write(json.dumps({"id": number, "url": f"https://news.example/{number}"} | marks) + "\n")
    return data
