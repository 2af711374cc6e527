"""The processor's seconds that programs take: a busy machine does not make them more."""

import resource
import statistics
import subprocess

# From the file of a package to the first sign-in, wherever it is installed.
LIMIT_S = 30
# What loading the package may add to an empty program: several times what it was when this was written, 4 ms in Python and 27 in
# Node.
IMPORT_LIMIT_S = 0.15


def seconds() -> float:
    """Of all programs that this one has started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def median(command: list, **more) -> float:
    """Of some runs of one program, each a fresh process."""
    took = []
    for _ in range(9):
        before = seconds()
        subprocess.run(command, capture_output=True, check=True, timeout=60, **more)
        took.append(seconds() - before)
    return statistics.median(took)
