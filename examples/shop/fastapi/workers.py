"""Runs a program as several workers on one address, and starts them again on SIGHUP: as a process manager does."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Optional

AT_MOST_S = 20  # for a worker to end


class Workers:
    """Each is told what it has to know on its standard input, and listens by itself: the system spreads the connections."""

    def __init__(self, program: str, count: int, told: dict[str, Any], port: int) -> None:
        # Keeps the port while no worker listens.
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._held.bind(("127.0.0.1", port))
        self._port: int = self._held.getsockname()[1]
        self._command = [sys.executable, program, "--worker"]
        self._told = json.dumps({**told, "port": self._port}).encode()
        self._count = count
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Returns when there is one that listens."""
        for _ in range(self._count):
            worker = subprocess.Popen(self._command, stdin=subprocess.PIPE)
            assert worker.stdin is not None
            worker.stdin.write(self._told)
            worker.stdin.close()
            self._running.append(worker)
        while not self._listens():
            if any(worker.poll() is not None for worker in self._running):
                raise SystemExit("a worker did not start")
            time.sleep(0.05)

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
            return True
        return False

    def stop(self) -> None:
        # A refresh that is under way comes to its end: the client is closed before the worker ends.
        for worker in self._running:
            worker.terminate()
        for worker in self._running:
            try:
                worker.wait(AT_MOST_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self._running.clear()

    def serve(self, started: Callable[[], None]) -> None:
        """Until SIGTERM or Ctrl-C. Calls `started` when the address can be used."""
        signals = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        try:
            self.start()
            started()
            while signal.sigwait(signals) == signal.SIGHUP:
                self.stop()
                self.start()
        finally:
            self.stop()


def told() -> Optional[dict[str, Any]]:
    """In a worker: what it was told."""
    if "--worker" not in sys.argv:
        return None
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
    read: dict[str, Any] = json.load(sys.stdin)
    return read
