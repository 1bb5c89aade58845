"""What the headers of a page cost on disk: kept in full, and as the archive keeps them.

    .venv/bin/python scripts/benches/header_cost.py [--pages 1000]

Each kind of server is made after real ones of news sites: what they send with every page stays to the letter, and
dates, ages, traces of caches and links to the page differ. Bytes are of JSON, sets included.
"""

import argparse
import json
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from storage.archive import Archive

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_NAMES = (
    "static cdn ads metrics video player fonts images consent pay comments embed tags login maps polls audio".split()
)
_HOSTS = [f"https://{name}.{zone}" for zone in ("example.com", "example.net") for name in _NAMES]
FRAMES = "upgrade-insecure-requests; frame-ancestors 'self' https://*.example.com https://*.example.net"
POLICY = "; ".join(
    f"{name}-src 'self' data: blob: " + " ".join(_HOSTS) for name in ("default", "script", "style", "connect")
)
PERMISSIONS = ", ".join(
    f"{name}=(self)"
    for name in "accelerometer autoplay camera clipboard-write encrypted-media fullscreen geolocation gyroscope".split()
)


def hexed(random_: random.Random, length: int) -> str:
    return f"{random_.getrandbits(length * 4):0{length}x}"


def varnish(_: int, r: random.Random) -> dict[str, str]:
    """A large publisher behind a cache network, with a policy of several KB."""
    return {
        "content-type": "text/html; charset=utf-8",
        "server": "nginx",
        "etag": f'W/"{hexed(r, 32)}"',
        "content-security-policy": POLICY,
        "permissions-policy": PERMISSIONS,
        "x-frame-options": "SAMEORIGIN",
        "strict-transport-security": "max-age=63072000; includeSubDomains; preload",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer-when-downgrade",
        "cache-control": "private, max-age=60",
        "via": "1.1 varnish",
        "x-served-by": f"cache-lon{r.randrange(9999)}-LON, cache-fra-eddf{r.randrange(9999)}-FRA",
        "x-cache": r.choice(("HIT, HIT", "MISS, HIT", "MISS, MISS")),
        "x-timer": f"S17{r.random() * 1e8:.6f},VS0,VE1",
        "vary": "Accept-Encoding, X-Device, X-Country",
        "age": str(r.randrange(900)),
        "accept-ranges": "bytes",
        "link": ", ".join(f"<{host}/a.js>; rel=preload; as=script" for host in _HOSTS[:12]),
    }


def cloudflare(number: int, r: random.Random) -> dict[str, str]:
    """A WordPress behind a network that reports errors: a token in each answer."""
    base = "https://cloudflare.example"
    links = (
        f'<{base}/wp-json/>; rel="https://api.w.org/"',
        f'<{base}/wp-json/wp/v2/posts/{number}>; rel="alternate"; title="JSON"; type="application/json"',
        f"<{base}/?p={number}>; rel=shortlink",
    )
    endpoint = f"https://a.nel.example/report/v4?s={hexed(r, 160)}"
    return {
        "content-type": "text/html; charset=UTF-8",
        "server": "cloudflare",
        "cf-ray": f"{hexed(r, 16)}-FRA",
        "cf-cache-status": r.choice(("HIT", "DYNAMIC", "MISS")),
        "x-powered-by": "PHP/8.2.10",
        "vary": "Accept-Encoding",
        "link": ", ".join(links),
        "report-to": f'{{"endpoints":[{{"url":"{endpoint}"}}],"group":"cf-nel","max_age":604800}}',
        "nel": '{"success_fraction":0,"report_to":"cf-nel","max_age":604800}',
        "alt-svc": 'h3=":443"; ma=86400',
        "content-security-policy": FRAMES,
        "last-modified": f"Sun, 01 Mar 2026 11:00:00 {number}",
    }


def nonce(_: int, r: random.Random) -> dict[str, str]:
    """A policy that is another in each answer."""
    return {
        "content-type": "text/html",
        "server": "Apache",
        "cache-control": "max-age=0",
        "expires": "0",
        "content-security-policy": f"script-src 'nonce-{hexed(r, 24)}' 'strict-dynamic' " + " ".join(_HOSTS[:20]),
        "strict-transport-security": "max-age=31536000",
        "x-xss-protection": "1; mode=block",
        "x-request-id": hexed(r, 32),
    }


def small(number: int, r: random.Random) -> dict[str, str]:
    """A server as it is installed."""
    return {
        "content-type": "text/html; charset=utf-8",
        "server": "nginx/1.24.0",
        "etag": f'"{hexed(r, 12)}"',
        "last-modified": f"Sun, 01 Mar 2026 {number % 24:02}:00:00 GMT",
        "vary": "Accept-Encoding",
    }


EARLIER = ("content-type", "content-language", "last-modified", "etag", "date", "x-robots-tag", "link")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    count = parser.parse_args().pages
    print(f"{'bytes a page':14}{'seven headers':>15}{'all, in full':>15}{'as kept':>10}{'µs a page':>12}")
    for kind in (varnish, cloudflare, nonce, small):
        random_ = random.Random(kind.__name__)
        dates = (NOW + timedelta(seconds=number) for number in range(count))
        sent = [kind(number, random_) | {"date": format_datetime(at, usegmt=True)} for number, at in enumerate(dates)]
        seven = [{name: headers[name] for name in EARLIER if name in headers} for headers in sent]
        kept, spent_s = cost(kind.__name__, sent)
        figures = (mean(seven), mean(sent), kept / count)
        print(f"{kind.__name__:14}{figures[0]:15.0f}{figures[1]:15.0f}{figures[2]:10.0f}{spent_s / count * 1e6:12.0f}")


def mean(sent: list[dict[str, str]]) -> float:
    return sum(len(json.dumps(headers)) for headers in sent) / len(sent)


def cost(name: str, sent: list[dict[str, str]]) -> tuple[int, float]:
    """Return the bytes that the archive keeps of these pages' headers, sets included, and the seconds spent."""
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "a.db", "bench") as archive:
        with archive.transaction():
            began = time.process_time()
            rows = [archive.pack_headers(f"https://{name}.example/{n}", headers)[0] for n, headers in enumerate(sent)]
            spent_s = time.process_time() - began
        (sets,) = archive.db.execute("SELECT coalesce(sum(length(headers)), 0) FROM header_sets").fetchone()
    return sum(len(json.dumps(own)) for own in rows) + sets, spent_s


if __name__ == "__main__":
    main()
