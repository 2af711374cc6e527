#!/usr/bin/env python3
"""The org's side from Python: what a CI job waits for. Prints lines of {"name", "value", "unit"}, medians of some runs."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from headlessid import org

FILES = 1000


def measure(name: str, call: Callable[[], object], runs: int) -> None:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    print(
        json.dumps({"name": f"python.org.{name}", "value": round(statistics.median(times) * 1000, 3), "unit": "ms"}), flush=True
    )


def generate(name: str) -> org.Generated:
    return org.generate(
        name,
        flows=["login", "guest", "web_server", "refresh"],
        client="public",
        contact_email="ops@acme.example",
        redirect_uris=["https://app.acme.example/callback"],
    )


def main() -> None:
    files: dict[str, str] = {}
    while len(files) < FILES:
        for path, text in generate(f"Shop{len(files)}").files.items():
            if "/Shop" in path and len(files) < FILES:
                files[path] = text
    measure("lint_1000_files", lambda: org.lint(files, client="public"), 5)
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text, encoding="utf-8")
        measure("lint_a_folder_of_1000_files", lambda: org.lint(folder, client="public"), 5)
    measure("generate", lambda: generate("Shop"), 21)
    measure("explain", lambda: org.explain("invalid_grant"), 21)


if __name__ == "__main__":
    main()
