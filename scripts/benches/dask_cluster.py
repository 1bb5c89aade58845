"""A real `dask scheduler` and real `dask worker` processes on loopback, for benches and proofs."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from benches import newsweb

START_TIMEOUT_S = 30.0


class DaskCluster:
    """A scheduler, and workers of one thread each. They stay until `stop`, also if they are killed one by one.

    `scheduler` and `workers` are the processes that run now. `tend` replaces those that have ended.
    """

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.scheduler = self.start_scheduler()
        self.workers = [self.start_worker(number) for number in range(workers)]

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    def start_scheduler(self) -> "subprocess.Popen[bytes]":
        options = ["--host", "127.0.0.1", "--port", str(self._port), "--no-dashboard"]
        self.scheduler = self._start("scheduler", *options)
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            assert time.monotonic() < give_up_at, (self._folder / "dask.log").read_text()
            time.sleep(0.05)
        return self.scheduler

    def start_worker(self, number: int) -> "subprocess.Popen[bytes]":
        """Start a worker without a nanny: nobody but the caller starts it again."""
        options = ["--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", "--no-nanny"]
        folder = str(self._folder / f"worker-{number}")
        return self._start("worker", self.address, *options, "--local-directory", folder)

    def tend(self) -> None:
        """Start again what has ended, as a supervisor does."""
        if self.scheduler.poll() is not None:
            self.start_scheduler()
        for number, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[number] = self.start_worker(number)

    def processes(self) -> list[int]:
        return [process.pid for process in (self.scheduler, *self.workers)]

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.send_signal(signal.SIGTERM)
        for process in (*self.workers, self.scheduler):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, *words: str) -> "subprocess.Popen[bytes]":
        environment = os.environ | {"PYTHONPATH": f"{newsweb.ROOT}:{newsweb.ROOT / 'scripts'}"}
        with (self._folder / "dask.log").open("ab") as log:
            command = [sys.executable, "-m", "dask", *words]
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=newsweb.ROOT, env=environment)

    def _answers(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0
