"""Ask the product which of the labelled texts are copies. Write its answers for ../shared/dedup/score.py.

    .venv/bin/python scripts/quality/score_copies.py OUT.jsonl [--worst N] [--texts DIR]

DIR (default: ../shared/dedup/dev) holds docs.jsonl.gz, in the order of arrival, and truth.jsonl. Each text is archived
as the pipeline does it: candidates, decision, article or copy, fingerprint, boilerplate of its site. truth.jsonl is
read only for --worst, which prints the N texts that were furthest from the right decision.
"""

import argparse
import gzip
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.dedupe import near
from ingest.dedupe.fingerprint import content_hash
from ingest.pipeline.evidence import ties_of
from ingest.pipeline.fetched import Fetched
from ingest.pipeline.record import add_article, add_copy
from ingest.text.markup import clean
from ingest.text.words import word_count
from ingest.workers.tasks import ExtractedPage
from storage.archive import Archive
from storage.content import Content, Copy

TEXTS = Path(__file__).resolve().parents[3] / "shared/dedup/dev"
Decision = tuple[str | None, Copy | None]
NOW = datetime(2025, 6, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--worst", type=int, default=0)
    parser.add_argument("--texts", type=Path, default=TEXTS)
    arguments = parser.parse_args()
    with gzip.open(arguments.texts / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = {row["id"]: article_of(row) for row in map(json.loads, lines)}
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "news.db", "score") as archive:
        found = dict(decided(archive, articles))
    with arguments.out.open("w", encoding="utf-8") as rows:
        for id_, (earlier, _) in found.items():
            rows.write(json.dumps({"id": id_, "dup_of": earlier}) + "\n")
    if arguments.worst:
        with (arguments.texts / "truth.jsonl").open(encoding="utf-8") as lines:
            print_worst(list(map(json.loads, lines)), articles, found, arguments.worst)


def article_of(row: dict[str, Any]) -> Content:
    body = clean(row["text"])
    published_at = datetime.fromisoformat(row["published"]).replace(tzinfo=UTC) if row["published"] else None
    return Content(
        verdict="article",
        reason=None,
        title=row["title"] or None,
        body=body,
        words=word_count(body),
        body_from="page",
        extractor="score",
        published_at=published_at,
        language=row["lang"],
        content_hash=content_hash(body),
        url=f"https://{row['site']}/{row['id']}",
        site=row["site"],
    )


def decided(archive: Archive, articles: dict[str, Content]) -> Iterator[tuple[str, Decision]]:
    """Yield the decision for each text, and the id of the earlier text that it is linked to.

    A link that is undone later counts too.
    """
    ids: dict[int, str] = {}
    for id_, article in articles.items():
        with archive.transaction():
            hashes = near.hashes_of(article.body)
            fetched = Fetched(ExtractedPage(article, article.content_hash, tuple(hashes)))
            ties = ties_of(article, hashes, archive)
            copy = next(iter(ties.full_of), ties.copy)
            if ties.copy:
                add_copy(fetched, ties.copy, archive, NOW)
            else:
                ids[add_article(fetched, ties, archive, NOW)] = id_
        yield id_, (ids[copy.article_id] if copy else None, copy)


def print_worst(
    truth: list[dict[str, Any]],
    articles: dict[str, Content],
    found: dict[str, Decision],
    count: int,
) -> None:
    clusters: dict[int, list[str]] = {}
    named = {row["id"]: row for row in truth}
    errors: list[tuple[float, str]] = []
    for row in truth:
        mates = clusters.setdefault(row["cluster"], [])
        earlier, copy = found[row["id"]]
        about = f"{row['id']} {articles[row['id']].language} {row['kind']} {'+'.join(row['ops'])}"
        if earlier and copy and named[earlier]["cluster"] != row["cluster"]:
            with_what = f"{earlier} {named[earlier]['kind']}"
            errors.append((1 + copy.score, f"merged  {about} with {with_what}: {copy.score:.2f}"))
        elif mates and not earlier:
            shares = [(share_of(articles[row["id"]], articles[mate]), mate) for mate in mates]
            share, mate = max(shares)
            errors.append((share, f"missed  {about} of {mate} {'+'.join(named[mate]['ops'])}: {share:.2f}"))
        mates.append(row["id"])
    for _, error in sorted(errors, reverse=True)[:count]:
        print(error)


def share_of(one: Content, other: Content) -> float:
    return near.Match(near.Text(one), near.Text(other)).containment


if __name__ == "__main__":
    main()
