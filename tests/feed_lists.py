"""A feed list, as a user writes one."""

from pathlib import Path

from storage.records import WantedFeed

LIST = """\
# My feeds.

# Group one.
[[feeds]]
url = "https://a.example/feed"  # the best
name = "Alpha"
tags = ["en"]

[[feeds]]
url = "https://b.example/feed"
interval_s = 1800
article = "feed"

# Group two.
[[feeds]]
url = "https://c.example/feed"
name = "Gamma"
"""

ALPHA = WantedFeed("https://a.example/feed", "Alpha", ("en",))
BETA = WantedFeed("https://b.example/feed", interval_s=1800, article="feed")
GAMMA = WantedFeed("https://c.example/feed", "Gamma")


def text_of(config_dir: Path) -> str:
    return (config_dir / "feeds.toml").read_text(encoding="utf-8")
