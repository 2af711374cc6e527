"""The command under test, as a program runs it: settings and secrets in its environment, one JSON object a line."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CLI = os.environ.get("HEADLESSID_CLI", str(ROOT / "build/dev/cli/headlessid"))
# Generous: the machine may be busy. Nothing waits this long unless it hangs.
AT_MOST_S = 60.0

Values = Mapping[str, str]


def environment(*values: Values) -> dict[str, str]:
    """Ours without any setting of the command; then these, each as its variable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADLESSID_")}
    given = {f"HEADLESSID_{name.upper()}": value for each in values for name, value in each.items()}
    return {**kept, **given}


@dataclass
class Outcome:
    status: int
    events: list[dict[str, Any]]
    err: str

    @property
    def result(self) -> dict[str, Any]:
        assert self.events and self.events[-1]["event"] == "done", self
        result: dict[str, Any] = self.events[-1]["result"]
        return result

    @property
    def error(self) -> dict[str, Any]:
        assert self.events and self.events[-1]["event"] == "failed", self
        error: dict[str, Any] = self.events[-1]["error"]
        return error


def run(flow: str, settings: Values, parameters: Values | None = None) -> Outcome:
    """One flow from its start to its end, with the settings of an app and the flow's parameters."""
    with start(flow, settings, parameters) as running:
        return running.end()


@dataclass
class Running:
    """A flow that may show an address to a browser before it ends."""

    process: subprocess.Popen[str]
    events: list[dict[str, Any]] = field(default_factory=list)

    def shown(self) -> str:
        """The address that the flow shows."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)
            self.events.append(event)
            if event["event"] == "show":
                url: str = event["url"]
                return url
        raise AssertionError(f"showed nothing: {self.end()}")

    def end(self, *lines: str) -> Outcome:
        """Gives these lines, in reply to what it asks for, and waits for the end."""
        out, err = self.process.communicate("".join(f"{line}\n" for line in lines), timeout=AT_MOST_S)
        events = [json.loads(line) for line in out.splitlines()]
        return Outcome(self.process.returncode, self.events + events, err)


@contextlib.contextmanager
def start(flow: str, settings: Values, parameters: Values | None = None) -> Iterator[Running]:
    process = subprocess.Popen(
        [CLI, flow.replace("_", "-"), "--json"],
        env=environment(settings, parameters or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()
