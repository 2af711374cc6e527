#!/usr/bin/env python3
"""Counts the user instructions of a login over a warm connection, ours and the bare libcurl loop's, by callgrind.

instructions.py PROGRAM SITE CA_FILE CLIENT_ID REDIRECT_URI USERNAME PASSWORD

PROGRAM is hlid_instructions_bench. The profiles stay next to it: `callgrind_annotate --inclusive=yes ours.callgrind`.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

LOGINS = 200
# callgrind counts each byte of a `rep stosb` and a `rep movsb` as an instruction: without them glibc clears and copies in registers.
WITHOUT_REP = "glibc.cpu.x86_rep_stosb_threshold=1000000000:glibc.cpu.x86_rep_movsb_threshold=1000000000"
# What another process does on the machine changes in how many pieces a response arrives, and nothing else: the least is the login.
ROUNDS = 3


def count(program: pathlib.Path, way: str, login: list[str]) -> float:
    profile = program.with_name(f"{way}.callgrind")
    command = ["valgrind", "--tool=callgrind", "--toggle-collect=hlid_counted_logins", f"--callgrind-out-file={profile}"]
    environment = os.environ | {"GLIBC_TUNABLES": WITHOUT_REP}
    subprocess.run([*command, "-q", program, way, *login, str(LOGINS)], check=True, stderr=subprocess.DEVNULL, env=environment)
    for line in profile.read_text(encoding="utf-8").splitlines():
        if line.startswith("totals:"):
            return int(line.split()[1]) / LOGINS
    sys.exit(f"{profile}: has no totals")


def main() -> None:
    if len(sys.argv) != 8:
        sys.exit(__doc__)
    program, login = pathlib.Path(sys.argv[1]), sys.argv[2:]
    least = {way: min(count(program, way, login) for _ in range(ROUNDS)) for way in ("ours", "bare_curl")}
    for way, value in least.items():
        print(json.dumps({"name": f"c.instructions.{way}", "value": round(value), "unit": ""}))
    print(json.dumps({"name": "c.instructions.ratio", "value": round(least["ours"] / least["bare_curl"], 3), "unit": "x"}))


if __name__ == "__main__":
    main()
