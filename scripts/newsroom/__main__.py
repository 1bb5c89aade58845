"""Serve the newsroom until SIGTERM or SIGINT, and edit an article at SIGUSR1.

    .venv/bin/python -m newsroom [--port N] [--feeds FILE] [--list]

Prints a line for every request and for the edit. `--feeds FILE` writes the feeds to FILE once all sites answer.
`--list` only lists the articles that an archive must hold after one run.
"""

import argparse
import json
import signal
from pathlib import Path

from . import Newsroom, expected_articles, serve


def write_feeds(room: Newsroom, file: Path) -> None:
    """Write the feeds to `file`, which appears only when it is complete."""
    lines = [
        f"[[feeds]]\nurl = {json.dumps(url)}\nname = {json.dumps(name, ensure_ascii=False)}\n"
        for name, url in room.feeds
    ]
    part = file.with_suffix(".part")
    part.write_text("\n".join(lines), encoding="utf-8")
    part.replace(file)


def main() -> None:
    parser = argparse.ArgumentParser(prog="newsroom", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--feeds", type=Path, metavar="FILE")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for article in expected_articles():
            print(article.key, article.title, sep="\t")
        return
    signals = {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with serve(options.port) as room:
        room.on_answer = lambda url, status: print(f"{int(status)} {url}\n", end="", flush=True)  # one write a line
        if options.feeds:
            write_feeds(room, options.feeds)
        while signal.sigwait(signals) == signal.SIGUSR1:
            room.edit()
            print("edited", flush=True)


if __name__ == "__main__":
    main()
