"""An archive whose every text tries to run, to break out of its place or to load from elsewhere."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.archive import Archive
from storage.compression import compress
from storage.content import Copy
from storage.feed_records import Gap
from storage.records import Outcome, WantedFeed
from tests import builders as make

RUN = "window.hacked=1"
TITLE = f"Red</title></script></style></textarea><script>{RUN}</script><svg onload={RUN}><img src=x onerror={RUN}>"
ATTRIBUTE = f"\"'><img src=//elsewhere.invalid/a onerror={RUN}><a href=javascript:{RUN}> \u202e{{{{7*7}}}}{{% if %}}"
STYLE = "</style><style>*{display:none;background:url(//elsewhere.invalid/b)}</style>"
MARKDOWN = f"""# Head <script>{RUN}</script>

[a link](javascript:{RUN}) [another](data:text/html,<script>{RUN}</script>) <javascript:{RUN}>

![an image](http://elsewhere.invalid/c.png "x\\" onerror={RUN}") <iframe src="http://elsewhere.invalid/d"></iframe>

<style>@import url(//elsewhere.invalid/e);</style> <svg onload={RUN}> <base href="http://elsewhere.invalid/">

| <img src=x onerror={RUN}> | b |
|---|---|
| [x](vbscript:x) | <form action=//elsewhere.invalid/f><button>Go</button></form> |
"""
PAGE = f"""<!doctype html><html><head><title>Kept</title><base href="http://elsewhere.invalid/">
<meta http-equiv="refresh" content="0; url=http://elsewhere.invalid/g"><link rel=stylesheet href=h.css>
<style>@font-face {{ font-family: x; src: url(i.woff) }} body {{ font-family: x; background: url(j.png) }}</style>
<script>{RUN};top.location='http://elsewhere.invalid/k'</script><script src=l.js></script></head>
<body onload="{RUN}"><h1>Kept words</h1><img src=m.png><iframe src=n></iframe><object data=o></object>
<form action=p><button>Go</button></form><a href="javascript:{RUN}" target=_top>link</a></body></html>"""


def make_hostile(path: Path) -> None:
    """Make the archive: articles, a revision, a copy, entries of many outcomes, and a feed in trouble."""
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    url = f"http://evil.example/{ATTRIBUTE}"
    site = f"evil.example{ATTRIBUTE}"
    text = {"title": TITLE, "authors": (TITLE, ATTRIBUTE), "tags": (ATTRIBUTE, STYLE), "site": site, "language": "en"}
    bodies = [f"Of words, the {number}th. {TITLE} {STYLE}\nAnd {ATTRIBUTE}" for number in range(4)]
    html, _ = compress(PAGE.encode(), None)
    pages = [make.page(html, fetched_at=now, final_url=f"javascript:{RUN}")]
    feed = WantedFeed(f"http://evil.example/feed{ATTRIBUTE}", TITLE, (ATTRIBUTE,))
    with Archive(path, "test") as archive, archive.transaction():
        archive.subscribe([feed], now)
        archive.add_entries(1, [make.entry(f"{number}{ATTRIBUTE}", url, TITLE) for number in range(6)], now)
        addresses = (url, f"javascript:{RUN}//")
        for number, address in enumerate(addresses, 1):
            article = make.article(address, bodies[number], **text, published_at=now)
            archive.settle(number, Outcome.ARCHIVED, article_id=archive.add_article(article, pages, now))
        for number, outcome in enumerate((Outcome.FAILED, Outcome.WALLED, Outcome.REFUSED), 3):
            archive.settle(number, outcome, reason=f"because of {TITLE}")
        later = make.article(url, bodies[3], **text, published_at=now)
        archive.revise(2, later, now, pages=pages)
        copy_id = archive.add_copy(later, Copy(1, TITLE, 0.9, adds=True), pages, now)
        archive.settle(6, Outcome.COPY, article_id=1, copy_id=copy_id, reason=TITLE)
        archive.db.execute(
            "UPDATE articles SET markdown = ?, summary = ?, image_url = ?", [MARKDOWN, TITLE, addresses[1]]
        )
        poll = make.poll(at=now, outcome="failed", status=500, error=TITLE)
        archive.record_poll(poll, make.state(failures=5, title=TITLE, site_url=addresses[1]))
        archive.db.execute("UPDATE feeds SET title = ?, site_url = ?", [TITLE, addresses[1]])
        archive.begin_alert("feed_failing", feed.url, TITLE, now)
        archive.subscribe([feed, WantedFeed(f"http://evil.example/quiet{ATTRIBUTE}", TITLE)], now)
        archive.db.execute(
            """UPDATE feeds SET due_reason = ?1, alternate_url = ?2, repeats_id = 3 - id, silence_s = 9, silent_at = ?3,
                 empty_at = iif(id = 1, ?3, NULL), polled_at = ?3""",
            [TITLE, addresses[1], f"{now:%Y-%m-%dT%H:%M:%SZ}"],
        )
        for feed_id in (1, 2):
            archive.add_gap(Gap(feed_id, now - timedelta(days=1), now, 9, "newest_missing", now))
