"""Compare the cost of `ingest now` with that of another archiver, alternating, on a web that nginx serves.

    .venv/bin/python scripts/benches/bench_now.py WEB [--baseline ARCHIVER.PY] [--runs 3] [--interval 0]

WEB is a folder with manifest.json and nginx.conf. The baseline is a script that takes MANIFEST and DB as arguments and
prints one JSON line with "articles". `--interval` is per_host_interval_s: with 0 both ask without a pause.
After its first run, `ingest now` runs again on the same archive, when nothing is new. INGEST_ARTICLES__METHOD in the
environment chooses how pages are extracted.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from benches import newsweb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("web", type=Path)
    parser.add_argument("--baseline", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--interval", type=float, default=0.0)
    arguments = parser.parse_args()
    results: dict[str, list[tuple[newsweb.Cost, int]]] = {}
    with newsweb.served(arguments.web) as feeds, tempfile.TemporaryDirectory() as folder:
        newsweb.adopt_orphans()  # only now, so that nginx is not adopted
        ours = newsweb.configure(Path(folder), feeds, interval_s=arguments.interval)
        archive = Path(folder) / "news.db"
        for _ in range(arguments.runs):
            newsweb.remove_archive(archive)
            for name in ("ingest now", "ingest now, again"):
                cost = newsweb.cost([*ours, "-q", "--json", "now"])
                results.setdefault(name, []).append((cost, len(newsweb.articles(archive))))
            if arguments.baseline:
                other = Path(folder) / "other.db"
                other.unlink(missing_ok=True)
                manifest = str(arguments.web / "manifest.json")
                cost = newsweb.cost([sys.executable, str(arguments.baseline), manifest, str(other)])
                results.setdefault("baseline", []).append((cost, json.loads(cost.output.splitlines()[-1])["articles"]))
    print(f"{'':20}{'wall s':>24}{'CPU s':>24}{'peak MB':>10}{'articles':>10}")
    for name, runs in results.items():
        walls, cpus = [c.wall_s for c, _ in runs], [c.cpu_s for c, _ in runs]
        print(
            f"{name:20}{_spread(walls):>24}{_spread(cpus):>24}{max(c.peak_mb for c, _ in runs):>10.0f}{runs[-1][1]:>10}"
        )
    if "baseline" in results:
        pairs = list(zip(results["ingest now"], results["baseline"], strict=True))
        print("ratio to the baseline, pair by pair:")
        print(f"  wall {_spread([a.wall_s / b.wall_s for (a, _), (b, _) in pairs])}")
        print(f"  CPU  {_spread([a.cpu_s / b.cpu_s for (a, _), (b, _) in pairs])}")


def _spread(values: list[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
