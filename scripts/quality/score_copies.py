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

from ingest.articles.boilerplate import repeated
from ingest.dedupe import near
from ingest.dedupe.fingerprint import content_hash
from ingest.pipeline.copies import record_article, record_copy
from ingest.pipeline.decide import like
from ingest.text.markup import clean
from ingest.text.words import word_count
from storage.archive import Archive
from storage.records import Copy, NewArticle

TEXTS = Path(__file__).resolve().parents[3] / "shared/dedup/dev"
Decision = tuple[str | None, Copy | None]
BOILERPLATE_WINDOW = 25  # as ingest.pipeline.pages has it
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


def article_of(row: dict[str, Any]) -> NewArticle:
    body = clean(row["text"])
    published_at = datetime.fromisoformat(row["published"]).replace(tzinfo=UTC) if row["published"] else None
    return NewArticle(
        url=f"https://{row['site']}/{row['id']}",
        site=row["site"],
        title=row["title"] or None,
        authors=(),
        published_at=published_at,
        published_from=None,
        language=row["lang"],
        summary=None,
        body=body,
        body_from="page",
        words=word_count(body),
        image_url=None,
        tags=(),
        content_hash=content_hash(body),
        extractor="score",
    )


def decided(archive: Archive, articles: dict[str, NewArticle]) -> Iterator[tuple[str, Decision]]:
    """Yield the decision for each text, and the id of the earlier text that it is linked to.

    A link that is undone later counts too.
    """
    ids: dict[int, str] = {}
    for id_, article in articles.items():
        with archive.transaction():
            hashes = near.hashes_of(article.body)
            decision = like(article, hashes, archive)
            copy = next(iter(decision.full_of), decision.copy)
            if decision.copy:
                record_copy(article, decision.copy, hashes, archive, NOW)
            else:
                ids[record_article(article, decision, hashes, [], archive, NOW)] = id_
                archive.add_boilerplate(
                    article.site, repeated(archive.last_bodies(article.site, BOILERPLATE_WINDOW)), NOW
                )
        yield id_, (ids[copy.article_id] if copy else None, copy)


def print_worst(
    truth: list[dict[str, Any]],
    articles: dict[str, NewArticle],
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


def share_of(one: NewArticle, other: NewArticle) -> float:
    return near.Match(near.Text(one), near.Text(other)).containment


if __name__ == "__main__":
    main()
