"""How soon `ingest browse` answers, page by page: `browse.py ARCHIVE [--times 3]`.

`first` is the first request of a page after the start, `again` the fastest of the later ones, both in seconds to the
last byte. `bytes` is the size of the answer. Each page is asked over a connection of its own, as by a new reader.
For a large archive, see `browse_archive.py`.
"""

import argparse
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from storage.reader import Reader

PAGES = {
    "front": "/",
    "search": "/search",
    "search, a word": "/search?q={word}",
    "search, a phrase": "/search?q=%22{phrase}%22",
    "search, a site": "/search?q={word}&site={site}",
    "search, page 5": "/search?q={word}&page=5",
    "article": "/article/{article}",
    "article with copies": "/article/{copied}",
    "page as kept": "/article/{article}/page",
    "feeds": "/feeds",
    "feed": "/feed/{feed}",
    "copies": "/copies",
    "tables": "/archive",
    "articles": "/archive/articles",
    "entries": "/archive/entries",
    "a query": "/archive?sql=select+outcome,+count(*)+from+polls+group+by+1",
}
CHOICES = {
    "article": "SELECT coalesce(max(id), 1) FROM articles",
    "copied": """SELECT coalesce((SELECT article_id FROM copies GROUP BY article_id ORDER BY count(*) DESC LIMIT 1),
      (SELECT max(id) FROM articles), 1)""",
    "feed": "SELECT coalesce((SELECT feed_id FROM polls GROUP BY feed_id ORDER BY count(*) DESC LIMIT 1), 1)",
    "site": "SELECT coalesce((SELECT site FROM articles GROUP BY site ORDER BY count(*) DESC LIMIT 1), 'a.example')",
    "body": "SELECT coalesce((SELECT body FROM articles ORDER BY id DESC LIMIT 1), 'no words here')",
}


def chosen(archive: Path) -> dict[str, object]:
    """Return what the addresses name: the last article, the one with the most copies, the busiest feed and site."""
    with Reader(archive) as reader:
        values = {name: next(iter(next(iter(reader.rows(sql))).values())) for name, sql in CHOICES.items()}
    words = str(values.pop("body")).split()
    return values | {"word": words[0], "phrase": "+".join(words[:2])}


def get(host: str, path: str) -> tuple[float, int, int]:
    """Return the seconds to the last byte, the status and the size."""
    begin = time.monotonic()
    connection = HTTPConnection(host, timeout=120)
    connection.request("GET", path)
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    return time.monotonic() - begin, answer.status, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    choices = chosen(options.archive)
    begin = time.monotonic()
    words = ["-m", "ingest", "-q", "--archive", str(options.archive), "browse", "--no-open", "--port", "0"]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            host = urlsplit(process.stdout.readline().strip()).netloc
            started_s = time.monotonic() - begin
            first_s, _, _ = get(host, "/")
            print(f"started after {started_s:.2f} s, the first page after {started_s + first_s:.2f} s")
            print(f"{'page':22} {'first':>6} {'again':>6} {'bytes':>9} status")
            for name, path in PAGES.items():
                address = path.format(**choices)
                seconds, status, size = (first_s, *get(host, address)[1:]) if name == "front" else get(host, address)
                again_s = min(get(host, address)[0] for _ in range(options.times))
                print(f"{name:22} {seconds:6.3f} {again_s:6.3f} {size:9,} {status}", flush=True)
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
