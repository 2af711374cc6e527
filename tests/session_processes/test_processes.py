"""The driver itself: whatever becomes of a worker, no process and no pipe is left, and what is not built is said in a line."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import processes
import pytest
from processes import Worker, start, start_all, stop, what_is_missing

WORKERS = {
    "good": "import sys; print('{\"ready\": true}'); print(sys.stdin.readline() and '{\"calls\": 1}')",
    "dies": "import sys; sys.exit('it cannot begin')",
    "hangs": "import time; print('{\"ready\": true}', flush=True); time.sleep(600)",
    "is cut off": "import sys; sys.stdout.write('{\"rea')",
}


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A pipe that only the collector closes is a warning, and here a failure."""
    monkeypatch.setattr(processes, "commands", lambda: {name: [sys.executable, "-c", code] for name, code in WORKERS.items()})
    monkeypatch.setattr(processes, "what_is_missing", lambda language: None)
    left: list[str] = []
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("always", ResourceWarning)
        monkeypatch.setattr(warnings, "showwarning", lambda message, *_: left.append(str(message)))
        yield
        gc.collect()
    assert left == []


def is_over(worker: Worker) -> bool:
    pipes = (worker.process.stdin, worker.process.stdout, worker.process.stderr)
    return worker.process.poll() is not None and not worker.reader.is_alive() and all(pipe and pipe.closed for pipe in pipes)


def test_a_worker_that_comes_to_its_end() -> None:
    worker = start("good", {})
    worker.end()
    assert worker.result["calls"] == 1 and is_over(worker)


def test_a_worker_that_dies_is_told_and_the_others_are_stopped() -> None:
    # More than a pipe holds: it is written to one that is dead already.
    workers = start_all([("dies", {"text": "x" * 1_000_000}), ("hangs", {}), ("good", {})])
    try:
        with pytest.raises(AssertionError, match="dies ended with 1: it cannot begin"):
            workers[0].end()
        # The last one has ended by itself by then, and nobody has looked at it.
        workers[2].process.wait(60)
    finally:
        stop(workers)
    assert all(map(is_over, workers))
    stop(workers)


def test_a_line_that_is_cut_off_does_not_leave_anybody_waiting() -> None:
    worker = start("is cut off", {})
    assert worker.ready.wait(60)
    with pytest.raises(AssertionError, match="is cut off printed what is not JSON"):
        worker.end()
    assert is_over(worker)


def test_where_one_does_not_start_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Worker] = []

    def remember(language: str, given: dict[str, object]) -> Worker:
        if language == "not there":
            raise FileNotFoundError(language)
        started.append(start(language, given))
        return started[-1]

    monkeypatch.setattr(processes, "start", remember)
    with pytest.raises(FileNotFoundError):
        start_all([("hangs", {}), ("not there", {})])
    assert len(started) == 1 and is_over(started[0])


@pytest.mark.parametrize(
    ("language", "names", "said"),
    [
        ("c", ["C_WORKER"], "c: bindings/nothing-here is missing: ./dev test sessions builds it"),
        ("node", ["NODE"], "node: bindings/nothing-here/dist/index.js is missing: ./dev test node builds it"),
        ("java", ["JAR"], "java: bindings/nothing-here is missing: ./dev test java builds it"),
        ("java", ["JAVA_CLASSES"], "java: bindings/nothing-here is missing: ./dev test sessions builds it"),
    ],
)
def test_what_is_not_built_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str, names: list[str], said: str
) -> None:
    there = tmp_path / "there"
    there.touch()
    monkeypatch.delenv("HLID_JAVA_WORKER_CLASSES", raising=False)
    for name in ("C_WORKER", "JAR", "JAVA_CLASSES"):
        monkeypatch.setattr(processes, name, there)
    for name in names:
        monkeypatch.setattr(processes, name, processes.ROOT / "bindings/nothing-here")
    assert what_is_missing(language) == said
    monkeypatch.setattr(processes, "what_is_missing", what_is_missing)
    with pytest.raises(pytest.fail.Exception) as failed:
        start(language, {})
    assert str(failed.value) == said
