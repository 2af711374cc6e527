#!/usr/bin/env python3
"""Turns the figures of a bench run into one table, with the aims beside them.

report.py engine            Google Benchmark's JSON on standard input to lines of figures
report.py login LISTENING   what the simulated org prints, as the arguments of hlid_instructions_bench
report.py table FILE        the table
"""

from __future__ import annotations

import json
import sys

# name: (at most or at least, value).
AIMS = {
    "engine.whole_login": ("<=", 6_000.0),
    "engine.whole_login.allocations": ("<=", 24.0),
    "engine.whole_passwordless_login": ("<=", 20_000.0),
    "engine.whole_registration": ("<=", 20_000.0),
    "engine.seal": ("<=", 10_000.0),
    "engine.unseal": ("<=", 10_000.0),
    # Its HMAC takes a microsecond, less than any request that is built: it is no measure, as RSA is.
    "engine.oauth1_request": ("<=", 10_000.0),
    "engine.session_token_cached": ("<=", 1_000.0),
    "c.one_at_a_time.ours_cpu_per_login / bare_curl": ("<=", 1.3),
    "c.many_at_a_time.ours_cpu_per_login / bare_curl": ("<=", 1.1),
    "c.waiting_call.ours_switches_per_login": ("<=", 2.0),
    "c.in_flight.ten_thousand_cpu_per_login / hundred": ("<=", 1.1),
    "c.half_waiting.ten_thousand_cpu_per_login / hundred": ("<=", 1.1),
    "c.instructions.ratio": ("<=", 1.25),
    "c.memory_per_flow_beside_curl": ("<=", 2.0),
    "node.session_token.ours": ("<=", 3.0),
    "python.import": ("<=", 20.0),
    "python.session_token.ours": ("<=", 3.0),
    "java.session_token.ours": ("<=", 3.0),
    "org.lint_1000_files": ("<=", 1000.0),
    "org.generate": ("<=", 50.0),
    "org.explain_app_callback": ("<=", 50.0),
    "org.explain_invalid_grant": ("<=", 50.0),
    "org.explain_nothing_near": ("<=", 50.0),
    "python.org.lint_1000_files": ("<=", 1000.0),
    "python.org.lint_a_folder_of_1000_files": ("<=", 1000.0),
    "python.org.generate": ("<=", 50.0),
    "python.org.explain": ("<=", 50.0),
    # Without the org's side. Sessions, with their record and store, are 75 of it.
    "size.libheadlessid_so_stripped": ("<=", 880.0),
}
# Logins a second over the peer's: one at a time, 32 at a time.
for language, one, many in (("python", 3.5, 13.0), ("node", 3.0, 5.0), ("java", 1.3, 3.0)):
    AIMS[f"{language}.one_at_a_time.ours_logins_per_second / peer"] = (">=", one)
    AIMS[f"{language}.many_at_a_time.ours_logins_per_second / peer"] = (">=", many)
    AIMS[f"{language}.one_at_a_time.ours_cpu_per_login / bare_curl"] = ("<=", 1.5)
    AIMS[f"{language}.many_at_a_time.ours_cpu_per_login / bare_curl"] = ("<=", 1.5 if language == "python" else 1.4)
# A figure, the one of the same run that it is compared with, and how many times that it may be.
RATIOS = [
    ("engine.jwt_bearer_request", "engine.bare_rs256", 1.15),
    ("engine.saml_bearer_request", "engine.bare_rs256", 1.15),
    ("engine.token_exchange", "engine.refresh", 1.15),
    ("engine.device_poll", "engine.refresh", 1.15),
    ("engine.id_token_verified", "engine.bare_id_token", 1.15),
    # One round trip and our part of it, which redis-py's own dwarfs.
    ("python.session_token.redis", "python.session_token.redis_alone", 1.5),
    ("python.session_refresh", "python.session_refresh.bare", 1.5),
    ("node.session_refresh", "node.session_refresh.bare", 1.5),
    ("java.session_refresh", "java.session_refresh.bare", 1.5),
]


def engine() -> None:
    for row in json.load(sys.stdin)["benchmarks"]:
        if row.get("aggregate_name") != "median":
            continue
        name = row["run_name"]
        print(json.dumps({"name": f"engine.{name}", "value": round(row["cpu_time"], 1), "unit": "ns"}))
        print(json.dumps({"name": f"engine.{name}.allocations", "value": round(row["allocs"], 1), "unit": ""}))


def login(listening: str) -> None:
    site = json.loads(listening)
    app = next(app for app in site["apps"] if app["public"])
    user = site["users"][0]
    print("\n".join([site["site"], site["ca_file"], app["client_id"], app["redirect_uri"], user["username"], user["password"]]))


def with_ratios(figures: dict[str, tuple[float, str]]) -> dict[str, tuple[float, str]]:
    """Adds what compares some figures with another of the same run; rounds.py has compared logins."""
    for name, other, at_most in RATIOS:
        ours, limit = figures.get(name), figures.get(other)
        if ours and limit:
            figures[f"{name} / {other}"] = (ours[0] / limit[0], "x")
            AIMS[f"{name} / {other}"] = ("<=", at_most)
    return figures


def table(path: str) -> None:
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.startswith("{")]
    figures = with_ratios({row["name"]: (float(row["value"]), row["unit"]) for row in rows})
    spreads = {row["name"]: f"{row['min']:,.2f} to {row['max']:,.2f}" for row in rows if "min" in row}
    width = max(map(len, figures), default=10)
    missed = 0
    print(f"{'figure':<{width}}  {'value':>12}  unit   {'min to max':<24}  aim")
    for name, (value, unit) in figures.items():
        verdict = ""
        if name in AIMS:
            sign, aim = AIMS[name]
            met = value <= aim if sign == "<=" else value >= aim
            missed += not met
            verdict = f"{sign} {aim:g} {'met' if met else 'MISSED'}"
        print(f"{name:<{width}}  {value:>12,.2f}  {unit:<5}  {spreads.get(name, ''):<24}  {verdict}")
    print(f"\naims missed: {missed}")


def main() -> None:
    match sys.argv[1:]:
        case ["engine"]:
            engine()
        case ["login", listening]:
            login(listening)
        case ["table", path]:
            table(path)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
