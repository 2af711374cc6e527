#!/usr/bin/env python3
"""How logins are compared, the same for every language: rounds that alternate between the sides, so that what else the machine
does meets them all.

    rounds.py c|java|python|node        HEADLESSID_CLI names the command whose simulated org they log in to

Each side is a process that is kept for the whole comparison. It reads the org's login as six lines from standard input, then
numbers; for each it logs in so often, and prints a line of JSON: "switches", how often its threads have had to wait since it
began, as getrusage counts it, if it can tell, and what else it measures. Its CPU time, of every thread, is read from here. Every side logs in
as often before the first round that counts.

Prints lines of {"name", "value", "min", "max", "unit"}: the median of the rounds and their spread.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

ROUNDS = int(os.environ.get("ROUNDS", "9"))
LOGINS = int(os.environ.get("LOGINS", "1000"))
AT_ONCE = 32
ROOT = Path(__file__).resolve().parent.parent.parent
# Logins of each side before the first round that counts. Java's compiler is at work for thousands.
WARM_UP = {"c": 200, "python": 200, "node": 1000, "java": 20_000}

# A device waits longer than a comparison takes until it asks again, and may be any app's.
ORG = {"settings": {"device_interval_s": 300, "device_code_lifetime_s": 3600, "is_device_flow_local_only": False}}

Command = list[str]
# A comparison's name, its sides with their commands, and the logins of a round.
Comparison = tuple[str, dict[str, Command], int]


def emit(name: str, values: list[float], unit: str) -> None:
    row = {"name": name, "value": statistics.median(values), "min": min(values), "max": max(values)}
    print(
        json.dumps({key: value if key == "name" else round(value, 3) for key, value in row.items()} | {"unit": unit}), flush=True
    )


# ---- the sides ----


def c(subject: str, at_once: int) -> Command:
    return [str(ROOT / "build/bench/tests/bench/hlid_client_bench"), subject, str(at_once)]


def java_classpath() -> str:
    """Of what has been compiled."""
    return subprocess.run([str(ROOT / "tests/bench/java/build.sh")], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def c_comparisons() -> list[Comparison]:
    return [
        ("one_at_a_time", {"ours": c("queue", 1), "bare_curl": c("bare", 1)}, LOGINS // 5),
        ("many_at_a_time", {"ours": c("queue", AT_ONCE), "bare_curl": c("bare", AT_ONCE)}, LOGINS // 5),
        ("waiting_call", {"ours": c("wait", 1), "bare_curl": c("bare", 1)}, LOGINS // 5),
        ("waiting_calls", {"ours": c("wait", AT_ONCE), "bare_curl": c("bare", AT_ONCE)}, LOGINS // 5),
        ("driven_one_at_a_time", {"ours": c("driven", 1), "bare_curl": c("bare", 1)}, LOGINS // 5),
        ("driven_many_at_a_time", {"ours": c("driven", AT_ONCE), "bare_curl": c("bare", AT_ONCE)}, LOGINS // 5),
        # All of a round's flows are in flight, the most of them waiting for the org: what each costs must not grow with their number.
        ("in_flight", {"ten_thousand": c("queue", 10_000), "hundred": c("queue", 100)}, 10_000),
        # Half of them are devices whose person has not come; the others ask for a document.
        ("half_waiting", {"ten_thousand": c("waiting", 10_000), "hundred": c("waiting", 100)}, 10_000),
    ]


def comparisons_of(subject: Callable[[str], Command]) -> list[Comparison]:
    """A binding's: beside its best peer and the bare loop."""
    return [
        (how, {"ours": subject(f"{how}.ours"), "peer": subject(f"{how}.peer"), "bare_curl": c("bare", at_once)}, LOGINS // 2)
        for how, at_once in (("one_at_a_time", 1), ("many_at_a_time", AT_ONCE))
    ]


def python_comparisons() -> list[Comparison]:
    return comparisons_of(
        lambda subject: [str(ROOT / "build/venv/bin/python"), str(ROOT / "tests/bench/python_bench.py"), subject]
    )


def java_comparisons() -> list[Comparison]:
    # Nimbus keeps five idle connections by default; 32 are in use, and new handshakes are not what is compared.
    java = ["java", "-cp", java_classpath(), "-Dhttp.maxConnections=64", "JavaBench"]
    return comparisons_of(lambda subject: [*java, subject])


def node_comparisons() -> list[Comparison]:
    return comparisons_of(lambda subject: ["node", str(ROOT / "tests/bench/node_bench.mjs"), subject])


COMPARISONS: dict[str, Callable[[], list[Comparison]]] = {
    "c": c_comparisons,
    "python": python_comparisons,
    "java": java_comparisons,
    "node": node_comparisons,
}
# A side's figure over another's of the same round: their names, and which figure.
RATIOS = [
    ("ours", "bare_curl", "cpu_per_login"),
    ("ours", "peer", "logins_per_second"),
    ("ours", "peer", "cpu_per_login"),
    ("ten_thousand", "hundred", "cpu_per_login"),
]
UNITS = {"cpu_per_login": "us", "logins_per_second": "1/s", "switches_per_login": "", "turn_99_percent": "us"}


class Side:
    def __init__(self, command: Command, login: list[str]) -> None:
        # Node's fetch takes its CA from the environment.
        env = os.environ | {"NODE_EXTRA_CA_CERTS": login[1]}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        # The address and the password go by standard input, like everywhere.
        self._tell("\n".join(login))
        self.switches = 0

    def _tell(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _cpu_seconds(self) -> float:
        # The clock that clock_getcpuclockid(3) names: of all the process's threads, also those that have ended.
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def round(self, logins: int) -> dict[str, float]:
        assert self.process.stdout
        began, used = time.perf_counter(), self._cpu_seconds()
        self._tell(str(logins))
        answer = self.process.stdout.readline()
        seconds, cpu = time.perf_counter() - began, self._cpu_seconds() - used
        if not answer:
            sys.exit(f"{self.process.args} ended with status {self.process.wait()}")
        told = json.loads(answer)
        if "switches" in told:
            before, self.switches = self.switches, told.pop("switches")
            told["switches_per_login"] = (self.switches - before) / logins
        return told | {"cpu_per_login": cpu / logins * 1e6, "logins_per_second": logins / seconds}

    def peak_mib(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def compare(language: str, comparison: Comparison, login: list[str]) -> None:
    how, commands, logins = comparison
    with ExitStack() as stack:
        sides = {}
        for name, command in commands.items():
            sides[name] = Side(command, login)
            stack.callback(sides[name].close)
        for side in sides.values():
            side.round(max(WARM_UP[language], min(logins, 10_000)))
        rounds = [{name: side.round(logins) for name, side in sides.items()} for _ in range(max(ROUNDS, 7))]
        for name, side in sides.items():
            for figure in rounds[0][name]:
                emit(f"{language}.{how}.{name}_{figure}", [each[name][figure] for each in rounds], UNITS[figure])
            emit(f"{language}.{how}.{name}_peak_memory", [side.peak_mib()], "MiB")
        for one, other, figure in RATIOS:
            if one in sides and other in sides:
                ratios = [each[one][figure] / each[other][figure] for each in rounds]
                emit(f"{language}.{how}.{one}_{figure} / {other}", ratios, "x")


def load() -> str:
    return " ".join(f"{each:.1f}" for each in os.getloadavg())


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "a processor without a name"


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in COMPARISONS:
        sys.exit(__doc__)
    language, wanted = sys.argv[1], sys.argv[2:]
    print(f"{processor()}, {os.cpu_count()} cores; load average at the start {load()}", file=sys.stderr)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as changes:
        json.dump(ORG, changes)
        changes.flush()
        org = subprocess.Popen(
            [os.environ["HEADLESSID_CLI"], "sim", "--until-eof", "--app", changes.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert org.stdin and org.stdout
        first_line = org.stdout.readline()
    try:
        site = json.loads(first_line)
        app = next(app for app in site["apps"] if app["public"])
        user = site["users"][0]
        login = [site["site"], site["ca_file"], app["client_id"], app["redirect_uri"], user["username"], user["password"]]
        if language == "c" and not wanted:
            memory = [*c("memory", 0)]
            subprocess.run(memory, input="\n".join(login) + "\n", text=True, check=True)
        for comparison in COMPARISONS[language]():
            if not wanted or comparison[0] in wanted:
                # Devices are the org's own host's, and no login is.
                compare(language, comparison, [site["origin"], *login[1:]] if comparison[0] == "half_waiting" else login)
    finally:
        org.stdin.close()
        org.wait()
    print(f"load average at the end {load()}", file=sys.stderr)


if __name__ == "__main__":
    main()
