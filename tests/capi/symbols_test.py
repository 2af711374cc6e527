#!/usr/bin/env python3
"""L05: the shared library exports what symbols.txt says and nothing else; the headers of a folder declare the same.

symbols_test.py LIBRARY HEADERS SYMBOLS
"""

import re
import subprocess
import sys
from pathlib import Path


def main() -> int:
    library, headers, symbols = sys.argv[1:]
    nm = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    # The linker's own marks of the version script are no symbols of ours.
    exported = {line.split()[-1].split("@")[0] for line in nm.splitlines()}
    text = "".join(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S) for path in sorted(Path(headers).glob("*.h")))
    declared = set(re.findall(r"HLID_API[^;]*?\b(hlid_\w+)\s*\(", text))
    listed = Path(symbols).read_text().split()
    faults = []
    if listed != sorted(listed):
        faults.append("symbols.txt is not sorted")
    faults += [f"{name} is exported and not in symbols.txt" for name in sorted(exported - set(listed))]
    faults += [f"{name} is in symbols.txt and not exported" for name in sorted(set(listed) - exported)]
    faults += [f"{name} is declared and not exported" for name in sorted(declared - exported)]
    faults += [f"{name} is exported and not declared" for name in sorted(exported - declared)]
    print("\n".join(faults) or f"{len(exported)} symbols")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
