#!/usr/bin/env python3
"""Compiles small state tables: the good one must compile, and each that is broken must not.

    tables_test.py COMPILER [FLAG...]

What a flow's table gets wrong is found when it is compiled (core/engine/well_formed.h, core/engine/next.h).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CORE = Path(__file__).resolve().parents[1] / "core"

GOOD = """
#include "engine/request.h"
#include "engine/spec.h"
namespace hlid {
enum State : uint8_t { kAsk, kSend, kDone };
constexpr ValueSpec kQuestion = {.name = "otp"};
constexpr SlotSpec kOtp{"otp"};
constexpr RequestSpec kRequest{.name = "made", .endpoint = Endpoint::token, .path = "/made"};
Result<void> fill(Context&) { return {}; }
Next<kDone, kAsk> answered(Context& flow) {
  if (flow.response.status != 200) return to<kAsk>;
  return to<kDone>;
}
constexpr StateSpec kStates[] = {ask_state("ask", kQuestion, kOtp), send_state("send", kRequest, fill), done_state()};
constexpr Row kRows[] = {go(kAsk, Event::value, kSend), on<answered>(kSend, Event::response)};
static_assert(well_formed(kStates, kRows), "TABLE");
}
"""

# What is broken: what is replaced, by what, and what the compiler has to complain about.
BROKEN = {
    "a state that no row reaches": (
        "done_state()};\nconstexpr Row",
        'done_state(), send_state("more", kRequest, fill)};\nconstexpr Row',
        "TABLE",
    ),
    "a state that nothing leads out of": (
        "{go(kAsk, Event::value, kSend), on<answered>(kSend, Event::response)}",
        "{go(kAsk, Event::value, kSend)}",
        "TABLE",
    ),
    "an action that names another state": ("return to<kAsk>;", "return to<kSend>;", "Next"),
    "a row to a state that is not there": ("go(kAsk, Event::value, kSend)", "go(kAsk, Event::value, 7)", "TABLE"),
    "an event that the step does not know": ("go(kAsk, Event::value, kSend)", "go(kAsk, Event::time, kSend)", "TABLE"),
    "two rows for one event": (
        "on<answered>(kSend, Event::response)}",
        "on<answered>(kSend, Event::response), go(kAsk, Event::value, kDone)}",
        "TABLE",
    ),
    "two states of one name": ('send_state("send"', 'send_state("ask"', "TABLE"),
    "a request without its fields": ("kRequest, fill)", "kRequest, nullptr)", "TABLE"),
}


def compiles(source: str, command: list[str]) -> tuple[bool, str]:
    run = subprocess.run(
        [*command, "-x", "c++", "-std=c++20", "-fsyntax-only", f"-I{CORE}", "-"],
        input=source,
        text=True,
        capture_output=True,
        timeout=120,
    )
    return run.returncode == 0, run.stderr


def main() -> int:
    command = sys.argv[1:]
    good, said = compiles(GOOD, command)
    if not good:
        print(f"the good table does not compile:\n{said}")
        return 1
    faults = 0
    for what, (old, new, complaint) in BROKEN.items():
        assert GOOD.count(old) == 1, what
        good, said = compiles(GOOD.replace(old, new), command)
        if good or complaint not in said:
            faults += 1
            print(f"{what}: {'compiles' if good else 'fails for another reason'}\n{said}")
    print(f"{len(BROKEN)} broken tables")
    return faults


sys.exit(main())
