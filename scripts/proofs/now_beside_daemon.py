"""Run `ingest now` beside a daemon that is disturbed at that moment: it must work at the first try.

    .venv/bin/python scripts/proofs/now_beside_daemon.py [--times 50] [--seed 1] [--kind settings]

Each time the daemon is disturbed once, between a moment before the command and a second after it:

settings   the settings change; two commands run at once
hangup     the settings change, and the daemon gets SIGHUP
start      the daemon starts
end        the daemon gets SIGTERM; the command goes on alone
kill       the daemon gets `kill -9`; the command goes on alone

Every command must end with exit code 0 and have polled every feed of the sample newsroom. The exit code is 1 if a
command did not.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benches import newsweb

KINDS = ("settings", "hangup", "start", "end", "kill")
MAX_DELAY_S = 1.0
MAX_WAIT_S = 120


@dataclass
class Daemon:
    command: list[str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, "daemon"], stderr=log, cwd=newsweb.ROOT, env=os.environ | {"INGEST_DAEMON__HTTP": ""}
            )

    def wait_until_it_watches(self) -> None:
        give_up_at = time.monotonic() + MAX_WAIT_S
        while b"watching" not in self.log.read_bytes():
            assert time.monotonic() < give_up_at, "the daemon does not start"
            time.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def end(self) -> None:
        if self.process:
            with suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()
            self.process = None
        self.log.unlink(missing_ok=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    kinds = [arguments.kind or KINDS[number % len(KINDS)] for number in range(arguments.times)]
    results: Counter[tuple[str, bool]] = Counter()
    with newsweb.served(None) as feeds, tempfile.TemporaryDirectory() as folder:
        command = newsweb.configure(Path(folder), feeds, interval_s=0.0)
        daemon = Daemon(command, Path(folder) / "daemon.log")
        for number, kind in enumerate(kinds):
            if daemon.process is None and kind != "start":
                daemon.start()
                daemon.wait_until_it_watches()
            if kind == "start":
                daemon.end()
            delay_s = rng.uniform(-0.2, MAX_DELAY_S)
            trouble = disturbed(kind, number, delay_s, daemon, feeds)
            results[kind, not trouble] += 1
            if trouble:
                print(f"{number}: {kind} after {delay_s:.2f} s: {trouble}", flush=True)
            if kind in ("end", "kill"):
                daemon.end()
        daemon.end()
    for kind in KINDS:
        print(f"{kind:>9}: {results[kind, True]} as it should be, {results[kind, False]} not")
    return int(any(not good for _, good in results))


def disturbed(kind: str, number: int, delay_s: float, daemon: Daemon, feeds: list[str]) -> str:
    """Run the commands and disturb the daemon. Return what was wrong with the commands, "" for nothing."""
    command = [*daemon.command, "-q", "--json", "now"]
    disturb = {
        "settings": lambda: None,
        "hangup": lambda: daemon.signal(signal.SIGHUP),
        "start": daemon.start,
        "end": lambda: daemon.signal(signal.SIGTERM),
        "kill": lambda: daemon.signal(signal.SIGKILL),
    }[kind]
    if kind in ("settings", "hangup"):
        change_settings(Path(daemon.command[daemon.command.index("--config") + 1]), timeout_s=10 + number)
    if delay_s < 0:
        disturb()
        time.sleep(-delay_s)
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=newsweb.ROOT)
        for _ in range(2 if kind == "settings" else 1)
    ]
    if delay_s >= 0:
        time.sleep(delay_s)
        disturb()
    troubles = []
    for run in runs:
        out, err = run.communicate(timeout=MAX_WAIT_S)
        polled = sum(json.loads(out)["polls"].values()) if run.returncode == 0 else 0
        if polled != len(feeds):
            troubles.append(f"exit code {run.returncode}, {polled} of {len(feeds)} polled: {err.decode().strip()}")
    return "; ".join(troubles)


def change_settings(config: Path, *, timeout_s: int) -> None:
    path = config / "settings.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("timeout_s")]
    path.write_text("\n".join([*lines, f"timeout_s = {timeout_s}", ""]))


if __name__ == "__main__":
    sys.exit(main())
